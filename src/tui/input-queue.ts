/**
 * Input comes one by one from a hand, and by the thousand from a paste that the terminal does not mark as one. What comes alone
 * is shown at once; of a flood as much is taken in a turn as there is time for, and shown together: in between signals are
 * heard, data come in, and the screen follows.
 */
export class InputQueue {
  #waiting: Array<() => boolean> = [];
  /** Since the turn began. */
  #spentMs = 0;
  #turning = false;

  /** `show` puts what was done on the screen; `between` is called in its place where more is to come first. */
  constructor(
    private readonly budgetMs: number,
    private readonly show: () => void,
    private readonly between: () => void,
  ) {}

  /** `input` tells whether anything is different. */
  take(input: () => boolean): void {
    if (!this.#turning) {
      this.#turning = true;
      setImmediate(() => this.#turn());
    }
    if (this.#waiting.length > 0 || this.#spentMs >= this.budgetMs) {
      this.#waiting.push(input);
      return;
    }
    const began = performance.now();
    if (input()) this.show();
    this.#spentMs += performance.now() - began;
  }

  /** What has not been taken yet never is. */
  clear(): void {
    this.#waiting = [];
  }

  #turn(): void {
    this.#spentMs = 0;
    if (this.#waiting.length === 0) {
      this.#turning = false;
      return;
    }
    const until = performance.now() + this.budgetMs;
    let taken = 0;
    let changed = false;
    do {
      if (taken > 0) this.between();
      changed = this.#waiting[taken++]!() || changed;
    } while (taken < this.#waiting.length && performance.now() < until);
    this.#waiting.splice(0, taken);
    if (changed) this.show();
    setImmediate(() => this.#turn());
  }
}
