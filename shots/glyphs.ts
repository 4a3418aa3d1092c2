/**
 * Characters that a picture draws as shapes, since fonts differ in them: boxes, blocks, shades, braille and our glyphs.
 * A cell is CELL_WIDTH × CELL_HEIGHT units; all measures here are in them, from its upper left corner.
 */

export const CELL_WIDTH = 10;
export const CELL_HEIGHT = 20;

/** Strokes from the middle of a cell to its edges, 0 = none, 1 = thin, 2 = thick. */
export interface Arms {
  left: number;
  right: number;
  up: number;
  down: number;
  round?: boolean;
  dashed?: boolean;
}

const arms = (left: number, right: number, up: number, down: number, more: Partial<Arms> = {}): Arms => ({
  left,
  right,
  up,
  down,
  ...more,
});

const BOXES: Readonly<Record<string, Arms>> = {
  "─": arms(1, 1, 0, 0),
  "│": arms(0, 0, 1, 1),
  "━": arms(2, 2, 0, 0),
  "┃": arms(0, 0, 2, 2),
  "╸": arms(2, 0, 0, 0),
  "╺": arms(0, 2, 0, 0),
  "╭": arms(0, 1, 0, 1, { round: true }),
  "╮": arms(1, 0, 0, 1, { round: true }),
  "╰": arms(0, 1, 1, 0, { round: true }),
  "╯": arms(1, 0, 1, 0, { round: true }),
  "┌": arms(0, 1, 0, 1),
  "┐": arms(1, 0, 0, 1),
  "└": arms(0, 1, 1, 0),
  "┘": arms(1, 0, 1, 0),
  "├": arms(0, 1, 1, 1),
  "┤": arms(1, 0, 1, 1),
  "┬": arms(1, 1, 0, 1),
  "┴": arms(1, 1, 1, 0),
  "┼": arms(1, 1, 1, 1),
  "╌": arms(1, 1, 0, 0, { dashed: true }),
  "┄": arms(1, 1, 0, 0, { dashed: true }),
  "┊": arms(0, 0, 1, 1, { dashed: true }),
};

export const boxArms = (char: string): Arms | null => BOXES[char] ?? null;

/** A part of a cell that is filled. */
export interface Block {
  x: number;
  y: number;
  width: number;
  height: number;
  opacity: number;
}

const HALVES: Readonly<Record<string, Omit<Block, "opacity">>> = {
  "▀": { x: 0, y: 0, width: CELL_WIDTH, height: CELL_HEIGHT / 2 },
  "▐": { x: CELL_WIDTH / 2, y: 0, width: CELL_WIDTH / 2, height: CELL_HEIGHT },
};
const SHADES: Readonly<Record<string, number>> = { "░": 0.25, "▒": 0.5, "▓": 0.75 };

/** U+2581 to U+2588 grow from below, U+2589 to U+258F shrink from the right, each by an eighth (Unicode, Block Elements). */
export function block(char: string): Block | null {
  const half = HALVES[char];
  if (half !== undefined) return { ...half, opacity: 1 };
  const opacity = SHADES[char];
  if (opacity !== undefined) return { x: 0, y: 0, width: CELL_WIDTH, height: CELL_HEIGHT, opacity };
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x2581 && code <= 0x2588) {
    const height = ((code - 0x2580) * CELL_HEIGHT) / 8;
    return { x: 0, y: CELL_HEIGHT - height, width: CELL_WIDTH, height, opacity: 1 };
  }
  if (code >= 0x2589 && code <= 0x258f) return { x: 0, y: 0, width: ((0x2590 - code) * CELL_WIDTH) / 8, height: CELL_HEIGHT, opacity: 1 };
  return null;
}

/** Bits of a braille character's code, from U+2800, and where their dots stand (Unicode, Braille Patterns). */
const DOTS: ReadonlyArray<readonly [x: number, y: number]> = [
  [2.5, 2.5],
  [2.5, 7.5],
  [2.5, 12.5],
  [7.5, 2.5],
  [7.5, 7.5],
  [7.5, 12.5],
  [2.5, 17.5],
  [7.5, 17.5],
];

/** The dots of a braille character; null for another one. */
export function brailleDots(char: string): Array<readonly [x: number, y: number]> | null {
  const bits = (char.codePointAt(0) ?? 0) - 0x2800;
  return bits < 0 || bits > 255 ? null : DOTS.filter((_, bit) => (bits >> bit) & 1);
}

/** A path that begins at a point of the cell and goes on in relative steps; filled, or drawn as a line. */
export interface Shape {
  at: readonly [x: number, y: number];
  path: string;
  filled: boolean;
}

const filled = (x: number, y: number, path: string): Shape => ({ at: [x, y], path: `${path}z`, filled: true });
const line = (x: number, y: number, path: string): Shape => ({ at: [x, y], path, filled: false });
const RING = "a3.6 3.6 0 1 1 7.2 0a3.6 3.6 0 1 1-7.2 0";
const ring = line(1.4, 10, `${RING}z`);

const SHAPES: Readonly<Record<string, readonly Shape[]>> = {
  "●": [filled(1.4, 10, RING)],
  "○": [ring],
  "◐": [ring, filled(5, 6.4, "a3.6 3.6 0 0 0 0 7.2")],
  "◑": [ring, filled(5, 6.4, "a3.6 3.6 0 0 1 0 7.2")],
  "■": [filled(1.6, 6.6, "h6.8v6.8h-6.8")],
  "◆": [filled(5, 5.4, "l4.2 4.6l-4.2 4.6l-4.2-4.6")],
  "▲": [filled(5, 5.8, "l4.4 7.8h-8.8")],
  "▼": [filled(0.6, 6.4, "h8.8l-4.4 7.8")],
  "▾": [filled(2, 8, "h6l-3 4.6")],
  "▸": [filled(3, 6.8, "l4.6 3.2l-4.6 3.2")],
  "▶": [filled(1.4, 5.8, "l7.6 4.2l-7.6 4.2")],
  "★": [filled(5, 4.8, "l1.3 3.7l3.7.1l-3 2.3l1.1 3.7l-3.1-2.2l-3.1 2.2l1.1-3.7l-3-2.3l3.7-.1")],
  "✕": [line(2, 7, "l6 6m0-6l-6 6")],
  "⏸": [filled(2, 6, "h2.2v8h-2.2"), filled(5.8, 6, "h2.2v8h-2.2")],
  "⏷": [filled(1, 7.4, "h8l-4 5.4")],
  "⟳": [line(8.2, 8.2, "a3.6 3.6 0 1 0 .3 3"), filled(8.9, 5.4, "v3.6h-3.4")],
  "⚑": [line(2.6, 5.4, "v9.6"), filled(2.6, 5.4, "h5.8l-1.4 2.4l1.4 2.4h-5.8")],
  "✎": [filled(1.6, 14.2, "l.8-2.8l4.8-4.8l2 2l-4.8 4.8"), line(6, 7.8, "l2 2")],
};

export const shapesOf = (char: string): readonly Shape[] | null => SHAPES[char] ?? null;
