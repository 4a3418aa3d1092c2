/** What charts draw, how they are read, and that they say what they leave out. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { OptionValues } from "../core/panel.ts";
import type { Heat, Plot, Scene } from "../core/scene.ts";
import { Canvas, toneIndex } from "../lib/canvas.ts";
import { FakeData, fakeFacts, fakePlan, START } from "./fake-data.ts";
import { entitled, type PanelInput, usualOptions } from "./kind.ts";
import { alongAxis, momentOf } from "./moment.ts";
import { innerSize, paint } from "./paint.ts";
import type { Symbols } from "./plot-dots.ts";
import { findPanel } from "./registry.ts";
import { type ChartView, INITIAL_VIEW } from "./view.ts";

interface Given extends Partial<Omit<PanelInput, "view" | "options">> {
  options?: OptionValues;
  chart?: Partial<ChartView>;
  width?: number;
  height?: number;
}

const WIDE = { width: 100, height: 24 };

function sceneOf(kind: string, data: FakeData, { options, chart, width = WIDE.width, height = WIDE.height, ...rest }: Given = {}): Scene {
  const panel = findPanel(kind)!;
  return panel.scene({
    facts: fakeFacts(data),
    size: innerSize(width, height),
    thresholds: [],
    baselines: [],
    ...rest,
    options: { ...usualOptions(panel), ...options },
    view: { ...INITIAL_VIEW, chart: { ...INITIAL_VIEW.chart, ...chart } },
  });
}

function drawn(scene: Scene, { width = WIDE.width, height = WIDE.height }: Given = {}, symbols: Symbols = "braille"): Canvas {
  const canvas = new Canvas(width, height);
  paint(scene, canvas.region(), { symbols, focused: false });
  return canvas;
}

const shown = (kind: string, data: FakeData, given: Given = {}): string => drawn(sceneOf(kind, data, given), given).toText();

const plotIn = ({ blocks }: Scene): Plot => blocks.map(({ block }) => block).find((block) => block.kind === "plot") as Plot;

const chartOf = (data: FakeData, metrics: string[], given: Given = {}): Scene =>
  sceneOf("chart", data, { ...given, options: { metrics, ...given.options } });

const points = (count: number, value: (i: number) => number, every = 1) =>
  Array.from({ length: count }, (_, i) => [i * every, value(i * every)] as const);

/** 1,000 steps, each of 512 tokens and half a second. */
function training(of: (i: number) => number = (i) => 2 + 1000 / (i + 500)): FakeData {
  const data = new FakeData();
  data.put(1, "train/loss", ...points(1000, of)).put(1, "train/loss_raw", ...points(1000, (i) => of(i) + ((i * 37) % 11) / 100));
  data.put(1, "train/tokens", ...points(1000, (i) => i * 512)).put(1, "time/wall", ...points(1000, (i) => START + i * 500));
  return data;
}

