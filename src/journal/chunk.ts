/**
 * All points of one series in 4096 keys. Values lie together as doubles; when the keys have no hole, their first is all
 * that is kept of them, else each has an offset of 16 bits. A point that is not there is not stored: NaN is a value.
 */
import type { Column } from "./column.ts";

export const CHUNK_KEYS = 4096;

export const chunkOf = (key: number): number => Math.floor(key / CHUNK_KEYS);

const scratchOffsets = new Uint16Array(CHUNK_KEYS);
const scratchValues = new Float64Array(CHUNK_KEYS);

export class Chunk {
  private constructor(
    /** The first key when there are no offsets, else the first key of the chunk's range. */
    readonly base: number,
    readonly offsets: Uint16Array | null,
    readonly values: Float64Array,
  ) {}

  get length(): number {
    return this.values.length;
  }

  get firstKey(): number {
    return this.key(0);
  }

  get lastKey(): number {
    return this.key(this.length - 1);
  }

  key(i: number): number {
    return this.base + (this.offsets === null ? i : this.offsets[i]!);
  }

  /** Index of the first point whose key is not below `key`; `length` when there is none. */
  lowerBound(key: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.key(mid) < key) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** Only the points with keys up to this one; null when there is none. */
  upTo(key: number): Chunk | null {
    const n = this.lowerBound(Math.floor(key) + 1);
    if (n === this.length) return this;
    return n === 0 ? null : new Chunk(this.base, this.offsets?.subarray(0, n) ?? null, this.values.subarray(0, n));
  }

  /** From a row of the table. Throws a RangeError when the blobs do not fit each other. */
  static fromRow(c: number, firstKey: number, offsets: Uint8Array | null, vals: Uint8Array): Chunk {
    if (vals.byteLength === 0 || vals.byteLength % 8 !== 0) throw new RangeError(`chunk ${c} has ${vals.byteLength} bytes of values`);
    const values = new Float64Array(vals.buffer, vals.byteOffset, vals.byteLength / 8);
    if (offsets === null) return new Chunk(firstKey, null, values);
    const own = new Uint16Array(offsets.buffer, offsets.byteOffset, offsets.byteLength / 2);
    if (own.length !== values.length) throw new RangeError(`chunk ${c} has ${own.length} keys and ${values.length} values`);
    return new Chunk(c * CHUNK_KEYS, own, values);
  }

  /** `old`, if any, with the points `from` ≤ i < `to` of `column`, all in the range of chunk `c`, put over it. */
  static merged(c: number, old: Chunk | null, column: Column, from: number, to: number): Chunk {
    const start = c * CHUNK_KEYS;
    let n = 0;
    let i = 0;
    const oldLength = old === null ? 0 : old.length;
    const put = (offset: number, value: number) => {
      scratchOffsets[n] = offset;
      scratchValues[n++] = value;
    };
    for (let j = from; j < to; j++) {
      const offset = column.keys[j]! - start;
      while (i < oldLength && old!.key(i) - start < offset) put(old!.key(i) - start, old!.values[i++]!);
      if (i < oldLength && old!.key(i) - start === offset) i++;
      put(offset, column.values[j]!);
    }
    while (i < oldLength) put(old!.key(i) - start, old!.values[i++]!);
    return Chunk.#packed(start, n);
  }

  /** The first `n` points of the scratch arrays. */
  static #packed(start: number, n: number): Chunk {
    const first = scratchOffsets[0]!;
    const whole = scratchOffsets[n - 1]! - first === n - 1;
    const values = scratchValues.slice(0, n);
    return whole ? new Chunk(start + first, null, values) : new Chunk(start, scratchOffsets.slice(0, n), values);
  }
}
