/** From positions on an axis to keys: the axes other than the step are themselves series, which grow with the key. */
import type { Axis } from "../core/journal.ts";
import { CHUNK_KEYS } from "./chunk.ts";
import { BUCKET_KEYS, BUCKETS } from "./rollup.ts";
import type { Series } from "./series.ts";

/** The series that gives each key its place on the axis. */
export const AXIS_SERIES: Readonly<Record<Exclude<Axis, "step">, string>> = {
  tokens: "train/tokens",
  flops: "train/flops",
  trainSeconds: "train/seconds",
  wall: "time/wall",
};

/** A key that comes before the first one of an axis, and where it lies. */
export interface Origin {
  key: number;
  position: number;
}

/**
 * Where the first key of a stage lies on an axis that begins after it: an evaluation comes before the first step, whose
 * tokens are the first that are told. Before step 0 nothing was trained, so it lies at 0; any other at the beginning of the axis.
 */
export function originOf(axis: Exclude<Axis, "step">, series: Series, firstKey: number): Origin | null {
  const first = series.firstKey;
  if (first === null || firstKey >= first) return null;
  return { key: firstKey, position: axis !== "wall" && firstKey === 0 ? 0 : (series.points(series.chunks()[0]!)?.values[0] ?? 0) };
}

/**
 * Where keys lie on an axis. Keys are taken to lie at the largest value so far, so that a series that is set back (wall
 * time of a resumed run) still gives every position one key.
 */
export class AxisIndex {
  readonly #starts: number[] = [];
  /** The largest value up to the bucket's end, and up to its start. */
  readonly #ends: number[] = [];
  readonly #begins: number[] = [];

  constructor(
    private readonly series: Series,
    private readonly origin: Origin | null = null,
  ) {
    let max = Number.NEGATIVE_INFINITY;
    if (origin !== null) {
      max = origin.position;
      this.#starts.push(Math.floor(origin.key / BUCKET_KEYS) * BUCKET_KEYS);
      this.#begins.push(max);
      this.#ends.push(max);
    }
    series.readRollups(series.chunks());
    for (const c of series.chunks()) {
      const rollup = series.rollup(c);
      for (let b = 0; b < BUCKETS; b++) {
        if (rollup.count(b) === 0) continue;
        const start = c * CHUNK_KEYS + b * BUCKET_KEYS;
        const begin = Math.max(max, rollup.min(b));
        max = Math.max(max, rollup.max(b));
        // That of the origin has keys of the axis as well.
        if (this.#starts.at(-1) === start) this.#ends[this.#ends.length - 1] = max;
        else {
          this.#starts.push(start);
          this.#begins.push(begin);
          this.#ends.push(max);
        }
      }
    }
  }

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  get first(): number {
    return this.#begins[0] ?? Number.NaN;
  }

  get last(): number {
    return this.#ends[this.#ends.length - 1] ?? Number.NaN;
  }

  /** The first key that lies at `position` or after it (`strictly`: after it); Infinity when none does. */
  key(position: number, strictly = false): number {
    const { origin } = this;
    if (origin !== null && (strictly ? origin.position > position : origin.position >= position)) return origin.key;
    const b = this.#bucket(position, strictly);
    const start = this.#starts[b];
    if (start === undefined) return Number.POSITIVE_INFINITY;
    const points = this.series.points(Math.floor(start / CHUNK_KEYS));
    if (points === null) return start;
    for (let i = points.lowerBound(start); i < points.length; i++) {
      const value = points.values[i]!;
      if (strictly ? value > position : value >= position) return points.key(i);
    }
    return start;
  }

  /** The last key that lies before `position`; null when none does. */
  keyBefore(position: number): number | null {
    const next = this.key(position);
    const chunks = this.series.chunks().filter((c) => c * CHUNK_KEYS <= next);
    for (let n = chunks.length - 1; n >= 0; n--) {
      const points = this.series.points(chunks[n]!);
      const i = points?.lowerBound(next) ?? 0;
      if (points !== null && i > 0) return points.key(i - 1);
    }
    return null;
  }

  /** Like `key`, but the start of the piece of so many keys (a bucket, or a group of them) that it lies in, and where that begins. */
  piece(position: number, keys: number, strictly = false): { key: number; position: number } | null {
    let b = this.#bucket(position, strictly);
    if (b >= this.#starts.length) return null;
    const key = Math.floor(this.#starts[b]! / keys) * keys;
    while (b > 0 && this.#starts[b - 1]! >= key) b--;
    return { key, position: this.#begins[b]! };
  }

  /** Where `key` lies: the largest value at or before it. */
  position(key: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.#starts[mid]! <= key) low = mid + 1;
      else high = mid;
    }
    if (low === 0) return this.first;
    let position = low >= 2 ? this.#ends[low - 2]! : Number.NEGATIVE_INFINITY;
    const start = this.#starts[low - 1]!;
    const points = this.series.points(Math.floor(start / CHUNK_KEYS));
    if (points === null) return position;
    const end = Math.min(points.lowerBound(key + 1), points.lowerBound(start + BUCKET_KEYS));
    for (let i = points.lowerBound(start); i < end; i++) {
      if (points.values[i]! > position) position = points.values[i]!;
    }
    return Number.isFinite(position) ? position : this.first;
  }

  /** Index of the first bucket that reaches `position`. */
  #bucket(position: number, strictly: boolean): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      const end = this.#ends[mid]!;
      if (strictly ? end <= position : end < position) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}
