/** Puts one frame together: panels, rows around, tour and toasts. */
import type { Canvas } from "../lib/canvas.ts";
import type { Rect, Slot } from "../screens/arrange.ts";
import { actionFor } from "./actions.ts";
import type { Backdrop } from "./backdrop.ts";
import { bodyRect, hasScreenRow } from "./body.ts";
import { chartZone } from "./chart-mouse.ts";
import { drawFooter, drawScreens, drawStatus, drawTabs, type Hint } from "./chrome.ts";
import type { AppContext } from "./context.ts";
import type { LineEditor } from "./editor.ts";
import { drawFilter } from "./filter-line.ts";
import { drawToasts } from "./notices.ts";
import type { ZoneActions, Zones } from "./overlay.ts";
import type { Painter, Placed } from "./painter.ts";
import type { Pane, Screen } from "./pane.ts";
import { editZone } from "./screen-mouse.ts";
import { tabOf } from "./tabs.ts";
import type { Cursor } from "./terminal.ts";
import { markSelection, selectionZone } from "./text-selection.ts";
import { drawTour } from "./tour.ts";

/** Below this nothing can be read, and it says only that. */
export const TOO_SMALL = { columns: 20, rows: 5 };

export const isTooSmall = ({ width, height }: { width: number; height: number }): boolean =>
  width < TOO_SMALL.columns || height < TOO_SMALL.rows;

const LOWEST_WITH_CHROME = 10;
/** Two clicks are one thing when they are no further apart. */
const TWICE_MS = 500;

/** Which panels are visible, and where. Of a slot with several, the one that has the focus, else the last that had it. */
export function place(
  app: AppContext,
  screen: Screen,
  size: { width: number; height: number },
  front: Map<string, string>,
  maximised = app.state.maximised,
): Placed[] {
  const body = bodyRect(app, size);
  const slots = screen.slots(app, size, body);
  const all = slots.flatMap(({ panes }) => panes);
  const made = new Map<string, Pane>();
  const paneOf = (id: string): Pane => {
    const pane = made.get(id) ?? screen.pane(app, id);
    made.set(id, pane);
    return pane;
  };
  const wanted = app.state.focus[app.state.tab];
  const isThere = all.includes(wanted);
  // What had the focus may be on another screen: a chart is what most keys of a run are for.
  const focused = isThere ? wanted : (usualFocus(slots, paneOf) ?? wanted);
  if (maximised) return [{ pane: paneOf(focused), rect: body, focused: true, chosen: true, slot: [focused], behind: [] }];
  return slots.map((slot) => {
    const id = frontPane(slot, focused, front);
    const behind = inReach(slot.panes, id).map((other) => screen.nameOf?.(app, other) ?? other);
    const isFocused = id === focused || id === app.screens.target;
    return { pane: paneOf(id), rect: slot.rect, focused: isFocused, chosen: isFocused && isThere, slot: slot.panes, behind };
  });
}

/** The others of a slot, in the order in which one comes to them from one: forwards, but from the last, which is left backwards. */
function inReach(panes: readonly string[], from: string): string[] {
  const [before, after] = [panes.slice(0, panes.indexOf(from)), panes.slice(panes.indexOf(from) + 1)];
  return after.length > 0 ? [...after, ...before] : before.reverse();
}

function usualFocus(slots: readonly Slot[], paneOf: (id: string) => Pane): string | undefined {
  const first = slots.flatMap(({ panes }) => panes.slice(0, 1));
  return first.find((id) => paneOf(id).groups.includes("chart")) ?? first[0];
}

function frontPane({ panes }: Slot, focused: string, front: Map<string, string>): string {
  const key = panes.join();
  const id = panes.includes(focused) ? focused : (front.get(key) ?? panes[0]!);
  front.set(key, id);
  return id;
}

export interface Parts {
  app: AppContext;
  placed: readonly Placed[];
  painter: Painter;
  backdrop: Backdrop;
  footer: readonly Hint[];
  filter: LineEditor | null;
  zones: Zones;
}

