/** Going from screen to screen, and making them: every change is seen at once, kept until it is saved, and can be undone. */
import type { Action } from "../core/action.ts";
import { isSplit, type NodePath, type PanelSpec } from "../core/screen.ts";
import { findPanel, PANELS } from "../panels/registry.ts";
import type { Rect } from "../screens/arrange.ts";
import {
  type AddWhere,
  addPanel,
  changePanel,
  type Direction,
  duplicatePanel,
  type Edited,
  fixFlow,
  movePanel,
  refusal,
  removePanel,
  resizePanel,
} from "../screens/edit.ts";
import { leaves, nodeAt, samePath } from "../screens/tree.ts";
import type { AppContext } from "./context.ts";
import { beginning, metricsHere } from "./metric-names.ts";
import { PanelForm } from "./panel-form.ts";
import { beginScreen, CHANGES, remove, reset, retitle, saveAs, saveOwn, whyNotDelete } from "./screen-files.ts";
import { arranged, focusedLeaf } from "./screens/train.ts";

type AppAction = Action<AppContext>;

const whyNoRun = (app: AppContext): string | null => (app.run === null ? "there is no run to look at" : null);
const whyNoPanel = (app: AppContext): string | null =>
  focusedLeaf(app) === undefined ? `this screen has no panels: ${app.keyOf("edit.add")} adds one` : null;

const pathOf = (app: AppContext): NodePath | null => focusedLeaf(app)?.path ?? null;

/** Takes a change over and keeps the focus on the panel that it was about; says why when there is none. */
export function applyEdit(app: AppContext, edited: Edited): void {
  if ("reason" in edited) {
    app.notify("refused", refusal(edited, app.keyOf), "refusal");
    return;
  }
  app.screens.apply(edited);
  const all = leaves(app.screens.spec.layout);
  const leaf = all.find(({ path }) => samePath(path, edited.path)) ?? all[0];
  if (leaf !== undefined) app.focus(leaf.id);
  app.touch();
}

const onPanel =
  (change: (app: AppContext, path: NodePath) => Edited) =>
  (app: AppContext): void => {
    const path = pathOf(app);
    if (path !== null) applyEdit(app, change(app, path));
  };

// --- which screen

function chooseScreen(app: AppContext): void {
  app.overlays.choose(
    "screens",
    app.screens.list.map(({ name, title }) => ({
      title,
      detail: `${name}${app.screens.isChanged(name) ? " · unsaved changes" : ""}${name === app.screens.name ? " · shown" : ""}`,
      choose: () => app.showScreen(name),
    })),
  );
}

const numbered: AppAction[] = Array.from({ length: 9 }, (_, index) => ({
  id: `screen.${index + 1}`,
  title: `Screen ${index + 1}`,
  keys: [`alt+${index + 1}`],
  group: "screen" as const,
  disabled: (app) => (app.screens.list[index] === undefined ? `there are ${app.screens.list.length} screens` : null),
  run: (app) => app.showScreen(app.screens.list[index]?.name ?? app.screens.name),
}));

// --- editing

function startEditing(app: AppContext): void {
  app.state.maximised = false;
  app.screens.edit(true);
  app.touch();
}

function createScreen(app: AppContext): void {
  beginScreen(app);
  startEditing(app);
}

function stopEditing(app: AppContext): void {
  app.screens.edit(false);
  if (app.screens.isChanged())
    app.notify("info", `${app.screens.spec.title} has unsaved changes: ${app.keyOf("screen.save")} keeps them in a file`, CHANGES);
  app.touch();
}

const panelRows = (app: AppContext, take: (panel: PanelSpec) => void) =>
  PANELS.map((kind) => ({ title: kind.title, detail: kind.about, choose: () => take(beginning(kind, metricsHere(app))) }));

const chooseToAdd =
  (where: AddWhere) =>
  (app: AppContext): void =>
    app.overlays.choose(
      where === "after" ? "add a panel" : `add a panel ${where}`,
      panelRows(app, (panel) => applyEdit(app, addPanel(app.screens.spec.layout, pathOf(app), panel, where))),
    );

function chooseInstead(app: AppContext): void {
  const leaf = focusedLeaf(app);
  if (leaf === undefined) return;
  app.overlays.choose(
    "show instead",
    panelRows(app, (panel) => applyEdit(app, changePanel(app.screens.spec.layout, leaf.path, panel))),
  );
}

