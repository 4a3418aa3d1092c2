/**
 * The exponential average of a series as it stands after any point, whatever part of it is looked at: kept for the end of
 * each bucket, so that a window of a million points needs none of them again.
 */
import { CHUNK_KEYS } from "./chunk.ts";
import { chunksWithin, type KeyWindow } from "./columns.ts";
import { BUCKET_KEYS } from "./rollup.ts";
import type { Series } from "./series.ts";

export class Average {
  /** Of buckets that have points: first key, weighted sum, and weight of all points so far. */
  #starts: number[] = [];
  #sums: number[] = [];
  #weights: number[] = [];
  /** Chunks from this one on have to be read (again). */
  #from = 0;

  constructor(
    private readonly series: Series,
    readonly decay: number,
  ) {}

  /** Points of this chunk or later ones are new or different. */
  forget(chunk: number): void {
    if (chunk < this.#from) this.#from = chunk;
  }

  /** The average after the last point of each column; NaN where a column has none. Points that are no number are passed over. */
  columns(window: KeyWindow, count: Uint32Array): Float64Array {
    this.#extend();
    const out = new Float64Array(count.length).fill(Number.NaN);
    if (window.grain > 1) this.#atBuckets(window, count, out);
    else this.#atPoints(window, count, out);
    return out;
  }

  #extend(): void {
    const chunks = this.series.chunks();
    const last = chunks.at(-1);
    const kept = this.#before(this.#from * CHUNK_KEYS);
    this.#starts.length = kept;
    this.#sums.length = kept;
    this.#weights.length = kept;
    if (last === undefined || this.#from > last) return;
    let sum = this.#sums[kept - 1] ?? 0;
    let weight = this.#weights[kept - 1] ?? 0;
    const { decay } = this;
    for (const c of chunks) {
      if (c < this.#from) continue;
      const points = this.series.points(c);
      if (points === null) continue;
      const { values } = points;
      let bucket = -1;
      for (let i = 0; i < values.length; i++) {
        const start = Math.floor(points.key(i) / BUCKET_KEYS);
        if (start !== bucket) {
          if (bucket >= 0) this.#keep(bucket, sum, weight);
          bucket = start;
        }
        const value = values[i]!;
        if (!Number.isFinite(value)) continue;
        sum = sum * decay + value * (1 - decay);
        weight = weight * decay + (1 - decay);
      }
      if (bucket >= 0) this.#keep(bucket, sum, weight);
    }
    this.#from = last + 1;
  }

  #keep(bucket: number, sum: number, weight: number): void {
    this.#starts.push(bucket * BUCKET_KEYS);
    this.#sums.push(sum);
    this.#weights.push(weight);
  }

  /** How many buckets begin before this key. */
  #before(key: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.#starts[mid]! < key) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  #atBuckets({ edges, lastKey }: KeyWindow, count: Uint32Array, out: Float64Array): void {
    for (let i = 0; i < out.length; i++) {
      if (count[i] === 0) continue;
      const b = this.#before(i === out.length - 1 ? lastKey + 1 : edges[i + 1]!) - 1;
      if (b >= 0) out[i] = this.#sums[b]! / this.#weights[b]!;
    }
  }

  #atPoints({ edges, lastKey }: KeyWindow, count: Uint32Array, out: Float64Array): void {
    const first = Math.floor(edges[0]! / BUCKET_KEYS) * BUCKET_KEYS;
    const b = this.#before(first) - 1;
    let sum = this.#sums[b] ?? 0;
    let weight = this.#weights[b] ?? 0;
    let column = 0;
    const { decay } = this;
    for (const c of chunksWithin(this.series, first, lastKey)) {
      const points = this.series.points(c);
      if (points === null) continue;
      for (let i = points.lowerBound(first); i < points.length; i++) {
        const key = points.key(i);
        if (key > lastKey) return;
        const value = points.values[i]!;
        if (!Number.isFinite(value)) continue;
        sum = sum * decay + value * (1 - decay);
        weight = weight * decay + (1 - decay);
        if (key < edges[0]!) continue;
        while (column < out.length - 1 && key >= edges[column + 1]!) column++;
        if (count[column]! > 0) out[column] = sum / weight;
      }
    }
  }
}
