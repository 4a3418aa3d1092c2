/** How charts are read, and that they say what they leave out. */
import { describe, expect, test } from "bun:test";
import type { OptionValues } from "../core/panel.ts";
import { toneIndex } from "../lib/canvas.ts";
import { chartOf, drawn, plotIn, points, sceneOf, training } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, fakeStage, fakeState, START } from "./fake-data.ts";
import { alongAxis, momentOf } from "./moment.ts";
import { sceneTsv } from "./plot-table.ts";
import { yLabels } from "./ticks.ts";
import { type ChartView, INITIAL_VIEW } from "./view.ts";

describe("a cursor", () => {
  test("reads the real point that is nearest, with six decimals, in the title", () => {
    expect(chartOf(training(), ["train/loss"], { chart: { cursor: 500.4 } }).title).toBe("loss 3.000000 @ 500");
    const validation = new FakeData().put(1, "val/bpb", [0, 3.2], [500, 0.93123456], [1000, 0.95]);
    expect(sceneOf("validation", validation, { chart: { cursor: 600 } }).title).toBe("validation bits per byte 0.931235 @ 500");
  });

  test("is copied as the place of the point that is read, with what the legend says there", () => {
    const copied = (kind: string, options: OptionValues, chart: Partial<ChartView> = {}) =>
      sceneTsv(sceneOf(kind, training(), { options, chart: { cursor: 500.4, ...chart } }));
    expect(copied("loss", {})).toBe("step\t500\nema 0.9\t3.000000\neach step\t3.090000\n");
    expect(copied("loss", {}, { axis: "tokens", cursor: 256_100.5 })).toBe("tokens\t256000\nema 0.9\t3.000000\neach step\t3.090000\n");
    expect(copied("heat", { metrics: ["train/loss"] })).toBe("step\t500\nloss\t3.0000\n");
    expect(copied("quantiles", {})).not.toContain("p25…p75");
    const metrics = ["train/loss_raw", "train/tokens", "train/loss"];
    expect(copied("chart", { metrics, smoothing: 0.5 })?.split("\n")).toContain("loss_raw each step\t3.090000");
  });

  test("stands at the same moment on every axis, also on charts of the host, which know only the clock", () => {
    const data = training().put(0, "gpu/0/util", ...points(500, (i) => i % 100).map(([s, v]) => [START / 1000 + s, v] as const));
    const facts = fakeFacts(data);
    const byTokens = alongAxis(facts, { ...INITIAL_VIEW.chart, cursor: 500, window: { kind: "range", from: 100, to: 900 } }, "tokens");
    expect(byTokens).toMatchObject({ axis: "tokens", cursor: 256_000, window: { from: 51_200, to: 460_800 } });
    expect(momentOf(facts, byTokens)).toEqual({ step: 500, at: START + 250_000 });
    const gpu = chartOf(data, ["gpu/0/util"], { chart: byTokens });
    expect(plotIn(gpu).cursor?.x).toBe(START + 250_000);
    expect([plotIn(gpu).x.from, plotIn(gpu).x.to]).toEqual([START + 50_000, START + 450_000]);
    expect(gpu.title).toContain("GPU 0 utilisation 50%");
    expect(gpu.note).toContain("the host has no steps");
  });

  test("reads bytes in the unit of their axis, with more digits than without it", () => {
    const data = new FakeData().put(0, "host/disk_free", [START / 1000, 72_410_046_464], [START / 1000 + 60, 0]);
    const at = (cursor: number): string => chartOf(data, ["host/disk_free"], { chart: { axis: "wall", cursor } }).title;
    expect(at(START)).toBe("disk free 67.4371 GiB @ 12:00:00");
    expect(at(START + 60_000)).toBe("disk free 0 B @ 12:01:00");
  });

  test("on a point that is no number says so", () => {
    const data = new FakeData().put(1, "train/loss", [0, 3], [1, Number.NaN], [2, 3]);
    expect(chartOf(data, ["train/loss"], { chart: { cursor: 1 } }).title).toBe("loss NaN @ 1");
  });
});

