/**
 * Takes young garbage away at a moment at which nobody waits, before there is so much that the runtime does it at any: in the
 * middle of answering a key as often as not, for that is what makes garbage.
 */
import { edenGC } from "bun:jsc";

/** Of frames in which one zooms the runtime lets a hundred pass; how much there is to take away it tells nobody. */
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