export function openForm(app: AppContext): void {
  const leaf = focusedLeaf(app);
  const kind = leaf === undefined ? undefined : findPanel(leaf.spec.panel);
  if (leaf === undefined || kind === undefined) return;
  const { path } = leaf;
  const spec = (): PanelSpec => {
    const node = nodeAt(app.screens.spec.layout, path);
    if (node === undefined || isSplit(node)) return leaf.spec;
    const { size: _, ...own } = node;
    return own;
  };
  app.overlays.cover(
    (close) =>
      new PanelForm(
        {
          kind,
          spec,
          set: (changed) => applyEdit(app, changePanel(app.screens.spec.layout, path, changed)),
          metrics: () => metricsHere(app),
        },
        close,
      ),
  );
}

/** The panel that lies nearest in a direction. */
function select(app: AppContext, direction: Direction): void {
  const placed = app.placed();
  const here = placed.find(({ pane }) => pane.id === app.pane().id)?.rect;
  if (here === undefined) return;
  const nearest = placed
    .filter(({ rect }) => isBeyond(here, rect, direction))
    .sort((a, b) => distance(here, a.rect, direction) - distance(here, b.rect, direction))[0];
  if (nearest !== undefined) app.focus(nearest.pane.id);
}

function isBeyond(from: Rect, to: Rect, direction: Direction): boolean {
  if (direction === "left") return to.x + to.width <= from.x;
  if (direction === "right") return to.x >= from.x + from.width;
  return direction === "up" ? to.y + to.height <= from.y : to.y >= from.y + from.height;
}

function distance(from: Rect, to: Rect, direction: Direction): number {
  const dx = Math.abs(from.x + from.width / 2 - to.x - to.width / 2);
  const dy = Math.abs(from.y + from.height / 2 - to.y - to.height / 2);
  // Straight ahead counts more than to the side; a cell is about twice as high as it is wide.
  return direction === "left" || direction === "right" ? dx + dy * 6 : dy * 2 + dx * 3;
}

const DIRECTIONS: readonly Direction[] = ["left", "right", "up", "down"];

const GROWTH: Readonly<Record<Direction, readonly [axis: "rows" | "columns", by: number]>> = {
  left: ["columns", -2],
  right: ["columns", 2],
  up: ["rows", -1],
  down: ["rows", 1],
};

const GROWS: Readonly<Record<Direction, string>> = { left: "Narrower", right: "Wider", up: "Shorter", down: "Taller" };

/** One hint for all that arrows do: twelve would leave room for nothing else. */
const ARROWS = { footer: 11, hint: { title: "select, shift move, alt size", keys: ["right", "arrows"] } } as const;

const directional: AppAction[] = DIRECTIONS.flatMap((direction): AppAction[] => [
  {
    id: `edit.select-${direction}`,
    title: `Select the panel ${direction}`,
    keys: [direction],
    group: "edit",
    ...(direction === "right" ? ARROWS : {}),
    disabled: whyNoPanel,
    run: (app) => select(app, direction),
  },
  {
    id: `edit.move-${direction}`,
    title: `Move it ${direction}`,
    keys: [`shift+${direction}`],
    group: "edit",
    disabled: whyNoPanel,
    run: onPanel((app, path) => movePanel(app.screens.spec.layout, path, direction)),
  },
  {
    id: `edit.size-${direction}`,
    title: GROWS[direction],
    keys: [`alt+${direction}`],
    group: "edit",
    disabled: whyNoPanel,
    run: onPanel((app, path) => resizePanel(app.screens.spec.layout, path, ...GROWTH[direction], arranged(app))),
  },
]);

const whyUnchanged = (app: AppContext): string | null => (app.screens.isChanged() ? null : "nothing has been changed");

const travel = (app: AppContext, way: "undo" | "redo"): void => {
  app.screens[way]();
  app.touch();
};

