/**
 * A grid of cells that everything visible is drawn into: characters, tones and attributes, no terminal. A canvas is
 * plain memory, so a panel that has not changed is copied, not drawn again, and a test can read it.
 */
import type { Line, Tone } from "../core/scene.ts";
import { cut, cutParts, cutWords, eachGrapheme, isNarrow, textWidth } from "./graphemes.ts";

export const TONES: readonly Tone[] = [
  "bg",
  "surface",
  "border",
  "focus",
  "text",
  "muted",
  "faint",
  "accent",
  "good",
  "warn",
  "bad",
  "info",
  "s1",
  "s2",
  "s3",
  "s4",
  "s5",
  "s6",
  "s7",
  "s8",
];
const TONE_INDEX = new Map(TONES.map((tone, index) => [tone, index]));
export const toneIndex = (tone: Tone): number => TONE_INDEX.get(tone) ?? 0;

/** From here on a number in `fg` or `bg` is no tone but a colour of its own, as points of pictures have. */
const COLOUR = 0x100_0000;

/** The number of a colour for a cell; parts are 0 to 255. */
export const colourCell = (red: number, green: number, blue: number): number => COLOUR | (red << 16) | (green << 8) | blue;

/** `0xrrggbb` of a cell that has a colour of its own; null when it has a tone. */
export const ownColour = (cell: number): number | null => (cell < COLOUR ? null : cell & 0xff_ffff);

export const BOLD = 1;
export const UNDERLINE = 2;
export const REVERSE = 4;

/** Right half of a character that is two cells wide. */
export const CONTINUATION = 0;
/** Set in a cell whose character is no single narrow code point; the rest is a number for `graphemeOf`. */
export const GRAPHEME = 0x8000_0000;

const SPACE = 32;
const REPLACEMENT = 0xfffd;
// Shared by all canvases, so that cells can be copied from one to another. Bounded: a stream of ever new combinations
// of marks must not grow it without end.
const MOST_GRAPHEMES = 65_536;
const LONGEST_GRAPHEME = 32;
const graphemes: string[] = [];
const graphemeIndex = new Map<string, number>();

/** The text of a cell that has the GRAPHEME bit. */
export const graphemeOf = (cell: number): string => graphemes[cell & 0x7fff_ffff] ?? "\ufffd";

function cellOf(grapheme: string, width: number): number {
  const code = grapheme.codePointAt(0) ?? SPACE;
  if (width === 1 && grapheme.length === (code > 0xffff ? 2 : 1)) return code;
  const known = graphemeIndex.get(grapheme);
  if (known !== undefined) return (GRAPHEME | known) >>> 0;
  if (graphemes.length >= MOST_GRAPHEMES || grapheme.length > LONGEST_GRAPHEME) return width === 1 ? REPLACEMENT : cellOf("？", 2);
  graphemes.push(grapheme);
  graphemeIndex.set(grapheme, graphemes.length - 1);
  return (GRAPHEME | (graphemes.length - 1)) >>> 0;
}

export interface Style {
  tone?: Tone;
  bold?: boolean;
  underline?: boolean;
  reverse?: boolean;
}

const attributesOf = (style: Style): number => (style.bold ? BOLD : 0) | (style.underline ? UNDERLINE : 0) | (style.reverse ? REVERSE : 0);

