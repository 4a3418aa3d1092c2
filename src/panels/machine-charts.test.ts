/** Charts of the machine, which knows the clock and neither steps nor stages. */
import { describe, expect, test } from "bun:test";
import { chartOf, drawn, plotIn, points, sceneOf } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, fakeStage, fakeState, START } from "./fake-data.ts";
import { sceneSvg } from "./plot-svg.ts";
import type { ChartView } from "./view.ts";

const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const at = (seconds: number): number => START + seconds * 1000;

/** A stage of 100 seconds with a checkpoint and an evaluation, and 50 seconds of the next one. */
function twoStages() {
  const second = START / 1000;
  const data = new FakeData()
    .put(0, "host/cpu", ...points(150, (i) => i).map(([s, v]) => [second + s, v] as const))
    .put(0, "host/trainer_cpu", [second + 5, 40], [second + 149, 60])
    .put(1, "train/loss", ...points(100, () => 3))
    .put(1, "time/wall", ...points(100, (i) => at(i)))
    .put(1, "val/bpb", [50, 0.9])
    .put(2, "train/loss", ...points(50, () => 2))
    .put(2, "time/wall", ...points(50, (i) => at(100 + i)))
    .event("checkpoint", {}, { stage: 1, step: 60, at: at(60) });
  const stages = [
    fakeStage(1, "base_train", { status: "done", endedAt: iso(99) }),
    fakeStage(2, "chat_sft", { startedAt: iso(100) }),
    fakeStage(3, "chat_rl", { status: "pending", startedAt: null }),
  ];
  return fakeFacts(data, { state: fakeState({ stages }), stage: 2 });
}

describe("a machine that has gone on to the next stage", () => {
  const facts = twoStages();
  const ofData = (metrics: string[], chart: Partial<ChartView> = {}) => chartOf(facts.data as FakeData, metrics, { facts, chart });

  test("is shown from the beginning of the run, and the charts of the stage are not", () => {
    const scene = ofData(["host/cpu"]);
    expect(plotIn(scene).x).toMatchObject({ from: at(0), to: at(149) });
    expect(scene.note).toContain("By the clock, all stages: the host has no steps");
    expect(plotIn(ofData(["host/trainer_cpu"])).x).toMatchObject({ from: at(0), to: at(149) });
    expect(plotIn(ofData(["train/loss"])).x).toMatchObject({ from: 0, to: 49 });
    expect(plotIn(ofData(["train/loss", "host/cpu"])).x).toMatchObject({ from: at(100), to: at(149) });
    expect(ofData(["train/loss", "host/cpu"]).note).toContain("By the clock: the host has no steps");
  });

  test.each(["step", "wall"] as const)("has the marks of all stages, and one where the next began: by %s", (axis) => {
    const { marks } = plotIn(ofData(["host/cpu"], { axis }));
    const placed = marks.map(({ x, glyph }) => [glyph, Math.round((x - START) / 1000)]);
    expect(placed).toEqual([
      ["stage", 100],
      ["checkpoint", 60],
      ["evaluation", 50],
    ]);
    const stages = plotIn(ofData(["train/loss"], { axis })).marks.map(({ glyph }) => glyph);
    expect(stages).toEqual([]);
  });

  test("is shown for the part of the stage that was chosen", () => {
    const x = (chart: Partial<ChartView>) => plotIn(ofData(["host/cpu"], chart)).x;
    expect(x({ window: { kind: "range", from: 10, to: 20 } })).toMatchObject({ from: at(110), to: at(120) });
    expect(x({ window: { kind: "last", part: 0.5 } }).from).toBeGreaterThan(at(120));
  });

  test("is shown so as rows of shades as well", () => {
    const scene = sceneOf("heat", facts.data as FakeData, { facts, options: { metrics: ["host/cpu"] } });
    expect(scene.blocks[0]?.block).toMatchObject({ x: { from: at(0), to: at(149) } });
  });
});

describe("a lone sample of the machine", () => {
  const second = START / 1000;
  const brief = (at: number): FakeData =>
    new FakeData()
      .put(0, "host/cpu", [at, 50])
      .put(1, "time/wall", [0, START + 200], [1, START + 900])
      .put(1, "train/loss", [0, 3], [1, 2]);
  const filled = (data: FakeData): number =>
    plotIn(chartOf(data, ["host/cpu"])).series.reduce((sum, { max }) => sum + max.filter(Number.isFinite).length, 0);

  test.each([second, second + 1, second + 2])("is drawn though the stage had begun, or was over, a moment before: %d", (at) => {
    expect(filled(brief(at))).toBeGreaterThan(0);
    const scene = chartOf(brief(at), ["host/cpu"]);
    for (const symbols of ["braille", "ascii"] as const) expect(drawn(scene, {}, symbols).toText()).toMatch(/[⠁-⣿]|O/);
    expect(sceneSvg(scene, { width: 400, height: 300 })).toContain("<circle");
    expect(drawn(sceneOf("grid", brief(at), { options: { host: true, metrics: ["host/cpu"] } })).toText()).toMatch(/[⠁-⣿]/);
  });

  test("of another time does not stretch the stage where something of the stage is drawn with it", () => {
    const both = plotIn(chartOf(brief(second + 60), ["host/cpu", "train/loss"]));
    expect(both.x).toMatchObject({ from: START + 200, to: START + 900 });
    expect(plotIn(chartOf(brief(second + 60), ["host/cpu"])).x).toMatchObject({ from: START, to: START + 60_000 });
  });
});
