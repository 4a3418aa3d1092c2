/** How long a step takes, by those made last. */

const STEPS = 64;
/** A step that takes longer counts as one that takes so many times as long as is usual: it may have waited for something. */
const MOST_TIMES = 4;
/** Phases whose time is in that of the step after them (docs/bridge-protocol.md). */
const IN_STEP: ReadonlySet<unknown> = new Set(["compile", "pause"]);

export class StepPace {
  #times: number[] = [];
  /** The next step is not like the others: the first of a process compiles and fills caches, one may hold a pause. */
  #isOdd = true;

  phase(name: unknown): void {
    if (IN_STEP.has(name)) this.#isOdd = true;
  }

  /** The seconds of one more step; null when that is not known. */
  step(seconds: number | null): void {
    const isOdd = this.#isOdd;
    this.#isOdd = false;
    if (isOdd || seconds === null || !Number.isFinite(seconds)) return;
    this.#times.push(seconds);
    if (this.#times.length > STEPS) this.#times.shift();
  }

  /** Null before the second step. */
  get seconds(): number | null {
    const count = this.#times.length;
    if (count === 0) return null;
    const usual = [...this.#times].sort((a, b) => a - b)[(count - 1) >> 1]!;
    return this.#times.reduce((sum, time) => sum + Math.min(time, MOST_TIMES * usual), 0) / count;
  }
}
