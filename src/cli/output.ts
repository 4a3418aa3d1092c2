/** The text and JSON faces: one value, two ways to say it. stdout is for the answer, stderr for everything else. */
import { EXIT_CODES, type Failure, type Result, sentence } from "../core/result.ts";
import { plain } from "../lib/ansi.ts";
import { errorCode, ioReason, ioRemedy } from "../lib/files.ts";
import { spellNonFinite } from "../lib/non-finite.ts";
import { redactor } from "../lib/redact.ts";

/** What a command answers: `json` is the documented value, `text` the same for people. */
export interface Answer {
  json: unknown;
  text: string;
}

export const answer = (json: unknown, text: string): Result<Answer> => ({ ok: true, value: { json, text } });

/** The one door by which answers leave: text comes from files, names and logs, so a terminal gets nothing to obey from it. */
export class Face {
  constructor(
    readonly json: boolean,
    readonly debug: boolean,
  ) {}

  answer({ json, text }: Answer): void {
    write(1, this.json ? JSON.stringify(json, spellNonFinite, 1) : plain(text));
  }

  /** One object of a stream (follow, logs): a line of JSON, or a line of text. */
  line(json: unknown, text: string): void {
    write(1, this.json ? JSON.stringify(json, spellNonFinite) : plain(text));
  }

  /** Progress and hints: never on stdout. */
  note(text: string): void {
    write(2, plain(text));
  }

  failure(failure: Failure): void {
    if (this.json) write(1, JSON.stringify({ error: failure }, null, 1));
    write(2, plain(`nanochat-cli: ${sentence(failure)}`));
    if (failure.details && (this.debug || failure.code === "failed")) write(2, plain(failure.details));
  }
}

let isWatched = false;

/** Standard output. When nobody reads it any more (`runs export R | head`) that is no failure; when it cannot be written it is one. */
export function stdout(): NodeJS.WriteStream {
  if (!isWatched) process.stdout.on("error", endWithTheReader);
  isWatched = true;
  return process.stdout;
}

function endWithTheReader(error: Error): never {
  if (errorCode(error) === "EPIPE") process.exit(0);
  new Face(false, false).failure({ code: "io", what: "The output could not be written", why: ioReason(error), remedy: ioRemedy(error) });
  process.exit(EXIT_CODES.io);
}

function write(fd: 1 | 2, text: string): void {
  const stream = fd === 1 ? stdout() : process.stderr;
  const shown = redactor.text(text);
  stream.write(shown.endsWith("\n") ? shown : `${shown}\n`);
}
