/** Quantiles of the points of each column, from all of them or, where they are too many for the moment, from every n-th. */
import { CHUNK_KEYS } from "./chunk.ts";
import { type Aggregates, chunksWithin, type KeyWindow } from "./columns.ts";
import { BUCKET_KEYS, BUCKETS } from "./rollup.ts";
import type { Series } from "./series.ts";

/** Points that are sorted at most: a few milliseconds. */
const MOST_SORTED = 65_536;
/** Points that are read from their chunks at most; beyond, the last one of each bucket is taken, which is in memory. */
const MOST_READ = 262_144;

export interface Quantiles {
  /** One array for each that was asked for; NaN where a column has no point. */
  values: Float64Array[];
  /** Made from every so-many-th point; 1 = all. */
  every: number;
}

export function quantilesOf(series: Series, window: KeyWindow, { count }: Aggregates, wanted: readonly number[]): Quantiles {
  const columns = count.length;
  const total = count.reduce((sum, points) => sum + points, 0);
  const byBucket = window.grain > 1 && total > MOST_READ;
  const every = byBucket ? BUCKET_KEYS : Math.max(1, Math.ceil(total / MOST_SORTED));
  const samples = new Float64Array(Math.ceil(byBucket ? total : total / every) + columns);
  const ends = new Uint32Array(columns);
  const size = byBucket ? takeLasts(series, window, samples, ends) : takePoints(series, window, every, samples, ends);
  const values = wanted.map(() => new Float64Array(columns).fill(Number.NaN));
  let start = 0;
  for (let column = 0; column < columns && start < size; column++) {
    const end = ends[column]!;
    if (end <= start) continue;
    const sorted = samples.subarray(start, end).sort();
    for (let q = 0; q < wanted.length; q++) values[q]![column] = quantile(sorted, wanted[q]!);
    start = end;
  }
  return { values, every };
}

/** Between the two nearest ranks in proportion, as NumPy does it by default. */
function quantile(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * Math.min(1, Math.max(0, q));
  const low = Math.floor(at);
  const below = sorted[low]!;
  const above = sorted[Math.min(sorted.length - 1, low + 1)]!;
  return below + (above - below) * (at - low);
}

/** Puts every n-th finite point of the window into `samples`; `ends` gets where each column's samples end. */
function takePoints(series: Series, { edges, lastKey }: KeyWindow, every: number, samples: Float64Array, ends: Uint32Array): number {
  let size = 0;
  let column = 0;
  let turn = 0;
  for (const c of chunksWithin(series, edges[0]!, lastKey)) {
    const points = series.points(c);
    if (points === null) continue;
    for (let i = points.lowerBound(edges[0]!); i < points.length; i++) {
      const key = points.key(i);
      if (key > lastKey) break;
      const value = points.values[i]!;
      if (!Number.isFinite(value) || turn++ % every !== 0) continue;
      while (column < ends.length - 1 && key >= edges[column + 1]!) ends[column++] = size;
      samples[size++] = value;
    }
  }
  ends.fill(size, column);
  return size;
}

/** The same with the last finite point of each bucket. */
function takeLasts(series: Series, { edges, lastKey }: KeyWindow, samples: Float64Array, ends: Uint32Array): number {
  let size = 0;
  let column = 0;
  const chunks = chunksWithin(series, edges[0]!, lastKey);
  series.readRollups(chunks);
  for (const c of chunks) {
    const rollup = series.rollup(c);
    for (let b = 0; b < BUCKETS; b++) {
      const key = c * CHUNK_KEYS + b * BUCKET_KEYS;
      if (rollup.count(b) === 0 || key < edges[0]!) continue;
      if (key > lastKey) break;
      while (column < ends.length - 1 && key >= edges[column + 1]!) ends[column++] = size;
      samples[size++] = rollup.last(b);
    }
  }
  ends.fill(size, column);
  return size;
}
