/** One file of what a process prints, from an offset on, told line by line. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Sink, StageIndex } from "../../core/journal.ts";
import { plain } from "../../lib/ansi.ts";
import { ioReason } from "../../lib/files.ts";
import { LineQueue } from "./line-queue.ts";
import type { Narrator } from "./narrator.ts";

export interface FollowedLogOptions {
  path: string;
  /** Under which the offset is kept. */
  key: string;
  /** What the file has been read up to by an earlier owner, in bytes. */
  offset: number;
  /** Who tells the line that begins at an offset; called with offsets that ascend. */
  narrator: (offset: number) => { stage: StageIndex; narrator: Narrator };
  /** For a problem with the file. */
  source: string;
}

/** How much of what an earlier owner has read is read again, to know what its last lines were about. */
const CONTEXT_BYTES = 64 * 1024;

export class FollowedLog {
  readonly #lines: LineQueue;
  /** Set when the file cannot be read: told once, and left alone. */
  #broken = false;

  constructor(private readonly options: FollowedLogOptions) {
    const { path, offset, narrator } = options;
    this.#lines = new LineQueue(path, offset);
    for (const line of linesBefore(path, offset)) narrator(line.offset).narrator.remember(plain(line.text));
  }

  /** Where a successor goes on. */
  get offset(): number {
    return this.#lines.offset;
  }

  /** Tells whole lines until `deadline`; true when more may be waiting. */
  take(deadline: number, sink: Sink): boolean {
    let waiting = false;
    this.#attempt(sink, (onLine) => {
      waiting = this.#lines.take(deadline, onLine);
    });
    return waiting;
  }

  /** The writers have ended: tells a last line that has no LF as well. Only then; while they live it is "not yet". */
  finish(sink: Sink): void {
    this.#attempt(sink, (onLine) => this.#lines.takeRest(onLine));
  }

  close(): void {
    this.#lines.close();
  }

  #attempt(sink: Sink, read: (onLine: (line: Buffer) => void) => void): void {
    if (this.#broken) return;
    const { path, key, narrator, source } = this.options;
    const before = this.#lines.offset;
    try {
      const at = writtenAt(path);
      read((line) => narrator(this.#lines.offset).narrator.tell(plain(line.toString("utf8")), at, sink));
    } catch (error) {
      this.#broken = true;
      const body = { source, what: `${path} could not be read`, why: ioReason(error) };
      sink.event({ stage: narrator(before).stage, at: Date.now(), step: null, kind: "problem", body });
    }
    if (this.#lines.offset !== before) sink.offset(key, this.#lines.offset);
  }
}

/** Lines carry no time: when the file was last written to is nearest, also for one that is read long afterwards. */
function writtenAt(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? Date.now() : Math.floor(stat.mtimeMs);
}

interface PlacedLine {
  text: string;
  offset: number;
}

/** The last whole lines before `offset`, as far as they lie within CONTEXT_BYTES; none when the file cannot be read. */
function linesBefore(path: string, offset: number): PlacedLine[] {
  if (offset === 0) return [];
  try {
    const from = Math.max(0, offset - CONTEXT_BYTES);
    const bytes = Buffer.alloc(offset - from);
    const fd = openSync(path, "r");
    try {
      readSync(fd, bytes, 0, bytes.length, from);
    } finally {
      closeSync(fd);
    }
    return linesIn(bytes, from);
  } catch {
    return [];
  }
}

/** What stands before the first LF may be the rest of a line; behind the last one stands nothing. */
function linesIn(bytes: Buffer, from: number): PlacedLine[] {
  const lines: PlacedLine[] = [];
  for (let start = from === 0 ? 0 : bytes.indexOf(10) + 1; ; ) {
    const end = bytes.indexOf(10, start);
    if (end < 0) return lines;
    lines.push({ text: bytes.toString("utf8", start, end), offset: from + start });
    start = end + 1;
  }
}
