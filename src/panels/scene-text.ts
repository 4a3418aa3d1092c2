/** A scene as plain text: what a panel says where there is no terminal to draw on. */
import type { Scene } from "../core/scene.ts";
import { toAscii } from "../lib/ascii.ts";
import { Canvas } from "../lib/canvas.ts";
import type { Size } from "./data.ts";
import { innerSize, paint, paintBlocks } from "./paint.ts";
import type { Symbols } from "./plot-dots.ts";

export interface TextOptions {
  /** With a frame, as on screen; without, title and note are lines of their own, for readers that read frames aloud. */
  border: boolean;
  symbols: Symbols;
}

/** Cells that a panel has for its content, of so many for all of it. */
export const contentSize = ({ width, height }: Size, border: boolean): Size =>
  border ? innerSize(width, height) : { width: Math.max(0, width), height: Math.max(0, height - 2) };

/** Rows without trailing spaces, joined by LF; as many as the size has, fewer when the last ones are empty. */
export function sceneText(scene: Scene, size: Size, { border, symbols }: TextOptions): string {
  const canvas = new Canvas(size.width, size.height);
  if (border) paint(scene, canvas.region(), { symbols, focused: false });
  else paintPlain(scene, canvas, symbols);
  if (symbols === "ascii") toAscii(canvas);
  return canvas.toText().trimEnd();
}

/** `title · settings` over the content, the note under it. */
function paintPlain({ title, settings, note, blocks }: Scene, canvas: Canvas, symbols: Symbols): void {
  const { width, height } = canvas;
  const all = canvas.region();
  all.line(0, 0, [{ text: title }, { text: settings === undefined ? "" : ` · ${settings}` }]);
  paintBlocks(blocks, all.sub(0, 1, width, height - 2), symbols);
  if (note !== undefined && height > 1) all.line(0, height - 1, [{ text: note }]);
}
