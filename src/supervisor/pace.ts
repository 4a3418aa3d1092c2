/** How often the supervisor looks: at once while there is more to read, then every 30 ms, a little slower when idle. */

const BUSY_MS = 30;
/** Under the 60 ms within which an event must reach the journal, even for the first one after a silence. */
const IDLE_MS = 50;
const IDLE_AFTER_MS = 5000;

export class Pace {
  #lastWork = performance.now();

  /** Waits until it is time to look again. `more`: the last look left work undone; `found`: it found something. */
  async rest(more: boolean, found: boolean): Promise<void> {
    const now = performance.now();
    if (more || found) this.#lastWork = now;
    await Bun.sleep(more ? 0 : now - this.#lastWork > IDLE_AFTER_MS ? IDLE_MS : BUSY_MS);
  }
}
