/** The last values of a noisy series, kept in order, so that robust statistics cost next to nothing. */

/** Turns a median absolute deviation into the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.4826;

export class Window {
  readonly #arrived: Float64Array;
  readonly #sorted: Float64Array;
  #size = 0;
  #next = 0;

  constructor(readonly capacity: number) {
    this.#arrived = new Float64Array(capacity);
    this.#sorted = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.capacity;
  }

  clear(): void {
    this.#size = 0;
    this.#next = 0;
  }

  /** Takes a finite value in; returns the one that it pushed out, or null. */
  push(value: number): number | null {
    const out = this.isFull ? this.#arrived[this.#next]! : null;
    this.#arrived[this.#next] = value;
    this.#next = (this.#next + 1) % this.capacity;
    if (out === null) this.#insert(value);
    else this.#replace(out, value);
    return out;
  }

  /** NaN while it is empty. */
  get median(): number {
    const half = this.#size >> 1;
    if (this.#size % 2 === 1) return this.#sorted[half]!;
    return (this.#sorted[half - 1]! + this.#sorted[half]!) / 2;
  }

  /** Standard deviation as the median absolute deviation tells it: outliers do not count. */
  get sigma(): number {
    const { median } = this;
    // Distances grow to both sides of the median: the one in the middle is found by merging the two.
    let left = this.#lowerBound(median) - 1;
    let right = left + 1;
    let distance = 0;
    for (let i = 0; i <= (this.#size - 1) >> 1; i++) {
      const toLeft = left >= 0 ? median - this.#sorted[left]! : Number.POSITIVE_INFINITY;
      const toRight = right < this.#size ? this.#sorted[right]! - median : Number.POSITIVE_INFINITY;
      if (toLeft < toRight) left--;
      else right++;
      distance = Math.min(toLeft, toRight);
    }
    return distance * MAD_TO_SIGMA;
  }

  // What lies between is moved by the runtime, at once: one by one takes ten times as long, at every step of every watch.

  #insert(value: number): void {
    const at = this.#lowerBound(value);
    this.#sorted.copyWithin(at + 1, at, this.#size++);
    this.#sorted[at] = value;
  }

  #replace(out: number, value: number): void {
    const from = this.#lowerBound(out);
    const to = this.#lowerBound(value);
    if (to > from) this.#sorted.copyWithin(from, from + 1, to);
    else this.#sorted.copyWithin(to + 1, to, from);
    this.#sorted[to > from ? to - 1 : to] = value;
  }

  #lowerBound(value: number): number {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
