import { type Evidence, figureOf } from "../core/alert.ts";
import { count, counted, loss, percent } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import { LOSS, rawLoss, STEER } from "./learning.ts";
import { Window } from "./window.ts";

/** Steps whose median tells what the training loss did meanwhile. */
const WINDOW = 32;
/** Metrics of an evaluation, the better one first; the first that comes is the one that is watched. */
const METRICS = ["val/bpb", "val/loss"] as const;
/** A rise by less is none: where all but nothing is left to learn, a tenth of it is noise. */
const LEAST = 0.01;
/** The training loss has come down, or gone up, when its median did by this share. */
const MOVED = 0.02;

const EXPECTED =
  "the training loss has come down meanwhile, so the model overfits, which is to be expected of a text as small as the pocket's";

interface Options {
  percent: number;
  bad_percent: number;
  evaluations: number;
}

export const validation = watch({
  id: "validation",
  title: "Validation rising",
  what: "Several evaluations on end of a stage are well above its best one: it overfits, or diverges",
  options: {
    percent: { default: 10, min: 0.1, max: 100_000, what: "percent above the best evaluation of the stage" },
    bad_percent: { default: 30, min: 0.1, max: 100_000, what: "percent above it from which it is bad" },
    evaluations: { default: 3, min: 1, max: 1000, what: "evaluations on end" },
  },
  begin: (options, say, _, { pocket }) => new Validation(options, say, pocket === true),
});

interface Best {
  value: number;
  step: number;
  /** Median of the training loss then; null where none was told. */
  training: number | null;
}

class Validation implements Watch {
  readonly #training = new Window(WINDOW);
  #metric: (typeof METRICS)[number] | null = null;
  #best: Best | null = null;
  /** How far above the best each evaluation on end was that is well above it. */
  #above: number[] = [];

  constructor(
    private readonly options: Options,
    private readonly say: Say,
    private readonly isPocket: boolean,
  ) {}

  step(point: Point): void {
    const training = rawLoss(point);
    if (training !== undefined && Number.isFinite(training)) this.#training.push(training);
    this.#metric ??= METRICS.find((name) => point.values[name] !== undefined) ?? null;
    const value = this.#metric === null ? undefined : point.values[this.#metric];
    // What is no number is another watch's, and an evaluation with nothing to predict says nothing.
    if (value !== undefined && Number.isFinite(value)) this.#judge(value, point.key);
  }

  #judge(value: number, step: number): void {
    if (this.#best === null || value < this.#best.value) this.#best = { value, step, training: this.#trainingNow };
    const best = this.#best;
    const rise = value - best.value;
    const room = this.#room(best, this.options.percent);
    this.#above = rise > room ? [...this.#above, rise].slice(-this.options.evaluations) : [];
    if (rise < room / 2) this.say.clear("", `${this.#metric} is back at ${loss(value)}, near its best, ${loss(best.value)}`);
    if (this.#above.length < this.options.evaluations) return;
    const meaning = this.#meaning(best.training);
    const isBad = meaning !== EXPECTED && Math.min(...this.#above) > this.#room(best, this.options.bad_percent);
    this.say.raise("", {
      severity: isBad ? "bad" : "warn",
      cause: `${this.#figures(value, step, best)}: ${meaning}.`,
      evidence: this.#evidence(value, best),
      actions: STEER,
    });
  }

  get #trainingNow(): number | null {
    return this.#training.size === 0 ? null : this.#training.median;
  }

  #room(best: Best, share: number): number {
    return Math.max((Math.abs(best.value) * share) / 100, LEAST);
  }

  #figures(value: number, step: number, best: Best): string {
    const rise = best.value === 0 ? "" : `, ${percent(value / best.value - 1)} above its best`;
    return `${this.#metric} is ${loss(value)} at step ${count(step)}${rise}, ${loss(best.value)} at step ${count(best.step)}`;
  }

  /** What the training loss did since says which of the two it is. */
  #meaning(before: number | null): string {
    const now = this.#trainingNow;
    if (before === null || now === null) return "the model gets worse on text that it does not train on";
    if (now > before * (1 + MOVED)) return "the training loss has risen as well, so the training diverges";
    if (now < before * (1 - MOVED)) return this.isPocket ? EXPECTED : "the training loss has come down meanwhile, so the model overfits";
    return "the training loss has not come down for it";
  }

  #evidence(value: number, { value: best, step, training }: Best): Evidence[] {
    const compared = `best evaluation of the stage, at step ${count(step)}; the last ${counted(this.options.evaluations, "evaluation")} were well above it`;
    const evidence: Evidence[] = [{ metric: this.#metric ?? METRICS[0], value: figureOf(value), compared, against: figureOf(best) }];
    const now = this.#trainingNow;
    if (training === null || now === null) return evidence;
    return [
      ...evidence,
      { metric: LOSS, value: figureOf(now), compared: `median of ${WINDOW} steps at that evaluation`, against: figureOf(training) },
    ];
  }
}