describe("baselines", () => {
  const beside = (data: FakeData, name = "d12-base") => [{ name, facts: fakeFacts(data) }];

  test("are told with their value and the distance from it at the same place, better or worse", () => {
    const better = chartOf(
      training((i) => 3 - i / 1000),
      ["train/loss"],
      { baselines: beside(training((i) => 4 - i / 1000)), chart: { cursor: 500 } },
    );
    const [own, other] = plotIn(better).series.filter(({ under }) => !under);
    expect([own?.name, own?.value]).toEqual(["loss", "2.500000"]);
    expect(other).toMatchObject({ name: "d12-base", baseline: true, value: "3.500000 Δ−1.0000 −29%", valueTone: "good" });
    expect(drawn(better).toText()).toContain("⚑b d12-base 3.500000 Δ−1.0000 −29%");
    const worse = chartOf(
      training(() => 3),
      ["train/loss"],
      { baselines: beside(training(() => 2.5)) },
    );
    expect(plotIn(worse).series.at(-1)).toMatchObject({ value: "2.5000 Δ+0.5000 +20%", valueTone: "bad" });
  });

  test("that ended before the place that is read say where, and are not made longer", () => {
    const short = new FakeData().put(1, "train/loss", ...points(100, () => 3));
    const scene = chartOf(training(), ["train/loss"], { baselines: beside(short) });
    expect(plotIn(scene).series.at(-1)?.value).toBe("ended at 99");
  });

  test("say the same of their end in every chart, whenever they were evaluated last", () => {
    const end = (validated: number) => {
      const short = new FakeData().put(1, "train/loss", ...points(600, () => 3)).put(1, "val/bpb", [0, 3], [validated, 2]);
      const long = training().put(1, "val/bpb", [0, 3], [1000, 1]);
      return ["train/loss", "val/bpb"].map((metric) => plotIn(chartOf(long, [metric], { baselines: beside(short) })).series.at(-1)?.value);
    };
    expect([end(600), end(500)].flat()).toEqual(Array(4).fill("ended at 599"));
  });

  test("that ended a while ago by the clock say when, and are not compared with what is now", () => {
    const short = new FakeData().put(1, "train/loss", ...points(100, () => 3)).put(1, "time/wall", ...points(100, (i) => START + i * 500));
    const scene = chartOf(training(), ["train/loss"], { baselines: beside(short), chart: { axis: "wall" } });
    expect(plotIn(scene).series.at(-1)?.value).toMatch(/^ended at \d\d:\d\d:\d\d$/);
    const same = chartOf(training(), ["train/loss"], { baselines: beside(training(() => 2.5)), chart: { axis: "wall" } });
    expect(plotIn(same).series.at(-1)?.value).toContain("Δ");
  });

  test("that lie beside what is shown have no line, and say where they end or begin", () => {
    const parent = new FakeData().put(1, "train/loss", ...points(400, () => 9));
    const child = new FakeData().put(1, "train/loss", ...points(200, () => 3).map(([step, value]) => [400 + step, value] as const));
    const resumed = chartOf(child, ["train/loss"], { baselines: beside(parent) });
    expect(plotIn(resumed).series.at(-1)).toMatchObject({ name: "d12-base", baseline: true, value: "ended at 399" });
    expect(drawn(resumed).toText()).toContain("⚑b d12-base ended at 399");
    expect(plotIn(resumed).y.to).toBeLessThan(4);
    const before = chartOf(parent, ["train/loss"], { baselines: beside(child) });
    expect(plotIn(before).series.at(-1)?.value).toBe("from 400 on");
    const later = { kind: "range", from: 550, to: 590 } as const;
    const far = chartOf(child, ["train/loss"], { baselines: beside(parent), chart: { window: later } });
    expect(plotIn(far).series.at(-1)?.value).toBe("ended at 399");
    expect(plotIn(chartOf(child, ["train/loss"], { baselines: beside(new FakeData()) })).series).toHaveLength(1);
  });

  test("are shown with the run where all runs are, from the first step of the one before to the last of the one that goes on", () => {
    const parent = new FakeData().put(1, "train/loss", ...points(400, () => 9));
    const child = new FakeData().put(1, "train/loss", ...points(200, () => 3).map(([step, value]) => [400 + step, value] as const));
    const scene = chartOf(child, ["train/loss"], { baselines: beside(parent), chart: { window: { kind: "runs" } } });
    const { x, series } = plotIn(scene);
    expect([x.from, Math.round(x.to)]).toEqual([0, 599]);
    const [own, other] = [series[0]!, series.at(-1)!];
    const half = Math.floor(own.max.length / 3);
    expect([own.max[half], own.max.at(-1), other.max[half], other.max.at(-1)]).toEqual([Number.NaN, 3, 9, Number.NaN]);
    expect(other.value).toBe("ended at 399");
    // What one of them lacks at a place is not read anywhere else.
    const early = chartOf(child, ["train/loss"], { baselines: beside(parent), chart: { window: { kind: "runs" }, cursor: 390 } });
    expect(early.title).toBe("loss – @ 390");
    expect(plotIn(early).series.at(-1)?.value).toBe("9.000000");
    // Nothing stands beside it any more.
    expect(plotIn(chartOf(child, ["train/loss"], { chart: { window: { kind: "runs" } } })).x.from).toBe(400);
  });

  test("that are shown up to where the run was resumed say up to where, and not that they ended there", () => {
    const [before] = beside(new FakeData().put(1, "train/loss", ...points(59, () => 9)));
    const child = new FakeData().put(1, "train/loss", ...points(200, () => 3).map(([step, value]) => [58 + step, value] as const));
    const told = (window: ChartView["window"]) =>
      plotIn(chartOf(child, ["train/loss"], { baselines: [{ ...before!, isBefore: true }], chart: { window } })).series.at(-1)?.value;
    expect([told({ kind: "runs" }), told({ kind: "range", from: 100, to: 200 })]).toEqual(["up to 58", "up to 58"]);
  });

  test("are shown to the evaluation that comes behind the last step", () => {
    const [parent, child] = [training(), training()].map((data) => data.put(1, "val/bpb", [0, 3], [1000, 2]));
    const scene = chartOf(child!, ["val/bpb"], { baselines: beside(parent!), chart: { window: { kind: "runs" } } });
    expect(plotIn(scene).x.to).toBe(1000);
  });

  test("that were evaluated at another step say at which, and that the distance is about so", () => {
    const own = training().put(1, "val/bpb", [0, 3], [400, 2]);
    const other = training().put(1, "val/bpb", [0, 3], [500, 1.5], [999, 1]);
    expect(plotIn(chartOf(own, ["val/bpb"], { baselines: beside(other) })).series.at(-1)?.value).toBe("1.5000 @ 500 Δ~+0.5000 +33%");
  });

  test("have a distance in times as in all else", () => {
    const [slow, fast] = [0.125, 0.079].map((seconds) => training().put(1, "train/dt", ...points(1000, () => seconds)));
    const scene = chartOf(fast!, ["train/dt"], { baselines: beside(slow!) });
    expect(plotIn(scene).series.at(-1)).toMatchObject({ value: "125 ms Δ−46 ms −37%", valueTone: "good" });
  });

  test("that have no such stage say so, in place of some other stage's line", () => {
    const facts = fakeFacts(training(), { state: fakeState({ stages: [fakeStage(1, "chat_sft")] }) });
    const scene = chartOf(training(), ["train/loss"], { baselines: [{ name: "other", facts }] });
    expect(plotIn(scene).series.at(-1)).toMatchObject({ name: "other", value: "has no base_train" });
  });

  test("without a point in a narrow window have the line between those around it", () => {
    const sparse = new FakeData().put(1, "val/bpb", [0, 3], [999, 1]);
    const own = training().put(1, "val/bpb", [0, 3], [500, 2], [999, 1]);
    const scene = chartOf(own, ["val/bpb"], { baselines: beside(sparse), chart: { window: { kind: "range", from: 400, to: 600 } } });
    expect(plotIn(scene).series.at(-1)).toMatchObject({ baseline: true, before: { x: 0, y: 3 }, after: { x: 999, y: 1 } });
  });

  test("without the axis that is chosen say so rather than be drawn by another", () => {
    const none = new FakeData().put(1, "train/loss", ...points(100, () => 3));
    const { series } = plotIn(chartOf(training(), ["train/loss"], { baselines: beside(none), chart: { axis: "tokens" } }));
    expect(series.at(-1)).toMatchObject({ name: "d12-base", value: "tells no tokens" });
    expect(series.at(-1)?.max.every(Number.isNaN)).toBe(true);
  });
});

