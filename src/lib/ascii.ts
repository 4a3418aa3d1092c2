/**
 * The ASCII twin of every glyph that we draw, one cell for one cell, for terminals without Unicode. What states and marks
 * are told by has a twin of its own: `*` is what is live, `=` a line or bar. `~` before a number is an estimate, as it is elsewhere;
 * after a text it says that there is more.
 */
import { type Canvas, CONTINUATION, GRAPHEME } from "./canvas.ts";

const TWINS: ReadonlyArray<readonly [glyphs: string, twin: string]> = [
  ["─╌┄", "-"],
  ["━╸", "="],
  ["│┃┊", "|"],
  ["╭╮╰╯┌┐└┘├┤┬┴┼", "+"],
  ["╱", "/"],
  ["●", "*"],
  ["★", "&"],
  ["◆", "#"],
  ["◐", "("],
  ["◑", ")"],
  ["○", "o"],
  ["✕×", "x"],
  ["■", "%"],
  ["█▇▆", "#"],
  ["▅▄", "="],
  ["▃▂", "-"],
  ["▁", "."],
  ["▀▌▐", "="],
  ["▒", ":"],
  ["▓", "+"],
  ["▲", "!"],
  ["✎", "e"],
  ["✓", "+"],
  ["⚑", "^"],
  ["⏸", '"'],
  ["⟳", "@"],
  ["▸›→▶", ">"],
  ["‹←", "<"],
  ["↑", "^"],
  ["↓⏷▾▼", "v"],
  ["–—−", "-"],
  ["·•░", "."],
  // What is cut: a full stop would make a sentence of it.
  ["…", "~"],
  ["⏎", "<"],
  ["°", "'"],
  ["Δ", "d"],
  ["“”", '"'],
  ["‘’", "'"],
];

const TWIN = new Map(TWINS.flatMap(([glyphs, twin]) => [...glyphs].map((glyph) => [glyph.codePointAt(0) ?? 0, twin.charCodeAt(0)])));
const QUESTION = 63;
const SPACE = 32;

/** Replaces everything outside ASCII in place; a character that has no twin becomes `?`. */
export function toAscii(canvas: Canvas): void {
  const { cells } = canvas;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    if (cell === CONTINUATION) cells[i] = SPACE;
    else if (cell >= GRAPHEME) cells[i] = QUESTION;
    else if (cell > 126) cells[i] = TWIN.get(cell) ?? QUESTION;
  }
}
