/** How often the screen follows the data: by how far away the terminal is, and by what its link carries. */
import { type Canvas, CONTINUATION, GRAPHEME } from "../lib/canvas.ts";

export interface Pace {
  /** Milliseconds between looks at a live run. */
  tickMs: number;
  /** A live run's dot goes on and off. */
  breathes: boolean;
  /** What may be written on average; null = whatever there is to see. */
  bytesPerSecond: number | null;
}

const USUAL: Pace = { tickMs: 50, breathes: true, bytesPerSecond: null };
/** Ten frames a second are all that a person far away sees. */
const REMOTE: Pace = { ...USUAL, tickMs: 100 };
/** The estimate of a frame may be off by a part: what is promised is 10 kB. */
const LOW: Pace = { tickMs: 1000, breathes: false, bytesPerSecond: 7000 };

/** Frames are made for what is said of them. */
export const SPOKEN: Pace = { tickMs: 500, breathes: false, bytesPerSecond: null };

export function choosePace(env: Readonly<Record<string, string | undefined>>, lowBandwidth: boolean): Pace {
  if (lowBandwidth) return LOW;
  return env["SSH_CONNECTION"] || env["SSH_TTY"] ? REMOTE : USUAL;
}

/** Longer than this nothing new is held back, however much a frame was. */
const MOST_WAIT_MS = 15_000;

/** What has been written, and how long it takes until that is within the budget. Typing is never held back, but counted. */
export class Budget {
  #paidAt = 0;
  #shown: Canvas | null = null;

  constructor(private readonly bytesPerSecond: number | null) {}

  /** A frame goes to the terminal. */
  spend(frame: Canvas, now: number): void {
    if (this.bytesPerSecond === null) return;
    const before = this.#shown;
    const known = before !== null && before.width === frame.width && before.height === frame.height;
    const bytes = frameBytes(frame, known ? before : null);
    this.#paidAt = Math.max(this.#paidAt, now) + (bytes / this.bytesPerSecond) * 1000;
    if (!known) this.#shown = frame.copy();
    else before.take(frame);
  }

  waitMs(now: number): number {
    return Math.min(MOST_WAIT_MS, Math.max(0, this.#paidAt - now));
  }
}

// Measured on what the toolkit writes: of each change of colours, of each jump to a place, and around a frame.
const STYLE_BYTES = 40;
const MOVE_BYTES = 13;
const FRAME_BYTES = 60;
const LETTER_BYTES = 3;

/** About how many bytes a frame is as a difference to the one before; null = all of it. */
export function frameBytes(frame: Canvas, before: Canvas | null): number {
  let bytes = FRAME_BYTES;
  for (let y = 0; y < frame.height; y++) {
    if (before !== null && frame.sameRow(before, y)) continue;
    let style = -1;
    let follows = false;
    for (let at = y * frame.width; at < (y + 1) * frame.width; at++) {
      const cell = frame.cells[at]!;
      const look = frame.lookAt(at);
      const same = before !== null && before.cells[at] === cell && look === before.lookAt(at);
      if (same) {
        follows = false;
        continue;
      }
      if (!follows) bytes += MOVE_BYTES;
      if (look !== style || !follows) bytes += STYLE_BYTES;
      style = look;
      follows = true;
      bytes += cell === CONTINUATION ? 0 : cell < 128 ? 1 : cell >= GRAPHEME ? LETTER_BYTES * 2 : LETTER_BYTES;
    }
  }
  return bytes;
}
