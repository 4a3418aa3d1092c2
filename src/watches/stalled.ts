import { figureOf } from "../core/alert.ts";
import type { JournalEvent } from "../core/journal.ts";
import { count, duration } from "../lib/format.ts";
import { type Say, type Watch, watch } from "./contract.ts";
import type { Doing } from "./doing.ts";

/** When ticks stop for so long it was not the trainer that slept: the machine did, or the supervisor. */
const ASLEEP_MS = 10_000;

interface Options {
  seconds: number;
  times: number;
  phase_minutes: number;
}

export const stalled = watch({
  id: "stalled",
  title: "Stalled step",
  what: "No step is made for much longer than a step takes, though no compilation, evaluation, sample, save or pause is going on",
  options: {
    seconds: { default: 90, min: 1, max: 86_400, what: "shortest silence, in seconds" },
    times: { default: 20, min: 1, max: 100_000, what: "silence in times of a usual step" },
    phase_minutes: {
      default: 60,
      min: 0.01,
      max: 100_000,
      what: "minutes that the first step, an evaluation, a save or the like may take",
    },
  },
  begin: (options, say, doing) => new Stalled(options, say, doing),
});

class Stalled implements Watch {
  #tickedAt: number | null = null;
  #awakeSince = 0;
  /** Signs of life that were heard, and when the last one was, by our clock: the trainer's may be another machine's. */
  #signs = 0;
  #heardAt = 0;
  /** Longest time between two signs of life, where a script's evaluations cannot be told from a stall. */
  #longestMs = 0;
  #lastAt: number | null = null;

  constructor(
    private readonly options: Options,
    private readonly say: Say,
    private readonly doing: Doing,
  ) {}

  step(): void {
    this.#alive();
  }

  event({ kind }: JournalEvent): void {
    if (kind === "phase" || kind === "checkpoint" || kind === "sample") this.#alive();
  }

  tick(nowMs: number): void {
    const { signAt, signs, finished, phase } = this.doing;
    if (signAt !== null && signs !== this.#signs) {
      // What is heard first may have been written long before.
      this.#heardAt = this.#tickedAt === null ? signAt : nowMs;
      this.#signs = signs;
    }
    if (this.#tickedAt !== null && nowMs - this.#tickedAt > ASLEEP_MS) this.#awakeSince = nowMs;
    this.#tickedAt = nowMs;
    if (signAt === null || finished || phase === "pause") return;
    const silence = (nowMs - Math.max(this.#heardAt, this.#awakeSince)) / 1000;
    const patience = this.#patience();
    if (silence > patience) this.#raise(silence, patience);
  }

  /** Seconds. */
  #patience(): number {
    const { phase, stepSeconds, allStepsMade } = this.doing;
    const { seconds, times, phase_minutes } = this.options;
    if (phase !== null || stepSeconds === null || allStepsMade) return phase_minutes * 60;
    return Math.max(seconds, times * stepSeconds, (3 * this.#longestMs) / 1000);
  }

  #alive(): void {
    const { signAt, phase } = this.doing;
    if (!this.doing.bridged && signAt !== null && this.#lastAt !== null) this.#longestMs = Math.max(this.#longestMs, signAt - this.#lastAt);
    this.#lastAt = signAt;
    this.say.clear("", phase === null ? "Steps are made again" : `It goes on: ${phase}`);
  }

  #raise(silence: number, patience: number): void {
    const { phase, step, stepSeconds } = this.doing;
    const where = step === null ? "before the first step" : `after step ${count(step)}`;
    const during = phase === null ? "" : ` (${phase})`;
    const usual = stepSeconds === null ? "" : `; a step takes ${duration(stepSeconds)}`;
    this.say.raise("", {
      severity: "bad",
      cause: `Nothing has come from the trainer for ${duration(silence)} ${where}${during}${usual}.`,
      evidence: [
        { metric: "silence", value: figureOf(silence), compared: "longest that is usual, in seconds", against: figureOf(patience) },
      ],
      actions: ["open-at", "stop"],
    });
  }
}
