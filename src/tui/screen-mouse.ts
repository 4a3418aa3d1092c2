/** The mouse on a screen that is edited: a click selects, a second one opens the options, an edge resizes, the rest moves. */
import type { Rect } from "../screens/arrange.ts";
import { type Edited, placePanel, refusal, swapPanels } from "../screens/edit.ts";
import { leaves } from "../screens/tree.ts";
import type { AppContext } from "./context.ts";
import type { ZoneActions } from "./overlay.ts";
import { applyEdit, chooseToAdd, openForm, resized, tellOfStack } from "./panel-edits.ts";

/** What a drag that began at a place of a panel does: which panel's edge it holds, or that it carries the panel. */
type Grip = { panel: string; axis: "rows" | "columns" } | null;

function gripAt(app: AppContext, id: string, rect: Rect, x: number, y: number): Grip {
  if (x >= rect.width - 1) return { panel: id, axis: "columns" };
  if (y >= rect.height - 1) return { panel: id, axis: "rows" };
  // The left edge is the right one of whoever stands there.
  const before = x === 0 ? panelAt(app, rect.x - 1, rect.y + y) : undefined;
  return before === undefined ? null : { panel: before, axis: "columns" };
}

const placedAt = (app: AppContext, x: number, y: number) =>
  app.placed().find(({ rect }) => x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height);

const panelAt = (app: AppContext, x: number, y: number): string | undefined => placedAt(app, x, y)?.pane.id;

/** Cells of a panel's right edge, and rows of its lower one: what is let go there goes beside or below it, anywhere else in its place. */
const EDGE = { columns: 4, rows: 2 };

/** Lets a panel go at a place of the screen. */
function drop(app: AppContext, id: string, x: number, y: number): void {
  const onto = placedAt(app, x, y);
  const [from, to] = [pathOf(app, id), pathOf(app, onto?.pane.id)];
  if (onto === undefined || from === undefined || to === undefined || from === to) return;
  const { rect } = onto;
  const { layout } = app.screens.spec;
  const isBeside = x >= rect.x + rect.width - EDGE.columns;
  const isBelow = y >= rect.y + rect.height - EDGE.rows;
  const edited: Edited = isBeside || isBelow ? placePanel(layout, from, to, isBeside ? "beside" : "below") : swapPanels(layout, from, to);
  applyEdit(app, edited);
  if (isBeside && "path" in edited) tellOfStack(app, edited.path);
}

const pathOf = (app: AppContext, id: string | undefined) => leaves(app.screens.spec.layout).find((leaf) => leaf.id === id)?.path;

export function editZone(app: AppContext, id: string, rect: Rect): ZoneActions {
  let grip: Grip = null;
  let wasSelected = false;
  let at = { x: 0, y: 0 };
  let begun = false;
  let told = false;
  const resize = (held: NonNullable<Grip>, by: number): boolean => {
    const path = pathOf(app, held.panel);
    if (path === undefined || by === 0) return false;
    const edited = resized(app, path, held.axis, by);
    if ("reason" in edited) {
      // Said once for a drag, not at each of its cells.
      if (!told) app.notify("refused", refusal(edited, app.keyOf), "refusal");
      told = true;
      return false;
    }
    // All cells of one drag are one change to be undone.
    app.screens.apply(edited, begun);
    begun = true;
    return true;
  };
  return {
    press: (x, y) => {
      wasSelected = app.pane().id === id;
      grip = gripAt(app, id, rect, x, y);
      at = { x, y };
      begun = false;
      told = false;
      app.focus(id);
    },
    drag: (x, y) => {
      if (grip === null) app.screens.aimAt(panelAt(app, rect.x + x, rect.y + y) ?? null);
      else if (resize(grip, grip.axis === "columns" ? x - at.x : y - at.y)) at = { x, y };
      app.touch();
    },
    release: (x, y, moved) => {
      app.screens.aimAt(null);
      // The place of a screen that has no panels says that one can be added.
      if (!moved && pathOf(app, id) === undefined) chooseToAdd("after")(app);
      else if (!moved && wasSelected) openForm(app);
      if (moved && grip === null) drop(app, id, rect.x + x, rect.y + y);
    },
  };
}
