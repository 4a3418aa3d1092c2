import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Plot } from "../core/scene.ts";
import { cellRow } from "./plot-dots.ts";
import { LONGEST } from "./tick-labels.ts";
import { niceStep, xTicks, yLabels, yTicks } from "./ticks.ts";

const labels = (ticks: ReadonlyArray<{ label: string }>): string[] => ticks.map(({ label }) => label);

test("steps are round numbers that do not make too many labels", () => {
  expect(niceStep(100, 5)).toBe(20);
  expect(niceStep(0.31, 4)).toBeCloseTo(0.1);
  expect(niceStep(0, 4)).toBe(1);
});

test("a loss axis has as many decimals as its steps need", () => {
  expect(labels(yTicks({ from: 2.8, to: 4, scale: "linear" }, 4))).toEqual(["3.0", "3.5", "4.0"]);
  expect(labels(yTicks({ from: 0.93, to: 0.935, scale: "linear" }, 3))).toEqual(["0.930", "0.932", "0.934"]);
});

test("a log axis has powers of ten, and 1-2-5 where there is room", () => {
  expect(labels(yTicks({ from: 1, to: 1000, scale: "log" }, 4))).toEqual(["1", "10", "100", "1000"]);
  expect(labels(yTicks({ from: 1, to: 10, scale: "log" }, 6))).toEqual(["1", "2", "5", "10"]);
});

test("an axis without an end has no labels, and does not look for one for ever", () => {
  expect(yTicks({ from: 1, to: Number.POSITIVE_INFINITY, scale: "log" }, 5)).toEqual([]);
});

test("step axes never show half a step, zero has no sign", () => {
  expect(labels(xTicks({ from: -0.1, to: 3, axis: "step", format: "count" }, 10))).toEqual(["0", "1", "2", "3"]);
});

test("time axes count in seconds, minutes and hours", () => {
  expect(labels(xTicks({ from: 0, to: 600, axis: "t", format: "duration" }, 6))).toEqual([
    "0s",
    "2m 00s",
    "4m 00s",
    "6m 00s",
    "8m 00s",
    "10m 00s",
  ]);
});

test("a low picture has round labels, as few as tell its range, at values in different rows", () => {
  const of = (from: number, to: number, rows: number, rest: Partial<Plot["y"]> = {}): string[] =>
    labels(yLabels({ from, to, scale: "linear", ...rest }, rows));
  expect(of(-0.06, 1.038, 4)).toEqual(["0", "1"]);
  expect(of(-0.01, 0.073, 4)).toEqual(["0.00", "0.05"]);
  expect(of(-0.08, 2.34, 3)).toEqual(["0", "2"]);
  expect(of(1.287, 1.681, 3)).toEqual(["1.4", "1.6"]);
  expect(of(0.664, 0.736, 3)).toEqual(["0.68", "0.72"]);
  expect(of(0.664, 0.736, 2)).toEqual(["0.68", "0.72"]);
  expect(of(1512, 10_640, 3)).toEqual(["5k", "10k"]);
  expect(of(98.41, 100, 4, { unit: "%" })).toEqual(["99%", "100%"]);
  expect(of(65.04 * 2 ** 30, 65.32 * 2 ** 30, 4, { unit: "bytes" })).toEqual(["65.1GiB", "65.3GiB"]);
  // 200 and 600 would stand one below the other, 300 and 200 apart but not 200 and 100.
  expect(of(5, 611, 3)).toEqual(["100", "600"]);
  expect(of(55, 310, 7)).toEqual(["100", "300"]);
  // A value at an end that is round is a label as any other.
  expect(of(2, 4, 2)).toEqual(["2", "4"]);
  expect(of(1.2, 5.6, 10)).toEqual(["2", "4"]);
});

