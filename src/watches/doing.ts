/** What the trainer is doing, as far as it has been heard: shared by all watches, so that each knows what is slow by nature. */
import type { JournalEvent, LogLine } from "../core/journal.ts";
import { shareDone, stepsDone } from "../core/run.ts";
import { isRecord } from "../lib/shape.ts";
import type { Point } from "./contract.ts";
import { Window } from "./window.ts";

/** What only a training step has; reinforcement learning has no loss to speak of. */
const MARKS = ["train/loss", "train/loss_raw", "rl/reward"] as const;
const INTERVALS = 64;

export class Doing {
  /** The last step that was made, and how many were heard of. */
  step: number | null = null;
  steps = 0;
  totalSteps: number | null = null;
  tokensPerStep: number | null = null;
  /** compile, eval, core, sample, save, pause, data: not a step, and as slow as it is. */
  phase: string | null = null;
  /** When the trainer gave a sign of life last; null before the first. Epoch milliseconds. */
  signAt: number | null = null;
  /** How many there were. */
  signs = 0;
  /** The script has come to its end: no step will follow. */
  finished = false;
  /** Newest of what the trainer told of itself, by the name of the parameter. */
  readonly settings = new Map<string, unknown>();
  readonly #intervals = new Window(INTERVALS);
  #countsFrom = 0;
  #stepAt = 0;
  #firstAt = 0;
  /** Something else than steps was done since the last one. */
  #interrupted = false;

  constructor(readonly bridged: boolean) {}

  /** Median seconds between two steps with nothing in between; null while none is known. */
  get stepSeconds(): number | null {
    return this.#intervals.size === 0 ? null : this.#intervals.median;
  }

  /** Seconds that the rest will take, with everything that came between steps so far; null when that cannot be told. */
  get secondsLeft(): number | null {
    if (this.totalSteps === null || this.step === null || this.steps < 2) return null;
    const each = (this.#stepAt - this.#firstAt) / 1000 / (this.steps - 1);
    return (this.totalSteps - stepsDone({ step: this.step, totalSteps: this.totalSteps, countsFrom: this.#countsFrom })) * each;
  }

  /** All steps have been made; what follows is an evaluation and a save. */
  get allStepsMade(): boolean {
    return this.step !== null && shareDone({ step: this.step, totalSteps: this.totalSteps, countsFrom: this.#countsFrom }) === 1;
  }

  points({ key, at, values }: Point): void {
    this.#sign(at);
    if (!MARKS.some((mark) => values[mark] !== undefined)) return;
    const consecutive = this.step !== null && key === this.step + 1 && !this.#interrupted;
    if (this.steps === 0) this.#firstAt = at;
    else if (consecutive && at >= this.#stepAt) this.#intervals.push((at - this.#stepAt) / 1000);
    this.steps++;
    this.step = key;
    this.#stepAt = at;
    this.#interrupted = false;
  }

  event({ kind, at, body }: JournalEvent): void {
    if (kind === "alert" || kind === "request") return;
    this.#sign(at);
    if (kind === "phase") {
      this.phase = body["state"] === "begin" ? String(body["name"]) : null;
      this.#interrupted = true;
    }
    if (kind === "config") this.#configure(body);
    if (kind === "note" && body["tag"] === "bye") this.finished = true;
  }

  /** A line is a sign of life only where nothing better is told: a trainer that hangs may go on warning of it. */
  line({ at }: LogLine): void {
    if (!this.bridged) this.#sign(at);
  }

  #sign(at: number): void {
    this.signs++;
    this.signAt = Math.max(this.signAt ?? at, at);
  }

  #configure({ settings, derived, fields }: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(isRecord(settings) ? settings : {})) this.settings.set(name, value);
    const { totalSteps, tokensPerStep, countsFrom } = isRecord(derived) ? derived : {};
    if (typeof totalSteps === "number") this.totalSteps = totalSteps;
    if (typeof countsFrom === "number") this.#countsFrom = countsFrom;
    if (typeof tokensPerStep === "number") this.tokensPerStep = tokensPerStep;
    // Told again after each patch, so newer than what the script began with.
    for (const field of Array.isArray(fields) ? fields.filter(isRecord) : []) this.settings.set(String(field["name"]), field["value"]);
  }
}
