import { figureOf } from "../core/alert.ts";
import { count, duration, percent } from "../lib/format.ts";
import { type Point, type Say, type Watch, watch } from "./contract.ts";
import type { Doing } from "./doing.ts";
import { Window } from "./window.ts";

const RECENT = 16;
const BEFORE = 256;
/** Steps before anything is said, beside those that the recent ones are. */
const WARM_UP = 48;
/** The first steps of a run compile, allocate and fill caches. */
const SKIPPED = 10;
/** Spread of single steps that a slow machine may have: what it hides is not called a drop. */
const SIGMAS = 4;

interface Options {
  percent: number;
  seconds: number;
}

export const throughput = watch({
  id: "throughput",
  title: "Throughput drop",
  what: "Steps have become slower than they were, by a share and by their spread, and stay so; single slow steps do not count",
  options: {
    percent: { default: 35, min: 1, max: 99, what: "percent of the throughput that is lost" },
    seconds: { default: 120, min: 1, max: 86_400, what: "seconds that it lasts" },
  },
  begin: (options, say, doing) => new Throughput(options, say, doing),
});

class Throughput implements Watch {
  readonly #recent = new Window(RECENT);
  readonly #before = new Window(BEFORE);
  #heard = 0;
  #lastAt: number | null = null;
  #interrupted = true;
  /** When the drop began. */
  #since: number | null = null;

  constructor(
    private readonly options: Options,
    private readonly say: Say,
    private readonly doing: Doing,
  ) {}

  event({ kind }: { kind: string }): void {
    if (kind === "phase") this.#interrupted = true;
  }

  step(point: Point): void {
    if (this.doing.step !== point.key || this.doing.steps === this.#heard) return; // an evaluation's values
    this.#heard = this.doing.steps;
    const seconds = point.values["train/dt"] ?? this.#byClock(point.at);
    this.#lastAt = point.at;
    this.#interrupted = false;
    if (seconds === null || !(seconds > 0) || !Number.isFinite(seconds) || this.#heard <= SKIPPED) return;
    const left = this.#recent.push(seconds);
    const slow = this.#judge(point);
    // What is slow now is not the way it was.
    if (left !== null && !slow) this.#before.push(left);
  }

  /** For a script that does not measure its steps: the time since the last one, when nothing else was done. */
  #byClock(at: number): number | null {
    return this.#lastAt === null || this.#interrupted ? null : (at - this.#lastAt) / 1000;
  }

  #judge({ key, at }: Point): boolean {
    if (this.#before.size < WARM_UP) return false;
    const usual = this.#before.median;
    const now = this.#recent.median;
    const kept = 1 - this.options.percent / 100;
    // The spread costs the most, and nearly every step is judged without.
    if (now <= usual / kept && !this.say.isOpen("")) {
      this.#since = null;
      return false;
    }
    const limit = Math.max(usual / kept, usual + SIGMAS * this.#before.sigma);
    if (now <= limit) {
      this.#since = null;
      if (now <= (usual + limit) / 2) this.say.clear("", `A step takes ${duration(now)} again`);
      return false;
    }
    this.#since ??= at;
    if (at - this.#since >= this.options.seconds * 1000) this.#raise(key, now, usual);
    return true;
  }

  #raise(step: number, now: number, usual: number): void {
    this.say.raise("", {
      severity: "warn",
      cause: `Steps have become slower: ${duration(now)} each at step ${count(step)}, ${percent(1 - usual / now)} of the throughput is lost.`,
      evidence: [
        {
          metric: "train/dt",
          value: figureOf(now),
          compared: `median of the ${count(this.#before.size)} steps before`,
          against: figureOf(usual),
        },
      ],
      actions: ["open-at", "save"],
    });
  }
}
