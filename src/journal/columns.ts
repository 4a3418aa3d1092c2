/** A window of a series in N columns: exact minimum, maximum, last, mean and counts of each. */
import { CHUNK_KEYS } from "./chunk.ts";
import { BUCKET_KEYS, BUCKETS, GROUP_BUCKETS, GROUP_KEYS, type Rollup, SUM } from "./rollup.ts";
import type { Series } from "./series.ts";

/** Which keys make which column: column i has keys edges[i] ≤ k < edges[i+1], up to `lastKey` and not beyond. */
export interface KeyWindow {
  edges: Float64Array;
  /** Inclusive; may be Infinity. */
  lastKey: number;
  /** All edges are multiples of so many keys (and the last key is the one before one): of buckets or groups rollups are enough. */
  grain: number;
}

export interface Aggregates {
  min: Float64Array;
  max: Float64Array;
  last: Float64Array;
  mean: Float64Array;
  count: Uint32Array;
  nonFinite: Uint32Array;
  total: { count: number; min: number; max: number; last: number; mean: number; lastKey: number };
}

/**
 * To multiples of how many keys the edges of columns of that width are moved: to groups of buckets, to buckets, or not at all, and
 * by a quarter of a column at most. What is asked for while one zooms then reads some ten thousand points or some hundred rollups
 * at most, whatever the span.
 */
export const grainOf = (keys: number): number => [GROUP_KEYS, BUCKET_KEYS].find((grain) => keys >= 2 * grain) ?? 1;

export function emptyAggregates(columns: number): Aggregates {
  const nothing = () => new Float64Array(columns).fill(Number.NaN);
  return {
    min: nothing(),
    max: nothing(),
    last: nothing(),
    mean: nothing(),
    count: new Uint32Array(columns),
    nonFinite: new Uint32Array(columns),
    total: { count: 0, min: Number.NaN, max: Number.NaN, last: Number.NaN, mean: Number.NaN, lastKey: Number.NaN },
  };
}

export function aggregate(series: Series, window: KeyWindow): Aggregates {
  const columns = window.edges.length - 1;
  const out = emptyAggregates(columns);
  const firstKey = window.edges[0]!;
  let column = 0;
  const chunks = series.chunks();
  const [begin, end] = placesWithin(chunks, firstKey, window.lastKey);
  if (window.grain === BUCKET_KEYS) series.readRollups(chunks.slice(begin, end));
  for (let i = begin; i < end; i++) {
    const c = chunks[i]!;
    column = window.grain > 1 ? addBuckets(series.rollupAt(i), c, window, column, out) : addPoints(series, c, window, column, out);
  }
  sumUp(out);
  return out;
}

function firstAtOrAfter(chunks: readonly number[], c: number): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (chunks[mid]! < c) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The chunks that may have points with `from` ≤ key ≤ `to`. */
export function chunksWithin(series: Series, from: number, to: number): readonly number[] {
  const all = series.chunks();
  return all.slice(...placesWithin(all, from, to));
}

/** Where those stand among all chunks: from the first place to before the second. */
const placesWithin = (chunks: readonly number[], from: number, to: number): [begin: number, end: number] => [
  firstAtOrAfter(chunks, Math.floor(from / CHUNK_KEYS)),
  firstAtOrAfter(chunks, Math.floor(to / CHUNK_KEYS) + 1),
];

/** In pieces that are as large as they can be: whole chunks, groups, buckets. */
function addBuckets(rollup: Rollup, c: number, { edges, lastKey }: KeyWindow, startColumn: number, out: Aggregates): number {
  const lastColumn = edges.length - 2;
  const start = c * CHUNK_KEYS;
  const end = bucketAt(start, lastKey + 1);
  let column = startColumn;
  let b = bucketAt(start, edges[0]!);
  while (b < end) {
    const key = start + b * BUCKET_KEYS;
    while (column < lastColumn && key >= edges[column + 1]!) column++;
    const until = column === lastColumn ? end : Math.min(end, bucketAt(start, edges[column + 1]!));
    while (b < until) {
      if (b === 0 && until === BUCKETS) {
        addSums(out, column, rollup.summed, rollup.wholeAt);
        b = BUCKETS;
      } else if (b % GROUP_BUCKETS === 0 && b + GROUP_BUCKETS <= until) {
        addSums(out, column, rollup.summed, rollup.groupAt(b / GROUP_BUCKETS));
        b += GROUP_BUCKETS;
      } else {
        addSummary(out, column, rollup.min(b), rollup.max(b), rollup.last(b), rollup.sum(b), rollup.count(b), rollup.others(b));
        b++;
      }
    }
  }
  return column;
}