/** Draws all of a frame but an overlay; returns where the text cursor is without one. */
export function drawFrame(canvas: Canvas, parts: Parts): Cursor {
  const { app, placed, painter, zones } = parts;
  zones.cut(0);
  const whole = canvas.region();
  if (isTooSmall(canvas)) {
    canvas.clear();
    whole.put(0, 0, "terminal too small", { tone: "warn" });
    return null;
  }
  parts.backdrop.draw(canvas, placed, painter);
  let cursor: Cursor = null;
  for (const { pane, rect } of placed) {
    const { textSelection } = app.state;
    if (textSelection?.pane === pane.id) markSelection(canvas, rect, textSelection);
    const zone = isEdited(app)
      ? editZone(app, pane.id, rect)
      : isChart(app, pane)
        ? chartZone(app, pane.id, rect)
        : paneZone(app, pane, rect);
    zones.add(rect, { ...zone, jump: { at: 1, to: () => app.focus(pane.id) } });
    if (pane.editor !== undefined) cursor = drawEditor(app, pane, pane.editor, canvas, rect) ?? cursor;
  }
  if (canvas.height >= LOWEST_WITH_CHROME) cursor = drawChrome(canvas, parts) ?? cursor;
  const free = drawToasts(app, whole.sub(0, 0, whole.width, toastsEnd(canvas.height, placed)), zones);
  drawTour(app, whole.sub(0, 0, whole.width, free), zones);
  return cursor;
}

/** The row under the lowest toast: above keys and status, and above what is typed into. */
function toastsEnd(height: number, placed: readonly Placed[]): number {
  const typed = placed.filter(({ pane }) => pane.editor !== undefined).map(({ rect }) => rect.y);
  return Math.min(height < LOWEST_WITH_CHROME ? height : height - 2, ...typed);
}

function drawChrome(canvas: Canvas, { app, footer, filter, zones }: Parts): Cursor {
  const row = (y: number) => canvas.region().sub(0, y, canvas.width, 1);
  drawTabs(app, row(0), zones);
  if (hasScreenRow(app, canvas.height)) drawScreens(app, row(1), zones);
  drawStatus(app, row(canvas.height - 1));
  if (filter === null) {
    drawFooter(app, footer, row(canvas.height - 2), zones);
    return null;
  }
  return { x: drawFilter(filter, row(canvas.height - 2)), y: canvas.height - 2 };
}

const isEdited = (app: AppContext): boolean => app.state.tab === "train" && app.run !== null && app.screens.editing;

/** A chart of the attached run; that of another one is only looked at. */
const isChart = (app: AppContext, pane: Pane): boolean => app.state.tab === "train" && pane.groups.includes("chart");

/** Does what enter does with the selected row. */
function takeRow(app: AppContext): void {
  app.state.picked = null;
  const action = actionFor(app.actions, "enter", app.groups());
  if (action !== undefined) app.runAction(action.id);
}

function paneZone(app: AppContext, pane: Pane, rect: Rect): ZoneActions {
  const { begin, ...selecting } = selectionZone(app, pane.id, rect);
  return {
    ...selecting,
    press: (x: number, y: number): void => {
      // Who clicks into an empty chat means to write, and each letter would be a key.
      app.focus((pane.isPassedBy && tabOf(app.state.tab).screen.pasteInto) || pane.id);
      begin(x, y);
      const before = app.state.picked;
      const again = before?.pane === pane.id && before.y === y && app.now - before.at < TWICE_MS;
      // The first row of a panel is its border.
      const isRow = y > 0 && pane.pick?.(y - 1, again) === true;
      app.state.picked = isRow ? { pane: pane.id, y, at: app.now } : null;
      if (isRow && again) takeRow(app);
      app.touch();
    },
    wheel: (rows: number): void => {
      app.focus(pane.id);
      pane.move?.(rows, app.paneRows());
      app.touch();
    },
  };
}

/** The text of a panel that is typed into; a cursor when it has the focus. */
function drawEditor(app: AppContext, pane: Pane, editor: LineEditor, canvas: Canvas, rect: Rect): Cursor {
  const row = canvas.region().sub(rect.x + 2, rect.y + 1, rect.width - 4, rect.height > 2 ? 1 : 0);
  if (row.width < 3 || row.height < 1) return null;
  const isTyped = app.state.focus[app.state.tab] === pane.id;
  row.put(0, 0, "›", { tone: isTyped ? "accent" : "faint" });
  const field = row.sub(2, 0, row.width - 2, 1);
  const { text, cursor } = editor.view(field.width);
  field.put(0, 0, text);
  return isTyped ? { x: field.x + cursor, y: field.y } : null;
}
