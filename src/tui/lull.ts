/**
 * When there is room for work that no key has asked for. While keys come one after another it is right behind the answer to one: the
 * next is nowhere further away. Work that begins at any other moment is in the way of some key, which waits for all of it.
 */

/** Keys come one after another when they are no further apart. */
export const PAUSE_MS = 250;
/** After an answer no key is to be expected for so long: one that is held down comes thirty times a second. */
const LEAST_GAP_MS = 16;
/** In a flood, such as a paste or a wheel that spins, there is none: data come in all the same. */
const LONGEST_WAIT_MS = 1000;
/** What somebody waits for does not wait longer than this for an answer to be on its way. */
const LONGEST_ANSWER_MS = 30;

export class Lull {
  /** How many keys there have been, and which of them was answered last. */
  #keys = 0;
  #answered = 0;
  #keyAt = Number.NEGATIVE_INFINITY;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #tell: () => void = () => undefined;

  /** `clock` in milliseconds. */
  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Returns its number. */
  key(): number {
    this.#keyAt = this.clock();
    return ++this.#keys;
  }

  /** The number of the last key. */
  get last(): number {
    return this.#keys;
  }

  /** What this key asked for is on the terminal. */
  answered(key: number): void {
    this.#answered = key;
    this.#answeredAt = this.clock();
    this.#tell();
  }

  /** Whether work of so many milliseconds would be done before the next key. */
  hasRoom(workMs: number): boolean {
    const now = this.clock();
    if (now - this.#keyAt >= PAUSE_MS) return true;
    return this.#answered === this.#keys && now - this.#answeredAt <= LEAST_GAP_MS - workMs;
  }

  /**
   * Resolves as soon as there is room for work of so many milliseconds. What somebody waits for (`isAsked`, see `look`) needs none:
   * only the answer goes before it.
   */
  async room(workMs: number, isAsked: () => boolean): Promise<void> {
    const began = this.clock();
    for (;;) {
      const until = isAsked() ? began + LONGEST_ANSWER_MS : Math.min(this.#keyAt + PAUSE_MS, began + LONGEST_WAIT_MS);
      const left = until - this.clock();
      const isFree = isAsked() ? this.#answered === this.#keys : this.hasRoom(workMs);
      if (isFree || left <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#tell = resolve;
      const timer = setTimeout(resolve, Math.max(1, left));
      await promise;
      clearTimeout(timer);
    }
  }

  /** Whoever waits asks again whether somebody waits for the work. */
  look(): void {
    this.#tell();
  }
}
