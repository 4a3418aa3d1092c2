/** Charts of whatever data there may be: none of it is trouble, and none of it is hidden. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { OptionValues } from "../core/panel.ts";
import type { Plot } from "../core/scene.ts";
import { Canvas } from "../lib/canvas.ts";
import { chartOf, drawn, plotIn, points, sceneOf, shown, training } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, START } from "./fake-data.ts";
import { paint } from "./paint.ts";
import { windowEdges } from "./series.ts";

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

test("a count that stays the same has an axis of whole numbers; what has a fraction, or a unit that has, does not", () => {
  const gutter = (metric: string, value: number): string[] =>
    shown("chart", new FakeData().put(1, metric, ...points(200, () => value)), { options: { metrics: [metric] } })
      .split("\n")
      .flatMap((row) => /([-\d.k]+) *┤/.exec(row)?.[1] ?? []);
  expect(gutter("train/epoch", 1)).toEqual(["2", "1", "0"]);
  expect(gutter("rl/sequence_length", 0).every((label) => /^\d$/.test(label))).toBe(true);
  expect(gutter("my/own", 3)).toEqual(["4", "3", "2"]);
  expect(gutter("my/own", 3.5).join()).toContain(".");
  expect(gutter("train/loss", 3).join()).toContain(".");
});

test("a metric that is NaN throughout says so instead of showing nothing", () => {
  const scene = chartOf(new FakeData().put(1, "train/loss", ...SERIES["NaN throughout"]!), ["train/loss"]);
  expect([scene.title, scene.note]).toEqual(["loss NaN", "✕ 200 NaN or Inf"]);
  expect(drawn(scene).toText()).toContain("✕✕✕");
  // An axis would be one of our own invention.
  expect(drawn(scene).toText()).toContain("only NaN or Inf");
  expect(drawn(scene).toText()).not.toContain("┤");
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

  test("what instruments tell is not looked at more closely than it is worth: its labels can be read", () => {
    const GIB = 2 ** 30;
    const { from, to } = rangeOf("host/memory_used", 67.9053 * GIB, 67.9057 * GIB);
    expect((to - from) / GIB).toBeGreaterThan(0.25);
    expect((from + to) / 2 / GIB).toBeCloseTo(67.9055, 3);
    expect(rangeOf("host/memory_used", 60 * GIB, 67 * GIB).to / GIB).toBeCloseTo(67.28, 6);
    // A loss is read to its last digit.
    const loss = rangeOf("train/loss", 2.5001, 2.5002);
    expect(loss.to - loss.from).toBeLessThan(0.0002);
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

test("the newest part of a run ends with its last step, not where the journal's buckets do", () => {
  const whole = { axis: "step" as const, edges: Float64Array.of(0, 2303), total: { count: 2281, lastKey: 2280 } };
  const data = { query: () => whole } as unknown as FakeData;
  const window = { kind: "last", part: 1 / 4 } as const;
  expect(windowEdges({ data, stage: 1 }, "train/loss", { axis: "step", window })).toEqual({ from: 1710, to: 2280 });
  expect(
    windowEdges({ data: { query: () => ({ ...whole, axis: "tokens" }) } as unknown as FakeData, stage: 1 }, "train/loss", {
      axis: "tokens",
      window,
    }).to,
  ).toBe(2303);
});
