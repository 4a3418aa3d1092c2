/** Line framing for append-only files: on LF only, and a torn tail is "not yet". */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 1 << 20;
/** A line longer than this is handed on in pieces: one bad writer must not hold the memory of all. */
const LONGEST_LINE_BYTES = 1 << 20;

/**
 * Follows one growing file from a byte offset. Knows bytes, not lines' meaning; never keeps state that is not in
 * `offset`, so a successor can go on from there.
 */
export class LineReader {
  #fd: number | null = null;
  #buffer = Buffer.allocUnsafe(0);

  constructor(
    readonly path: string,
    public offset: number,
  ) {}

  /**
   * Hands each whole line (without LF) that lies after `offset` to `onLine`, at most about 1 MiB a call, and moves
   * `offset` behind the last one. Returns whether more whole lines may be waiting. A file that is not there yet, or
   * that cannot be read, has no lines.
   */
  read(onLine: (line: Buffer) => void): boolean {
    const fd = this.#open();
    if (fd === null) return false;
    const available = fstatSync(fd).size - this.offset;
    // A file shorter than what was read has been replaced or truncated: begin again rather than wait for ever.
    if (available < 0) this.offset = 0;
    if (available <= 0) return false;
    if (this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafe(CHUNK_BYTES + 1);
    const got = readSync(fd, this.#buffer, 0, Math.min(available, CHUNK_BYTES), this.offset);
    const end = this.#buffer.subarray(0, got).lastIndexOf(10);
    if (end < 0) {
      if (got < LONGEST_LINE_BYTES) return false;
      onLine(this.#buffer.subarray(0, got));
      this.offset += got;
      return true;
    }
    this.#split(end, onLine);
    this.offset += end + 1;
    return available > end + 1 && available > CHUNK_BYTES;
  }

  /** What is left after the last LF, for a file whose writer has ended. Moves `offset` to the end. */
  readRest(onLine: (line: Buffer) => void): void {
    while (this.read(onLine));
    const fd = this.#open();
    if (fd === null) return;
    const left = fstatSync(fd).size - this.offset;
    if (left <= 0) return;
    const rest = Buffer.allocUnsafe(left);
    readSync(fd, rest, 0, left, this.offset);
    onLine(rest);
    this.offset += left;
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #split(end: number, onLine: (line: Buffer) => void): void {
    let start = 0;
    while (start <= end) {
      const next = this.#buffer.indexOf(10, start);
      onLine(this.#buffer.subarray(start, next));
      start = next + 1;
    }
  }

  #open(): number | null {
    if (this.#fd !== null) return this.#fd;
    try {
      this.#fd = openSync(this.path, "r");
    } catch {
      return null; // not there yet
    }
    return this.#fd;
  }
}