test("the clock, asked for by its name, is told as times of day", () => {
  const scene = chartOf(
    training((i) => i),
    ["time/wall"],
  );
  expect(scene.title).toMatch(/^wall clock \d\d:\d\d:\d\d$/);
  const labels = yLabels(plotIn(scene).y, 12).map(({ label }) => label);
  expect(labels.length).toBeGreaterThan(1);
  for (const label of labels) expect(label).toMatch(/^\d\d:\d\d$/);
});

describe("thresholds", () => {
  test.each(["train/loss", "train/loss_raw"])("of %s stay whatever the loss is smoothed by, and are counted by it", (metric) => {
    const falling = training((i) => 4 - i / 500);
    const thresholds = [{ metric, above: 2.5, tone: "bad" as const }];
    const beyond = metric === "train/loss" ? 750 : 775;
    for (const chart of [{ smoothing: "script" }, { smoothing: "strong" }, { smoothing: "off" }] as const) {
      const scene = sceneOf("loss", falling, { thresholds, chart });
      expect(plotIn(scene).lines).toEqual([{ y: 2.5, tone: "bad", label: "✕ 2.5000" }]);
      expect(scene.note).toBe(`✕ ${beyond} above 2.5000`);
    }
    for (const smoothing of ["script", "strong"] as const)
      expect(chartOf(falling, ["train/loss"], { thresholds, chart: { smoothing } }).note).toBe(`✕ ${beyond} above 2.5000`);
    const own = chartOf(falling, ["train/loss", "train/loss_raw"], { thresholds, options: { smoothing: 0.95 } });
    expect(own.note).toBe(`✕ ${beyond} above 2.5000`);
    // Where each has a chart of its own it stands there alone.
    const told = drawn(sceneOf("grid", falling, { thresholds, height: 40 }), { height: 40 }).toText();
    expect(told.split("✕ 2.5000")).toHaveLength(2);
  });

  test("of the loss give an average of ours its tone, and one of the steps none to what the script has averaged", () => {
    const tone = (metric: string, smoothing: "script" | "strong") =>
      sceneOf("loss", training(), { thresholds: [{ metric, above: 1, tone: "bad" }], chart: { smoothing } }).tone;
    expect([tone("train/loss", "script"), tone("train/loss", "strong")]).toEqual(["bad", "bad"]);
    expect([tone("train/loss_raw", "strong"), tone("train/loss_raw", "script")]).toEqual(["bad", undefined]);
  });

  test("a metric may be named as other tools call it, in what is drawn and in its limits alike", () => {
    const data = new FakeData().put(1, "train/dt", [1, 0.1], [2, 0.3], [3, 0.4]);
    const scene = chartOf(data, ["dt"], { thresholds: [{ metric: "dt", above: 0.2, tone: "warn" }] });
    expect(scene.note).toContain("▲ 2 above");
    expect(scene.tone).toBe("warn");
  });

  const limits = [{ metric: "train/*", above: 3.5, tone: "bad" as const }];

  test("are lines; passed, they give the value their tone and count the points beyond", () => {
    const data = training((i) => (i < 40 ? 4 : 3));
    const scene = chartOf(data, ["train/loss"], { thresholds: limits });
    expect(plotIn(scene).lines).toEqual([{ y: 3.5, tone: "bad", label: "✕ 3.5000" }]);
    expect(scene.note).toContain("✕ 40 above 3.5000");
    expect(scene.tone).toBeUndefined();
    const now = chartOf(
      training(() => 4),
      ["train/loss"],
      { thresholds: limits },
    );
    expect(now.tone).toBe("bad");
    const canvas = drawn(now);
    expect(canvas.fg[canvas.rowText(0).indexOf("loss")]).toBe(toneIndex("bad"));
  });
});

