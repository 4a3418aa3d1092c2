/** From a journal's columns to the parts of a plot: axes, lines, ranges. What puts them together is `chart-of.ts`. */
import type { Axis, SeriesColumns } from "../core/journal.ts";
import { boundsOf, type Unit } from "../core/metrics.ts";
import type { OddPoint, Plot, PlotMark, PlotSeries } from "../core/scene.ts";
import { percent } from "../lib/format.ts";
import { between } from "../lib/range.ts";
import { RUN_STAGE, type RunFacts } from "./data.ts";
import { positionOf } from "./moment.ts";
import { xLabel } from "./ticks.ts";
import type { ChartView, Window } from "./view.ts";

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

export const X_FORMATS: Readonly<Record<Axis, Plot["x"]["format"]>> = {
  step: "count",
  tokens: "count",
  flops: "flops",
  trainSeconds: "duration",
  wall: "clock",
};

export const SCRIPT_DECAY = 0.9;
export const STRONG_DECAY = 0.99;

/** The one word for an average of which each step leaves so much: an exponential moving average. */
export const emaText = (decay: number): string => `ema ${decay}`;

/** Columns without points as NaN, as a plot wants them. */
function blanked(values: Float64Array, count: Uint32Array): Float64Array {
  const out = values.slice();
  for (let i = 0; i < out.length; i++) if (count[i] === 0) out[i] = Number.NaN;
  return out;
}

type Look = Pick<PlotSeries, "name" | "tone"> & Partial<PlotSeries>;

type Rims = Pick<PlotSeries, "before" | "after">;

/** Where a line of values, or of their average, comes from and goes to outside of the window. */
export function rimsOf({ before, after }: SeriesColumns, of: "value" | "smooth" = "value"): Rims {
  const point = (there: SeriesColumns["before"]): Rims["before"] => there && { x: there.position, y: there[of] ?? there.value };
  return { before: point(before), after: point(after) };
}

/** Each column from its lowest to its highest value. */
export function envelope(columns: SeriesColumns, look: Look): PlotSeries {
  const { min, max, last, count } = columns;
  return { connect: true, under: false, ...rimsOf(columns), ...look, min: blanked(min, count), max: blanked(max, count), last };
}

/** One value a column. */
export const line = (values: Float64Array, look: Look): PlotSeries => ({ connect: true, under: false, ...look, min: values, max: values });

/** A thin line through each column's last value: an average has no envelope worth showing. */
export const lastLine = (columns: SeriesColumns, look: Look): PlotSeries =>
  line(blanked(columns.last, columns.count), { ...rimsOf(columns), ...look });

export interface Pinned {
  from: number | null;
  to: number | null;
}

interface RangeLook {
  pinned?: Pinned | undefined;
  /** Of all series: beyond what its values can be there is no air. */
  unit?: string | undefined;
}

/** The value range that all series need, with a little air; a few extreme outliers are left outside and counted. */
export function yRange(series: readonly PlotSeries[], scale: "linear" | "log", { pinned, unit }: RangeLook = {}): Plot["y"] {
  const free = { ...freeRange(series, scale, unit), unit };
  if (pinned === undefined || (pinned.from === null && pinned.to === null)) return free;
  const { unknown: _, ...known } = free;
  const ends = placedEnds(pinned, free.scale);
  const [from, to] = [ends.from ?? free.from, ends.to ?? free.to];
  return to > from ? { ...known, from, to } : free;
}

/** Those that such an axis has a place for. */
function placedEnds({ from, to }: Pinned, scale: "linear" | "log"): Pinned {
  const placed = (end: number | null): number | null => (scale === "log" && end !== null && end <= 0 ? null : end);
  return { from: placed(from), to: placed(to) };
}

/** Ends that were asked for and that an axis has not, each with why. */
export function notPinned({ from, to }: Pinned, y: Plot["y"]): string[] {
  const placed = placedEnds({ from, to }, y.scale);
  if (placed.from !== null && placed.to !== null && placed.from >= placed.to) return [`y from ${from} is not below y to ${to}: not pinned`];
  return (["from", "to"] as const).flatMap((name) => {
    const asked = { from, to }[name];
    if (asked === null || y[name] === asked) return [];
    const why = placed[name] === null ? "has no place on a log scale" : "leaves nothing in view";
    return [`y ${name} ${asked} ${why}: not pinned`];
  });
}

/** Units of which there may be counts: what has such a unit is one as long as all its values are whole. */
const COUNTED: ReadonlySet<string> = new Set<Unit>(["", "tokens", "count"]);

