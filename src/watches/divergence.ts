import { figureOf } from "../core/alert.ts";
import { count, loss } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import { LOSS, rawLoss, STEER } from "./learning.ts";
import { Window } from "./window.ts";

const WINDOW = 32;

interface Options {
  percent: number;
  sigmas: number;
  steps: number;
}

export const divergence = watch({
  id: "divergence",
  title: "Divergence",
  what: "The median loss of 32 steps stays above the lowest that it has been, by a share and by the spread, and does not come back",
  options: {
    percent: { default: 20, min: 1, max: 100_000, what: "percent above the lowest median" },
    sigmas: { default: 2, min: 0, max: 1000, what: "standard deviations of single steps above it" },
    steps: { default: 64, min: 1, max: 1_000_000, what: "steps on end" },
  },
  begin: (options, say) => new Divergence(options, say),
});

class Divergence implements Watch {
  readonly #last = new Window(WINDOW);
  #best = Number.POSITIVE_INFINITY;
  /** Spread of single steps when it was best. */
  #sigma = 0;
  #above = 0;

  constructor(
    private readonly options: Options,
    private readonly say: Say,
  ) {}

  step(point: Point): void {
    const value = rawLoss(point);
    if (value === undefined || !Number.isFinite(value)) return;
    this.#last.push(value);
    if (!this.#last.isFull) return;
    const { median } = this.#last;
    if (median < this.#best) {
      this.#best = median;
      this.#sigma = this.#last.sigma;
    }
    const { percent, sigmas, steps } = this.options;
    const room = Math.max((Math.abs(this.#best) * percent) / 100, sigmas * this.#sigma);
    this.#above = median > this.#best + room ? this.#above + 1 : 0;
    if (this.#above === steps) this.#raise(point, median);
    // The sentence costs more than all before it.
    if (median < this.#best + room / 2 && this.say.isOpen(""))
      this.say.clear("", `The loss is back at ${loss(median)}, near its lowest, ${loss(this.#best)}`);
  }

  #raise({ key }: Point, median: number): void {
    this.say.raise("", {
      severity: "bad",
      cause: `The loss has been rising: around ${loss(median)} at step ${count(key)}, and it had come down to ${loss(this.#best)}.`,
      evidence: [{ metric: LOSS, value: figureOf(median), compared: `lowest median of ${WINDOW} steps`, against: figureOf(this.#best) }],
      actions: STEER,
    });
  }
}
