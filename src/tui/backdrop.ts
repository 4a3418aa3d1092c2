/** The panels of a screen in one canvas, without what lies around and over them: made anew only where a panel was drawn. */
import { Canvas } from "../lib/canvas.ts";
import type { Painter, Placed } from "./painter.ts";

export class Backdrop {
  #canvas = new Canvas(0, 0);
  /** Which panel stands where, and the drawing of each that the canvas has. */
  #arrangement = "";
  #drawings: number[] = [];

  /** Puts the panels into a canvas; every cell of it is written. */
  draw(canvas: Canvas, placed: readonly Placed[], painter: Painter): void {
    this.#arrange(canvas, placed);
    for (const [i, { pane, rect }] of placed.entries()) {
      const drawing = painter.drawing(pane.id);
      if (drawing === this.#drawings[i]) continue;
      this.#drawings[i] = drawing;
      const drawn = painter.canvas(pane.id);
      // It may have been drawn for a larger place, and not yet for this one.
      if (drawn !== null) this.#canvas.blit(drawn, rect.x, rect.y, rect);
    }
    canvas.take(this.#canvas);
  }

  #arrange({ width, height }: Canvas, placed: readonly Placed[]): void {
    const arrangement = placed.map(({ pane, rect }) => `${pane.id} ${rect.x} ${rect.y} ${rect.width} ${rect.height}`).join();
    const fits = this.#canvas.width === width && this.#canvas.height === height;
    if (fits && arrangement === this.#arrangement) return;
    if (fits) this.#canvas.clear();
    else this.#canvas = new Canvas(width, height);
    this.#arrangement = arrangement;
    this.#drawings = [];
  }
}
