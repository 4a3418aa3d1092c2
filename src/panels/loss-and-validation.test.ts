import { expect, test } from "bun:test";
import { parameter } from "../../test/fixtures/parameters.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Imported } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import { chartKind } from "./chart.ts";
import { bestPoint, type RunFacts, type Size } from "./data.ts";
import { FakeData, fakeFacts, fakePlan, fakeStage, fakeState } from "./fake-data.ts";
import { usualOptions } from "./kind.ts";
import { lossKind } from "./loss.ts";
import { eventMarks } from "./marks.ts";
import { panelShown, sceneShown, training } from "./panel-fixture.ts";
import { progressPanel } from "./progress.ts";
import { validationKind } from "./validation.ts";
import { type ChartView, INITIAL_CHART, INITIAL_VIEW } from "./view.ts";

const SIZE = { width: 60, height: 12 };
const CHART = INITIAL_CHART;

const input = (facts: RunFacts, size: Size, chart: ChartView) => ({
  facts,
  size,
  view: { ...INITIAL_VIEW, chart },
  thresholds: [],
  baselines: [],
});
const lossPanel = (facts: RunFacts, size: Size, chart: ChartView): Scene =>
  lossKind.scene({ ...input(facts, size, chart), options: usualOptions(lossKind) });
const validationPanel = (facts: RunFacts, size: Size, chart: ChartView): Scene =>
  validationKind.scene({ ...input(facts, size, chart), options: usualOptions(validationKind) });

test("the loss has its value in the title and its settings at the right", () => {
  const shown = sceneShown(lossPanel(fakeFacts(training()), SIZE, CHART));
  expect(shown).toContain("╭ loss 3.0127 ─");
  expect(shown).toContain("step · linear · ema 0.9 ╮");
});

test("a single spike is left outside the range, and counted; the steep start stays in", () => {
  const points = Array.from({ length: 400 }, (_, i) => [i, i === 200 ? 500 : 2 + 3 * Math.exp(-i / 40)] as const);
  const data = new FakeData().put(1, "train/loss", ...points).put(1, "train/loss_raw", ...points);
  const scene = lossPanel(fakeFacts(data), { width: 208, height: 20 }, { ...CHART, smoothing: "off" });
  expect(scene.note).toContain("1 clipped above");
  const [block] = scene.blocks;
  expect(block?.block.kind === "plot" && block.block.y.to).toBeGreaterThan(5);
  expect(block?.block.kind === "plot" && block.block.y.to).toBeLessThan(10);
});

test("losses that a wild beginning has blown up say to try a log scale, where there is room", () => {
  const wild = (high: number, low = 2.5) => {
    const points = Array.from({ length: 200 }, (_, i) => [i, i < 10 ? high : low] as const);
    return fakeFacts(new FakeData().put(1, "train/loss", ...points).put(1, "train/loss_raw", ...points));
  };
  const HINT = "high values flatten it: try a log scale";
  const wide = { width: 80, height: 12 };
  expect(lossPanel(wild(200), wide, CHART).note).toBe(HINT);
  expect(sceneShown(lossPanel(wild(200), SIZE, CHART))).toContain(HINT);
  expect(lossPanel(wild(200), { width: 57, height: 12 }, CHART).note).toBeUndefined();
  expect(lossPanel(wild(200), wide, { ...CHART, scale: "log" }).note).toBeUndefined();
  expect(lossPanel(wild(100), wide, CHART).note).toBeUndefined();
  expect(lossPanel(wild(200, 0), wide, CHART).note ?? "").not.toContain("log scale");
  const zoomed = { ...CHART, window: { kind: "last", part: 1 / 4 } } as const;
  expect(lossPanel(wild(200), wide, zoomed).note).toBeUndefined();
});

test("a chart with a scale or a range of its own gives no hint of another one", () => {
  const points = Array.from({ length: 200 }, (_, i) => [i, i < 10 ? 200 : 2.5] as const);
  const facts = fakeFacts(new FakeData().put(1, "train/loss_raw", ...points));
  const note = (options: OptionValues) =>
    chartKind.scene({
      ...input(facts, { width: 80, height: 12 }, CHART),
      options: { ...usualOptions(chartKind), metrics: ["train/loss_raw"], ...options },
    }).note;
  expect(note({})).toContain("try a log scale");
  expect(note({ scale: "linear" })).toBeUndefined();
  expect(note({ to: 300 })).toBeUndefined();
});

