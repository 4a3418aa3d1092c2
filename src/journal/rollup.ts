/** One chunk in 64 buckets of 64 keys: min, max, last and sum of the finite values, and how many there are of each sort. */
import { CHUNK_KEYS, type Chunk } from "./chunk.ts";

export const BUCKET_KEYS = 64;
export const BUCKETS = CHUNK_KEYS / BUCKET_KEYS;

const STATS_BYTES = 3 * BUCKETS * 8;
const SUMS_AT = STATS_BYTES + 2 * BUCKETS;
const ROLLUP_BYTES = SUMS_AT + 8 * BUCKETS;

/** A chunk as if it were one bucket. */
interface Whole {
  /** Infinity, -Infinity and NaN without a finite point. */
  min: number;
  max: number;
  last: number;
  sum: number;
  /** Finite points, and others. */
  count: number;
  others: number;
}

function wholeOf({ stats, counts, sums }: Rollup): Whole {
  const whole: Whole = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, last: Number.NaN, sum: 0, count: 0, others: 0 };
  for (let b = 0; b < BUCKETS; b++) {
    whole.others += counts[BUCKETS + b]!;
    if (counts[b] === 0) continue;
    whole.min = Math.min(whole.min, stats[b]!);
    whole.max = Math.max(whole.max, stats[BUCKETS + b]!);
    whole.last = stats[2 * BUCKETS + b]!;
    whole.sum += sums[b]!;
    whole.count += counts[b]!;
  }
  return whole;
}

/** A view of a blob: 64 × f64 min, 64 × f64 max, 64 × f64 last, 64 × u8 finite points, 64 × u8 others, 64 × f64 sum. */
export class Rollup {
  readonly stats: Float64Array;
  readonly counts: Uint8Array;
  /** NaN in a journal whose writer is of a version that kept none. */
  readonly sums: Float64Array;
  #whole: Whole | null = null;

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

  /** Of all its buckets together; asked for at every look at a long run, and the same until a point is added. */
  get whole(): Whole {
    this.#whole ??= wholeOf(this);
    return this.#whole;
  }

  copy(): Rollup {
    return new Rollup(this.bytes.slice());
  }

  /** A point whose key comes after all that are there; `offset` is its key's distance from the start of the chunk. */
  add(offset: number, value: number): void {
    const b = Math.floor(offset / BUCKET_KEYS);
    this.#whole = null;
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
