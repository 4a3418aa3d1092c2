/**
 * When the toolkit gets a turn to write what the terminal has not taken yet. It asks once a millisecond, a twelfth of a processor: for a
 * link that is busy that is right, but one that hangs may do so all night beside a training.
 */
import type { NativeSessionScheduler } from "@opentui/core";

/** It is asked again after such a part of the time that it has taken nothing for. */
const PART = 1 / 8;
const LONGEST_MS = 50;

export class OutputTurns implements NativeSessionScheduler {
  /** When what the terminal has not taken whole was given to it, in milliseconds; null = it has all. */
  #since: number | null = null;

  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Something is on its way to the terminal. */
  given(): void {
    this.#since ??= this.clock();
  }

  /** The terminal has taken it. */
  taken(): void {
    this.#since = null;
  }

  now(): bigint {
    return process.hrtime.bigint();
  }

  /** Returns what calls it off. */
  schedule(callback: () => void, delayMs?: number): () => void {
    if (delayMs === undefined) {
      const turn = setImmediate(callback);
      return () => clearImmediate(turn);
    }
    const timer = setTimeout(callback, this.delayMs(delayMs));
    return () => clearTimeout(timer);
  }

  /** What is waited for in place of so many milliseconds. */
  delayMs(asked: number): number {
    const heldMs = this.#since === null ? 0 : this.clock() - this.#since;
    return Math.max(asked, Math.min(heldMs * PART, LONGEST_MS));
  }
}
