/** Follows one `.wandb` file: the complete record of a run that somebody else started, or that was started elsewhere. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Sink, Source, StageIndex } from "../../core/journal.ts";
import type { Value } from "../../core/plan.ts";
import { ioReason } from "../../lib/files.ts";
import { count } from "../../lib/format.ts";
import { recalling } from "./about.ts";
import { BLOCK, type Damage, type FrameHandler, Framing } from "./framing.ts";
import { MalformedMessage } from "./protobuf.ts";
import { type About, Translator } from "./translate.ts";

export interface WandbFileOptions {
  stage: StageIndex;
  path: string;
  /** Under which the offset is kept. */
  key: string;
}

/** What is read between looks at the clock; as blocks end where such windows do, chunks are seldom torn by them. */
const WINDOW_BYTES = 8 * BLOCK;
/** The beginning of a file says what its run is; it is read again by a successor, with what comes before the offset. */
const HEAD_BYTES = 64 * 1024;
const CONTEXT_BYTES = 256 * 1024;

export class WandbFileSource implements Source, FrameHandler {
  readonly id = "wandb-file";
  #sink: Sink | null = null;
  #fd: number | null = null;
  #framing = new Framing(0);
  #translator: Translator;
  #buffer = Buffer.alloc(0);
  /** Set when the file cannot be read any further: told once, and left alone. */
  #broken = false;
  #malformed = 0;

  constructor(private readonly options: WandbFileOptions) {
    this.#translator = new Translator(options.stage, options.key);
  }

  /** What the file has told of its run so far. */
  get about(): About {
    return this.#translator.about;
  }

  /** What of the run's summary is no metric's newest value, as far as it was read this time. */
  summary(): Record<string, Value> {
    return this.#translator.summary();
  }

  /** How far it has been read, in bytes. */
  get offset(): number {
    return this.#framing.offset;
  }

  start(sink: Sink, offsets: ReadonlyMap<string, number>): void {
    const offset = offsets.get(this.options.key) ?? 0;
    this.#framing = new Framing(offset);
    if (offset > 0) this.#remember(offset);
    this.#sink = sink;
  }

  poll(budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs;
    const began = this.#framing.offset;
    for (let more = true; more; ) {
      more = this.#attempt(() => this.#read());
      // A record may be larger than a window: with none of it done, a successor would stand where this one began.
      if (more && performance.now() >= deadline && this.#framing.offset > began) return true;
    }
    return false;
  }

  finish(): void {
    const sink = this.#sink;
    if (sink === null || this.#broken) return;
    this.#framing.finish(this);
    this.#translator.finish(sink);
  }

  stop(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#sink = null;
  }

  record(bytes: Buffer): void {
    if (this.#sink !== null) this.#take(bytes, this.#sink);
  }

  damage({ from, to, why }: Damage): void {
    const what = `${count(to - from)} bytes of ${this.options.path} are damaged, from ${count(from)} on`;
    this.#problem(what, why, "What was in them is missing; the rest was read");
  }

  /** One window; true when more may be waiting. */
  #read(): boolean {
    const sink = this.#sink;
    const fd = this.#open();
    if (sink === null || fd === null) return false;
    const { size } = fstatSync(fd);
    if (size < this.#framing.offset) return this.#give(`it is shorter (${count(size)} bytes) than what was read of it`);
    // What looked damaged at the end may only have been on its way: it is read anew.
    if (this.#framing.suspect !== null) this.#framing = new Framing(this.#framing.offset);
    const from = this.#framing.position;
    const bytes = this.#bytes(fd, from, WINDOW_BYTES - (from % WINDOW_BYTES));
    if (bytes.length === 0) return false;
    this.#framing.push(bytes, this);
    if (this.#framing.refused !== null) return this.#give(this.#framing.refused);
    sink.offset(this.options.key, this.#framing.offset);
    return this.#framing.position < size;
  }

  #take(bytes: Buffer, sink: Sink): void {
    try {
      this.#translator.take(bytes, sink);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#puzzle(error.message);
    }
  }

  /** Told of at the 1st, 10th, 100th, … record of a file. */
  #puzzle(why: string): void {
    this.#malformed++;
    if (!Number.isInteger(Math.log10(this.#malformed))) return;
    const what = this.#malformed === 1 ? "A record" : `${count(this.#malformed)} records`;
    this.#problem(`${what} of ${this.options.path} could not be understood`, `${why}, behind byte ${count(this.#framing.offset)}`);
  }

  /** Reads again what says of what the records after `offset` are. */
  #remember(offset: number): void {
    this.#attempt(() => {
      const fd = this.#open();
      if (fd === null || fstatSync(fd).size < offset) return false;
      const again = recalling(this.#translator);
      const head = new Framing(0);
      head.push(this.#bytes(fd, 0, Math.min(HEAD_BYTES, offset)), again);
      const from = Math.max(head.offset, blockAt(offset - CONTEXT_BYTES));
      if (from < offset) new Framing(from).push(this.#bytes(fd, from, offset - from), again);
      return false;
    });
  }

  #attempt(read: () => boolean): boolean {
    if (this.#broken) return false;
    try {
      return read();
    } catch (error) {
      return this.#give(ioReason(error));
    }
  }

  #give(why: string): false {
    this.#broken = true;
    this.#problem(`${this.options.path} is read no further`, why);
    return false;
  }

  #problem(what: string, why: string, remedy?: string): void {
    const body = { source: this.id, what, why, ...(remedy === undefined ? {} : { remedy }) };
    this.#sink?.event({ stage: this.options.stage, at: this.about.lastAt ?? Date.now(), step: null, kind: "problem", body });
  }

  #open(): number | null {
    if (this.#fd !== null) return this.#fd;
    try {
      this.#fd = openSync(this.options.path, "r");
    } catch {
      return null; // not there yet
    }
    return this.#fd;
  }

  /** As many as there are; they hold until the next call. */
  #bytes(fd: number, from: number, length: number): Buffer {
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafe(length);
    return this.#buffer.subarray(0, readSync(fd, this.#buffer, 0, length, from));
  }
}

/** The last start of a block at or before a position: records may begin before it, and are then passed over. */
const blockAt = (position: number): number => Math.max(0, Math.floor(position / BLOCK) * BLOCK);
