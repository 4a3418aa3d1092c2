/**
 * Turns the lines of one file, in their order, into calls on a sink. What it keeps in mind is a function of the lines
 * before, so whoever goes on from an offset need only read some of those again (`Narrator.remember`).
 */
import type { DerivedConfig } from "../../core/bridge.ts";
import type { EventKind, LogStream, Sink, StageIndex } from "../../core/journal.ts";
import { count } from "../../lib/format.ts";
import type { CatchUp } from "../catch-up.ts";
import { explainTraceback } from "./explain.ts";
import { type Meaning, type ParsedLine, parseLine, unweave } from "./parse.ts";
import { type Traceback, TracebackReader } from "./traceback.ts";

export interface NarratorOptions {
  stage: StageIndex;
  stream: LogStream;
  /** Rank of the process whose file it is; null when several write into it, or there is only one. */
  rank: number | null;
  /** False when the bridge tells of steps and checkpoints, in full precision: then lines yield log, notes and problems. */
  metricsFromLog: boolean;
  /** Knows of lines that are read late when they were written. */
  catchUp?: CatchUp | undefined;
}

/** A longer line is cut: one that is a million characters wide helps nobody. */
const LONGEST_LINE = 64 * 1024;

type Fact = Extract<Meaning, { kind: "fact" }>;

const NOWHERE: Sink = { points() {}, event() {}, log() {}, offset() {} };

export class Narrator {
  readonly #tracebacks = new Map<number | null, TracebackReader>();
  /** The step that was named last. */
  #step: number | null = null;
  #totalSteps: number | null = null;
  /** The first training step that was named. */
  #first: number | null = null;
  /** Values that came before the line that names their step. */
  #held: Record<string, number> = {};
  /** When the step was that was named last, in epoch milliseconds; null unless that was long ago. */
  #lateAt: number | null = null;

  constructor(private readonly options: NarratorOptions) {}

  /** Reads a line again that an earlier owner has told of. */
  remember(text: string): void {
    this.tell(text, 0, NOWHERE);
  }

  /** `text`: a whole line without escape sequences; `at`: epoch milliseconds. */
  tell(text: string, at: number, sink: Sink): void {
    for (const piece of unweave(this.#cut(text, at, sink))) {
      const line = parseLine(piece);
      this.#tellPiece(line, this.#lateTime(line) ?? at, sink);
    }
  }

  /** When a line was written that is read long afterwards: with its step, or behind that of a line before it. */
  #lateTime({ meaning }: ParsedLine): number | null {
    const { catchUp } = this.options;
    if (catchUp === undefined || catchUp.isEmpty) return null;
    if (meaning?.kind === "step") this.#lateAt = catchUp.at(meaning.step) ?? null;
    return this.#lateAt;
  }