describe("a cursor", () => {
  test("reads the real point that is nearest, with six decimals, in the title", () => {
    expect(chartOf(training(), ["train/loss"], { chart: { cursor: 500.4 } }).title).toBe("loss 3.000000 @ 500");
    const validation = new FakeData().put(1, "val/bpb", [0, 3.2], [500, 0.93123456], [1000, 0.95]);
    expect(sceneOf("validation", validation, { chart: { cursor: 600 } }).title).toBe("validation bits per byte 0.931235 @ 500");
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

  test("without the axis that is chosen are left out rather than drawn by another", () => {
    const none = new FakeData().put(1, "train/loss", ...points(100, () => 3));
    expect(plotIn(chartOf(training(), ["train/loss"], { baselines: beside(none), chart: { axis: "tokens" } })).series).toHaveLength(1);
  });
});

describe("thresholds", () => {
  const limits = [{ metric: "train/*", above: 3.5, tone: "bad" as const }];

  test("are lines; passed, they give the value their tone and count the points beyond", () => {
    const data = training((i) => (i < 40 ? 4 : 3));
    const scene = chartOf(data, ["train/loss"], { thresholds: limits });
    expect(plotIn(scene).lines).toEqual([{ y: 3.5, tone: "bad", label: "▲ 3.5000" }]);
    expect(scene.note).toContain("▲ 40 above 3.5000");
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

describe("smoothing", () => {
  test("what is told of a line that is smoothed here is its average: the newest, that under the cursor, and a baseline's", () => {
    const steps = (scale: number) => Array.from({ length: 40 }, (_, i): [number, number] => [i, scale * (i % 2)]);
    const data = new FakeData().put(1, "train/loss_raw", ...steps(2)).put(1, "train/loss", ...steps(2));
    const told = (given: Given) => plotIn(sceneOf("loss", data, given)).series.find(({ name }) => name === "loss")?.value;
    const given = { options: { smoothing: 0.9 }, width: 100, height: 20 };
    const average = (upTo: number) => {
      let [sum, weight] = [0, 0];
      for (let i = 0; i <= upTo; i++) [sum, weight] = [sum * 0.9 + 2 * (i % 2) * 0.1, weight * 0.9 + 0.1];
      return sum / weight;
    };
    expect(told(given)).toBe(average(39).toFixed(4));
    expect(told({ ...given, chart: { cursor: 20 } })).toBe(average(20).toFixed(6));
    expect(told({ ...given, options: {} })).toBeUndefined();
  });

  test("says its factor, a number of the panel's own before the one of all charts", () => {
    expect(chartOf(training(), ["train/loss"], { chart: { smoothing: "strong" } }).settings).toBe("step · linear · ema 0.99");
    expect(chartOf(training(), ["train/loss"], { options: { smoothing: 0.95 } }).settings).toBe("step · linear · ema 0.95");
    expect(sceneOf("loss", training()).settings).toBe("step · linear · ema 0.9");
    expect(sceneOf("loss", training(), { chart: { smoothing: "off" } }).settings).toBe("step · linear · raw");
  });

  test("lies over the spread of the values, which stays", () => {
    const data = new FakeData().put(1, "x", ...points(1000, (i) => (i === 500 ? 50 : 1)));
    const { series } = plotIn(chartOf(data, ["x"], { options: { smoothing: 0.99 } }));
    expect(series.map(({ under }) => under)).toEqual([true, false]);
    expect(Math.max(...series[0]!.max.filter(Number.isFinite))).toBe(50);
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
    expect(scene.note).toBe("100 clipped above 899.0000 · 100 clipped below 100.0000");
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

describe("panels of charts", () => {
  test("the loss shows its parts, and with height the gradient norm and the rate below", () => {
    const data = training().put(1, "train/loss_mtp", ...points(1000, () => 1));
    data.put(1, "train/grad_norm", ...points(1000, () => 0.5)).put(1, "train/lrm", ...points(1000, () => 1));
    expect(shown("loss", data, { options: { components: true } })).toContain("b loss_mtp 1.0000");
    const tall = shown("loss", data, { height: 30 });
    expect(tall).toContain("gradient norm 0.5000");
    expect(tall).toContain("learning-rate multiplier 1.0000");
    expect(shown("loss", data, { height: 12 })).not.toContain("gradient norm");
  });

  test("validation shows what it is asked for: CORE, ChatCORE, or their tasks as lines, many as a heat map", () => {
    const data = new FakeData()
      .put(1, "val/bpb", [0, 1])
      .put(1, "core/metric", [0, 0.1], [100, 0.2])
      .put(1, "core/arc", [0, 0.3], [100, 0.4]);
    data.put(1, "core/hellaswag", [0, 0.5], [100, 0.6]);
    expect(sceneOf("validation", data).title).toBe("validation bits per byte 1.0000");
    expect(sceneOf("validation", data, { options: { what: "core" } }).note).toBe("★ best 0.2000 @ 100");
    expect(shown("validation", data, { options: { what: "tasks" } })).toContain("a arc 0.4000  b hellaswag 0.6000");
    expect(shown("validation", data, { options: { what: "chatcore" } })).toContain("No ChatCORE yet");
    for (let task = 0; task < 20; task++) data.put(1, `chatcore/task${task}`, [100, task / 20]);
    const heat = sceneOf("validation", data, { options: { what: "tasks" }, height: 40 });
    expect(heat.blocks[0]?.block.kind).toBe("heat");
    expect(drawn(heat, { height: 40 }).toText()).toContain("chatcore/task19");
  });

  test.each(["chart", "heat", "grid", "throughput"])("in names of metrics `*` means the same in the panel %s", (kind) => {
    const data = training()
      .put(1, "timer/data", ...points(1000, () => 0.1))
      .put(1, "timer/forward", ...points(1000, () => 0.2));
    const names = (metrics: string[]): string[] => {
      const text = shown(kind, data, { options: { metrics }, height: 40 });
      // As each of the panels calls them: by the last part or by the title.
      const called = { loss: /\bloss\b(?!_raw)/, loss_raw: /loss_raw|loss \(raw\)/, data: /\bdata\b/, forward: /\bforward\b/ };
      return Object.entries(called).flatMap(([name, there]) => (there.test(text.replaceAll(metrics.join(" "), "")) ? [name] : []));
    };
    expect(names(["timer/*"])).toEqual(["data", "forward"]);
    expect(names(["timer/f*", "timer/data"])).toEqual(["data", "forward"]);
    expect(names(["*loss*"])).toEqual(["loss", "loss_raw"]);
    expect(names(["nothing/*"])).toEqual([]);
  });

  test("throughput has rate, utilisation and step time, as many as have room", () => {
    const data = training()
      .put(1, "train/tok_per_sec", ...points(1000, () => 983_000))
      .put(1, "train/dt", ...points(1000, () => 0.5));
    const text = shown("throughput", data);
    expect(text).toContain("throughput 983k tok/s");
    expect(text).toContain("step time 500 ms");
    expect(sceneOf("throughput", data, { height: 8 }).note).toBe("no room for step time");
  });

  test("a utilisation that is 0 throughout is not known, and takes no room", () => {
    const data = new FakeData().put(1, "train/mfu", ...points(100, () => 0)).put(1, "train/dt", ...points(100, () => 0.5));
    const scene = sceneOf("throughput", data);
    expect([scene.title, scene.blocks.length]).toEqual(["step time 500 ms", 1]);
    expect(shown("throughput", data.put(1, "train/mfu", [100, 41]))).toContain("model FLOPs utilisation 41.0%");
  });

  test("what a stage never evaluates is not said to come", () => {
    const facts = fakeFacts(new FakeData(), { plan: fakePlan({ eval_every: 100 }) });
    const why = (what: string) => sceneOf("validation", new FakeData(), { facts, options: { what } }).blocks[0]?.block;
    expect(why("chatcore")).toMatchObject({ why: "No ChatCORE: base_train does not evaluate it, chat_sft does" });
    expect(why("bpb")).toMatchObject({ why: "No validation yet: it comes every 100 steps" });
  });

  test("a metric that the script does not report, and GPUs that there are not, are told in a sentence", () => {
    const data = training().put(0, "host/cpu", [1, 50]);
    expect(shown("chart", data)).toContain("base_train reports no gradient norm · e changes what this screen shows");
    expect(shown("heat", data)).toContain("No GPU: the machine of this run has no nvidia-smi");
  });

  test("alerts of the stage are marked where they were raised, on any axis", () => {
    const alert = { phase: "raised", key: "spike", watch: "spike", severity: "bad", cause: "x", evidence: [], actions: [] };
    const data = training().event("alert", alert, { step: 500, at: START + 1 });
    data.event("alert", { ...alert, key: "other" }, { stage: 2, step: 100 }).event("alert", { ...alert, key: "disk", severity: "warn" });
    const marks = (axis: "step" | "tokens") =>
      plotIn(sceneOf("loss", data, { chart: { axis } })).marks.filter(({ glyph }) => glyph === "alarm" || glyph === "alert");
    expect(marks("step")).toEqual([{ x: 500, glyph: "alarm" }]);
    expect(marks("tokens")).toEqual([{ x: 256_000, glyph: "alarm" }]);
    expect(shown("loss", data)).toMatch(/└.*▲/);
  });

  test("GPUs are told by their numbers, and a heat map of them has no holes between two samples", () => {
    const data = new FakeData();
    for (const gpu of [0, 1]) data.put(0, `gpu/${gpu}/util`, ...Array.from({ length: 30 }, (_, i) => [i * 2, 90 + gpu] as const));
    const plot = plotIn(chartOf(data, ["gpu/*/util"]));
    expect(plot.series.map(({ name, marker }) => [name, marker])).toEqual([
      ["gpu 0", "0"],
      ["gpu 1", "1"],
    ]);
    const heat = sceneOf("heat", data).blocks[0]?.block as Heat;
    expect(heat.rows.map(({ name }) => name)).toEqual(["gpu 0", "gpu 1"]);
    expect([...heat.rows[0]!.values].every((value) => value === 90)).toBe(true);
  });

  test("under a title of one's own the value stays", () => {
    expect(entitled(chartOf(training(), ["train/loss"]), "mine").title).toBe("mine 2.6671");
    expect(entitled(sceneOf("log", new FakeData()), "mine").title).toBe("mine");
  });

  test("quantiles are those of the points of each column, and say from how many they are made", () => {
    const data = new FakeData().put(1, "train/loss_raw", ...points(2000, (i) => i % 20));
    const scene = sceneOf("quantiles", data, { width: 32 });
    const [half, p95, p5, p50] = plotIn(scene).series;
    const found = [half?.min[3], half?.max[3], p5?.min[3], p95?.min[3], p50?.min[3]];
    for (const [i, expected] of [5, 14, 1, 18, 10].entries()) expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(1);
    expect(scene.note).toBe("beyond p5 and p95 not drawn");
  });

  test("each says why it is empty", () => {
    const nothing = new FakeData();
    expect(shown("loss", nothing)).toContain("No loss yet");
    expect(shown("validation", nothing)).toContain("No validation yet");
    expect(shown("throughput", nothing)).toContain("No step has been timed yet");
    expect(shown("quantiles", nothing)).toContain("No loss (raw) yet: it comes with the first step");
    expect(shown("heat", nothing)).toContain("No figures of GPUs: nobody sampled the machine of this run");
    expect(shown("chart", nothing, { options: { metrics: [] } })).toContain("No metric is chosen · name some");
  });

  test("a known value stands at its place: the middle of a straight line in the middle of the picture", () => {
    const data = new FakeData().put(1, "x", ...points(101, (i) => i));
    const canvas = drawn(chartOf(data, ["x"], { width: 46, height: 15 }), { width: 46, height: 15 });
    const rows = Array.from({ length: 11 }, (_, y) => canvas.rowText(1 + y).slice(10, 44));
    expect(canvas.rowText(6).slice(0, 10)).toBe("│     50 ┤");
    expect(rows[5]!.slice(15, 19)).toMatch(/[⠁-⣿]/);
    expect(rows[0]!.trim().length).toBeLessThan(4);
    expect(rows[0]!.trimEnd().length).toBeGreaterThan(30);
    expect(rows[10]!.slice(0, 2)).toMatch(/[⠁-⣿]/);
  });
});

const CHARTS = ["loss", "validation", "chart", "throughput", "quantiles", "heat"];
const METRICS = ["train/loss", "train/loss_raw", "val/bpb", "train/tok_per_sec", "core/arc"];

const SERIES: Readonly<Record<string, ReadonlyArray<readonly [number, number]>>> = {
  "NaN throughout": points(200, () => Number.NaN),
  "one point": [[7, 3]],
  constant: points(200, () => 2.5),
  "1e-300 and 1e300": points(200, (i) => (i % 2 === 0 ? 1e-300 : 1e300)),
  "the whole range of a double": points(200, (i) => (i % 2 === 0 ? -Number.MAX_VALUE : Number.MAX_VALUE)),
  "below zero": points(200, (i) => -i),
  infinite: points(200, (i) => (i % 3 === 0 ? Number.POSITIVE_INFINITY : i)),
};

describe.each(Object.entries(SERIES))("a metric that is %s", (_, values) => {
  test.each(CHARTS)("is no trouble for %s, on any scale and axis, in any size", (kind) => {
    const data = new FakeData();
    for (const metric of METRICS) data.put(1, metric, ...values);
    // The clock goes backwards.
    data.put(1, "time/wall", ...values.map(([key], i) => [key, START - i * 1000] as const)).put(1, "train/tokens", [0, Number.NaN]);
    for (const scale of ["linear", "log"] as const) {
      for (const axis of ["step", "wall", "tokens"] as const) {
        for (const [width, height] of [
          [0, 0],
          [5, 3],
          [24, 8],
          [100, 30],
        ] as const) {
          const options: OptionValues = kind === "chart" ? { metrics: METRICS } : {};
          const given = { chart: { scale, axis, cursor: 50, smoothing: "strong" as const }, width, height, options };
          expect(() => drawn(sceneOf(kind, data, given), given, "ascii")).not.toThrow();
        }
      }
    }
  });
});

test("a pattern means no clock, which would press all else to the ground; by its name it is drawn", () => {
  const named = (metrics: string[]) => plotIn(chartOf(training(), metrics)).series.map(({ name }) => name);
  expect(named(["*/*"])).toHaveLength(3);
  expect(named(["time/wall"])).toHaveLength(1);
});

test("a metric that is NaN throughout says so instead of showing nothing", () => {
  const scene = chartOf(new FakeData().put(1, "train/loss", ...SERIES["NaN throughout"]!), ["train/loss"]);
  expect([scene.title, scene.note]).toEqual(["loss NaN", "✕ 200 not a number"]);
  expect(drawn(scene).toText()).toContain("✕✕✕");
});

test("values that lie further apart than a number can say are drawn at their places, on either axis", () => {
  const [low, high] = [-Number.MAX_VALUE, Number.MAX_VALUE];
  const wide = new FakeData().put(1, "train/tokens", [0, low], [5, 0], [10, 1e300]).put(1, "train/loss", [0, 1], [5, 2], [10, 3]);
  const { x, series } = plotIn(sceneOf("loss", wide, { chart: { axis: "tokens" } }));
  expect([x.from, x.to, [...(x.edges ?? [])].every(Number.isFinite)]).toEqual([low, 1e300, true]);
  expect(series.at(-1)?.max.filter((value) => !Number.isNaN(value))).toEqual(Float64Array.of(1, 3));
  const lines = shown("loss", new FakeData().put(1, "train/loss", [0, low], [5, 0], [10, high])).split("\n");
  const dots = lines.map((line) => /[\u2801-\u28ff]/.test(line));
  expect([dots.indexOf(true), dots.lastIndexOf(true) > 15]).toEqual([1, true]);
  expect(lines.join()).toContain("-8e307");
});

const anyValue = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e300, 1e-300, -1),
);
const anyPoints = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), anyValue), { maxLength: 40 });

test("no data, view or option makes a chart throw, and what it draws stays inside", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CHARTS),
      fc.array(anyPoints, { minLength: METRICS.length, maxLength: METRICS.length }),
      fc.record({
        axis: fc.constantFrom("step" as const, "tokens" as const, "wall" as const),
        scale: fc.constantFrom("linear" as const, "log" as const),
      }),
      fc.constantFrom("script" as const, "strong" as const, "off" as const),
      fc.tuple(anyValue, anyValue, anyValue),
      fc.tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 30 })),
      (kind, lists, look, smoothing, [from, to, cursor], [width, height]) => {
        const data = new FakeData();
        for (const [i, list] of lists.entries()) data.put(1, METRICS[i]!, ...list);
        data.put(1, "train/tokens", ...(lists[0] ?? []));
        const window = Number.isNaN(from) ? { kind: "all" as const } : { kind: "range" as const, from, to };
        const baselines = [{ name: "other", facts: fakeFacts(data) }];
        const thresholds = [{ metric: "*/*", above: to, tone: "bad" as const }];
        const scene = sceneOf(kind, data, { chart: { ...look, smoothing, window, cursor }, width, height, baselines, thresholds });
        const canvas = new Canvas(width + 2, height + 2);
        paint(scene, canvas.region().sub(1, 1, width, height), { symbols: "braille", focused: true });
        const rows = canvas.toText().split("\n");
        expect([rows[0], rows.at(-1)]).toEqual(["", ""]);
        expect(rows.every((row) => row === "" || row.startsWith(" "))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

describe("the ends of an axis", () => {
  const rangeOf = (metric: string, ...values: number[]): Plot["y"] => {
    const data = new FakeData().put(1, metric, ...values.map((value, i): [number, number] => [i, value]));
    return plotIn(chartOf(data, [metric])).y;
  };

  test("a share stays within 0 and 100, as long as its values do", () => {
    expect(rangeOf("train/mfu", 100, 100)).toMatchObject({ from: 96, to: 100 });
    expect(rangeOf("train/mfu", 0, 0)).toMatchObject({ from: 0, to: 1 });
    expect(rangeOf("train/mfu", 0, 100)).toMatchObject({ from: 0, to: 100 });
    expect(rangeOf("train/mfu", 50, 150).to).toBeGreaterThan(150);
  });

  test("a time does not begin below zero, and what has no bounds has air at both ends", () => {
    expect(rangeOf("train/dt", 0, 1).from).toBe(0);
    expect(rangeOf("train/grad_norm", 0, 1).from).toBeLessThan(0);
  });

  test("a threshold at the end of a share takes the axis no further", () => {
    const data = new FakeData().put(1, "train/mfu", [0, 60], [1, 99]);
    const thresholds = [{ metric: "train/mfu", above: 100, tone: "warn" as const }];
    expect(plotIn(chartOf(data, ["train/mfu"], { thresholds })).y.to).toBe(100);
  });
});

test("where nothing was logged is hatched, which the border tells", () => {
  const data = new FakeData().put(1, "train/grad_norm", [0, 1], [100, 2]);
  const query = data.query.bind(data);
  data.query = (asked) => ({ ...query(asked), gaps: [[40, 60]] });
  const scene = chartOf(data, ["train/grad_norm"]);
  expect(scene.note).toContain("╱ without points");
  expect(drawn(scene).toText()).toMatch(/╱{10,}/);
});
