/**
 * Records of a `.wandb` file, in their order, into calls on a sink. What is kept in mind is a function of the records
 * before, so whoever goes on from an offset need only read some of those again, into a sink that keeps nothing.
 */
import type { DerivedConfig } from "../../core/bridge.ts";
import type { EventKind, Sink, StageIndex } from "../../core/journal.ts";
import type { Value } from "../../core/plan.ts";
import { Narrator } from "../process-log/narrator.ts";
import { History } from "./history.ts";
import { Item, KeyTable } from "./items.ts";
import { OutputLines } from "./output-lines.ts";
import { Fields } from "./protobuf.ts";
import * as records from "./records.ts";
import { Summary } from "./summary.ts";
import { numbersIn, systemMetrics } from "./values.ts";

/** History and the console's lines tell of the same steps; those of so many newest ones are held against each other. */
const RECENT_ROWS = 8;

/** What a file tells of its run, as far as it was read. */
export interface About {
  run: records.RunIdentity | null;
  environment: records.WriterEnvironment;
  /** The script's settings, as W&B keeps them; those that are nested by `a.b`. */
  settings: Record<string, unknown>;
  /** The version of the client. */
  producer: string;
  exit: records.RunExit | null;
  /** When the newest record was made that has a time, epoch milliseconds; null when there is none. */
  lastAt: number | null;
}

export class Translator {
  readonly about: About = { run: null, environment: {}, settings: {}, producer: "", exit: null, lastAt: null };
  readonly #history: History;
  readonly #item: Item;
  readonly #summary = new Summary();
  readonly #recent = new Map<number, Readonly<Record<string, number>>>();
  readonly #output: Readonly<Record<"stdout" | "stderr", { lines: OutputLines; narrator: Narrator }>>;

  /** `key`: what the file is called in events that name files beside it. */
  constructor(
    private readonly stage: StageIndex,
    private readonly key = "",
  ) {
    const keys = new KeyTable();
    this.#history = new History(keys, (name, text) => this.#summary.put(name, text));
    this.#item = new Item(new KeyTable());
    const narrated = (stream: "stdout" | "stderr") => ({
      lines: new OutputLines(),
      narrator: new Narrator({ stage, stream, rank: null, metricsFromLog: true }),
    });
    this.#output = { stdout: narrated("stdout"), stderr: narrated("stderr") };
  }

  /** Takes a whole record. Throws MalformedMessage when it is none. */
  take(record: Buffer, sink: Sink): void {
    const fields = new Fields(record);
    while (fields.next()) TAKERS[fields.number]?.(this, fields, sink);
  }

