/** Stands between the sources of a stage and the journal, and keeps what the supervisor itself needs to know. */
import type { Capability, CapabilityName, DerivedConfig, PatchField } from "../core/bridge.ts";
import type { JournalEvent, LogLine, Sink, StageIndex } from "../core/journal.ts";
import { type Progress, type RequestStatus, stepsDone } from "../core/run.ts";
import { isRecord } from "../lib/shape.ts";
import { StepPace } from "../lib/step-pace.ts";
import { ToldShares } from "../lib/told-share.ts";
import { Usual } from "../lib/usual.ts";
import { isLastWord } from "../sources/process-log/outcome.ts";

/** What only a training step has: reinforcement learning has no loss to speak of, but a reward (scripts/chat_rl.py). */
const MARKS = ["train/loss", "rl/reward"] as const;

/** What the bridge says of itself when it attaches. */
export interface Hello {
  python: string | null;
  torch: string | null;
  capabilities: Partial<Record<CapabilityName, Capability>>;
}

export class StageWatch implements Sink {
  hello: Hello | null = null;
  torch: string | null = null;
  /** What can be patched, as it was told last. */
  fields: readonly PatchField[] | null = null;
  /** The stage's newest checkpoint. */
  checkpoint: Pick<RequestStatus, "path" | "bytes" | "step"> | null = null;
  /** It has printed what it prints when it is through. */
  saidLastWords = false;
  #derived: DerivedConfig = {};
  #step: number | null = null;
  #atMs = 0;
  #values: Readonly<Record<string, number>> = {};
  #valBpb: number | null = null;
  /** How far through its data the script says that it is: where it has no last step, that is what tells. */
  readonly #told = new ToldShares();
  readonly #pace = new StepPace();
  readonly #rates = new Usual();
  #isConfigured = false;

  /** `onConfig`: what the trainer has told first of its settings, once for a stage, whoever followed it then. */
  constructor(
    readonly stage: StageIndex,
    readonly inner: Sink,
    readonly onRequest: (event: JournalEvent) => void,
    readonly onConfig: (body: Record<string, unknown>) => void = () => undefined,
  ) {}

  points(stage: StageIndex, key: number, atMs: number, values: Readonly<Record<string, number>>): void {
    this.inner.points(stage, key, atMs, values);
    if (stage !== this.stage) return;
    const bpb = values["val/bpb"];
    if (bpb !== undefined) this.#valBpb = bpb;
    if (!MARKS.some((mark) => values[mark] !== undefined)) return;
    const seconds = values["train/dt"] ?? this.#sinceLast(key, atMs);
    this.#step = key;
    this.#atMs = atMs;
    this.#values = values;
    this.#pace.step(seconds);
    this.#rates.add(values["train/tok_per_sec"]);
  }

  /** Seconds of a step by the clock, for a script that does not measure its steps itself; null for the first. */
  #sinceLast(key: number, atMs: number): number | null {
    return this.#step === null || key <= this.#step ? null : (atMs - this.#atMs) / 1000 / (key - this.#step);
  }

  event(event: JournalEvent): void {
    const isFirst = event.kind === "config" && event.stage === this.stage && !this.#isConfigured;
    this.inner.event(event);
    if (event.stage === this.stage && event.kind === "phase") this.#pace.phase(event.body["name"]);
    this.recall(event);
    if (isFirst) this.onConfig(event.body);
  }

  log(line: LogLine): void {
    this.inner.log(line);
    if (line.stage === this.stage) this.#told.hear(line.text);
  }

  offset(file: string, offset: number): void {
    this.inner.offset(file, offset);
  }

  /** Learns from an event without passing it on: those that an earlier supervisor has kept already. */
  recall(event: JournalEvent): void {
    if (event.stage !== this.stage) return;
    if (event.kind === "hello") this.#greet(event.body);
    else if (event.kind === "config") this.#configure(event.body);
    else if (event.kind === "checkpoint") this.#notice(event);
    else if (event.kind === "request") this.onRequest(event);
    else if (isLastWord(event)) this.saidLastWords = true;
  }

  /** What an earlier supervisor knew last: an evaluation may be an hour ago, and is not read again. */
  takeOver(last: Progress | null): void {
    if (last?.stage === this.stage) this.#valBpb = last.valBpb;
  }

  /** Where the stage is, for lists; null before its first step. */
  progress(): Progress | null {
    if (this.#step === null) return null;
    const total = this.#derived.totalSteps ?? null;
    const { countsFrom } = this.#derived;
    const [{ seconds }, { value: usual }] = [this.#pace, this.#rates];
    const left = total === null ? this.#told.stepsLeft : total - stepsDone({ step: this.#step, totalSteps: total, countsFrom });
    return {
      stage: this.stage,
      step: this.#step,
      totalSteps: total,
      loss: this.#values["train/loss"] ?? null,
      valBpb: this.#valBpb,
      tokensPerSecond: finiteOrNull(this.#values["train/tok_per_sec"]),
      ...(usual !== null && { usualTokensPerSecond: usual }),
      etaSeconds: left === null || seconds === null ? null : left * seconds,
      ...(total === null && this.#told.share !== null && { share: this.#told.share }),
      ...(countsFrom !== undefined && { countsFrom }),
    };
  }

  #greet(body: Record<string, unknown>): void {
    if (typeof body["rank"] === "number" && body["rank"] !== 0) return;
    const capabilities = isRecord(body["capabilities"]) ? body["capabilities"] : {};
    this.hello = { python: stringOrNull(body["python"]), torch: stringOrNull(body["torch"]), capabilities };
    this.torch = this.hello.torch ?? this.torch;
  }

  #notice({ step, body: { path, bytes } }: JournalEvent): void {
    if (typeof path === "string") this.checkpoint = { path, bytes: typeof bytes === "number" ? bytes : 0, step };
  }

  #configure(body: Record<string, unknown>): void {
    this.#isConfigured = true;
    const derived = isRecord(body["derived"]) ? (body["derived"] as DerivedConfig) : {};
    this.#derived = { ...this.#derived, ...derived };
    this.torch = this.#derived.torch ?? this.torch;
    if (Array.isArray(body["fields"])) this.fields = body["fields"] as PatchField[];
  }
}

const finiteOrNull = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null;

const stringOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