test("so has a low picture of a log scale: powers of ten, or what lies between them", () => {
  const of = (from: number, to: number, rows: number): string[] => labels(yLabels({ from, to, scale: "log" }, rows));
  expect(of(0.018, 6.2, 4)).toEqual(["0.1", "1.0"]);
  expect(of(0.018, 6.2, 3)).toEqual(["0.02", "5.00"]);
  expect(of(0.0004, 6.2, 3)).toEqual(["0.001", "1.000"]);
  expect(of(5.01, 40.1, 2)).toEqual(["10", "20"]);
  expect(of(5.01, 40.1, 3)).toEqual(["6", "40"]);
  expect(of(2.1, 9.3, 3)).toEqual(["4", "8"]); // too narrow for powers of ten
});

test("whatever an axis spans and however low it is: two labels at least, each says its very value, in a row of its own", () => {
  const end = fc.double({ min: -1000, max: 1000, noNaN: true });
  const symbols = fc.constantFrom("braille" as const, "block" as const, "ascii" as const);
  const scale = fc.constantFrom("linear" as const, "log" as const);
  fc.assert(
    fc.property(end, end, scale, symbols, fc.integer({ min: 2, max: 30 }), (a, b, scale, symbols, rows) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      if (to - from < 0.01 || (scale === "log" && from < 0.01)) return;
      const y = { from, to, scale };
      const ticks = yLabels(y, rows, symbols);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(new Set(ticks.map(({ at }) => cellRow(y, at, rows, symbols))).size).toBe(ticks.length);
      for (const { at, label } of ticks) expect(Number(label)).toBeCloseTo(at, 9);
    }),
    { numRuns: 3000 },
  );
});

test("an axis of counts has whole numbers alone, however few rows or much room there is", () => {
  const of = (from: number, to: number, rows: number): string[] => labels(yLabels({ from, to, scale: "linear", whole: true }, rows));
  expect(of(0, 2, 30)).toEqual(["0", "1", "2"]);
  expect(of(2.96, 4.04, 40)).toEqual(["3", "4"]);
  expect(of(2.96, 4.04, 2)).toEqual(["3", "4"]);
  expect(of(-0.4, 10.4, 12)).toEqual(["0", "5", "10"]); // 2.5 would be the nice step
  fc.assert(
    fc.property(
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 2, max: 60 }),
      (low, span, rows) => {
        const ticks = yLabels({ from: low - span * 0.04, to: low + span * 1.04, scale: "linear", whole: true }, rows);
        return ticks.length > 0 && ticks.every(({ at }) => Number.isInteger(at));
      },
    ),
  );
});

test("an axis is told in what its values are told in", () => {
  const GIB = 2 ** 30;
  expect(yTicks({ from: 60 * GIB, to: 70 * GIB, scale: "linear", unit: "bytes" }, 2).map(({ label }) => label)).toEqual([
    "60 GiB",
    "65 GiB",
    "70 GiB",
  ]);
  const ends = (from: number, to: number, unit: string): string[] =>
    yTicks({ from, to, scale: "linear", unit }, 2).map(({ label }) => label);
  expect(ends(60 * GIB, 61 * GIB, "bytes")).toEqual(["60.0GiB", "60.5GiB", "61.0GiB"]);
  expect(ends(60.5 * GIB, 60.51 * GIB, "bytes")).toEqual(["60.500G", "60.505G", "60.510G"]);
  expect(ends(50, 62, "°C")).toEqual(["50°C", "60°C"]);
  expect(ends(0, 700, "W")).toEqual(["0", "500 W"]);
  expect(ends(0, 2.2 * 2 ** 20, "bytes/s")).toEqual(["0", "2 MiB"]);
  expect(yTicks({ from: 0, to: 2.83e8, scale: "linear", unit: "FLOPs" }, 3).map(({ label }) => label)).toEqual(["0", "1e8", "2e8"]);
  expect(yTicks({ from: 0.06, to: 0.3, scale: "linear", unit: "s" }, 3).map(({ label }) => label)).toEqual(["100 ms", "200 ms", "300 ms"]);
  expect(yTicks({ from: 0, to: 100, scale: "linear", unit: "%" }, 2).map(({ at, label }) => [at, label])).toEqual([
    [0, "0"],
    [50, "50%"],
    [100, "100%"],
  ]);
  expect(yLabels({ from: 0.0651, to: 0.311, scale: "linear", unit: "s" }, 3).map(({ label }) => label)).toEqual(["100 ms", "300 ms"]);
});

