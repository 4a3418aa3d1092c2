import { expect, test } from "bun:test";
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

test("a picture in which no two usual values lie tells its ends", () => {
  expect(yLabels({ from: -0.01, to: 0.073, scale: "linear" }, 4).map(({ label }) => label)).toEqual(["-0.010", "0.073"]);
  expect(yLabels({ from: 1.2, to: 5.6, scale: "linear" }, 10).map(({ label }) => label)).toEqual(["2", "4"]);
});

test("an axis is told in what its values are told in", () => {
  const GIB = 2 ** 30;
  expect(yTicks({ from: 60 * GIB, to: 70 * GIB, scale: "linear", unit: "bytes" }, 2).map(({ label }) => label)).toEqual([
    "60G",
    "65G",
    "70G",
  ]);
  expect(yTicks({ from: 0.06, to: 0.3, scale: "linear", unit: "s" }, 3).map(({ label }) => label)).toEqual(["100 ms", "200 ms", "300 ms"]);
  expect(yTicks({ from: 0, to: 100, scale: "linear", unit: "%" }, 2).map(({ at, label }) => [at, label])).toEqual([
    [0, "0"],
    [50, "50%"],
    [100, "100%"],
  ]);
  expect(yLabels({ from: 0.0651, to: 0.311, scale: "linear", unit: "s" }, 3).map(({ label }) => label)).toEqual(["65 ms", "311 ms"]);
});
