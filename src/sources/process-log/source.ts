/** What the processes of a stage print: every line is kept, and those that are recognised say more. */
import { join } from "node:path";
import type { Sink, Source, StageIndex } from "../../core/journal.ts";
import type { CatchUp } from "../catch-up.ts";
import { FollowedLog } from "./followed-log.ts";
import { Narrator } from "./narrator.ts";

export interface ProcessLogOptions {
  stage: StageIndex;
  /** The stage's folder, with stdout.log, stderr.log, stdout.rank1.log, … (docs/run-directory.md). */
  dir: string;
  /** Number of processes that have files of their own. */
  ranks: number;
  /** False when the bridge is attached: then the log yields no steps, evaluations or checkpoints. */
  metricsFromLog: boolean;
  /** Knows of lines that are read late when they were written. */
  catchUp?: CatchUp;
}

export class ProcessLogSource implements Source {
  readonly id = "process-log";
  #logs: FollowedLog[] = [];
  #sink: Sink | null = null;

  constructor(private readonly options: ProcessLogOptions) {}

  start(sink: Sink, offsets: ReadonlyMap<string, number>): void {
    this.#sink = sink;
    const { ranks } = this.options;
    for (let rank = 0; rank < ranks; rank++) {
      for (const stream of ["stdout", "stderr"] as const) {
        const name = rank === 0 ? `${stream}.log` : `${stream}.rank${rank}.log`;
        this.#logs.push(this.#follow(name, stream, ranks > 1 ? rank : null, offsets));
      }
    }
  }

  poll(budgetMs: number): boolean {
    const sink = this.#sink;
    const { catchUp } = this.options;
    if (sink === null) return false;
    if (catchUp?.isAwaited) return true;
    const deadline = performance.now() + budgetMs;
    let waiting = false;
    for (const log of this.#logs) waiting = log.take(deadline, sink) || waiting;
    if (!waiting) catchUp?.finish();
    return waiting;
  }

  finish(): void {
    const sink = this.#sink;
    if (sink !== null) for (const log of this.#logs) log.finish(sink);
  }

  stop(): void {
    for (const log of this.#logs) log.close();
    this.#logs = [];
    this.#sink = null;
  }

  #follow(name: string, stream: "stdout" | "stderr", rank: number | null, offsets: ReadonlyMap<string, number>): FollowedLog {
    const { stage, dir, metricsFromLog, catchUp } = this.options;
    // The offset holds when the run directory is moved.
    const key = `${stage}/${name}`;
    const narrator = new Narrator({ stage, stream, rank, metricsFromLog, catchUp });
    const told = { stage, narrator };
    return new FollowedLog({ path: join(dir, name), key, offset: offsets.get(key) ?? 0, narrator: () => told, source: this.id });
  }
}
