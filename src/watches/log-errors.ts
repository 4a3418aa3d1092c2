import type { JournalEvent, LogLine } from "../core/journal.ts";
import { duration } from "../lib/format.ts";
import { type Say, type Watch, watch } from "./contract.ts";

/** Lines of one error come together: what is said waits so long for the one that says what it is. */
const GATHER_MS = 1000;
const LONGEST = 200;

export const logErrors = watch({
  id: "log-errors",
  title: "Errors in the log",
  what: "The trainer prints errors or raises an exception and goes on",
  options: {
    quiet_minutes: { default: 10, min: 0.01, max: 100_000, what: "minutes without another one after which it is over" },
  },
  begin: ({ quiet_minutes }, say) => new LogErrors(quiet_minutes * 60_000, say),
});

class LogErrors implements Watch {
  #first: string | null = null;
  /** When the first line of what is being gathered was written. */
  #since = 0;
  #lastAt = 0;
  #lines = 0;

  constructor(
    private readonly quietMs: number,
    private readonly say: Say,
  ) {}

  line({ level, text, at }: LogLine): void {
    if (level === "error" && text.trim() !== "") this.#take(text.trim(), at);
  }

  /** Of a traceback the log makes a problem that names the exception. */
  event({ kind, body, at }: JournalEvent): void {
    if (kind !== "problem" || body["source"] !== "process-log") return;
    const { what, why } = body;
    this.#first = null;
    this.#take([what, why].filter((part) => typeof part === "string").join(": "), at);
  }

  tick(nowMs: number): void {
    if (this.#first !== null && nowMs - this.#since >= GATHER_MS) this.#raise();
    else if (this.#first === null && nowMs - this.#lastAt > this.quietMs)
      this.say.clear("", `No error for ${duration(this.quietMs / 1000)}`);
  }

  finish(): void {
    if (this.#first !== null) this.#raise();
  }

  #take(text: string, at: number): void {
    if (this.#first === null) this.#since = at;
    this.#first ??= text;
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#lines++;
  }

  #raise(): void {
    const said = this.#first ?? "";
    this.#first = null;
    this.say.raise("", {
      severity: "warn",
      cause: `The trainer reported an error: ${said.length > LONGEST ? `${said.slice(0, LONGEST)}…` : said}`,
      evidence: [{ metric: "error lines", value: this.#lines, compared: "none is usual", against: 0 }],
      actions: ["open-at", "save", "stop"],
    });
  }
}
