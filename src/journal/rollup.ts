/**
 * Chunks in 64 buckets of 64 keys: min, max, last and sum of the finite values, and how many there are of each sort; and the same
 * of groups of buckets and of the whole chunk, which is all that a long chart looks at. Those of a long series lie one after
 * another in a few arrays: as objects of their own thousands of them would be what the collector is busy with.
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
export const GROUP_KEYS = GROUP_BUCKETS * BUCKET_KEYS;
const GROUPS = BUCKETS / GROUP_BUCKETS;

/** Where a sum has what: six numbers each. Without a finite point Infinity, -Infinity, NaN, 0 and 0. */
export const SUM = { min: 0, max: 1, last: 2, sum: 3, count: 4, others: 5, size: 6 } as const;

/** What is known of a chunk at once: its last key (-1 where there is no such chunk), the sums of its groups, that of the whole. */
const GROUPS_AT = 1;
const WHOLE_AT = GROUPS_AT + GROUPS * SUM.size;
export const SUMMED = WHOLE_AT + SUM.size;

/** Chunks of a page at most: the sums of so many are one row of the journal. */
export const PAGE_ROWS = 32;

/** Rollups whose numbers lie one after another. Their buckets are read when somebody looks closely enough to need them. */
export class RollupPage {
  /** Of each row SUMMED numbers. */
  summed: Float64Array;
  /** Of each row its blob, where that was read; `bytes` is the same memory. */
  doubles = new Float64Array(0);
  bytes = new Uint8Array(0);
  isSummed: Uint8Array;
  #isRead: Uint8Array;
  readonly #rollups: Rollup[] = [];

  /** `summed`: sums that are known; `read` brings a row as it is stored by now, and throws where it cannot. */
  constructor(
    summed: Float64Array,
    private readonly read: (row: number) => { last_key: number; buckets: Uint8Array },
  ) {
    const rows = summed.length / SUMMED;
    this.summed = summed;
    this.isSummed = new Uint8Array(rows).fill(1);
    this.#isRead = new Uint8Array(rows);
  }

  /** With one row, of which nothing is told yet. */
  static single(): RollupPage {
    const page = new RollupPage(new Float64Array(SUMMED), notStored);
    page.#makeRoom();
    page.#isRead[0] = 1;
    page.isSummed[0] = 0;
    return page;
  }

  get rows(): number {
    return this.isSummed.length;
  }

  /** -1 where there is no such chunk. */
  lastKey(row: number): number {
    return row < this.rows ? this.summed[row * SUMMED]! : -1;
  }

  #grow(rows: number): void {
    this.summed = grownSums(this.summed, rows);
    const [isSummed, isRead] = [this.isSummed, this.#isRead];
    this.isSummed = new Uint8Array(rows).fill(1);
    this.isSummed.set(isSummed);
    this.#isRead = new Uint8Array(rows);
    this.#isRead.set(isRead);
    if (this.doubles.length > 0) this.#makeRoom();
  }

  rollup(row: number): Rollup {
    this.#rollups[row] ??= new Rollup(this, row);
    return this.#rollups[row];
  }

  /** Where the numbers of a row's blob begin. */
  detailsAt(row: number): number {
    if (this.#isRead[row] === 0) {
      const { buckets, last_key } = this.read(row);
      this.write(row, buckets, last_key);
    }
    return row * ROLLUP_DOUBLES;
  }

  /** Whether there is such a chunk, and its blob was not read yet. */
  lacks(row: number): boolean {
    return this.lastKey(row) >= 0 && this.#isRead[row] === 0;
  }

  /** Takes over a blob, which may have been written since its sums were read; throws a RangeError when it is none. */
  write(row: number, blob: Uint8Array, lastKey: number): void {
    // There was no such chunk when the sums were read: it comes with the next refresh.
    if (row >= this.rows) return;
    if (blob.byteLength !== ROLLUP_BYTES && blob.byteLength !== SUMS_AT)
      throw new RangeError(`a rollup has ${blob.byteLength} bytes instead of ${ROLLUP_BYTES}`);
    if (this.doubles.length === 0) this.#makeRoom();
    this.bytes.set(blob, row * ROLLUP_BYTES);
    const at = row * ROLLUP_DOUBLES;
    // Its writer was of a version that kept no sums.
    if (blob.byteLength === SUMS_AT) this.doubles.fill(Number.NaN, at + SUM_DOUBLES, at + ROLLUP_DOUBLES);
    this.summed[row * SUMMED] = lastKey;
    this.#isRead[row] = 1;
    this.isSummed[row] = 0;
  }

