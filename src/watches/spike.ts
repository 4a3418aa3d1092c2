import { figureOf } from "../core/alert.ts";
import { count, loss } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import type { Doing } from "./doing.ts";
import { LOSS, rawLoss, STEER } from "./learning.ts";
import { Window } from "./window.ts";

const BEFORE = 64;
/** Steps to compare with before anything is said: the first ones fall so fast that nothing can be compared with them. */
const WARM_UP = 40;
/** Tokens that must be far off: where a step has few of them, a passage of odd text is several steps long. */
const TOKENS = 1024;
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
  what: "The median loss of a few steps is far above that of the 64 before, by their spread and by a share; one odd batch or passage does not count",
  options: {
    sigmas: { default: 5, min: 0, max: 1000, what: "standard deviations of single steps above the median" },
    percent: { default: 25, min: 0, max: 100_000, what: "percent above the median" },
    steps: { default: 8, min: 1, max: 1000, what: "steps whose median is compared, more where a step has few tokens" },
  },
  begin: (options, say, doing) => new Spike(options, say, doing),
});

class Spike implements Watch {
  readonly #before = new Window(BEFORE);
  #recent: Window | null = null;
  #above = 0;
  #back = 0;

  constructor(
    private readonly options: Options,
    private readonly say: Say,
    private readonly doing: Doing,
  ) {}

  step(point: Point): void {
    const value = rawLoss(point);
    if (value === undefined || !Number.isFinite(value)) return;
    this.#recent ??= new Window(Math.max(this.options.steps, Math.ceil(TOKENS / (this.doing.tokensPerStep ?? TOKENS))));
    const left = this.#recent.push(value);
    const isAbove = this.#before.size >= WARM_UP && this.#judge(point, this.#recent.median);
    this.#above = isAbove ? this.#above + 1 : 0;
    // What is far out does not count as the way it was.
    if (left !== null && (!isAbove || this.#above > LONGEST)) this.#before.push(left);
  }

  #judge({ key }: Point, now: number): boolean {
    const { sigmas, percent } = this.options;
    const usual = this.#before.median;
    const least = (Math.abs(usual) * percent) / 100;
    // The spread costs the most, and nearly every step is judged without.
    if (now <= usual + least && !this.say.isOpen("")) return false;
    const room = Math.max(sigmas * this.#before.sigma, least);
    this.#back = now < usual + room / 2 ? this.#back + 1 : 0;
    if (this.#back >= this.options.steps) this.say.clear("", `The loss is back at ${loss(now)}`);
    if (now <= usual + room) return false;
    const evidence = [
      { metric: LOSS, value: figureOf(now), compared: `median of the ${this.#before.size} steps before`, against: figureOf(usual) },
      { metric: LOSS, value: figureOf(now), compared: "limit by spread and share", against: figureOf(usual + room) },
    ];
    const cause = `The loss jumped to ${loss(now)} at step ${count(key)}, from ${loss(usual)} before.`;
    this.say.raise("", { severity: "warn", cause, evidence, actions: STEER });
    return true;
  }
}