/** Cells, foregrounds, backgrounds and attributes: bytes of a cell, and those that the ones before have of it. */
const LAYERS = [
  { before: 0, bytes: 4 },
  { before: 4, bytes: 4 },
  { before: 8, bytes: 4 },
  { before: 12, bytes: 1 },
];
const CELL_BYTES = 13;

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** A code point, CONTINUATION, or GRAPHEME with a number. */
  readonly cells: Uint32Array;
  /** Indices into TONES, or colours (`colourCell`). */
  readonly fg: Uint32Array;
  readonly bg: Uint32Array;
  /** BOLD, UNDERLINE, REVERSE. */
  readonly attributes: Uint8Array;
  /**
   * All of the above, one after another. Rows are copied and compared as bytes: by the runtime's own code, which is as fast at the
   * first frame as at the thousandth, and without a view of each row, which the collector would stop us for.
   */
  readonly #bytes: Buffer;

  constructor(width: number, height: number) {
    this.width = Math.max(0, Math.floor(width));
    this.height = Math.max(0, Math.floor(height));
    const size = this.width * this.height;
    const memory = new ArrayBuffer(size * CELL_BYTES);
    this.cells = new Uint32Array(memory, 0, size);
    this.fg = new Uint32Array(memory, size * 4, size);
    this.bg = new Uint32Array(memory, size * 8, size);
    this.attributes = new Uint8Array(memory, size * 12, size);
    this.#bytes = Buffer.from(memory);
    this.clear();
  }

  clear(): void {
    this.cells.fill(SPACE);
    this.fg.fill(toneIndex("text"));
    this.bg.fill(toneIndex("bg"));
    this.attributes.fill(0);
  }

  /** Another one with the same cells. */
  copy(): Canvas {
    const other = new Canvas(this.width, this.height);
    other.take(this);
    return other;
  }

  /** Becomes what another canvas of the same size is. */
  take(source: Canvas): void {
    this.#bytes.set(source.#bytes);
  }

  /** The whole of it, to draw into. */
  region(): Region {
    return new Region(this, 0, 0, this.width, this.height);
  }

  /** Copies another canvas to (x, y), at most `size` of it; what does not fit is left out. */
  blit(source: Canvas, x: number, y: number, size: { width: number; height: number } = source): void {
    const left = Math.max(0, -x);
    const columns = Math.min(source.width, size.width, this.width - x) - left;
    if (columns <= 0) return;
    const rows = Math.min(source.height, size.height, this.height - y);
    for (let row = Math.max(0, -y); row < rows; row++) {
      const from = row * source.width + left;
      const to = (row + y) * this.width + x + left;
      for (const { before, bytes } of LAYERS) {
        const start = source.cells.length * before + from * bytes;
        source.#bytes.copy(this.#bytes, this.cells.length * before + to * bytes, start, start + columns * bytes);
      }
      this.#mend(x + left, row + y);
      this.#mend(x + left + columns - 1, row + y);
    }
  }

  /** True when a row has the same cells as that of another canvas of the same size. */
  sameRow(other: Canvas, y: number): boolean {
    for (const { before, bytes } of LAYERS) {
      const from = this.cells.length * before + y * this.width * bytes;
      const to = from + this.width * bytes;
      if (this.#bytes.compare(other.#bytes, from, to, from, to) !== 0) return false;
    }
    return true;
  }

  /** Writes one character. Its neighbour that was half of a wide character becomes a space. Must lie inside. */
  set(x: number, y: number, cell: number, fg: number, attributes: number, wide: boolean): void {
    const at = y * this.width + x;
    const before = this.cells[at]!;
    this.cells[at] = cell;
    this.fg[at] = fg;
    this.attributes[at] = attributes;
    if (wide) {
      this.cells[at + 1] = CONTINUATION;
      this.fg[at + 1] = fg;
      this.attributes[at + 1] = attributes;
      this.#mend(x + 1, y);
    }
    if (before === CONTINUATION || before >= GRAPHEME) this.#mend(x, y);
    if (!wide && x + 1 < this.width && this.cells[at + 1] === CONTINUATION) this.cells[at + 1] = SPACE;
  }

  /** Makes spaces of halves that (x, y) and its neighbours have lost their other half of. */
  #mend(x: number, y: number): void {
    for (let i = Math.max(0, x - 1); i <= Math.min(this.width - 1, x + 1); i++) {
      const at = y * this.width + i;
      const cell = this.cells[at]!;
      if (cell === CONTINUATION && (i === 0 || !this.#isWide(at - 1))) this.cells[at] = SPACE;
      else if (cell >= GRAPHEME && this.#isWide(at) && (i + 1 >= this.width || this.cells[at + 1] !== CONTINUATION)) this.cells[at] = SPACE;
    }
  }

  #isWide(at: number): boolean {
    const cell = this.cells[at]!;
    return cell >= GRAPHEME && textWidth(graphemeOf(cell)) === 2;
  }

  /** A number for how a cell looks, besides what stands in it: alike ones have the same. */
  lookAt(at: number): number {
    // Two numbers of 25 bits and three bits: as many as a number keeps exactly.
    return this.fg[at]! * 2 ** 28 + this.bg[at]! * 8 + this.attributes[at]!;
  }

  /** Plain text, rows without trailing spaces. */
  toText(): string {
    const rows: string[] = [];
    for (let y = 0; y < this.height; y++) rows.push(this.rowText(y).trimEnd());
    return rows.join("\n");
  }

  /**
   * What stands in all cells, a character each, row by row without a break; null where some cell has none or more than one (UTF-16).
   * Made by the runtime's own code: thousands of cells one by one take milliseconds the first time.
   */
  plainText(): string | null {
    const units = new Uint16Array(this.cells);
    const bytes = this.#bytes.subarray(0, this.cells.byteLength);
    if (bytes.compare(Buffer.from(new Uint32Array(units).buffer)) !== 0) return null;
    const text = Buffer.from(units.buffer).toString("utf16le");
    return text.includes("\0") ? null : text;
  }

  /** The text of a row, or of its cells from one column to before another. */
  rowText(y: number, from = 0, to = this.width): string {
    let row = "";
    for (let x = Math.max(0, from); x < Math.min(this.width, to); x++) {
      const cell = this.cells[y * this.width + x]!;
      if (cell !== CONTINUATION) row += cell >= GRAPHEME ? graphemeOf(cell) : String.fromCodePoint(cell);
    }
    return row;
  }
}

export interface BoxOptions {
  title?: string;
  /** At the right of the upper border. */
  settings?: string;
  /** In the lower border. */
  note?: string;
  tone: Tone;
  titleTone: Tone;
  bold?: boolean;
}

/** A rectangle of a canvas with its own origin; nothing that is drawn through it lands outside. */
export class Region {
  readonly width: number;
  readonly height: number;

  constructor(
    readonly canvas: Canvas,
    readonly x: number,
    readonly y: number,
    width: number,
    height: number,
  ) {
    this.width = Math.max(0, Math.floor(width));
    this.height = Math.max(0, Math.floor(height));
  }

  /** A part of this region, cut to it. */
  sub(x: number, y: number, width: number, height: number): Region {
    const left = Math.min(Math.max(0, x), this.width);
    const top = Math.min(Math.max(0, y), this.height);
    return new Region(
      this.canvas,
      this.x + left,
      this.y + top,
      Math.min(x + width, this.width) - left,
      Math.min(y + height, this.height) - top,
    );
  }

  /** Writes a text at (x, y), leaving the background as it is. Returns the column after it. */
  put(x: number, y: number, text: string, style: Style = {}): number {
    const row = this.y + y;
    const end = Math.min(this.x + this.width, this.canvas.width);
    let column = this.x + x;
    if (y < 0 || y >= this.height || row < 0 || row >= this.canvas.height) return x + textWidth(text);
    const fg = toneIndex(style.tone ?? "text");
    const attributes = attributesOf(style);
    if (!isNarrow(text)) return this.#putGraphemes(column, row, text, fg, attributes) - this.x;
    const start = Math.max(this.x, 0);
    for (let i = 0; i < text.length && column < end; i++, column++) {
      if (column >= start) this.canvas.set(column, row, text.charCodeAt(i), fg, attributes, false);
    }
    return column - this.x;
  }

  /** Apart from `put`: what has a function within it makes room for that at each call, and nearly all texts are narrow. */
  #putGraphemes(from: number, row: number, text: string, fg: number, attributes: number): number {
    const start = Math.max(this.x, 0);
    const end = Math.min(this.x + this.width, this.canvas.width);
    let column = from;
    eachGrapheme(text, (grapheme, width) => {
      if (column >= end) return false;
      if (column >= start && column + width <= end) this.canvas.set(column, row, cellOf(grapheme, width), fg, attributes, width === 2);
      column += width;
      return true;
    });
    return column;
  }

  /** Writes spans one after another, the last one that does not fit cut with …. Returns the column after them. */
  line(x: number, y: number, spans: Line, base: Style = {}): number {
    let column = x;
    for (const span of spans) {
      const room = this.width - column;
      if (room <= 0) break;
      column = this.put(column, y, cut(span.text, room), { ...base, ...span });
    }
    return column;
  }

  /** Fills with a background and spaces. */
  fill(background: Tone): void {
    const right = Math.min(this.x + this.width, this.canvas.width);
    const bottom = Math.min(this.y + this.height, this.canvas.height);
    const tone = toneIndex(background);
    const left = Math.max(0, this.x);
    for (let y = Math.max(0, this.y); y < bottom; y++) {
      for (let x = left; x < right; x++) this.canvas.set(x, y, SPACE, toneIndex("text"), 0, false);
      if (right > left) this.canvas.bg.fill(tone, y * this.canvas.width + left, y * this.canvas.width + right);
    }
  }

  /** A rounded border around the region; returns what is inside. */
  box(options: BoxOptions): Region {
    const { width, height } = this;
    if (width < 2 || height < 2) return this.sub(0, 0, 0, 0);
    const style: Style = { tone: options.tone, bold: options.bold };
    const bar = "─".repeat(width - 2);
    this.put(0, 0, `╭${bar}╮`, style);
    this.put(0, height - 1, `╰${bar}╯`, style);
    for (let y = 1; y < height - 1; y++) {
      this.put(0, y, "│", style);
      this.put(width - 1, y, "│", style);
    }
    this.#labels(options);
    return this.sub(1, 1, width - 2, height - 2);
  }

  #labels({ title = "", settings = "", note = "", titleTone, bold }: BoxOptions): void {
    const room = this.width - 4;
    if (room < 3) return;
    const shown = cut(title, room - 1);
    if (shown !== "") this.put(1, 0, ` ${shown} `, { tone: titleTone, bold });
    const left = room - textWidth(shown) - 4;
    const some = cutParts(settings, left - 1);
    // A first part that is cut would tell nothing.
    if (settings !== "" && left >= 3 && (some.includes(" · ") || !settings.includes(" · "))) {
      const text = ` ${some} `;
      this.put(this.width - 1 - textWidth(text), 0, text, { tone: "muted" });
    }
    if (note !== "") this.put(2, this.height - 1, ` ${cutWords(note, room - 2)} `, { tone: "muted" });
  }
}
