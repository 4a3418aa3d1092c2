/**
 * Takes young garbage away at a moment at which nobody waits, before there is so much that the runtime does it at any: in the
 * middle of answering a key as often as not, for that is what makes garbage.
 */
import { edenGC } from "bun:jsc";

/**
 * Of panels that are drawn, a screen of twelve charts five times. The runtime lets twice that pass at most; how much there is to take
 * away it tells nobody.
 */
const AFTER_DRAWINGS = 60;

export class Collector {
  #collectedAt = 0;

  constructor(private readonly collect: () => void = edenGC) {}

  /** To be called when there is time, with how many panels have been drawn since the start. */
  tidy(drawings: number): void {
    if (drawings - this.#collectedAt < AFTER_DRAWINGS) return;
    this.#collectedAt = drawings;
    this.collect();
  }
}
