import { figureOf } from "../core/alert.ts";
import { count, loss } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import { LOSS, rawLoss, STEER } from "./learning.ts";
import { Window } from "./window.ts";

const WINDOW = 64;
/** Steps before anything is said: the first ones fall so fast that nothing can be compared with them. */
const WARM_UP = 48;
/** After so many steps far above, that is where the loss is now; whether it has diverged is another watch's question. */
const LONGEST = 64;

interface Options {
  sigmas: number;
  percent: number;
  steps: number;
}

export const spike = watch({
  id: "spike",
  title: "Loss spike",
  what: "The loss of some steps on end is far above the median of the 64 before, by their own spread and by a share",
  options: {
    sigmas: { default: 8, min: 1, max: 1000, what: "standard deviations above the median" },
    percent: { default: 25, min: 0, max: 100_000, what: "percent above the median" },
    steps: { default: 2, min: 1, max: 1000, what: "steps on end" },
  },
  begin: (options, say) => new Spike(options, say),
});

class Spike implements Watch {
  readonly #before = new Window(WINDOW);
  #heard = 0;
  #above = 0;
  #below = 0;

  constructor(
    private readonly options: Options,
    private readonly say: Say,
  ) {}

  step(point: Point): void {
    const value = rawLoss(point);
    if (value === undefined || !Number.isFinite(value)) return;
    this.#heard++;
    const { median } = this.#before;
    const limit = this.#limit(median);
    const isAbove = this.#heard > WARM_UP && value > limit;
    if (this.say.isOpen("")) this.#judgeEnd(value, (median + limit) / 2);
    this.#above = isAbove ? this.#above + 1 : 0;
    if (this.#above === this.options.steps) this.#raise(point, value, median, limit);
    if (isAbove && this.#above <= LONGEST) return; // what is far out does not count as the way it was
    this.#before.push(value);
  }

  #limit(median: number): number {
    const { sigmas, percent } = this.options;
    return median + Math.max(sigmas * this.#before.sigma, (Math.abs(median) * percent) / 100);
  }

  #raise({ key }: Point, value: number, median: number, limit: number): void {
    this.#below = 0;
    this.say.raise("", {
      severity: "warn",
      cause: `The loss jumped to ${loss(value)} at step ${count(key)}, from ${loss(median)} before.`,
      evidence: [
        { metric: LOSS, value: figureOf(value), compared: `median of the ${this.#before.size} steps before`, against: figureOf(median) },
        { metric: LOSS, value: figureOf(value), compared: "limit by spread and share", against: figureOf(limit) },
      ],
      actions: STEER,
    });
  }

  /** Over when the loss has stayed nearer to where it was for as many steps as a quarter of the window. */
  #judgeEnd(value: number, half: number): void {
    this.#below = value < half ? this.#below + 1 : 0;
    if (this.#below >= WINDOW / 4) this.say.clear("", `The loss is back at ${loss(value)}`);
  }
}
