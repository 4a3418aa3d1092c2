import { type Evidence, figureOf } from "../core/alert.ts";
import { count, counted, loss, percent } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import { LOSS, rawLoss, STEER } from "./learning.ts";
import { Window } from "./window.ts";

/** Steps whose median tells what the training loss did meanwhile. */
const WINDOW = 32;
/** Steps whose median tells what it does at last: when it jumps, that of the longer window is for a while the one of before. */
const LATEST = 8;
/** Metrics of an evaluation, the better one first; the first that comes is the one that is watched. */
const METRICS = ["val/bpb", "val/loss"] as const;
/** A rise by less is none: where all but nothing is left to learn, a tenth of it is noise. */
const LEAST = 0.01;
/** The training loss has come down, or gone up, when its median did by this share. */
const MOVED = 0.02;
/** It has gone up from the lowest that it has been since, wherever it began, when its latest steps are above that by this share. */
const JUMPED = 0.2;

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
  /** Lowest such median at an evaluation since; that one's where none was lower. */
  lowest: number | null;
}

/** What the training loss did since the best evaluation: between which two figures, and what the first of them is. */
interface Course {
  from: number;
  to: number;
  compared: string;
}

const AT_BEST = `median of ${WINDOW} steps at that evaluation`;
const AT_LOWEST = `lowest median of ${WINDOW} steps at an evaluation since then`;

class Validation implements Watch {
  readonly #training = new Window(WINDOW);
  readonly #latest = new Window(LATEST);
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
    if (training !== undefined && Number.isFinite(training)) {
      this.#training.push(training);
      this.#latest.push(training);
    }
    this.#metric ??= METRICS.find((name) => point.values[name] !== undefined) ?? null;
    const value = this.#metric === null ? undefined : point.values[this.#metric];
    // What is no number is another watch's, and an evaluation with nothing to predict says nothing.
    if (value !== undefined && Number.isFinite(value)) this.#judge(value, point.key);
  }

  #judge(value: number, step: number): void {
    const best = this.#bestWith(value, step);
    const rise = value - best.value;
    const room = this.#room(best, this.options.percent);
    this.#above = rise > room ? [...this.#above, rise].slice(-this.options.evaluations) : [];
    if (rise < room / 2) this.say.clear("", `${this.#metric} is back at ${loss(value)}, near its best, ${loss(best.value)}`);
    if (this.#above.length < this.options.evaluations) return;
    const course = this.#course(best);
    const meaning = this.#meaning(course);
    const isBad = meaning !== EXPECTED && Math.min(...this.#above) > this.#room(best, this.options.bad_percent);
    this.say.raise("", {
      severity: isBad ? "bad" : "warn",
      cause: `${this.#figures(value, step, best)}: ${meaning}.`,
      evidence: this.#evidence(value, best, course),
      actions: STEER,
    });
  }

  /** The best evaluation, this one included; how low the training loss has been is noted with it. */
  #bestWith(value: number, step: number): Best {
    const training = this.#training.size === 0 ? null : this.#training.median;
    if (this.#best === null || value < this.#best.value) this.#best = { value, step, training, lowest: training };
    else if (training !== null) this.#best.lowest = Math.min(training, this.#best.lowest ?? training);
    return this.#best;
  }

  /** A rise of late goes before all that was before it; null where no training loss was told. */
  #course({ training, lowest }: Best): Course | null {
    if (training === null || lowest === null) return null;
    const latest = this.#latest.median;
    if (latest > lowest * (1 + JUMPED) && lowest < training) return { from: lowest, to: latest, compared: AT_LOWEST };
    return { from: training, to: latest > training * (1 + JUMPED) ? latest : this.#training.median, compared: AT_BEST };
  }

  #room(best: Best, share: number): number {
    return Math.max((Math.abs(best.value) * share) / 100, LEAST);
  }

  #figures(value: number, step: number, best: Best): string {
    const rise = best.value === 0 ? "" : `, ${percent(value / best.value - 1)} above its best`;
    return `${this.#metric} is ${loss(value)} at step ${count(step)}${rise}, ${loss(best.value)} at step ${count(best.step)}`;
  }

  /** What the training loss did since says which of the two it is. */
  #meaning(course: Course | null): string {
    if (course === null) return "the model gets worse on text that it does not train on";
    const { from, to } = course;
    if (to > from * (1 + MOVED)) {
      return `the training loss has risen as well, from ${loss(from)} to ${loss(to)}, so this is no overfitting: the training diverges`;
    }
    if (to < from * (1 - MOVED)) return this.isPocket ? EXPECTED : "the training loss has come down meanwhile, so the model overfits";
    return "the training loss has not come down for it";
  }

  #evidence(value: number, { value: best, step }: Best, course: Course | null): Evidence[] {
    const compared = `best evaluation of the stage, at step ${count(step)}; the last ${counted(this.options.evaluations, "evaluation")} were well above it`;
    const evidence: Evidence[] = [{ metric: this.#metric ?? METRICS[0], value: figureOf(value), compared, against: figureOf(best) }];
    if (course === null) return evidence;
    const { from, to } = course;
    return [...evidence, { metric: LOSS, value: figureOf(to), compared: course.compared, against: figureOf(from) }];
  }
}
