/** Python tracebacks, out of the lines of one process. */

export interface Traceback {
  /** `ValueError: what is wrong`, the last line. */
  exception: string;
  /** `base_train.py:212`, innermost; null when none was seen. */
  where: string | null;
  /** The source line there, trimmed; null when Python could not show it. */
  code: string | null;
  lines: readonly string[];
  /** Raised where it changes nothing: in a finalizer, or at the interpreter's end. */
  ignored: boolean;
}

const BEGIN = /^\s*Traceback \(most recent call last\):$/;
const IGNORED = /^Exception ignored (?:in|on|while)\b/;
const FRAME = /^ +File "(?<file>[^"]+)", line (?<line>\d+)/;
const EXCEPTION = /^[A-Za-z_][\w.]*(?:: .*|:)?$/;
/** The first and the last frames tell; a recursion has thousands. */
const MOST_LINES = 200;

/** Takes the lines of one process one by one, without their prefix of a rank. */
export class TracebackReader {
  #lines: string[] | null = null;
  #where: string | null = null;
  #code: string | null = null;
  #ignoreNext = false;

  /** Whether the last line that was fed belongs to a traceback that has not ended. */
  get open(): boolean {
    return this.#lines !== null;
  }

  /** The traceback that this line ends, or null. */
  feed(text: string): Traceback | null {
    if (BEGIN.test(text)) {
      this.#lines = [text];
      this.#where = null;
      this.#code = null;
      return null;
    }
    if (IGNORED.test(text)) this.#ignoreNext = true;
    if (this.#lines === null) return null;
    if (/^\s/.test(text) || text === "") {
      this.#continue(text);
      return null;
    }
    // Some other thread's line: the exception is still to come.
    if (!EXCEPTION.test(text)) return null;
    const ended = { exception: text, where: this.#where, code: this.#code, lines: [...this.#lines, text], ignored: this.#ignoreNext };
    this.#lines = null;
    this.#ignoreNext = false;
    return ended;
  }

  #continue(text: string): void {
    const frame = FRAME.exec(text)?.groups;
    if (frame) {
      this.#where = `${frame["file"]?.split("/").at(-1)}:${frame["line"]}`;
      this.#code = null;
    } else this.#code ??= text.trim() || null;
    if (this.#lines !== null && this.#lines.length < MOST_LINES) this.#lines.push(text);
  }
}
