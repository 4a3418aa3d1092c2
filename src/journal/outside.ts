/** How many points of a window lie above or below a value. */
import type { Outside } from "../core/journal.ts";
import { CHUNK_KEYS, type Chunk } from "./chunk.ts";
import { chunksWithin, type KeyWindow } from "./columns.ts";
import { BUCKET_KEYS, BUCKETS, SUM } from "./rollup.ts";
import type { Series } from "./series.ts";

/** Chunks that are read at most; what lies in others is counted as one point a bucket, and said to be at least so many. */
const MOST_CHUNKS = 32;

/** Counts the finite points above `above` and below `below`: exactly, unless too much would have to be read for it. */
export function countOutside(series: Series, { edges, lastKey }: KeyWindow, above: number, below: number): Outside {
  const out: Outside = { above: 0, below: 0, exact: true };
  const firstKey = edges[0]!;
  let read = 0;
  for (const c of chunksWithin(series, firstKey, lastKey)) {
    const rollup = series.rollup(c);
    const { summed, wholeAt } = rollup;
    if (summed[wholeAt + SUM.max]! <= above && summed[wholeAt + SUM.min]! >= below) continue;
    let points: Chunk | null | undefined;
    for (let b = 0; b < BUCKETS; b++) {
      const low = rollup.min(b);
      const high = rollup.max(b);
      if ((high <= above && low >= below) || rollup.count(b) === 0) continue;
      const key = c * CHUNK_KEYS + b * BUCKET_KEYS;
      if (key + BUCKET_KEYS <= firstKey || key > lastKey) continue;
      const whole = key >= firstKey && key + BUCKET_KEYS - 1 <= lastKey;
      if (whole && low > above) out.above += rollup.count(b);
      else if (whole && high < below) out.below += rollup.count(b);
      else {
        if (points === undefined) points = read++ < MOST_CHUNKS ? series.points(c) : null;
        if (points !== null) countPoints(points, Math.max(key, firstKey), Math.min(key + BUCKET_KEYS - 1, lastKey), above, below, out);
        else {
          out.above += Number(high > above);
          out.below += Number(low < below);
          out.exact = false;
        }
      }
    }
  }
  return out;
}

function countPoints(points: Chunk, from: number, to: number, above: number, below: number, out: Outside): void {
  for (let i = points.lowerBound(from); i < points.length && points.key(i) <= to; i++) {
    const value = points.values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value > above) out.above++;
    else if (value < below) out.below++;
  }
}
