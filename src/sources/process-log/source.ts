/** What the processes of a stage print: every line is kept, and those that are recognised say more. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Sink, Source, StageIndex } from "../../core/journal.ts";
import { plain } from "../../lib/ansi.ts";
import { ioReason } from "../../lib/files.ts";
import { LineQueue } from "./line-queue.ts";
import { Narrator } from "./narrator.ts";

export interface ProcessLogOptions {
  stage: StageIndex;
  /** The stage's folder, with stdout.log, stderr.log, stdout.rank1.log, … (docs/run-directory.md). */
  dir: string;
  /** Number of processes that have files of their own. */
  ranks: number;
  /** False when the bridge is attached: then the log yields no steps, evaluations or checkpoints. */
  metricsFromLog: boolean;
}

interface File {
  /** Under which the offset is kept: it holds when the run directory is moved. */
  key: string;
  lines: LineQueue;
  narrator: Narrator;
  /** Set when the file cannot be read: told once, and left alone. */
  broken: boolean;
}

/** How much of what an earlier owner has read is read again, to know what its last lines were about. */
const CONTEXT_BYTES = 64 * 1024;

export class ProcessLogSource implements Source {
  readonly id = "process-log";
  #files: File[] = [];
  #sink: Sink | null = null;

  constructor(private readonly options: ProcessLogOptions) {}

  start(sink: Sink, offsets: ReadonlyMap<string, number>): void {
    this.#sink = sink;
    const { ranks } = this.options;
    for (let rank = 0; rank < ranks; rank++) {
      for (const stream of ["stdout", "stderr"] as const) {
        const name = rank === 0 ? `${stream}.log` : `${stream}.rank${rank}.log`;
        this.#files.push(this.#follow(name, stream, ranks > 1 ? rank : null, offsets));
      }
    }
  }

  poll(budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs;
    let waiting = false;
    for (const file of this.#files) {
      this.#attempt(file, (onLine) => {
        waiting = file.lines.take(deadline, onLine) || waiting;
      });
    }
    return waiting;
  }

  /** The writers have ended: takes a last line that has no LF as well. Only then; while they live it is "not yet". */
  finish(): void {
    for (const file of this.#files) this.#attempt(file, (onLine) => file.lines.takeRest(onLine));
  }

  stop(): void {
    for (const { lines } of this.#files) lines.close();
    this.#files = [];
    this.#sink = null;
  }

  #follow(name: string, stream: "stdout" | "stderr", rank: number | null, offsets: ReadonlyMap<string, number>): File {
    const { stage, dir, metricsFromLog } = this.options;
    const path = join(dir, name);
    const key = `${stage}/${name}`;
    const offset = offsets.get(key) ?? 0;
    const narrator = new Narrator({ stage, stream, rank, metricsFromLog });
    for (const line of linesBefore(path, offset)) narrator.remember(plain(line));
    return { key, lines: new LineQueue(path, offset), narrator, broken: false };
  }

  #attempt(file: File, read: (onLine: (line: Buffer) => void) => void): void {
    const sink = this.#sink;
    if (sink === null || file.broken) return;
    const { lines, narrator, key } = file;
    const before = lines.offset;
    try {
      const at = writtenAt(lines.path);
      read((line) => narrator.tell(plain(line.toString("utf8")), at, sink));
    } catch (error) {
      file.broken = true;
      const body = { source: this.id, what: `${lines.path} could not be read`, why: ioReason(error) };
      sink.event({ stage: this.options.stage, at: Date.now(), step: null, kind: "problem", body });
    }
    if (lines.offset !== before) sink.offset(key, lines.offset);
  }
}

/** Lines carry no time: when the file was last written to is nearest, also for one that is read long afterwards. */
function writtenAt(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? Date.now() : Math.floor(stat.mtimeMs);
}

/** The last whole lines before `offset`, as far as they lie within CONTEXT_BYTES; none when the file cannot be read. */
function linesBefore(path: string, offset: number): string[] {
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
    // What stands before the first LF may be the rest of a line; behind the last one stands nothing.
    return bytes
      .toString("utf8")
      .split("\n")
      .slice(from === 0 ? 0 : 1, -1);
  } catch {
    return [];
  }
}
