/** How our cells become the toolkit's: colours of a theme, rows that differ, characters that it must draw itself. */
import type { BufferAccess, RGBA } from "@opentui/core";
import { BOLD, type Canvas, CONTINUATION, GRAPHEME, ownColour, REVERSE, TONES, toneIndex, UNDERLINE } from "../lib/canvas.ts";
import { type Color, coloursOf, colourTone, type Look, pictureColour, TERMINAL_COLOURS, type Theme } from "./theme.ts";

export type Toolkit = typeof import("@opentui/core");

export const SPACE = 32;

/** Values of a theme as the toolkit's cells hold them. */
export class Ink {
  readonly fg: RGBA[];
  readonly bg: RGBA[];
  /** Of each background, of each tone on it: the tone that it has its colour from. */
  readonly shown: Uint8Array[];
  /** Four words a tone, for copying into cells. */
  readonly fgWords: Uint16Array;
  readonly bgWords: Uint16Array;
  /** The same of a point of a picture, `0xrrggbb`, where it is one of the terminal's 16 colours; null = as it is. */
  readonly #few: ReadonlyMap<number, Uint16Array> | null;
  /** Toolkit attributes: of each tone, of each background, and of our own attribute bits. */
  readonly toneAttributes: Uint8Array;
  readonly backgroundAttributes: Uint8Array;
  readonly ownAttributes: Uint8Array;

  constructor({ RGBA, TextAttributes }: Toolkit, theme: Theme) {
    const color = (value: Color, fallback: () => RGBA): RGBA =>
      value === "default" ? fallback() : typeof value === "number" ? RGBA.fromIndex(value) : RGBA.fromHex(value);
    const looks: Look[] = TONES.map((tone) => theme.tones[tone]);
    this.fg = looks.map((look) => color(look.color, () => RGBA.defaultForeground()));
    this.bg = TONES.map((tone) => color(tone === "surface" ? (theme.surface ?? theme.bg) : theme.bg, () => RGBA.defaultBackground()));
    this.shown = TONES.map((on) => Uint8Array.from(TONES, (tone) => toneIndex(colourTone(theme, tone, on))));
    this.fgWords = Uint16Array.from(this.fg.flatMap(({ buffer }) => [...buffer]));
    this.bgWords = Uint16Array.from(this.bg.flatMap(({ buffer }) => [...buffer]));
    const own = new Map(TERMINAL_COLOURS.map((rgb) => [rgb, color(pictureColour(theme, rgb), () => RGBA.defaultForeground()).buffer]));
    this.#few = coloursOf(theme) === "all" ? null : own;
    this.toneAttributes = Uint8Array.from(
      looks.map(
        ({ bold, dim, underline }) =>
          (bold ? TextAttributes.BOLD : 0) | (dim ? TextAttributes.DIM : 0) | (underline ? TextAttributes.UNDERLINE : 0),
      ),
    );
    this.backgroundAttributes = Uint8Array.from(
      TONES.map((tone) => (tone === "surface" && theme.surface === null ? TextAttributes.INVERSE : 0)),
    );
    this.ownAttributes = Uint8Array.from({ length: 8 }, (_, bits) => {
      const own = (bit: number, value: number): number => ((bits & bit) !== 0 ? value : 0);
      return own(BOLD, TextAttributes.BOLD) | own(UNDERLINE, TextAttributes.UNDERLINE) | own(REVERSE, TextAttributes.INVERSE);
    });
  }

  /** Writes the four words of a point of a picture. */
  point(rgb: number, target: Uint16Array, to: number): void {
    const few = this.#few?.get(rgb);
    if (few !== undefined) copyWords(few, 0, target, to);
    else {
      target[to] = rgb >> 16;
      target[to + 1] = (rgb >> 8) & 255;
      target[to + 2] = rgb & 255;
      target[to + 3] = 255;
    }
  }
}

/**
 * The toolkit's own cells, as long as they lie where they do. Lent anew for each frame they count as garbage of the runtime each
 * time, 400 kB at 240×70, and its collector comes twice a second for nothing.
 */
export class Cells {
  #lent: BufferAccess | null = null;

  /** What `now` lends; to be asked inside of what `withBuffers` calls. */
  of(now: BufferAccess): BufferAccess {
    // Another number says that they were made anew, elsewhere: at another size.
    if (this.#lent?.generation !== now.generation) {
      const { width, height, generation, char, fg, bg, attributes } = now;
      this.#lent = { width, height, generation, char, fg, bg, attributes };
    }
    return this.#lent;
  }
}

/**
 * A terminal that does not join code points into one character (an emoji of several people) advances for each of them,
 * and would shift the rest of the row: it gets the first one alone.
 */
export function drawable(grapheme: string, width: number, each: boolean): string {
  if (!each) return grapheme;
  const codePoints = [...grapheme];
  const advance = codePoints.reduce((cells, codePoint) => cells + Bun.stringWidth(codePoint), 0);
  if (advance === width) return grapheme;
  const [first = ""] = codePoints;
  return Bun.stringWidth(first) === width ? first : "?".padEnd(width);
}

export const attributesAt = (canvas: Canvas, at: number, ink: Ink): number => {
  // A point of a picture has none of a tone.
  if (ownColour(canvas.fg[at]!) !== null) return 0;
  const looks = ink.toneAttributes[canvas.fg[at]!]! | ink.ownAttributes[canvas.attributes[at]!]!;
  return looks ^ (ink.backgroundAttributes[canvas.bg[at]!] ?? 0);
};

/** Rows that differ from what is shown; all of them when that is not known. */
export function changedRows(canvas: Canvas, shown: Canvas | null): Set<number> {
  const { width, height } = canvas;
  const known = shown !== null && shown.width === width && shown.height === height;
  const rows = new Set<number>();
  for (let y = 0; y < height; y++) if (!known || !canvas.sameRow(shown, y)) rows.add(y);
  return rows;
}

/** Writes the cells of some rows in one go; returns where characters stand that the toolkit must draw itself. */
export function copyRows(canvas: Canvas, rows: ReadonlySet<number>, cells: BufferAccess, ink: Ink): number[] {
  const pooled: number[] = [];
  const width = Math.min(canvas.width, cells.width);
  const { char, fg, bg, attributes } = cells;
  const { fgWords, bgWords, shown } = ink;
  for (const y of rows) {
    if (y >= cells.height) continue;
    for (let x = 0; x < width; x++) {
      const from = y * canvas.width + x;
      const to = y * cells.width + x;
      const cell = canvas.cells[from]!;
      if (cell >= GRAPHEME) pooled.push(from);
      char[to] = cell >= GRAPHEME || cell === CONTINUATION ? SPACE : cell;
      attributes[to] = attributesAt(canvas, from, ink);
      const over = ownColour(canvas.fg[from]!);
      const under = ownColour(canvas.bg[from]!);
      // A text over a picture stands on the colour of a point.
      if (over === null) copyWords(fgWords, shown[under === null ? canvas.bg[from]! : 0]![canvas.fg[from]!]! * 4, fg, to * 4);
      else ink.point(over, fg, to * 4);
      if (under === null) copyWords(bgWords, canvas.bg[from]! * 4, bg, to * 4);
      else ink.point(under, bg, to * 4);
    }
  }
  return pooled;
}

/** Four words: one colour. */
function copyWords(source: Uint16Array, from: number, target: Uint16Array, to: number): void {
  target[to] = source[from]!;
  target[to + 1] = source[from + 1]!;
  target[to + 2] = source[from + 2]!;
  target[to + 3] = source[from + 3]!;
}
