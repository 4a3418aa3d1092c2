/** From a journal's columns to a plot: axes, ranges, smoothing, clipping; shared by all charts. */
import type { Axis, SeriesColumns } from "../core/journal.ts";
import type { Plot, PlotMark, PlotSeries, Tone } from "../core/scene.ts";

/** `script`: the average that the script prints (a decay of 0.9 in nanochat). `strong`: ours over it, 0.99 a step. */
export type Smoothing = "script" | "strong" | "off";

export const AXES: readonly Axis[] = ["step", "tokens", "flops", "trainSeconds", "wall"];
export const SMOOTHINGS: readonly Smoothing[] = ["script", "strong", "off"];

export const AXIS_TITLES: Readonly<Record<Axis, string>> = {
  step: "step",
  tokens: "tokens",
  flops: "FLOPs",
  trainSeconds: "training time",
  wall: "clock",
};
export const SMOOTHING_TITLES: Readonly<Record<Smoothing, string>> = { script: "ema 0.9", strong: "ema 0.99", off: "raw" };

const X_FORMATS: Readonly<Record<Axis, Plot["x"]["format"]>> = {
  step: "count",
  tokens: "count",
  flops: "flops",
  trainSeconds: "duration",
  wall: "clock",
};

const STRONG_DECAY = 0.99;

/** Columns without points as NaN, as a plot wants them. */
export function toSeries(columns: SeriesColumns, name: string, tone: Tone, how: Pick<PlotSeries, "connect" | "under">): PlotSeries {
  const blank = (values: Float64Array): Float64Array => values.map((value, i) => (columns.count[i] === 0 ? Number.NaN : value));
  return { name, tone, min: blank(columns.min), max: blank(columns.max), ...how };
}

/**
 * A debiased exponential average over columns: each column's last value weighs as much as the steps that it stands
 * for, so that zooming does not change the curve's shape.
 */
export function smoothed(columns: SeriesColumns, tone: Tone, decay = STRONG_DECAY): PlotSeries {
  const line = new Float64Array(columns.last.length).fill(Number.NaN);
  let mean = 0;
  let weight = 0;
  for (let i = 0; i < line.length; i++) {
    const points = columns.count[i]!;
    if (points === 0) continue;
    const kept = decay ** points;
    mean = mean * kept + columns.last[i]! * (1 - kept);
    weight = weight * kept + (1 - kept);
    line[i] = mean / weight;
  }
  return { name: "smoothed", tone, min: line, max: line, connect: false, under: false };
}

/** The value range that all series need, with a little air; a few extreme outliers are left outside and counted. */
export function yRange(series: readonly PlotSeries[], scale: "linear" | "log"): Plot["y"] {
  const values = sortedValues(series, scale);
  if (values.length === 0) return { from: 0, to: 1, scale: "linear" };
  const low = values[0]!;
  const high = upperEnd(values);
  if (scale === "log") return { from: low / 1.02, to: high * 1.02, scale };
  const air = (high - low || Math.abs(high) || 1) * 0.04;
  return { from: low - air, to: high + air, scale };
}

/** All finite values, in a typed array: sorting that needs no comparison function, which is ten times as fast. */
function sortedValues(series: readonly PlotSeries[], scale: "linear" | "log"): Float64Array {
  const all = new Float64Array(series.reduce((sum, { min, max }) => sum + min.length + max.length, 0));
  let found = 0;
  for (const { min, max } of series) {
    for (const values of min === max ? [min] : [min, max]) {
      for (const value of values) if (Number.isFinite(value) && (scale === "linear" || value > 0)) all[found++] = value;
    }
  }
  return all.subarray(0, found).sort();
}

// A spike is outside when it stands further above the 98 % of all values than four times their whole range: a single
// broken step must not flatten the curve, while the steep start of a training always stays in.
const BULK = 0.98;
const SPIKE = 4;

function upperEnd(sorted: Float64Array): number {
  const low = sorted[0]!;
  const high = sorted.at(-1)!;
  const bulk = sorted[Math.floor((sorted.length - 1) * BULK)]!;
  return sorted.length >= 50 && high - bulk > SPIKE * (bulk - low) && bulk > low ? bulk + (bulk - low) * 0.25 : high;
}

/** Columns that reach above and below a range; each of them stands for at least one point. */
export function clipped(columns: SeriesColumns, y: Plot["y"]): { above: number; below: number; exact: boolean } {
  let above = 0;
  let below = 0;
  let exact = true;
  for (let i = 0; i < columns.count.length; i++) {
    if (columns.count[i] === 0) continue;
    const over = columns.max[i]! > y.to;
    const under = columns.min[i]! < y.from;
    above += Number(over);
    below += Number(under);
    if ((over || under) && columns.count[i]! > 1) exact = false;
  }
  return { above, below, exact };
}

/** Where values were NaN or infinite. */
export const nonFiniteMarks = (columns: SeriesColumns): PlotMark[] =>
  [...columns.nonFinite].flatMap((points, i) => (points > 0 ? [{ x: columns.edges[i]!, glyph: "nonfinite" as const }] : []));

export const xOf = (columns: SeriesColumns): Plot["x"] => ({
  from: columns.edges[0] ?? 0,
  to: columns.edges.at(-1) ?? 1,
  axis: AXIS_TITLES[columns.axis],
  format: X_FORMATS[columns.axis],
});
