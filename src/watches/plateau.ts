import { figureOf } from "../core/alert.ts";
import { count, loss, percent } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import type { Doing } from "./doing.ts";
import { LOSS, rawLoss, STEER } from "./learning.ts";

/** The stretch that is looked at is kept in so many parts, so that it may be a million steps long. */
const PARTS = 32;
/** Standard errors that a gain could be larger than it looks; where that is more than a trifle, nothing can be said. */
const DOUBT = 2;
/** A loss that has gone up by more is no plateau: other watches speak of that. */
const RISE = 0.05;
/** In the last part of a run the schedule itself lets the loss come to rest. */
const LAST_PART = 0.95;

interface Options {
  percent: number;
  steps: number;
  share: number;
}

export const plateau = watch({
  id: "plateau",
  title: "Plateau",
  what: "Over a long stretch of pretraining the loss has come down by less than a trifle, and its noise is too small to hide more",
  options: {
    percent: { default: 0.2, min: 0.001, max: 100, what: "percent of the loss that is a trifle" },
    steps: { default: 500, min: 64, max: 10_000_000, what: "shortest stretch, in steps" },
    share: { default: 20, min: 0, max: 100, what: "percent of all steps that the stretch is long" },
  },
  // Fine-tuning has little to gain, and a reward is no loss.
  applies: ({ script }) => /(?:base|mid)_train$/.test(script),
  begin: (options, say, doing) => new Plateau(options, say, doing),
});

interface Part {
  count: number;
  sum: number;
  squares: number;
}

const empty = (): Part => ({ count: 0, sum: 0, squares: 0 });

class Plateau implements Watch {
  #parts: Part[] = [];
  #part = empty();

  constructor(
    private readonly options: Options,
    private readonly say: Say,
    private readonly doing: Doing,
  ) {}

  step(point: Point): void {
    const value = rawLoss(point);
    if (value === undefined || !Number.isFinite(value)) return;
    this.#part.count++;
    this.#part.sum += value;
    this.#part.squares += value * value;
    if (this.#part.count < this.#stretch / PARTS) return;
    this.#parts.push(this.#part);
    if (this.#parts.length > PARTS) this.#parts.shift();
    this.#part = empty();
    if (this.#parts.length === PARTS && !this.#isEnding) this.#judge(point);
  }

  get #stretch(): number {
    return Math.max(this.options.steps, ((this.doing.totalSteps ?? 0) * this.options.share) / 100);
  }

  get #isEnding(): boolean {
    const { step, totalSteps } = this.doing;
    return step !== null && totalSteps !== null && step >= totalSteps * LAST_PART;
  }

  #judge({ key }: Point): void {
    const before = total(this.#parts.slice(0, PARTS / 2));
    const after = total(this.#parts.slice(PARTS / 2));
    const gain = before.mean - after.mean;
    const doubt = DOUBT * Math.hypot(before.error, after.error);
    const trifle = (Math.abs(before.mean) * this.options.percent) / 100;
    const steps = before.count + after.count;
    if (gain > 2 * trifle) this.say.clear("", `The loss is coming down again: ${loss(after.mean)}`);
    else if (doubt < trifle && gain + doubt < trifle && gain > -RISE * Math.abs(before.mean)) {
      this.say.raise("", {
        severity: "warn",
        cause: `The loss has not come down over ${count(steps)} steps: it is ${loss(after.mean)} at step ${count(key)}.`,
        evidence: [
          {
            metric: LOSS,
            value: figureOf(after.mean),
            compared: `mean of the ${count(before.count)} steps before`,
            against: figureOf(before.mean),
          },
          {
            metric: "gain",
            value: figureOf(gain),
            compared: `a trifle, ${percent(this.options.percent / 100)} of it`,
            against: figureOf(trifle),
          },
        ],
        actions: STEER,
      });
    }
  }
}

interface Total {
  count: number;
  mean: number;
  /** Standard error of the mean. */
  error: number;
}

function total(parts: readonly Part[]): Total {
  const all = parts.reduce(
    (sum, { count: n, sum: s, squares }) => ({ count: sum.count + n, sum: sum.sum + s, squares: sum.squares + squares }),
    empty(),
  );
  const mean = all.sum / all.count;
  return { count: all.count, mean, error: Math.sqrt(Math.max(0, all.squares / all.count - mean * mean) / all.count) };
}
