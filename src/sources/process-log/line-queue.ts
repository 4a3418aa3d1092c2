/** The lines of one growing file, as many as there is time for. */
import { LineReader } from "../../lib/jsonl.ts";

/** Lines between looks at the clock. */
const LINES_A_LOOK = 32;

/** A reader hands on up to 1 MiB of lines at once; making sense of so many takes longer than a tick has. They wait here. */
export class LineQueue {
  readonly #reader: LineReader;
  /** What was read and not handed on; it lies in the reader's buffer, which stays as it is until the next read. */
  #lines: Buffer[] = [];
  #next = 0;

  constructor(
    readonly path: string,
    /** Bytes of the file that lie behind what was handed on: where a successor goes on. */
    public offset: number,
  ) {
    this.#reader = new LineReader(path, offset);
  }

  /** Hands whole lines, without LF, to `onLine` until there are none or `deadline` (performance.now) has come. True when more may be waiting. */
  take(deadline: number, onLine: (line: Buffer) => void): boolean {
    for (;;) {
      if (!this.#handOn(deadline, onLine)) return true;
      const more = this.#reader.read((line) => this.#lines.push(line));
      if (this.#lines.length === 0 && !more) return false;
    }
  }

  /** Everything to the end, with what is left behind the last LF: for a file whose writer has ended. */
  takeRest(onLine: (line: Buffer) => void): void {
    this.take(Number.POSITIVE_INFINITY, onLine);
    this.#reader.readRest(onLine);
    this.offset = this.#reader.offset;
  }

  close(): void {
    this.#reader.close();
    this.#lines = [];
  }

  /** False when the time was over before the lines were. */
  #handOn(deadline: number, onLine: (line: Buffer) => void): boolean {
    while (this.#next < this.#lines.length) {
      const line = this.#lines[this.#next++] as Buffer;
      onLine(line);
      this.offset += line.length + 1;
      if (this.#next % LINES_A_LOOK === 0 && performance.now() >= deadline) return false;
    }
    this.#lines = [];
    this.#next = 0;
    // A line that was too long for the reader came in pieces, without the LF that was counted; and a file may begin anew.
    this.offset = this.#reader.offset;
    return true;
  }
}
