/** What panels say of a run that is known from a log alone: of its steps no time is known, and of its loss the average only. */
import { expect, test } from "bun:test";
import type { Imported } from "../core/run.ts";
import { plotIn, points, sceneOf, training } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, fakeStage, fakeState } from "./fake-data.ts";
import { type Given, panelShown } from "./panel-fixture.ts";
import type { ChartView } from "./view.ts";

const IMPORTED: Imported = { kind: "log", files: ["/a.log"], wandb: null, head: null, at: "", readAt: "", complete: true };
const state = (imported: Imported) =>
  fakeState({ imported, startedAt: null, stages: [{ ...fakeStage(1, "scripts.base_train"), startedAt: null, status: "done" }] });
const GIVEN: Given = { width: 100, facts: { state: state(IMPORTED), liveness: "ended" } };
const DATA = new FakeData().put(1, "train/loss", ...points(100, (i) => 9 - i / 20)).put(1, "train/seconds", ...points(100, (i) => i * 1.5));

test("that it has no samples is said of it, not of its script", () => {
  expect(panelShown("samples", DATA, GIVEN)).toContain("No samples: the log that was imported tells of none");
  const wandb = { ...GIVEN, facts: { ...GIVEN.facts, state: state({ ...IMPORTED, kind: "wandb" }) } };
  expect(panelShown("samples", DATA, wandb)).toContain("No samples: the W&B run that was imported tells of none");
});

test("how long it took is the training time that it tells", () => {
  expect(panelShown("progress", DATA, GIVEN)).toMatch(/trained for 2m 29s/);
  expect(panelShown("progress", new FakeData().put(1, "train/loss", [0, 9]), GIVEN)).toMatch(/elapsed –/);
});

test("the script's average is not told as the loss of each step", () => {
  const names = (options: Record<string, number>) =>
    plotIn(sceneOf("loss", DATA, { options, facts: fakeFacts(DATA, GIVEN.facts) })).series.map(({ name, value }) => [name, value]);
  expect(names({})).toEqual([["ema 0.9", "4.0500"]]);
  expect(names({ smoothing: 0.99 }).map(([name]) => name)).toEqual(["as logged", "ema 0.99"]);
});

test("beside a run whose loss of each step is drawn it says that it has none", () => {
  const told = (smoothing: ChartView["smoothing"], data = DATA) =>
    plotIn(sceneOf("loss", training(), { baselines: [{ name: "imp", facts: fakeFacts(data) }], chart: { smoothing } })).series.flatMap(
      ({ baseline, name, value }) => (baseline ? [`${name} ${value}`] : []),
    );
  expect(told("off")).toEqual(["imp has no loss of each step"]);
  expect(told("script")).toEqual(["imp ended at 99"]);
  // Of one that has no loss at all there is nothing to be missed.
  expect(told("off", new FakeData())).toEqual([]);
});
