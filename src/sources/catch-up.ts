/**
 * When the lines were written that nobody has read for a while, a run being without a supervisor. A log has no times, but many of
 * its lines name a step, and of steps the bridge tells when they were.
 */

/** What is read this soon after it was written is no news of long ago. */
const RECENT_MS = 1000;
/** Steps kept until the log has been read as well, a day of two a second. */
const MOST_STEPS = 200_000;

export class CatchUp {
  readonly #times = new Map<number, number>();
  /** All events that there were have been read: from here on the log is read as it is written. */
  #isAbreast = false;

  /** A step that the bridge tells of; `atMs` in epoch milliseconds. */
  note(step: number, atMs: number): void {
    if (this.#isAbreast || this.#times.size === MOST_STEPS || Date.now() - atMs < RECENT_MS) return;
    this.#times.set(step, atMs);
  }

  abreast(): void {
    this.#isAbreast = true;
  }

  /** Whether a log had better wait: events that are not read yet may tell when its lines were written. */
  get isAwaited(): boolean {
    return !this.#isAbreast && this.#times.size > 0;
  }

  /** Epoch milliseconds, or undefined of a step that was read as it was written. */
  at(step: number): number | undefined {
    return this.#times.get(step);
  }

  get isEmpty(): boolean {
    return this.#times.size === 0;
  }

  /** The log has been read to its end as well. */
  finish(): void {
    if (this.#isAbreast) this.#times.clear();
  }
}
