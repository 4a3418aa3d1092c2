/** One chunk in 64 buckets of 64 keys: min, max, last and sum of the finite values, and how many there are of each sort. */
import { CHUNK_KEYS, type Chunk } from "./chunk.ts";

export const BUCKET_KEYS = 64;
export const BUCKETS = CHUNK_KEYS / BUCKET_KEYS;

const STATS_BYTES = 3 * BUCKETS * 8;
const SUMS_AT = STATS_BYTES + 2 * BUCKETS;
const ROLLUP_BYTES = SUMS_AT + 8 * BUCKETS;

/** Buckets that are summed up together, so that of a chunk that a column cuts not all have to be looked at. */
export const GROUP_BUCKETS = 8;
const GROUPS = BUCKETS / GROUP_BUCKETS;

/** Where a sum has what: six numbers each. Without a finite point Infinity, -Infinity, NaN, 0 and 0. */
export const SUM = { min: 0, max: 1, last: 2, sum: 3, count: 4, others: 5, size: 6 } as const;
/** Where the sum of the whole chunk stands, after those of its groups. */
export const WHOLE_AT = GROUPS * SUM.size;

function addTo(made: Float64Array, at: number, min: number, max: number, last: number, sum: number, count: number, others: number): void {
  made[at + SUM.others]! += others;
  if (count === 0) return;
  made[at + SUM.min] = Math.min(made[at + SUM.min]!, min);
  made[at + SUM.max] = Math.max(made[at + SUM.max]!, max);
  made[at + SUM.last] = last;
  made[at + SUM.sum]! += sum;
  made[at + SUM.count]! += count;
}

function sumsOf({ stats, counts, sums }: Rollup): Float64Array {
  const made = new Float64Array((GROUPS + 1) * SUM.size);
  for (let at = 0; at < made.length; at += SUM.size) {
    made[at + SUM.min] = Number.POSITIVE_INFINITY;
    made[at + SUM.max] = Number.NEGATIVE_INFINITY;
    made[at + SUM.last] = Number.NaN;
  }
  for (let b = 0; b < BUCKETS; b++) {
    const at = Math.floor(b / GROUP_BUCKETS) * SUM.size;
    addTo(made, at, stats[b]!, stats[BUCKETS + b]!, stats[2 * BUCKETS + b]!, sums[b]!, counts[b]!, counts[BUCKETS + b]!);
  }
  for (let at = 0; at < WHOLE_AT; at += SUM.size) {
    const { min, max, last, sum, count, others } = SUM;
    addTo(made, WHOLE_AT, made[at + min]!, made[at + max]!, made[at + last]!, made[at + sum]!, made[at + count]!, made[at + others]!);
  }
  return made;
}

/** A view of a blob: 64 × f64 min, 64 × f64 max, 64 × f64 last, 64 × u8 finite points, 64 × u8 others, 64 × f64 sum. */
export class Rollup {
  readonly stats: Float64Array;
  readonly counts: Uint8Array;
  /** NaN in a journal whose writer is of a version that kept none. */
  readonly sums: Float64Array;
  #made: Float64Array | null = null;

  private constructor(readonly bytes: Uint8Array) {
    this.stats = new Float64Array(bytes.buffer, bytes.byteOffset, 3 * BUCKETS);
    this.counts = bytes.subarray(STATS_BYTES, SUMS_AT);
    this.sums = new Float64Array(bytes.buffer, bytes.byteOffset + SUMS_AT, BUCKETS);
  }

  /** Looks into the blob; throws a RangeError when it is none. */
  static fromBlob(blob: Uint8Array): Rollup {
    if (blob.byteLength === ROLLUP_BYTES) return new Rollup(blob);
    if (blob.byteLength !== SUMS_AT) throw new RangeError(`a rollup has ${blob.byteLength} bytes instead of ${ROLLUP_BYTES}`);
    const rollup = new Rollup(new Uint8Array(ROLLUP_BYTES));
    rollup.bytes.set(blob);
    rollup.sums.fill(Number.NaN);
    return rollup;
  }

  static of(chunk: Chunk): Rollup {
    const rollup = Rollup.empty();
    const start = Math.floor(chunk.firstKey / CHUNK_KEYS) * CHUNK_KEYS;
    for (let i = 0; i < chunk.length; i++) rollup.add(chunk.key(i) - start, chunk.values[i]!);
    return rollup;
  }

  static empty(): Rollup {
    const rollup = new Rollup(new Uint8Array(ROLLUP_BYTES));
    rollup.stats.fill(Number.POSITIVE_INFINITY, 0, BUCKETS);
    rollup.stats.fill(Number.NEGATIVE_INFINITY, BUCKETS, 2 * BUCKETS);
    rollup.stats.fill(Number.NaN, 2 * BUCKETS);
    return rollup;
  }

  /** Sums (SUM) of each group of buckets and of all of them; asked for at every look at a long run, and the same until a point is added. */
  get summed(): Float64Array {
    this.#made ??= sumsOf(this);
    return this.#made;
  }

  /** Points that it has, finite or not. */
  get points(): number {
    return this.summed[WHOLE_AT + SUM.count]! + this.summed[WHOLE_AT + SUM.others]!;
  }

  copy(): Rollup {
    return new Rollup(this.bytes.slice());
  }

  /** A point whose key comes after all that are there; `offset` is its key's distance from the start of the chunk. */
  add(offset: number, value: number): void {
    const b = Math.floor(offset / BUCKET_KEYS);
    this.#made = null;
    if (!Number.isFinite(value)) {
      this.counts[BUCKETS + b]!++;
      return;
    }
    if (value < this.stats[b]!) this.stats[b] = value;
    if (value > this.stats[BUCKETS + b]!) this.stats[BUCKETS + b] = value;
    this.stats[2 * BUCKETS + b] = value;
    this.sums[b]! += value;
    this.counts[b]!++;
  }
}
