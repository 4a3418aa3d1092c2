/**
 * Input comes one by one from a hand, and by the thousand from a paste that the terminal does not mark as one. What comes alone
 * is shown at once; of a flood as much is taken in a turn as there is time for, and shown together: in between signals are
 * heard, data come in, and the screen follows.
 */

/** A box that needs longer to open is one that somebody gives up. */
const LONGEST_HOLD_MS = 2000;

export class InputQueue {
  #waiting: Array<() => boolean> = [];
  /** Since the turn began. */
  #spentMs = 0;
  #turning = false;
  /** How many things there are that what comes in waits for. */
  #held = 0;

  /** `show` puts what was done on the screen; `between` is called in its place where more is to come first. */
  constructor(
    private readonly budgetMs: number,
    private readonly show: () => void,
    private readonly between: () => void,
  ) {}

  /** `input` tells whether anything is different. */
  take(input: () => boolean): void {
    if (this.#held === 0) this.#wake();
    if (this.#held > 0 || this.#waiting.length > 0 || this.#spentMs >= this.budgetMs) {
      this.#waiting.push(input);
      return;
    }
    const began = performance.now();
    if (input()) this.show();
    this.#spentMs += performance.now() - began;
  }

  /**
   * What comes in from now on is meant for what `work` brings, and waits for it; not for ever. Where that has not come (`isThere`) it
   * is meant for nothing.
   */
  hold(work: Promise<unknown>, isThere: () => boolean): void {
    this.#held++;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LONGEST_HOLD_MS);
    const release = (): void => {
      clearTimeout(timer);
      if (!isThere()) this.#waiting = [];
      if (--this.#held === 0 && this.#waiting.length > 0) this.#wake();
    };
    Promise.race([work, late.promise]).then(release, release);
  }

  #wake(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => this.#turn());
  }

  /** What has not been taken yet never is. */
  clear(): void {
    this.#waiting = [];
  }

  #turn(): void {
    this.#spentMs = 0;
    if (this.#waiting.length === 0 || this.#held > 0) {
      this.#turning = false;
      return;
    }
    const until = performance.now() + this.budgetMs;
    let taken = 0;
    let changed = false;
    do {
      if (taken > 0) this.between();
      changed = this.#waiting[taken++]!() || changed;
    } while (taken < this.#waiting.length && this.#held === 0 && performance.now() < until);
    this.#waiting.splice(0, taken);
    if (changed) this.show();
    setImmediate(() => this.#turn());
  }
}
