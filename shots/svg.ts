/** A canvas as SVG: text as text, everything that fonts draw differently as shapes. Pure, and the same everywhere. */
import { type Canvas, CONTINUATION, GRAPHEME, graphemeOf } from "../src/lib/canvas.ts";
import { escaped } from "../src/panels/svg.ts";
import type { Cursor } from "../src/tui/terminal.ts";
import type { Theme } from "../src/tui/theme.ts";
import { CELL_HEIGHT, CELL_WIDTH } from "./glyphs.ts";
import { background, type Ink, inkOf } from "./ink.ts";
import { Shapes } from "./shapes.ts";

const PADDING = 10;
/** Of fonts that a terminal has, the advance is 0.6 em; `textLength` settles the rest. */
const FONT_SIZE = 16.5;
const BASELINE = 15;
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

export interface Picture {
  canvas: Canvas;
  theme: Theme;
  cursor: Cursor;
  /** Read out in place of the picture. */
  title: string;
}

const charAt = (canvas: Canvas, at: number): string => {
  const cell = canvas.cells[at]!;
  return cell >= GRAPHEME ? graphemeOf(cell) : String.fromCodePoint(cell);
};

/** A document of its own that needs no font, style or script from anywhere. */
export function toSvg({ canvas, theme, cursor, title }: Picture): string {
  const [width, height] = [canvas.width * CELL_WIDTH + 2 * PADDING, canvas.height * CELL_HEIGHT + 2 * PADDING];
  const inks = inkOf(theme);
  const shapes = new Shapes();
  const texts = new Texts();
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const at = y * canvas.width + x;
      if (canvas.cells[at] === CONTINUATION) continue;
      const ink = inks(canvas, at);
      const wide = canvas.cells[at + 1] === CONTINUATION && x + 1 < canvas.width;
      if (ink.bg !== null) shapes.background(x, y, wide ? 2 : 1, ink.bg);
      const char = charAt(canvas, at);
      if (!shapes.add(char, x, y, ink.fg)) texts.add(char, x, y, wide ? 2 : 1, ink);
      else if (ink.underline) texts.add("\u00a0", x, y, 1, ink);
    }
  }
  const caret =
    cursor === null
      ? ""
      : `<rect x="${cursor.x * CELL_WIDTH}" y="${cursor.y * CELL_HEIGHT}" width="2" height="${CELL_HEIGHT}" fill="${inks(canvas, cursor.y * canvas.width + cursor.x).fg}"/>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-PADDING} ${-PADDING} ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect x="${-PADDING}" y="${-PADDING}" width="${width}" height="${height}" rx="8" fill="${background(theme)}"/>
${shapes.backgrounds()}${shapes.paths()}<g font-family="${FONTS}" font-size="${FONT_SIZE}">
${texts.groups()}</g>
${caret}</svg>
`;
}

interface Run {
  text: string;
  x: number;
  y: number;
  cells: number;
}

const LATIN = /^[\u0021-\u024f]$/;
/** Asks for the plain form of a character that could be a coloured picture. */
const AS_TEXT = "\ufe0e";
const PICTURED = /^\p{Emoji}$/u;

/** Pieces of text that stand on one row in one look, at most one space apart. */
class Texts {
  readonly #looks = new Map<string, Run[]>();

  add(char: string, x: number, y: number, cells: number, { fg, bold, underline }: Ink): void {
    if (char === " " && !underline) return;
    const look = `fill="${fg}"${bold ? ' font-weight="700"' : ""}${underline ? ' text-decoration="underline"' : ""}`;
    const runs = this.#looks.get(look) ?? [];
    this.#looks.set(look, runs);
    const last = runs.at(-1);
    const shown = char === " " ? "\u00a0" : char;
    const gap = last === undefined || last.y !== y ? -1 : x - last.x - last.cells;
    if (last !== undefined && (gap === 0 || gap === 1) && LATIN.test(shown) && LATIN.test(last.text.at(-1)!)) {
      last.text += " ".repeat(gap) + shown;
      last.cells += gap + cells;
    } else runs.push({ text: shown, x, y, cells });
  }

  groups(): string {
    return [...this.#looks].map(([look, runs]) => `<g ${look}>\n${runs.map(written).join("")}</g>\n`).join("");
  }
}

function written({ text, x, y, cells }: Run): string {
  const latin = LATIN.test(text.at(0)!);
  const shown = !latin && PICTURED.test(text) && cells === 1 ? text + AS_TEXT : text;
  // A single sign from another font may be wider than its cell: it is made narrower, words are spaced.
  const adjust = latin ? "" : ' lengthAdjust="spacingAndGlyphs"';
  return `<text x="${x * CELL_WIDTH}" y="${y * CELL_HEIGHT + BASELINE}" textLength="${cells * CELL_WIDTH}"${adjust}>${escaped(shown)}</text>\n`;
}