function freeRange(series: readonly PlotSeries[], scale: "linear" | "log", unit: string | undefined): Plot["y"] {
  const values = sortedValues(series, scale);
  if (values.length === 0) return scale === "log" ? freeRange(series, "linear", unit) : { from: 0, to: 1, scale, unknown: true };
  const [low, high] = widened(toldApart(values[0]!, Math.max(upperEnd(values), ...series.map(newestEnd))), unit);
  const whole = (unit === undefined || COUNTED.has(unit)) && values.every(Number.isInteger);
  if (scale === "log") return { from: Math.max(low / 1.02, Number.MIN_VALUE), to: Math.min(high * 1.02, Number.MAX_VALUE), scale, whole };
  const air = low === 0 && high === 0 ? 1 : Math.min(high - low || Math.abs(high), Number.MAX_VALUE) * 0.04;
  // A count that stays the same stands between the two beside it.
  return { ...airy(low, high, whole && low === high ? Math.max(1, air) : air, unit), scale, whole };
}

/**
 * How far the ends of an axis are apart at least, as a part of the largest value, where it is read off instruments: what a process
 * takes and gives back from one look to the next is no shape to look at, and five equal figures are no axis.
 */
const FINEST: Readonly<Record<string, number>> = { bytes: 0.004, "bytes/s": 0.004, "°C": 0.004, W: 0.004 } satisfies Partial<
  Record<Unit, number>
>;

/** The same values, with their ends no nearer than the unit is worth looking at. */
function widened([low, high]: readonly [low: number, high: number], unit: string | undefined): [low: number, high: number] {
  const least = Math.max(Math.abs(low), Math.abs(high)) * (FINEST[unit ?? ""] ?? 0);
  const lacking = low === high ? 0 : Math.max(0, least - (high - low)) / 2;
  return [low - lacking, high + lacking];
}

/** What rounding alone makes of equal values: a mean of 1,000 of them is off by some units in its last place (2⁻⁵²). */
const ROUNDING = 2 ** -42;

/** The ends of a range; where only rounding lies between them, the values are one value, and so are the ends. Counts are exact. */
function toldApart(low: number, high: number): [low: number, high: number] {
  if (low === high || high - low > Math.max(Math.abs(low), Math.abs(high)) * ROUNDING) return [low, high];
  if (Number.isInteger(low) && Number.isInteger(high)) return [low, high];
  const middle = Number(between(low, high, 1, 2).toPrecision(12));
  return [middle, middle];
}

/** A range with air at both ends, but none where no value of the unit can be. */
export function airy(low: number, high: number, air: number, unit: string | undefined): { from: number; to: number } {
  const [least, most] = boundsOf(unit);
  return {
    from: Math.max(low - air, low >= least ? least : -Number.MAX_VALUE),
    to: Math.min(high + air, high <= most ? most : Number.MAX_VALUE),
  };
}

// Kept between plots: they are put together many times a second.
let scratch = new Float64Array(4096);

/** Points outside that a line goes to. */
const RIMS = 2;

/** All finite values, in a typed array: sorting that needs no comparison function, which is ten times as fast. */
function sortedValues(series: readonly PlotSeries[], scale: "linear" | "log"): Float64Array {
  const size = series.reduce((sum, { min, max }) => sum + min.length + max.length + RIMS, 0);
  if (scratch.length < size) scratch = new Float64Array(size);
  const least = scale === "log" ? Number.MIN_VALUE : -Number.MAX_VALUE;
  let found = 0;
  const take = (values: Float64Array): void => {
    for (let i = 0; i < values.length; i++) if (values[i]! >= least && values[i]! <= Number.MAX_VALUE) scratch[found++] = values[i]!;
  };
  for (const { min, max } of series) {
    take(min);
    if (min !== max) take(max);
  }
  // A single value, or none, has no range of its own: what is seen is the line to the points outside.
  if (!scratch.subarray(0, found).some((value) => value !== scratch[0]))
    take(Float64Array.from(series.flatMap(({ before, after }) => [before, after].flatMap((point) => point?.y ?? []))));
  return scratch.subarray(0, found).sort();
}

// A spike is outside when it stands further above the 98 % of all values than four times their whole range: a single
// broken step must not flatten the curve, while the steep start of a training always stays in.
const BULK = 0.98;
const SPIKE = 4;
const LEAST_FOR_SPIKE = 50;

function upperEnd(sorted: Float64Array): number {
  const low = sorted[0]!;
  const high = sorted.at(-1)!;
  const bulk = sorted[Math.floor((sorted.length - 1) * BULK)]!;
  return sorted.length >= LEAST_FOR_SPIKE && high - bulk > SPIKE * (bulk - low) && bulk > low ? bulk + (bulk - low) * 0.25 : high;
}

/** A curve ends with what so many of its last columns have: one alone may be a spike. */
const END = 2;

/** How high a line is where it ends: whatever is outside, one must see where a run has come to. −Infinity where there is no telling. */
function newestEnd({ max, under, baseline }: PlotSeries): number {
  let [end, found] = [Number.POSITIVE_INFINITY, 0];
  for (let i = max.length - 1; i >= 0 && found < END; i--) {
    if (!Number.isFinite(max[i])) continue;
    end = Math.min(end, max[i]!);
    found++;
  }
  return found < END || under || baseline ? Number.NEGATIVE_INFINITY : end;
}

