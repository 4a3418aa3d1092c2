/** Panels that a run has nothing for, now and later, give their place to those that have something. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parameter } from "../../test/fixtures/parameters.ts";
import type { Value } from "../core/plan.ts";
import type { RunFacts } from "../panels/data.ts";
import { FakeData, fakeFacts, fakePlan, fakeStage, fakeState } from "../panels/fake-data.ts";
import { arrange } from "./arrange.ts";
import { readScreen } from "./document.ts";
import { idlePanels, measurePanel } from "./measure.ts";

/** What stands in each place at 80×24, the one that is seen first. */
function places(name: string, facts: RunFacts): string[] {
  const { layout } = readScreen(name, parse(readFileSync(join(import.meta.dir, `../../screens/${name}.yaml`), "utf8"))).screen!;
  const { slots } = arrange(layout, { x: 0, y: 0, width: 80, height: 21 }, measurePanel, idlePanels(layout, facts));
  return slots.map(({ panes }) => panes.join(", "));
}

const trained = (): FakeData => new FakeData().put(1, "train/loss", [0, 5], [1, 4]).put(1, "train/lrm", [0, 1], [1, 1]);

/** base_train with these settings, at work or at its end. */
function base(data: FakeData, set: Record<string, Value>, status: "running" | "done" = "running"): RunFacts {
  const values = Object.entries(set).map(([name, value]) => ({
    parameter: parameter(name, "int", -1),
    value,
    origin: { layer: "default" as const },
  }));
  const [stage] = fakePlan().stages;
  const plan = { ...fakePlan(), stages: [{ ...stage!, values }] };
  return fakeFacts(data, { plan, state: fakeState({ status, stages: [fakeStage(1, "base_train", { status })] }) });
}

test("beside others a metric that does not come takes no column: it says why in a low place below them", () => {
  const { layout } = readScreen("loss", parse(readFileSync(join(import.meta.dir, "../../screens/loss.yaml"), "utf8"))).screen!;
  const rect = { x: 0, y: 0, width: 120, height: 33 };
  const { slots } = arrange(layout, rect, measurePanel, idlePanels(layout, base(trained(), {})));
  const stands = slots.map(({ rect: { x, width, height }, panes }) => [panes.join(), x, width, height > 3 ? "high" : "low"]);
  expect(stands).toEqual([
    ["loss", 0, 120, "high"],
    ["chart 2", 0, 60, "high"],
    ["quantiles", 60, 60, "high"],
    ["chart", 0, 120, "low"],
  ]);
});

test("an evaluation that is another script's, or off, lies behind those that come", () => {
  const facts = base(trained(), { core_metric_every: 100 });
  expect(places("validation", facts)).toEqual(["validation", "validation 2", "validation 4, checkpoints, validation 3"]);
  const off = base(trained(), { core_metric_every: -1, eval_every: 100 });
  expect(places("validation", off)).toEqual(["validation", "validation 2, validation 3, validation 4", "checkpoints"]);
});

test("a metric of each step that does not come, or that an ended stage has not, lies behind the others; one that may still come does not", () => {
  const seen = (facts: RunFacts): string | undefined => places("loss", facts).at(-1)?.split(", ")[0];
  expect(seen(base(new FakeData(), {}))).toBe("chart");
  expect(seen(base(trained(), {}))).toBe("chart 2");
  expect(seen(base(trained(), {}, "done"))).toBe("chart 2");
  expect(seen(base(trained().put(1, "train/grad_norm", [1, 0.5]), {}))).toBe("chart");
});