describe("what a chart leaves out", () => {
  test("values that a log scale has no place for are counted, and without any above 0 it is linear", () => {
    const mixed = new FakeData().put(1, "x", ...points(100, (i) => i - 9));
    const scene = chartOf(mixed, ["x"], { chart: { scale: "log" } });
    expect([plotIn(scene).y.scale, scene.note]).toEqual(["log", "10 not above 0: no place on a log scale"]);
    const negative = chartOf(new FakeData().put(1, "x", ...points(100, (i) => -i - 1)), ["x"], { chart: { scale: "log" } });
    expect([plotIn(negative).y.scale, negative.note]).toEqual(["linear", expect.stringContaining("linear: no value is above 0")]);
  });

  test("points outside a pinned range are counted to the very point", () => {
    const scene = chartOf(new FakeData().put(1, "x", ...points(1000, (i) => i)), ["x"], { options: { from: 100, to: 899 } });
    expect(plotIn(scene)).toMatchObject({ y: { from: 100, to: 899 }, clippedAbove: 100, clippedBelow: 100 });
    expect(scene.note).toBe("100 clipped above 899 · 100 clipped below 100");
  });

  test("what is not drawn is not clipped: under an average alone the steps that have come down further are not counted", () => {
    const data = training((i) => 4 - i / 500);
    const options = { raw: false, beside: false };
    for (const smoothing of ["strong", "script"] as const) {
      const scene = sceneOf("loss", data, { options, chart: { smoothing } });
      expect([plotIn(scene).clippedBelow, scene.note]).toEqual([0, undefined]);
    }
  });

  test("a spike is clipped and counted, but not where a curve ends: not one that has come down, nor one that has gone up", () => {
    const ends = (value: (i: number) => number) => plotIn(chartOf(new FakeData().put(1, "x", ...points(20_000, value)), ["x"]));
    const wave = (i: number): number => 2 + Math.sin(i / 100) / 10;
    expect(ends((i) => (i === 9000 ? 50 : wave(i)))).toMatchObject({ clippedAbove: 1, clippedBelow: 0 });
    const up = ends((i) => (i < 19_750 ? wave(i) : 50));
    expect([up.y.to > 50, up.clippedAbove]).toEqual([true, 0]);
    const down = ends((i) => (i < 19_750 ? wave(i) : 0.1));
    expect([down.y.from < 0.1, down.clippedBelow]).toEqual([true, 0]);
  });

  test("a range the wrong way round is not used, and said", () => {
    const scene = chartOf(new FakeData().put(1, "x", [0, 1], [1, 2]), ["x"], { options: { from: 5, to: 1 } });
    expect(scene.note).toContain("y from 5 is not below y to 1: not pinned");
    expect(plotIn(scene).y.from).toBeLessThan(1);
  });

  test("of 500 metrics the highest are drawn, and the others counted", () => {
    const data = new FakeData();
    for (let i = 0; i < 500; i++) data.put(1, `rank/${i}/norm`, [0, i], [1, i]);
    const scene = chartOf(data, ["rank/*/norm"]);
    expect(scene.note).toBe("24 of 500 metrics, the highest ones");
    expect(plotIn(scene).series.map(({ name }) => name)).toContain("rank 499");
    expect(plotIn(scene).series).toHaveLength(24);
  });

  test("an axis that the run does not have is said", () => {
    const scene = chartOf(new FakeData().put(1, "x", [0, 1], [1, 2]), ["x"], { chart: { axis: "flops" } });
    expect(scene.note).toBe("The run has no flops to draw it by.");
    expect(scene.settings).toContain("step");
  });
});
