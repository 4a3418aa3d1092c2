/** Making a screen out of panels: adding, exchanging, moving and sizing them, each one change that can be undone. */
import type { Action } from "../core/action.ts";
import { findMetric } from "../core/metrics.ts";
import { isSplit, type NodePath, type PanelSpec, type ScreenNode } from "../core/screen.ts";
import { plain } from "../lib/ansi.ts";
import { middle } from "../lib/format.ts";
import { inNumberOrder } from "../panels/metric-list.ts";
import { findPanel, PANELS } from "../panels/registry.ts";
import { pathKey, type Rect } from "../screens/arrange.ts";
import {
  type AddWhere,
  addPanel,
  changePanel,
  type Direction,
  type Edited,
  fixFlow,
  isStacked,
  movePanel,
  refusal,
  resizePanel,
} from "../screens/edit.ts";
import { leaves, nodeAt, samePath } from "../screens/tree.ts";
import type { ChooserRow } from "./chooser.ts";
import type { AppContext } from "./context.ts";
import { beginning, metricsHere } from "./metric-names.ts";
import { PanelForm } from "./panel-form.ts";
import { arranged, focusedLeaf, trainScreen } from "./screens/train.ts";

/** Why nothing can be done to a panel; null = one has the focus. */
export const whyNoPanel = (app: AppContext): string | null =>
  focusedLeaf(app) === undefined ? `this screen has no panels: ${app.keyOf("edit.add")} adds one` : null;

const pathOf = (app: AppContext): NodePath | null => focusedLeaf(app)?.path ?? null;

/** Rows and columns of what finds its own place, as it stands. */
export const fixedFlow = (app: AppContext, path: NodePath): Edited => fixFlow(app.screens.spec.layout, path, arranged(app));

export function whyNotFixFlow(app: AppContext): string | null {
  const path = pathOf(app);
  const edited = path === null ? null : fixedFlow(app, path);
  return edited !== null && "reason" in edited ? refusal(edited, app.keyOf) : whyNoPanel(app);
}

/** A sentence about a panel, with its name: of several that are seen nobody knows which `it` is. */
const named = (app: AppContext, id: string, sentence: string): string =>
  sentence.replace(/^it\b/, () => plain(trainScreen.nameOf?.(app, id) ?? id));

/** Takes a change over and keeps the focus on the panel that it was about; says why when there is none. */
export function applyEdit(app: AppContext, edited: Edited): void {
  if ("reason" in edited) {
    app.notify("refused", named(app, app.pane().id, refusal(edited, app.keyOf)), "refusal");
    return;
  }
  app.screens.apply(edited);
  const all = leaves(app.screens.spec.layout);
  const leaf = all.find(({ path }) => samePath(path, edited.path)) ?? all[0];
  if (leaf !== undefined) app.focus(leaf.id);
  app.touch();
}

/** A change of the focused panel. */
export const onPanel =
  (change: (app: AppContext, path: NodePath) => Edited) =>
  (app: AppContext): void => {
    const path = pathOf(app);
    if (path !== null) applyEdit(app, change(app, path));
  };

const LONGEST_METRIC = 32;

/** All kinds of panels, then each metric that there is, which is added as a chart of its own. */
function panelRows(app: AppContext, take: (panel: PanelSpec) => void): ChooserRow[] {
  const here = metricsHere(app);
  const kinds = PANELS.map((kind) => ({
    title: kind.title,
    alias: kind.kind,
    detail: kind.about,
    choose: () => take(beginning(kind, here)),
  }));
  const metrics = [...here].sort(inNumberOrder).map((metric) => ({
    title: middle(plain(findMetric(metric)?.title ?? metric), LONGEST_METRIC),
    alias: metric,
    detail: `chart of ${plain(metric)}`,
    choose: () => take({ panel: "chart", title: findMetric(metric)?.title ?? metric, options: { metrics: [metric] } }),
  }));
  return [...kinds, ...metrics];
}