  /** The sums of a chunk that was written since; what was read of it is not what is stored any more. */
  put(row: number, sums: Float64Array): void {
    // A chunk is followed by others nearly always.
    if (row >= this.rows) this.#grow(Math.max(row + 1, Math.min(this.rows * 2, PAGE_ROWS)));
    this.summed.set(sums, row * SUMMED);
    this.isSummed[row] = 1;
    this.#isRead[row] = 0;
  }

  #makeRoom(): void {
    const doubles = new Float64Array(this.rows * ROLLUP_DOUBLES);
    doubles.set(this.doubles);
    this.doubles = doubles;
    this.bytes = new Uint8Array(doubles.buffer);
  }
}

function notStored(): never {
  throw new RangeError("a rollup that is not stored is not read");
}

/** The sums of more rows: the new ones are of no chunk. */
export function grownSums(summed: Float64Array, rows: number): Float64Array {
  const grown = new Float64Array(rows * SUMMED);
  for (let row = summed.length / SUMMED; row < rows; row++) grown[row * SUMMED] = -1;
  grown.set(summed);
  return grown;
}

export class Rollup {
  /** See RollupPage.rollup. */
  constructor(
    private readonly page: RollupPage,
    private readonly row: number,
  ) {}

  static empty(): Rollup {
    const page = RollupPage.single();
    page.doubles.fill(Number.POSITIVE_INFINITY, 0, BUCKETS);
    page.doubles.fill(Number.NEGATIVE_INFINITY, BUCKETS, 2 * BUCKETS);
    page.doubles.fill(Number.NaN, 2 * BUCKETS, 3 * BUCKETS);
    return page.rollup(0);
  }

  static of(chunk: Chunk): Rollup {
    const rollup = Rollup.empty();
    const start = Math.floor(chunk.firstKey / CHUNK_KEYS) * CHUNK_KEYS;
    for (let i = 0; i < chunk.length; i++) rollup.add(chunk.key(i) - start, chunk.values[i]!);
    return rollup;
  }

  /** As a blob says; throws a RangeError when it is none. */
  static fromBlob(blob: Uint8Array): Rollup {
    const page = RollupPage.single();
    page.write(0, blob, -1);
    return page.rollup(0);
  }

  /** The blob. */
  get bytes(): Uint8Array {
    const from = this.page.detailsAt(this.row) * 8;
    return this.page.bytes.subarray(from, from + ROLLUP_BYTES);
  }

  /** Of the finite points of a bucket; without one Infinity, -Infinity, NaN and 0. */
  min(bucket: number): number {
    const at = this.page.detailsAt(this.row) + bucket;
    return this.page.doubles[at]!;
  }

  max(bucket: number): number {
    const at = this.page.detailsAt(this.row) + BUCKETS + bucket;
    return this.page.doubles[at]!;
  }

  last(bucket: number): number {
    const at = this.page.detailsAt(this.row) + 2 * BUCKETS + bucket;
    return this.page.doubles[at]!;
  }

  /** NaN in a journal whose writer kept none. */
  sum(bucket: number): number {
    const at = this.page.detailsAt(this.row) + SUM_DOUBLES + bucket;
    return this.page.doubles[at]!;
  }

  /** How many finite points a bucket has. */
  count(bucket: number): number {
    const at = this.page.detailsAt(this.row) * 8 + COUNTS_AT + bucket;
    return this.page.bytes[at]!;
  }

  others(bucket: number): number {
    const at = this.page.detailsAt(this.row) * 8 + COUNTS_AT + BUCKETS + bucket;
    return this.page.bytes[at]!;
  }

  /** Where the sums (SUM) of all buckets, and those of a group of them, stand in `summed`: plain places, for they are read by the thousand. */
  get wholeAt(): number {
    return this.#sumsAt() + WHOLE_AT;
  }

  groupAt(group: number): number {
    return this.#sumsAt() + GROUPS_AT + group * SUM.size;
  }

  get summed(): Float64Array {
    return this.page.summed;
  }

  /** All of its sums as they stand in a row, with its last key. */
  sums(lastKey: number): Float64Array {
    const at = this.#sumsAt();
    const sums = this.summed.slice(at, at + SUMMED);
    sums[0] = lastKey;
    return sums;
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
    for (let group = 0; group < GROUPS; group++) this.#sumUp(start + GROUPS_AT + group * SUM.size, group * GROUP_BUCKETS, GROUP_BUCKETS);
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
