/**
 * Chunks in 64 buckets of 64 keys: min, max, last and sum of the finite values, and how many there are of each sort. Those of a
 * long series lie one after another in a few arrays: as objects of their own thousands of them would be what the collector is busy with.
 */
import { CHUNK_KEYS, type Chunk } from "./chunk.ts";

export const BUCKET_KEYS = 64;
export const BUCKETS = CHUNK_KEYS / BUCKET_KEYS;

// A blob: 64 × f64 min, 64 × f64 max, 64 × f64 last, 64 × u8 finite points, 64 × u8 others, 64 × f64 sum.
const COUNTS_AT = 3 * BUCKETS * 8;
const SUMS_AT = COUNTS_AT + 2 * BUCKETS;
const ROLLUP_BYTES = SUMS_AT + 8 * BUCKETS;
/** The same places in numbers of 8 bytes. */
const ROLLUP_DOUBLES = ROLLUP_BYTES / 8;
const SUM_DOUBLES = SUMS_AT / 8;

/** Buckets that are summed up together, so that of a chunk that a column cuts not all have to be looked at. */
export const GROUP_BUCKETS = 8;
const GROUPS = BUCKETS / GROUP_BUCKETS;

/** Where a sum has what: six numbers each. Without a finite point Infinity, -Infinity, NaN, 0 and 0. */
export const SUM = { min: 0, max: 1, last: 2, sum: 3, count: 4, others: 5, size: 6 } as const;
/** Where the sum of the whole chunk stands, after those of its groups. */
const WHOLE_AT = GROUPS * SUM.size;
const SUMMED = WHOLE_AT + SUM.size;

/** How many more are made room for at once. */
const PAGE_ROWS = 32;

/** A growing table. It grows by pages, for to copy what is there would leave megabytes behind at each growth of a long run. */
export class RollupTable {
  #page: RollupPage;

  /** With room for so many on its first page. */
  constructor(capacity: number) {
    this.#page = new RollupPage(capacity);
  }

  /** One more, as a blob says; throws a RangeError when it is none. */
  add(blob: Uint8Array): Rollup {
    if (this.#page.isFull) this.#page = new RollupPage(PAGE_ROWS);
    return this.#page.add().load(blob);
  }
}

class RollupPage {
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly doubles: Float64Array;
  /** Of each rollup its sums, once they were asked for. */
  readonly summed: Float64Array;
  readonly isSummed: Uint8Array;
  #rows = 0;

  constructor(capacity: number) {
    this.doubles = new Float64Array(capacity * ROLLUP_DOUBLES);
    this.bytes = new Uint8Array(this.doubles.buffer);
    this.summed = new Float64Array(capacity * SUMMED);
    this.isSummed = new Uint8Array(capacity);
  }

  get isFull(): boolean {
    return this.#rows === this.isSummed.length;
  }

  /** One more, of which nothing is told yet. */
  add(): Rollup {
    return new Rollup(this, this.#rows++);
  }
}

export class Rollup {
  /** A row of a page, see RollupTable.add. */
  constructor(
    private readonly page: RollupPage,
    private readonly row: number,
  ) {}

  static empty(): Rollup {
    const page = new RollupPage(1);
    page.doubles.fill(Number.POSITIVE_INFINITY, 0, BUCKETS);
    page.doubles.fill(Number.NEGATIVE_INFINITY, BUCKETS, 2 * BUCKETS);
    page.doubles.fill(Number.NaN, 2 * BUCKETS, 3 * BUCKETS);
    return page.add();
  }

  static of(chunk: Chunk): Rollup {
    const rollup = Rollup.empty();
    const start = Math.floor(chunk.firstKey / CHUNK_KEYS) * CHUNK_KEYS;
    for (let i = 0; i < chunk.length; i++) rollup.add(chunk.key(i) - start, chunk.values[i]!);
    return rollup;
  }

  /** Another one with the same points. */
  copy(): Rollup {
    return new RollupPage(1).add().load(this.bytes);
  }

  /** Takes over what a blob says; throws a RangeError when it is none. */
  load(blob: Uint8Array): this {
    const { page, row } = this;
    if (blob.byteLength !== ROLLUP_BYTES && blob.byteLength !== SUMS_AT)
      throw new RangeError(`a rollup has ${blob.byteLength} bytes instead of ${ROLLUP_BYTES}`);
    page.bytes.set(blob, row * ROLLUP_BYTES);
    const at = row * ROLLUP_DOUBLES;
    // Its writer was of a version that kept no sums.
    if (blob.byteLength === SUMS_AT) page.doubles.fill(Number.NaN, at + SUM_DOUBLES, at + ROLLUP_DOUBLES);
    page.isSummed[row] = 0;
    return this;
  }

