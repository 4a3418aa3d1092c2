/**
 * When things are drawn. Data comes on a tick that is paced by what the terminal takes; input is drawn at once, and no
 * piece of work in between is longer than a few milliseconds, so that a key never waits for a chart.
 */

export interface LoopHooks {
  /** Reads what is new within a budget; false when there is more. */
  refresh: (budgetMs: number) => boolean;
  /** Brings panels up to date within a budget; false when some are left. */
  draw: (budgetMs: number) => boolean;
  /** Puts the frame on the screen if something changed. */
  present: () => void;
  /** Resolves when the terminal has taken everything. */
  idle: () => Promise<void>;
  /** Called at the end of each tick: what may take a few milliseconds and is nothing to see. */
  tidy: () => void;
  /** Called once, when everything that the first tick found is on the screen. */
  settled: () => void;
  /** Milliseconds between ticks when nothing holds them up. */
  interval: () => number;
}

const SLICE_MS = 2;
/** The tick rests so many times as long as it worked: under a firehose it becomes rarer, not the program slower. */
const REST_FACTOR = 9;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Loop {
  #stopped = false;
  #wake: (() => void) | null = null;

  constructor(private readonly hooks: LoopHooks) {}

  /** Ticks until it is stopped. */
  async run(): Promise<void> {
    const { refresh, draw, present, idle, tidy, settled, interval } = this.hooks;
    let first = true;
    while (!this.#stopped) {
      let worked = 0;
      const timed = <T>(work: () => T): T => {
        const start = performance.now();
        const result = work();
        worked += performance.now() - start;
        return result;
      };
      // A key that came in between is answered by a frame of several turns: it is not to wait for a slice in each of them.
      const turn = async (): Promise<void> => {
        await nextTurn();
        await idle();
      };
      while (!this.#stopped && !timed(() => refresh(SLICE_MS))) await turn();
      await turn();
      while (!this.#stopped && !timed(() => draw(SLICE_MS))) await turn();
      await turn();
      if (this.#stopped) return;
      timed(present);
      if (first) settled();
      first = false;
      const before = performance.now();
      await idle();
      tidy();
      await this.#rest(Math.max(interval() - worked - (performance.now() - before), worked * REST_FACTOR, 1));
    }
  }

  /** Ends a rest early: something is to be drawn that no key asked for. */
  wake(): void {
    this.#wake?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
