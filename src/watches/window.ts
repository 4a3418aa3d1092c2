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
    this.#replace(out === null ? this.#size++ : this.#lowerBound(out), value);
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

  /** Puts a value in the place of the one that lies there, and what lies between there and where it belongs one further. */
  #replace(at: number, value: number): void {
    const sorted = this.#sorted;
    for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
    for (; at + 1 < this.#size && sorted[at + 1]! < value; at++) sorted[at] = sorted[at + 1]!;
    sorted[at] = value;
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
