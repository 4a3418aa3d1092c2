/** Text of a panel that is chosen with the mouse: it is shown while one drags, and copied when the button is let go. */

import { type Canvas, REVERSE } from "../lib/canvas.ts";
import { counted } from "../lib/format.ts";
import type { Rect } from "../screens/arrange.ts";
import type { AppContext } from "./context.ts";
import type { ZoneActions } from "./overlay.ts";

interface Cell {
  x: number;
  y: number;
}

/** From one cell of a panel to another, both in it, in the order of reading. */
export interface TextSelection {
  pane: string;
  from: Cell;
  to: Cell;
}

/** Border and air at either side. */
const MARGIN = 2;

/** The cells of a row that belong to it: all inside of the border in the rows between, the two ends where they are. */
function* spans(
  { from, to }: TextSelection,
  { width, height }: Pick<Rect, "width" | "height">,
): Generator<[y: number, first: number, end: number]> {
  // The panel may have become smaller since.
  for (let y = from.y; y <= Math.min(to.y, height - 1); y++)
    yield [y, y === from.y ? from.x : MARGIN, y === to.y ? to.x + 1 : width - MARGIN];
}

/** What was chosen of a panel as it was drawn. */
export const selectedText = (canvas: Canvas, selection: TextSelection): string =>
  [...spans(selection, canvas)]
    .map(([y, first, end]) => canvas.rowText(y, first, end).trimEnd())
    .join("\n")
    .trimEnd();

/** Shows it on the frame, where the panel stands. */
export function markSelection(frame: Canvas, rect: Rect, selection: TextSelection): void {
  for (const [row, first, end] of spans(selection, rect)) {
    const start = (rect.y + row) * frame.width + rect.x;
    for (let at = start + first; at < start + Math.min(end, rect.width); at++) frame.attributes[at] = (frame.attributes[at] ?? 0) ^ REVERSE;
  }
}

/** The mouse on a panel of text or a list, besides what a click and the wheel do there. */
export function selectionZone(
  app: AppContext,
  pane: string,
  { width, height }: Rect,
): Pick<ZoneActions, "drag" | "release"> & {
  begin: (x: number, y: number) => void;
} {
  let start: Cell | null = null;
  const inside = (x: number, y: number): Cell => ({
    x: Math.max(MARGIN, Math.min(width - MARGIN - 1, x)),
    y: Math.max(1, Math.min(height - 2, y)),
  });
  const choose = (x: number, y: number): TextSelection | null => {
    if (start === null || width <= MARGIN * 2 || height < 3) return null;
    const end = inside(x, y);
    const ordered = end.y < start.y || (end.y === start.y && end.x < start.x) ? [end, start] : [start, end];
    return { pane, from: ordered[0]!, to: ordered[1]! };
  };
  return {
    begin: (x, y) => {
      start = x > 0 && y > 0 && x < width - 1 && y < height - 1 ? inside(x, y) : null;
    },
    drag: (x, y) => {
      app.state.textSelection = choose(x, y);
      app.touch();
    },
    release: (_x, _y, moved) => {
      const chosen = app.state.textSelection;
      app.state.textSelection = null;
      app.touch();
      if (!moved || chosen === null) return;
      const text = app.selectedText(chosen);
      const sent = text.trim() !== "" && app.copy(text);
      if (text.trim() !== "")
        app.notify(sent ? "info" : "warn", sent ? `Copied ${counted([...text].length, "letter")}` : NO_CLIPBOARD, "copied");
    },
  };
}

export const NO_CLIPBOARD = "Not copied: this terminal has no clipboard that a program may write (OSC 52)";
