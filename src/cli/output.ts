/** The text and JSON faces: one value, two ways to say it. stdout is for the answer, stderr for everything else. */
import { EXIT_CODES, type Failure, type Result, sentence } from "../core/result.ts";
import { plain } from "../lib/ansi.ts";
import { errorCode, ioReason, ioRemedy } from "../lib/files.ts";
import { cut, textWidth, wrap } from "../lib/graphemes.ts";
import { spellNonFinite } from "../lib/non-finite.ts";
import { redactor } from "../lib/redact.ts";
import { isTerminal } from "../lib/tty.ts";

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

/** Columns of the terminal that an answer goes to; undefined where it is piped: a program gets everything. */
export const terminalWidth = (): number | undefined => (isTerminal(1) ? process.stdout.columns : undefined);

/** What becomes of a last cell that is too long for the terminal: rows that stand in its place, given the columns that are left. */
export type LastCell = (text: string, room: number, width: number) => string[];

export const cutLast: LastCell = (text, room) => [cut(text, Math.max(0, room))];

/** In a narrower column than this a sentence would be a tower of words: it goes below, from the left. */
const LEAST_SENTENCE = 24;
const BELOW = 4;

export const wrapLast: LastCell = (text, room, width) => {
  if (textWidth(text) <= room) return [text];
  if (room < LEAST_SENTENCE) return ["", ...wrap(text, width - BELOW).map((line) => " ".repeat(BELOW) + line)];
  return wrap(text, room).map((line, i) => (i === 0 ? line : " ".repeat(width - room) + line));
};

/**
 * Columns of text, as wide as their widest cell; numbers to the right. What is in a cell is made one harmless line. The last
 * cells keep within a terminal's width where it is said how.
 */
export function table(
  head: readonly string[],
  given: ReadonlyArray<readonly string[]>,
  right: ReadonlySet<number> = new Set(),
  last: LastCell | null = null,
  width: number | undefined = terminalWidth(),
): string {
  const rows = given.map((row) => row.map((text) => plain(text).replaceAll("\n", " ")));
  const widths = head.map((title, i) => Math.max(Bun.stringWidth(title), ...rows.map((row) => Bun.stringWidth(row[i] ?? ""))));
  const cell = (text: string, i: number) => {
    const air = " ".repeat(Math.max(0, (widths[i] ?? 0) - Bun.stringWidth(text)));
    return right.has(i) ? air + text : text + air;
  };
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) => cell(text, i))
      .join("  ")
      .trimEnd();
  if (last === null || width === undefined) return [head, ...rows].map(line).join("\n");
  const room = width - widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  const fitted = rows.flatMap((row) => {
    const [first = "", ...below] = last(row.at(-1) ?? "", room, width);
    return [line([...row.slice(0, -1), first]), ...below];
  });
  return [line(head), ...fitted].join("\n");
}