const shown = (from: number, to: number, most = 4): string[] => labels(yTicks({ from, to, scale: "linear" }, most));

test("all labels of an axis have the same decimals, zero as well", () => {
  expect(shown(0, 1, 2)).toEqual(["0.0", "0.5", "1.0"]);
  expect(labels(yLabels({ from: -0.3, to: 0.8, scale: "linear" }, 4))).toEqual(["0.0", "0.5"]);
  expect(shown(0, 20_000)).toEqual(["0", "5k", "10k", "15k", "20k"]);
  expect(shown(9000, 11_000)).toEqual(["9.0k", "9.5k", "10.0k", "10.5k", "11.0k"]);
  expect(shown(0, 4e-5)).toEqual(["0", "1e-5", "2e-5", "3e-5", "4e-5"]);
  expect(shown(0, 1.2e-5, 3)).toEqual(["0", "0.5e-5", "1.0e-5"]);
  expect(labels(yTicks({ from: 0.1, to: 12, scale: "log" }, 8))).toEqual(["0.1", "0.2", "0.5", "1.0", "2.0", "5.0", "10.0"]);
});

test("where the usual way would tell two values alike, another is taken", () => {
  expect(shown(1_000_000, 1_000_010, 2)).toEqual(["1000000", "1000005", "1000010"]);
  expect(shown(123_456_780, 123_456_790, 2)).toEqual(["1.235e8", "+5", "+10"]);
  expect(shown(12_300, 12_400, 2)).toEqual(["12.30k", "12.35k", "12.40k"]);
});

const decimals = (label: string): number => /\.(\d+)/.exec(label)?.[1]?.length ?? 0;

test("whatever an axis spans: no label is too long for its place, no two are alike, and decimals agree", () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: -1e5, max: 1e5, noNaN: true }),
    fc.integer(),
  );
  const unit = fc.constantFrom(undefined, "%", "s", "bytes");
  fc.assert(
    fc.property(value, value, unit, fc.integer({ min: 2, max: 60 }), (a, b, of, rows) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      // Of the last numbers before zero there are not enough to lie between two labels.
      if (to - from < 1e-300) return;
      const found = labels(yLabels({ from, to, scale: "linear", unit: of }, rows));
      expect(found.filter((label) => label.length > LONGEST)).toEqual([]);
      expect(found.length).toBe(new Set(found).size);
      const alike = found.filter((label) => label !== "0" && !label.startsWith("+"));
      if (!found.some((label) => label.startsWith("+"))) expect(new Set(alike.map(decimals)).size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 3000, endOnFailure: true },
  );
});

test("whatever a logarithmic axis spans: no label is too long for its place, and no two are alike", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), fc.double({ min: 9, max: 1e9, noNaN: true }), (from, by) => {
      const found = labels(yTicks({ from, to: from * by, scale: "log" }, 8));
      expect(found.filter((label) => label.length > LONGEST)).toEqual([]);
      expect(found.length).toBe(new Set(found).size);
    }),
    { numRuns: 2000, endOnFailure: true },
  );
});

test("steps on the x axis are whole numbers, at equal distances", () => {
  for (let to = 2; to < 400; to += 3) {
    for (const most of [2, 5, 9, 16]) {
      const labels = xTicks({ from: 0, to, axis: "step", format: "count" }, most).map(({ at, label }) => [
        at,
        Number(label.replaceAll(",", "")),
      ]);
      for (const [at, label] of labels) expect(label).toBe(at);
    }
  }
  expect(xTicks({ from: 0, to: 40, axis: "step", format: "count" }, 16).map(({ label }) => label)).toEqual([
    "0",
    "5",
    "10",
    "15",
    "20",
    "25",
    "30",
    "35",
    "40",
  ]);
});