test("losses that are no number are marked and counted", () => {
  const data = new FakeData().put(1, "train/loss", [0, 3], [1, 2]).put(1, "train/loss_raw", [0, 3], [1, Number.NaN], [2, 2]);
  const scene = lossPanel(fakeFacts(data), SIZE, CHART);
  expect(scene.note).toContain("1 NaN or Inf");
});

test("zooming keeps the newest end and says what part is shown", () => {
  const data = new FakeData().put(1, "train/loss", ...Array.from({ length: 101 }, (_, i) => [i, i] as const));
  const scene = lossPanel(fakeFacts(data), SIZE, { ...CHART, window: { kind: "last", part: 1 / 4 } });
  const block = scene.blocks[0]?.block;
  expect(block?.kind === "plot" && [block.x.from, block.x.to]).toEqual([75, 100]);
  expect(scene.settings).toContain("last 1/4");
});

test("validation marks its best evaluation, and says when there is none because it is off", () => {
  const data = training().put(1, "val/bpb", [0, 3.2], [500, 0.9312], [1000, 0.95]);
  expect(validationPanel(fakeFacts(data), SIZE, CHART).note).toBe("★ best 0.9312 @ 500");
  const resumed = fakeFacts(data, { plan: fakePlan({ resume_from_step: 400 }) });
  expect(validationPanel(resumed, SIZE, CHART).note).toBe("★ best since 400 0.9312 @ 500");
  const off = validationPanel(fakeFacts(training(), { plan: fakePlan({ eval_every: -1 }) }), SIZE, CHART);
  expect(sceneShown(off)).toContain("eval_every is off");
});

test("the best point of a metric is found to the very step among many", () => {
  const data = new FakeData().put(1, "val/bpb", ...Array.from({ length: 20_000 }, (_, i) => [i, Math.abs(i - 13_337)] as const));
  expect(bestPoint(data, 1, "val/bpb", "lower")).toMatchObject({ key: 13_337, value: 0 });
});

test("an applied patch is a mark on the chart and a line in its border, wherever the axis puts its step", () => {
  const data = new FakeData().put(1, "train/loss", [0, 3], [100, 2]).put(1, "train/tokens", [0, 0], [100, 5000]);
  const changes = [{ name: "eval_every", from: 100, to: 50 }];
  data.event("request", { id: "p", kind: "patch", phase: "seen" }, { step: 38 });
  data.event("request", { id: "p", kind: "patch", phase: "applied", changes }, { step: 40 });
  data.event("request", { id: "p", kind: "patch", phase: "done", changes }, { step: 40 });
  expect(eventMarks(fakeFacts(data), "step")).toEqual([{ x: 40, glyph: "patch" }]);
  const chart = INITIAL_CHART;
  expect(lossPanel(fakeFacts(data), SIZE, chart).note).toBe("✎ eval_every 100 → 50 @ 40");
});

test("where a run goes on from a checkpoint is marked", () => {
  const data = new FakeData().put(1, "train/loss", [100, 3], [101, 2.9]);
  const [stage] = fakePlan().stages;
  const from = { parameter: parameter("resume_from_step", "int", -1), value: 100, origin: { layer: "override" as const } };
  const plan = { ...fakePlan(), stages: [{ ...stage!, values: [from] }] };
  expect(eventMarks(fakeFacts(data, { plan }), "step")).toEqual([{ x: 100, glyph: "rewind" }]);
  expect(eventMarks(fakeFacts(data), "step")).toEqual([]);
});