  /** The blob. */
  get bytes(): Uint8Array {
    return this.page.bytes.subarray(this.row * ROLLUP_BYTES, (this.row + 1) * ROLLUP_BYTES);
  }

  /** Of the finite points of a bucket; without one Infinity, -Infinity, NaN and 0. */
  min(bucket: number): number {
    return this.page.doubles[this.row * ROLLUP_DOUBLES + bucket]!;
  }

  max(bucket: number): number {
    return this.page.doubles[this.row * ROLLUP_DOUBLES + BUCKETS + bucket]!;
  }

  last(bucket: number): number {
    return this.page.doubles[this.row * ROLLUP_DOUBLES + 2 * BUCKETS + bucket]!;
  }

  /** NaN in a journal whose writer kept none. */
  sum(bucket: number): number {
    return this.page.doubles[this.row * ROLLUP_DOUBLES + SUM_DOUBLES + bucket]!;
  }

  /** How many finite points a bucket has. */
  count(bucket: number): number {
    return this.page.bytes[this.row * ROLLUP_BYTES + COUNTS_AT + bucket]!;
  }

  others(bucket: number): number {
    return this.page.bytes[this.row * ROLLUP_BYTES + COUNTS_AT + BUCKETS + bucket]!;
  }

  /** Where the sums (SUM) of all buckets, and those of a group of them, stand in `summed`: plain places, for they are read by the thousand. */
  get wholeAt(): number {
    return this.#sumsAt() + WHOLE_AT;
  }

  groupAt(group: number): number {
    return this.#sumsAt() + group * SUM.size;
  }

  get summed(): Float64Array {
    return this.page.summed;
  }

  /** Points that it has, finite or not. */
  get points(): number {
    const at = this.wholeAt;
    return this.summed[at + SUM.count]! + this.summed[at + SUM.others]!;
  }

  /** A point whose key comes after all that are there; `offset` is its key's distance from the start of the chunk. */
  add(offset: number, value: number): void {
    const { page, row } = this;
    const { doubles, bytes } = page;
    const b = Math.floor(offset / BUCKET_KEYS);
    const counts = row * ROLLUP_BYTES + COUNTS_AT + b;
    page.isSummed[row] = 0;
    if (!Number.isFinite(value)) {
      bytes[counts + BUCKETS]!++;
      return;
    }
    const at = row * ROLLUP_DOUBLES + b;
    if (value < doubles[at]!) doubles[at] = value;
    if (value > doubles[at + BUCKETS]!) doubles[at + BUCKETS] = value;
    doubles[at + 2 * BUCKETS] = value;
    doubles[at + SUM_DOUBLES]! += value;
    bytes[counts]!++;
  }

  /** Where its sums begin: asked for at every look at a long run, and made when they can be different. */
  #sumsAt(): number {
    const { page, row } = this;
    const start = row * SUMMED;
    if (page.isSummed[row] === 1) return start;
    page.isSummed[row] = 1;
    for (let group = 0; group < GROUPS; group++) this.#sumUp(start + group * SUM.size, group * GROUP_BUCKETS, GROUP_BUCKETS);
    this.#sumUp(start + WHOLE_AT, 0, BUCKETS);
    return start;
  }

  /** Writes the sums of so many buckets. Plain places and no calls: it is done for thousands of chunks before anything is warm. */
  #sumUp(to: number, first: number, buckets: number): void {
    const { doubles, bytes, summed } = this.page;
    const at = this.row * ROLLUP_DOUBLES;
    const counts = this.row * ROLLUP_BYTES + COUNTS_AT;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let last = Number.NaN;
    let sum = 0;
    let count = 0;
    let others = 0;
    for (let b = first; b < first + buckets; b++) {
      others += bytes[counts + BUCKETS + b]!;
      const points = bytes[counts + b]!;
      if (points === 0) continue;
      if (doubles[at + b]! < min) min = doubles[at + b]!;
      if (doubles[at + BUCKETS + b]! > max) max = doubles[at + BUCKETS + b]!;
      last = doubles[at + 2 * BUCKETS + b]!;
      sum += doubles[at + SUM_DOUBLES + b]!;
      count += points;
    }
    summed[to + SUM.min] = min;
    summed[to + SUM.max] = max;
    summed[to + SUM.last] = last;
    summed[to + SUM.sum] = sum;
    summed[to + SUM.count] = count;
    summed[to + SUM.others] = others;
  }
}
