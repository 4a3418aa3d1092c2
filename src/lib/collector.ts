/**
 * Takes young garbage away at a moment at which nobody waits, before there is so much that the runtime does it at any: in the
 * middle of answering a key as often as not, for that is what makes garbage.
 */
import { edenGC } from "bun:jsc";

/**
 * Little is left behind by a frame, but what of its own memory the toolkit lends us for each counts with the runtime: 24 bytes a
 * cell, 400 kB at 240×70. It begins at some forty megabytes; how many there are it tells nobody.
 */
const AFTER_FRAMES = 40;

export class Collector {
  #collectedAt = 0;

  constructor(private readonly collect: () => void = edenGC) {}

  /** To be called when there is time, with how many frames there have been since the start. */
  tidy(frames: number): void {
    if (frames - this.#collectedAt < AFTER_FRAMES) return;
    this.#collectedAt = frames;
    this.collect();
  }
}