  /** The run has ended: lines that have no end are as long as they are. */
  finish(sink: Sink): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#output[stream].lines.finish((text) => this.#line(stream, text, this.about.lastAt ?? 0, sink));
    }
  }

  /** What of the run's summary is no metric's newest value, as far as it was read. */
  summary(): Record<string, Value> {
    return this.#summary.values();
  }

  takeSummary({ bytes, from, to }: Fields): void {
    this.#summary.take(bytes, from, to);
  }

  takeHistory(message: Fields, sink: Sink): void {
    this.#summary.passOver();
    const row = this.#history.read(message);
    if (row === null) return;
    const at = this.#time(row.at);
    for (const picture of row.pictures) {
      sink.event({ stage: this.stage, at, step: row.step, kind: "picture", body: { ...picture, beside: this.key } });
    }
    if (row.values === null) return;
    sink.points(this.stage, row.step, at, row.values);
    this.#recent.delete(row.step);
    this.#recent.set(row.step, row.values);
    if (this.#recent.size > RECENT_ROWS) this.#recent.delete(this.#recent.keys().next().value!);
  }

  takeStats(message: Fields, sink: Sink): void {
    this.#summary.settle();
    let at = 0;
    const sample = new Map<string, number>();
    while (message.next()) {
      if (message.number === 2) at = records.timestamp(message.message());
      else if (message.number === 3 && this.#item.read(message)) {
        const name = this.#item.key.path.join(".");
        for (const [path, value] of numbersIn(name, this.#item.value())) sample.set(path, value);
      }
    }
    if (at <= 0 || sample.size === 0) return;
    sink.points(0, Math.floor(at / 1000), this.#time(at), systemMetrics(sample, this.about.environment));
  }

  takeOutput(message: Fields, sink: Sink): void {
    const { stream, at, text } = records.readOutput(message);
    this.#time(at);
    this.#output[stream].lines.push(text, (line) => this.#line(stream, line, at, sink));
  }

  takeRun(message: Fields, sink: Sink): void {
    const run = records.readRun(message);
    this.about.run = run;
    const at = this.#time(run.startedAt ?? 0);
    this.event(sink, "note", at, { tag: "wandb-run", fields: { ...run, startedAt: run.startedAt } });
  }

  takeConfig(message: Fields, sink: Sink): void {
    const settings: Record<string, unknown> = {};
    while (message.next()) {
      if (message.number !== 1 || !this.#item.read(message)) continue;
      const name = this.#item.key.path.join(".");
      if (!name.startsWith("_wandb")) Object.assign(settings, flat(name, this.#item.value()));
    }
    if (Object.keys(settings).length === 0) return;
    Object.assign(this.about.settings, settings);
    this.event(sink, "config", this.about.lastAt ?? 0, { settings, derived: derivedFrom(settings) });
  }

  takeExit(message: Fields, sink: Sink): void {
    this.#summary.settle();
    this.about.exit = records.readExit(message);
    this.event(sink, "note", this.about.lastAt ?? 0, { tag: "wandb-exit", fields: { ...this.about.exit } });
  }

  event(sink: Sink, kind: EventKind, at: number, body: Record<string, unknown>): void {
    sink.event({ stage: this.stage, at, step: null, kind, body });
  }

  #time(at: number): number {
    if (Number.isFinite(at) && at > 0) this.about.lastAt = Math.max(this.about.lastAt ?? at, at);
    return Number.isFinite(at) && at > 0 ? at : (this.about.lastAt ?? 0);
  }

  /** What a line says of a step is kept where history does not say it: that has all digits. */
  #line(stream: "stdout" | "stderr", text: string, at: number, sink: Sink): void {
    const beside: Sink = {
      points: (stage, key, time, values) => {
        const known = this.#recent.get(key);
        const own = known === undefined ? values : Object.fromEntries(Object.entries(values).filter(([name]) => !(name in known)));
        if (Object.keys(own).length > 0) sink.points(stage, key, time, own);
      },
      event: (event) => sink.event(event),
      log: (line) => sink.log(line),
      offset: () => {},
    };
    this.#output[stream].narrator.tell(text, at, beside);
  }
}

/** What is done with each type of record; the others are passed over unread. */
const TAKERS: Readonly<Record<number, (translator: Translator, fields: Fields, sink: Sink) => void>> = {
  [records.RECORD.history]: (translator, fields, sink) => translator.takeHistory(fields.message(), sink),
  [records.RECORD.summary]: (translator, fields) => translator.takeSummary(fields),
  [records.RECORD.stats]: (translator, fields, sink) => translator.takeStats(fields.message(), sink),
  [records.RECORD.outputRaw]: (translator, fields, sink) => translator.takeOutput(fields.message(), sink),
  [records.RECORD.config]: (translator, fields, sink) => translator.takeConfig(fields.message(), sink),
  [records.RECORD.exit]: (translator, fields, sink) => translator.takeExit(fields.message(), sink),
  [records.RECORD.run]: (translator, fields, sink) => {
    translator.takeRun(fields.message(), sink);
    const run = fields.message();
    while (run.next()) if (run.number === records.RUN_CONFIG) translator.takeConfig(run.message(), sink);
  },
  [records.RECORD.environment]: ({ about }, fields) => {
    Object.assign(about.environment, records.readEnvironment(fields.message()));
  },
  [records.RECORD.header]: ({ about }, fields) => {
    about.producer = records.readProducer(fields.message());
  },
  [records.RECORD.alert]: (translator, fields, sink) => {
    const alert = records.readAlert(fields.message());
    translator.event(sink, "note", translator.about.lastAt ?? 0, { tag: "wandb-alert", fields: alert });
  },
};

/** A nested setting as several flat ones. */
function flat(name: string, value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return { [name]: value };
  return Object.assign({}, ...Object.entries(value).map(([part, inner]) => flat(`${name}.${part}`, inner))) as Record<string, unknown>;
}

/** Figures that nanochat's settings give away; below zero they are left to the script, which prints them. */
function derivedFrom(settings: Readonly<Record<string, unknown>>): DerivedConfig {
  const above = (name: string): number | null => {
    const value = settings[name];
    return typeof value === "number" && value > 0 ? value : null;
  };
  const [totalSteps, tokensPerStep] = [above("num_iterations"), above("total_batch_size")];
  return { ...(totalSteps && { totalSteps }), ...(tokensPerStep && { tokensPerStep }) };
}
