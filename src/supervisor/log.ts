/** What the supervisor has to say: to its log file (its stderr), and to the run's log as lines of `supervisor`. */
import { writeSync } from "node:fs";
import type { LogLine, Sink } from "../core/journal.ts";
import { type Failure, sentence } from "../core/result.ts";
import { redactor } from "../lib/redact.ts";

const STDERR = 2;

export class SupervisorLog {
  #sink: Pick<Sink, "log" | "event"> | null = null;
  /** The stage that lines belong to; 0 = the run itself. */
  stage = 0;

  /** From here on lines are kept in the journal too. */
  keepIn(sink: Pick<Sink, "log" | "event">): void {
    this.#sink = sink;
  }

  info(text: string): void {
    this.#write("info", text);
  }

  /** A failure of the supervisor's own: told as a `problem`; the run goes on. */
  problem(failure: Failure): void {
    this.#write("warn", sentence(failure));
    this.#sink?.event({ stage: this.stage, at: Date.now(), step: null, kind: "problem", body: { source: "supervisor", ...failure } });
  }

  #write(level: LogLine["level"], text: string): void {
    const at = Date.now();
    this.#sink?.log({ stage: this.stage, at, stream: "supervisor", rank: null, level, text });
    try {
      writeSync(STDERR, `${new Date(at).toISOString()} ${level} ${redactor.text(text)}\n`);
    } catch {
      // The disk is full, or the log was closed: the run does not depend on it.
    }
  }
}
