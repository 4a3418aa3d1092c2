/**
 * When things are drawn. Data comes on a tick that is paced by what the terminal takes; input is drawn at once, and no
 * piece of work in between is longer than a few milliseconds, or begins where a key is to be expected, so that a key never waits
 * for a chart.
 */
import type { Lull } from "./lull.ts";

export interface LoopHooks {
  /** Reads what is new within a budget; false when there is more. */
  refresh: (budgetMs: number) => boolean;
  /** Brings panels up to date within a budget; false when some are left. */
  draw: (budgetMs: number) => boolean;
  /** Puts the frame on the screen if something changed. */
  present: () => void;
  /** Resolves when the terminal has taken everything. */
  idle: () => Promise<void>;
  /** When a piece of the tick's work is in no key's way. */
  lull: Pick<Lull, "room" | "look">;
  /** Called at the end of each tick: what may take a few milliseconds and is nothing to see. */
  tidy: () => void;
  /** Called once, when everything that the first tick found is on the screen. */
  settled: () => void;
  /** Milliseconds between ticks when nothing holds them up. */
  interval: () => number;
}

const SLICE_MS = 2;
/** The same before the first complete frame, when there is no toolkit yet to read keys. */
const FIRST_SLICE_MS = 20;
/** What a piece of work takes that has just begun when its time is up. */
const LONGEST_SLICE_MS = 6;
/** The tick rests so many times as long as it worked: under a firehose it becomes rarer, not the program slower. */
const REST_FACTOR = 11;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Loop {
  #stopped = false;
  /** Something is to be drawn that does not wait, as is the first frame. */
  #asked = true;
  #endRest: () => void = () => undefined;

  constructor(private readonly hooks: LoopHooks) {}

  /** Ticks until it is stopped. */
  async run(): Promise<void> {
    const { refresh, draw, present, idle, lull, tidy, settled, interval } = this.hooks;
    let first = true;
    while (!this.#stopped) {
      const asked = this.#asked;
      this.#asked = false;
      let worked = 0;
      const timed = <T>(work: () => T): T => {
        const start = performance.now();
        const result = work();
        worked += performance.now() - start;
        return result;
      };
      const room = (): Promise<void> => lull.room(LONGEST_SLICE_MS, () => asked || this.#asked);
      // A key that came in between is answered by a frame of several turns: it is not to wait for a slice in each of them.
      const turn = async (): Promise<void> => {
        await nextTurn();
        await idle();
        await room();
      };
      await room();
      const slice = first ? FIRST_SLICE_MS : SLICE_MS;
      while (!this.#stopped && !timed(() => refresh(slice))) await turn();
      await turn();
      while (!this.#stopped && !timed(() => draw(slice))) await turn();
      await turn();
      if (this.#stopped) return;
      timed(present);
      if (first) settled();
      first = false;
      // What the toolkit makes of the frame is work as well, and a terminal that is slow to take it gets fewer.
      const before = performance.now();
      await idle();
      worked += performance.now() - before;
      tidy();
      await this.#rest(Math.max(interval() - worked, worked * REST_FACTOR, 1));
    }
  }

  /** Something is to be drawn that no tick need be waited for. */
  wake(): void {
    this.#asked = true;
    this.#endRest();
    this.hooks.lull.look();
  }

  stop(): void {
    this.#stopped = true;
    this.wake();
  }

  #rest(ms: number): Promise<void> {
    if (this.#asked) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