test("beside the schedule's multiplier stands what all rates were patched by, until that is taken back", () => {
  const data = training();
  const shown = (): string => sceneShown(progressPanel(fakeFacts(data), { width: 80, height: 6 }, { afterwards: null }), 84, 8);
  const patch = (from: number, to: number) =>
    data.event("request", { kind: "patch", phase: "applied", changes: [{ name: "lr_scale", from, to }] }, { step: 300 });
  expect(shown()).not.toContain("patched");
  patch(1, 0.5);
  expect(shown()).toMatch(/lr ×\d\.\d\d × 0\.5 patched/);
  patch(0.5, 1);
  expect(shown()).not.toContain("patched");
});

test("what the run before was patched by stands there too, as its optimizer brought it along, until that is taken back", () => {
  const fields = [{ name: "lr_scale", type: "float", value: 0.5 }];
  const data = training().event("config", { fields });
  const shown = (): string => sceneShown(progressPanel(fakeFacts(data), { width: 80, height: 6 }, { afterwards: null }), 84, 8);
  expect(shown()).toMatch(/lr ×\d\.\d\d × 0\.5 patched/);
  data.event("request", { kind: "patch", phase: "applied", changes: [{ name: "lr_scale", from: 0.5, to: 1 }] }, { step: 300 });
  expect(shown()).not.toContain("patched");
});

test("of a long metric both ends are shown: tasks of one benchmark begin alike", () => {
  const data = new FakeData()
    .put(1, "core/bigbench_language_identification", [0, 0.1])
    .put(1, "core/bigbench_conceptual_combinations", [0, 0.2]);
  const shown = panelShown("metrics", data, { width: 60, height: 8 });
  expect(shown).toMatch(/core\S+…\S*ification/);
  expect(shown).toMatch(/core\S+…\S*nations/);
});

test("a unit stands beside values only where their text does not tell it", () => {
  const data = new FakeData().put(1, "timer/eval", [0, 0.589]).put(1, "train/loss", [0, 2]);
  const row = (metric: string): string | undefined =>
    panelShown("metrics", data, { width: 110, height: 8 })
      .split("\n")
      .find((line) => line.includes(metric));
  expect(row("timer/eval")).toMatch(/589 ms +589 ms +589 ms +0 /);
  expect(row("train/loss")).toMatch(/2\.0000 +nats /);
});

test("a stage that trains nothing says what it does, in place of a loss that would never come", () => {
  const plan = fakePlan();
  const stageOf = (name: string) => [{ ...plan.stages[0]!, name: `01-${name}`, script: `scripts.${name}`, bridged: false, values: [] }];
  const facts = (name: string, status: "running" | "done" = "running") =>
    fakeFacts(new FakeData().sayIn(1, "Progress: 40%"), {
      plan: { ...plan, stages: stageOf(name) },
      state: fakeState({ stages: [fakeStage(1, name, { status })] }),
    });
  const work = "dataset downloads the shards of text that training reads";
  expect(lossPanel(facts("dataset"), SIZE, CHART).blocks[0]?.block).toEqual({
    kind: "empty",
    why: `No loss: ${work}`,
    remedy: "the log tells how far it is",
  });
  expect(validationPanel(facts("tok_train", "done"), SIZE, CHART).blocks[0]?.block).toEqual({
    kind: "empty",
    why: "No validation: tok_train makes the tokenizer that all models share",
  });
  expect(JSON.stringify(lossPanel(facts("my_own"), SIZE, CHART))).toContain("my_own has no training loop that was found");
  const own = facts("base_train", "done");
  const log: Imported = { kind: "log", files: ["/l"], wandb: null, head: null, at: "", readAt: "", complete: true };
  const imported = { ...own, state: { ...own.state, imported: log } };
  expect(validationPanel(imported, SIZE, CHART).blocks[0]?.block).toEqual({ kind: "empty", why: "No validation: the log has none" });
  const core = validationKind.scene({ ...input(imported, SIZE, CHART), options: { ...usualOptions(validationKind), what: "chatcore" } });
  expect(core.blocks[0]?.block).toEqual({ kind: "empty", why: "No ChatCORE: the log has none" });
  const shown = sceneShown(progressPanel(facts("dataset"), SIZE, { afterwards: null }), 64, 8);
  expect(shown).toContain(work);
  expect(shown).toContain("◐ at work for 1m 00s · Progress: 40%");
  expect(shown).not.toContain("step");
});