export const screenActions: readonly AppAction[] = [
  {
    id: "screen.next",
    title: "Next screen",
    keys: ["]"],
    group: "screen",
    footer: 33,
    disabled: whyNoRun,
    run: (app) => stepScreen(app, 1),
  },
  {
    id: "screen.previous",
    title: "Previous screen",
    keys: ["["],
    group: "screen",
    footer: 54,
    disabled: whyNoRun,
    run: (app) => stepScreen(app, -1),
  },
  { id: "screen.choose", title: "Choose a screen", keys: ["w"], group: "screen", disabled: whyNoRun, run: chooseScreen },
  ...numbered,
  {
    id: "screen.save",
    title: "Save the screen",
    keys: ["ctrl+s"],
    group: "screen",
    footer: 12,
    rare: true,
    disabled: whyUnchanged,
    run: saveOwn,
  },
  { id: "screen.edit", title: "Edit screen", keys: ["e"], group: "screen", footer: 31, disabled: whyNoRun, run: startEditing },
  { id: "screen.new", title: "New screen", keys: ["N"], group: "screen", disabled: whyNoRun, run: createScreen },
  { id: "edit.add", title: "Add", keys: ["a"], group: "edit", footer: 10, disabled: () => null, run: chooseToAdd("after") },
  {
    id: "edit.add-beside",
    title: "Add beside",
    keys: ["A"],
    group: "edit",
    footer: 15,
    disabled: whyNoPanel,
    run: chooseToAdd("beside"),
  },
  {
    id: "edit.add-below",
    title: "Add below",
    keys: ["b"],
    group: "edit",
    footer: 16,
    disabled: whyNoPanel,
    run: chooseToAdd("below"),
  },
  { id: "edit.options", title: "Options", keys: ["enter"], group: "edit", footer: 13, disabled: whyNoPanel, run: openForm },
  { id: "edit.instead", title: "Other panel", keys: ["i"], group: "edit", footer: 20, disabled: whyNoPanel, run: chooseInstead },
  {
    id: "edit.duplicate",
    title: "Duplicate",
    keys: ["d"],
    group: "edit",
    footer: 19,
    disabled: whyNoPanel,
    run: onPanel((app, path) => duplicatePanel(app.screens.spec.layout, path)),
  },
  {
    id: "edit.remove",
    title: "Remove",
    keys: ["delete", "backspace"],
    group: "edit",
    footer: 18,
    disabled: whyNoPanel,
    run: onPanel((app, path) => removePanel(app.screens.spec.layout, path)),
  },
  {
    id: "edit.fix-flow",
    title: "Stand in rows and columns",
    keys: ["F"],
    group: "edit",
    footer: 22,
    disabled: whyNoPanel,
    run: onPanel((app, path) => fixFlow(app.screens.spec.layout, path, arranged(app))),
  },
  ...directional,
  {
    id: "edit.undo",
    title: "Undo",
    keys: ["u"],
    group: "edit",
    footer: 14,
    disabled: (app) => (app.screens.canUndo ? null : "there is nothing to undo"),
    run: (app) => travel(app, "undo"),
  },
  {
    id: "edit.redo",
    title: "Do again",
    keys: ["ctrl+r"],
    group: "edit",
    footer: 22,
    disabled: (app) => (app.screens.canRedo ? null : "there is nothing to do again"),
    run: (app) => travel(app, "redo"),
  },
  {
    id: "edit.save",
    title: "Save the screen",
    keys: ["ctrl+s"],
    group: "edit",
    footer: 12,
    hint: { title: "save" },
    disabled: whyUnchanged,
    run: saveOwn,
  },
  {
    id: "edit.save-as",
    title: "Save the screen as…",
    keys: ["s"],
    group: "edit",
    footer: 17,
    hint: { title: "save as…" },
    disabled: () => null,
    run: saveAs,
  },
  { id: "edit.title", title: "Title…", keys: ["t"], group: "edit", footer: 21, disabled: () => null, run: retitle },
  { id: "edit.new", title: "New screen", keys: ["N"], group: "edit", footer: 23, disabled: () => null, run: createScreen },
  {
    id: "edit.reset",
    title: "Give up changes…",
    keys: ["R"],
    group: "edit",
    footer: 22,
    disabled: whyUnchanged,
    run: reset,
  },
  { id: "edit.delete", title: "Delete the screen…", keys: ["D"], group: "edit", footer: 24, disabled: whyNotDelete, run: remove },
  { id: "edit.next", title: "Next screen", keys: ["]"], group: "edit", disabled: () => null, run: (app) => stepScreen(app, 1) },
  { id: "edit.previous", title: "Previous screen", keys: ["["], group: "edit", disabled: () => null, run: (app) => stepScreen(app, -1) },
  { id: "edit.done", title: "Done", keys: ["esc", "e"], group: "edit", footer: 90, disabled: () => null, run: stopEditing },
];

function stepScreen(app: AppContext, by: 1 | -1): void {
  app.screens.step(by);
  app.touch();
}