/** Which panel to add, and where: behind the focused one, beside or below it. */
export const chooseToAdd =
  (where: AddWhere) =>
  (app: AppContext): void =>
    app.overlays.choose(
      where === "after" ? "add a panel" : `add a panel ${where}`,
      panelRows(app, (panel) => {
        const edited = addPanel(app.screens.spec.layout, pathOf(app), panel, where);
        applyEdit(app, edited);
        if (where === "beside" && "path" in edited) tellOfStack(app, edited.path);
      }),
    );

/** Where there is no room beside it, a panel that was added there stands below, as all of its split. */
export function tellOfStack(app: AppContext, path: NodePath): void {
  if (!isStacked(app.screens.spec.layout, path, arranged(app))) return;
  const { width } = app.size();
  const leaf = leaves(app.screens.spec.layout).find((one) => samePath(one.path, path));
  app.notify("info", named(app, leaf?.id ?? "", `it stands below: side by side these panels do not fit in ${width} columns`), "refusal");
}

/** Which panel to show in the place of the focused one. */
export function chooseInstead(app: AppContext): void {
  const leaf = focusedLeaf(app);
  if (leaf === undefined) return;
  app.overlays.choose(
    "show instead",
    panelRows(app, (panel) => applyEdit(app, changePanel(app.screens.spec.layout, leaf.path, panel))),
  );
}

/** The options of the focused panel. */
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

const ON: Readonly<Record<Direction, string>> = { left: "back", up: "back", right: "on", down: "on" };

/** Moves a panel, and says so where it went elsewhere: a flow fills its columns in the order of its panels. */
function moved(app: AppContext, path: NodePath, direction: Direction): Edited {
  const { layout } = app.screens.spec;
  const edited = movePanel(layout, path, direction);
  if ("reason" in edited) return edited;
  const from = arranged(app).rects.get(pathKey(path));
  const to = arranged(app, edited.root).rects.get(pathKey(edited.path));
  if (from === undefined || to === undefined || isBeyond(from, to, direction)) return edited;
  const went = `it went one place ${ON[direction]} in the order in which these panels fill the screen`;
  const way = `${app.keyOf("edit.fix-flow")} makes rows and columns of them as they stand`;
  if (flowsIn(layout, path)) app.notify("info", `${named(app, app.pane().id, went)}: ${way}`, "refusal");
  return edited;
}

function flowsIn(layout: ScreenNode, path: NodePath): boolean {
  const parent = nodeAt(layout, path.slice(0, -1));
  return parent !== undefined && isSplit(parent) && parent.split === "flow";
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
const ARROWS = { footer: 11, hint: { title: "go, shift move, alt size", keys: ["right", "arrows"] } } as const;

/** As `resizePanel`, where it can be seen: a change that only the file would tell of is none that one has asked for here. */
export function resized(app: AppContext, path: NodePath, axis: "rows" | "columns", by: number): Edited {
  const { layout } = app.screens.spec;
  const standing = arranged(app);
  const edited = resizePanel(layout, path, axis, by, standing);
  if ("reason" in edited || JSON.stringify(arranged(app, edited.root).slots) !== JSON.stringify(standing.slots)) return edited;
  const around = axis === "rows" ? "above and below" : "beside";
  return {
    reason:
      by > 0
        ? `what stands ${around} it has no ${axis} to give on this terminal`
        : `it needs its ${axis} on this terminal, or the panels ${around} it have no use for them`,
  };
}

/** Selecting, moving and sizing by arrows. */
export const directional: ReadonlyArray<Action<AppContext>> = DIRECTIONS.flatMap(
  (direction): Array<Action<AppContext>> => [
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
      run: onPanel((app, path) => moved(app, path, direction)),
    },
    {
      id: `edit.size-${direction}`,
      title: GROWS[direction],
      keys: [`alt+${direction}`],
      group: "edit",
      disabled: whyNoPanel,
      run: onPanel((app, path) => resized(app, path, ...GROWTH[direction])),
    },
  ],
);
