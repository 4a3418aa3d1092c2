/** A growing series in memory: keys ascending and unique, the newer value of a key replaces the older. */

/** Room for points that an empty column keeps: 256 KiB. */
const MOST_KEPT = 16_384;

export class Column {
  keys = new Float64Array(16);
  values = new Float64Array(16);
  length = 0;

  /** The largest key, or -1 when empty. */
  get lastKey(): number {
    return this.length === 0 ? -1 : this.keys[this.length - 1]!;
  }

  set(key: number, value: number): void {
    if (key > this.lastKey) {
      this.#append(key, value);
      return;
    }
    const i = this.lowerBound(key);
    if (this.keys[i] !== key) this.#insertAt(i, key);
    this.values[i] = value;
  }

  /**
   * Adds many, in their order; returns the smallest key, Infinity without any. As they nearly always ascend and come after
   * what is there, that case is a copy.
   */
  setAll(keys: Float64Array, values: Float64Array): number {
    if (keys.length === 0) return Number.POSITIVE_INFINITY;
    if (keys[0]! > this.lastKey && ascends(keys)) {
      this.reserve(keys.length);
      this.keys.set(keys, this.length);
      this.values.set(values, this.length);
      this.length += keys.length;
      return keys[0]!;
    }
    for (let i = 0; i < keys.length; i++) this.set(keys[i]!, values[i]!);
    return keys.reduce((a, b) => Math.min(a, b));
  }

  /** Forgets all, and gives memory back where it once was much more than usual. */
  clear(): void {
    this.length = 0;
    if (this.keys.length <= MOST_KEPT) return;
    this.keys = grown(this.keys, 16);
    this.values = grown(this.values, 16);
  }

  /** Index of the first key that is not below `key`; `length` when there is none. */
  lowerBound(key: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.keys[mid]! < key) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  #append(key: number, value: number): void {
    this.reserve(1);
    this.keys[this.length] = key;
    this.values[this.length] = value;
    this.length++;
  }

  #insertAt(i: number, key: number): void {
    this.reserve(1);
    this.keys.copyWithin(i + 1, i, this.length);
    this.values.copyWithin(i + 1, i, this.length);
    this.keys[i] = key;
    this.length++;
  }

  /** Makes room for so many more at once. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.keys.length) return;
    const size = Math.max(needed, this.keys.length * 2);
    this.keys = grown(this.keys, size);
    this.values = grown(this.values, size);
  }
}

/**
 * The same numbers with room for more, and the memory of the array that it was given back: the collector would come to it late,
 * for it is a large one that has lived for a while. Nothing looks into a column's arrays but itself.
 */
const grown = (array: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> =>
  new Float64Array(array.buffer.transfer(size * 8));

function ascends(keys: Float64Array): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i]! <= keys[i - 1]!) return false;
  return true;
}