/** Where values were NaN or infinite. */
export function nonFiniteMarks({ nonFinite, edges }: SeriesColumns): PlotMark[] {
  const marks: PlotMark[] = [];
  for (let i = 0; i < nonFinite.length; i++) if (nonFinite[i]! > 0) marks.push({ x: middleOf(edges, i), glyph: "nonfinite" });
  return marks;
}

/** Where columns have points, for a metric that comes once in a while. */
export function pointMarks({ count, edges }: SeriesColumns, glyph: PlotMark["glyph"], most: number): PlotMark[] {
  const marks: PlotMark[] = [];
  for (let i = 0; i < count.length && marks.length <= most; i++) if (count[i]! > 0) marks.push({ x: middleOf(edges, i), glyph });
  return marks.length > most ? [] : marks;
}

/**
 * Where the only point of each column lies; undefined where a column has several, or one that is not found again (of two at one
 * moment there is no telling which).
 */
export function placesOf(data: RunFacts["data"], stage: number, { metric, axis, edges, count, nonFinite, last }: SeriesColumns) {
  const places = new Float64Array(count.length).fill(Number.NaN);
  let newest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count.length; i++) {
    if (count[i]! + nonFinite[i]! > 1) return undefined;
    if (count[i] === 0) continue;
    const point = data.nearest(stage, metric, axis, middleOf(edges, i));
    if (point === null || point.value !== last[i] || point.position <= newest) return undefined;
    newest = point.position;
    places[i] = newest;
  }
  return places;
}

/** Points of a window that are NaN or infinite, each at its own place; none where there is no telling where that is. */
export function oddPoints(data: RunFacts["data"], stage: number, { metric, axis, edges, nonFinite }: SeriesColumns): OddPoint[] {
  if (!nonFinite.some((points) => points > 0)) return [];
  const [from, to] = [edges[0]!, edges.at(-1)!];
  const { keys, values } = data.points(stage, metric, 0, Number.POSITIVE_INFINITY);
  return keys.flatMap((key, i) => {
    const value = values[i]!;
    if (Number.isFinite(value)) return [];
    const x = stage === RUN_STAGE ? key * 1000 : positionOf({ data, stage }, axis, key);
    return x === null || x < from || x > to ? [] : [{ x, value }];
  });
}

const middleOf = (edges: Float64Array, column: number): number => between(edges[column]!, edges[column + 1]!, 1, 2);

export const xOf = ({ axis, edges }: SeriesColumns): Plot["x"] => ({
  from: edges[0] ?? 0,
  to: edges.at(-1) ?? 1,
  axis: AXIS_TITLES[axis],
  format: X_FORMATS[axis],
  edges,
});

/** Where a window begins and ends on the axis of a stage; nothing for all of it (and of others), and for one that is no range. */
export function windowEdges(
  { data, stage }: Pick<RunFacts, "data" | "stage">,
  metric: string,
  { axis, window }: Pick<ChartView, "axis" | "window">,
): { from?: number; to?: number } {
  if (window.kind === "all" || window.kind === "runs") return {};
  if (window.kind === "range")
    return Number.isFinite(window.from) && Number.isFinite(window.to) ? { from: window.from, to: window.to } : {};
  const { from = 0, to = 1 } = dataRange(data.query({ stage, metric, axis, columns: 1, lastKey: true }));
  return { from: between(to, from, window.part), to };
}

/** From where to where there are points, of a query of one column: that may end where the journal's buckets do, some steps on. */
export function dataRange({ axis, edges, total }: SeriesColumns): { from?: number; to?: number } {
  const [from, to] = edges;
  return { from, to: axis === "step" && to !== undefined && total.count > 0 ? Math.min(to, total.lastKey) : to };
}

/** From so many parts on one of them is told as that, wherever it ends to the very point. */
const LEAST_FRACTION = 10;

/** `all runs`, `last 1/4`, `last 30%`, `1,000…2,000`; null when all of the run is shown. */
export function windowText(window: Window, axis: Axis): string | null {
  if (window.kind === "all") return null;
  if (window.kind === "runs") return "all runs";
  if (window.kind === "last") {
    const parts = 1 / window.part;
    const isFraction = parts >= LEAST_FRACTION || Math.abs(parts - Math.round(parts)) < 0.01;
    return isFraction ? `last 1/${Math.round(parts)}` : `last ${percent(window.part)}`;
  }
  const fine = axis === "wall" ? window.to - window.from : 0;
  return `${xLabel(window.from, X_FORMATS[axis], fine)}…${xLabel(window.to, X_FORMATS[axis], fine)}`;
}