/** Of a chunk that starts there, the first bucket that begins at a key or after it. */
const bucketAt = (start: number, key: number): number => Math.min(BUCKETS, Math.max(0, Math.ceil((key - start) / BUCKET_KEYS)));

function addSums(out: Aggregates, column: number, summed: Float64Array, at: number): void {
  const { min, max, last, sum, count, others } = SUM;
  addSummary(
    out,
    column,
    summed[at + min]!,
    summed[at + max]!,
    summed[at + last]!,
    summed[at + sum]!,
    summed[at + count]!,
    summed[at + others]!,
  );
}

function addSummary(
  out: Aggregates,
  column: number,
  min: number,
  max: number,
  last: number,
  sum: number,
  count: number,
  others: number,
): void {
  out.nonFinite[column]! += others;
  if (count === 0) return;
  const isFirst = out.count[column] === 0;
  if (isFirst || min < out.min[column]!) out.min[column] = min;
  if (isFirst || max > out.max[column]!) out.max[column] = max;
  out.last[column] = last;
  out.mean[column] = (isFirst ? 0 : out.mean[column]!) + sum;
  out.count[column]! += count;
}

function addPoints(series: Series, c: number, { edges, lastKey }: KeyWindow, startColumn: number, out: Aggregates): number {
  const points = series.points(c);
  if (points === null) return startColumn;
  const lastColumn = edges.length - 2;
  const { values } = points;
  const { min, max, last, mean, count, nonFinite } = out;
  let column = startColumn;
  for (let i = points.lowerBound(edges[0]!); i < values.length; i++) {
    const key = points.key(i);
    if (key > lastKey) break;
    while (column < lastColumn && key >= edges[column + 1]!) column++;
    const value = values[i]!;
    if (!Number.isFinite(value)) nonFinite[column]!++;
    else if (count[column]!++ === 0) min[column] = max[column] = last[column] = mean[column] = value;
    else {
      if (value < min[column]!) min[column] = value;
      if (value > max[column]!) max[column] = value;
      last[column] = value;
      mean[column]! += value;
    }
  }
  return column;
}

/** The mean of equal values is that value, whatever adding them up has rounded. */
const within = (mean: number, min: number, max: number): number => (mean < min ? min : mean > max && Number.isFinite(mean) ? max : mean);

/** `mean` has sums until here. */
function sumUp(out: Aggregates): void {
  const { total } = out;
  let sum = 0;
  for (let i = 0; i < out.count.length; i++) {
    if (out.count[i] === 0) continue;
    total.min = total.count === 0 ? out.min[i]! : Math.min(total.min, out.min[i]!);
    total.max = total.count === 0 ? out.max[i]! : Math.max(total.max, out.max[i]!);
    total.last = out.last[i]!;
    total.count += out.count[i]!;
    sum += out.mean[i]!;
    out.mean[i] = within(out.mean[i]! / out.count[i]!, out.min[i]!, out.max[i]!);
  }
  total.mean = within(sum / total.count, total.min, total.max);
}

/** The key of the last finite point of a window; NaN without one. */
export function lastFiniteKey(series: Series, window: KeyWindow): number {
  const firstKey = window.edges[0]!;
  const newest = series.lastFinite(window.lastKey);
  if (newest !== null) return newest >= firstKey ? newest : Number.NaN;
  const chunks = chunksWithin(series, firstKey, window.lastKey);
  for (let n = chunks.length - 1; n >= 0; n--) {
    const points = series.points(chunks[n]!);
    if (points === null) continue;
    for (let i = points.length - 1; i >= 0 && points.key(i) >= firstKey; i--) {
      if (points.key(i) <= window.lastKey && Number.isFinite(points.values[i]!)) return points.key(i);
    }
  }
  return Number.NaN;
}
