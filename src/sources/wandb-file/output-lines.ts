/** What a script wrote, piece by piece, as lines. */
import { plain } from "../../lib/ansi.ts";

/** A progress bar rewrites its line for hours without ending it; of what is longer only the end is kept. */
const LONGEST = 64 * 1024;

export class OutputLines {
  #begun = "";

  /** Takes what was written next; hands each line that has an end to `onLine`, without escape sequences. */
  push(text: string, onLine: (text: string) => void): void {
    const lines = (this.#begun + text).split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) onLine(plain(line));
    this.#begun = last.length > LONGEST ? last.slice(-LONGEST) : last;
  }

  /** Nothing more will be written. */
  finish(onLine: (text: string) => void): void {
    if (this.#begun !== "") onLine(plain(this.#begun));
    this.#begun = "";
  }
}