  #cut(text: string, at: number, sink: Sink): string {
    if (text.length <= LONGEST_LINE) return text;
    this.#note(sink, at, "line-cut", { characters: text.length });
    // Between words: half a number would be another number.
    const end = text.lastIndexOf(" ", LONGEST_LINE);
    const kept = end > 0 ? end : LONGEST_LINE;
    return `${text.slice(0, kept)} … (${count(text.length - kept)} more characters)`;
  }

  #tellPiece(line: ParsedLine, at: number, sink: Sink): void {
    const { stage, stream } = this.options;
    const rank = line.rank ?? this.options.rank;
    const reader = this.#readerOf(rank);
    const ended = reader.feed(line.text);
    const level = reader.open || (ended && !ended.ignored) ? "error" : line.level;
    sink.log({ stage, at, stream, rank, level, text: line.text });
    if (ended && !ended.ignored) this.#event(sink, at, "problem", null, this.#problem(ended, rank));
    if (line.meaning !== null && !reader.open) this.#understand(line.meaning, rank, at, sink);
  }

  #readerOf(rank: number | null): TracebackReader {
    const reader = this.#tracebacks.get(rank) ?? new TracebackReader();
    this.#tracebacks.set(rank, reader);
    return reader;
  }

  #problem(traceback: Traceback, rank: number | null): Record<string, unknown> {
    const who = rank === null ? "The script" : `Rank ${rank}`;
    const [type = ""] = traceback.exception.split(":", 1);
    return {
      source: "process-log",
      what: `${who} raised ${type}`,
      why: explainTraceback(traceback),
      details: traceback.lines.join("\n"),
      rank,
    };
  }

  #understand(meaning: Meaning, rank: number | null, at: number, sink: Sink): void {
    if (meaning.kind === "fact" && meaning.format.note) this.#note(sink, at, meaning.format.tag, meaning.fields);
    // What a script prints on every rank is told once.
    if (!this.options.metricsFromLog || (rank !== null && rank > 0)) return;
    if (meaning.kind === "step") this.#takeStep(meaning, at, sink);
    else if (meaning.kind === "fact") this.#takeFact(meaning, at, sink);
    else if (meaning.kind === "sample") this.#event(sink, at, "sample", this.#step, { prompt: "", text: meaning.text });
    // The metadata follow the model: from there on the checkpoint can be loaded.
    else if (meaning.part === "meta") this.#event(sink, at, "checkpoint", meaning.step, checkpoint(meaning.dir));
  }

  #takeStep({ step, total, values }: Extract<Meaning, { kind: "step" }>, at: number, sink: Sink): void {
    this.#step = step;
    const all = { ...this.#held, ...values };
    this.#held = {};
    if (Object.keys(all).length > 0) sink.points(this.options.stage, step, at, all);
    if (this.#first === null && all["train/loss"] !== undefined) {
      this.#first = step;
      if (step === 1) this.#derive(sink, at, { countsFrom: 1 });
    }
    if (total === null || total === this.#totalSteps) return;
    this.#derive(sink, at, { totalSteps: total });
  }

  #takeFact({ format, fields }: Fact, at: number, sink: Sink): void {
    if (format.tag === "eval-of") this.#step = Number(fields["step"]);
    if (format.phase !== undefined) this.#event(sink, at, "phase", this.#step, { ...format.phase, seconds: null });
    if (format.derived !== undefined) this.#derive(sink, at, derivedBy(format.derived, fields));
    const values = valuesOf(format.metrics ?? {}, fields);
    if (format.step !== "last") Object.assign(this.#held, values);
    else if (this.#step !== null) {
      sink.points(this.options.stage, this.#step, at, { ...this.#held, ...values });
      this.#held = {};
    }
  }

  #derive(sink: Sink, at: number, derived: DerivedConfig): void {
    this.#totalSteps = derived.totalSteps ?? this.#totalSteps;
    this.#event(sink, at, "config", null, { settings: {}, derived });
  }

  #note(sink: Sink, at: number, tag: string, fields: Readonly<Record<string, unknown>>): void {
    this.#event(sink, at, "note", null, { tag, fields });
  }

  #event(sink: Sink, at: number, kind: EventKind, step: number | null, body: Record<string, unknown>): void {
    sink.event({ stage: this.options.stage, at, step, kind, body });
  }
}

/** As the bridge's checkpoint event, without what the log does not say. */
const checkpoint = (dir: string): Record<string, unknown> => ({ path: dir, files: [], bytes: null, seconds: null, trigger: "schedule" });

const derivedBy = (names: NonNullable<Fact["format"]["derived"]>, fields: Fact["fields"]): DerivedConfig =>
  Object.fromEntries(Object.entries(names).map(([field, name]) => [name, fields[field]]));

function valuesOf(metrics: NonNullable<Fact["format"]["metrics"]>, fields: Fact["fields"]): Record<string, number> {
  const named = Object.entries(metrics).map(([field, [id, factor]]): [string, number] => [
    id.replace(/\{(\w+)\}/g, (_, group: string) => String(fields[group])),
    Number(fields[field]) * factor,
  ]);
  return Object.fromEntries(named);
}
