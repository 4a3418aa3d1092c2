/** What of charts is looked at, and how it is moved: zoom, pan and cursor on the axis that all charts share. Pure. */
import type { Axis } from "../core/journal.ts";
import type { Across, Heat, Plot, Scene } from "../core/scene.ts";
import { stretchOf } from "../panels/across.ts";
import type { RunFacts } from "../panels/data.ts";
import { translate } from "../panels/moment.ts";
import { innerSize } from "../panels/paint.ts";
import { heatArea } from "../panels/paint-heat.ts";
import { plotArea } from "../panels/paint-plot.ts";
import { AXES, AXIS_TITLES } from "../panels/series.ts";
import type { ChartView, Window } from "../panels/view.ts";
import type { Range } from "../panels/whole-range.ts";

type Of = Pick<RunFacts, "data" | "stage">;

/** What there is on the axis of the charts. */
export interface Whole extends Range {
  /** Of the runs beside this one as well. */
  isOfAll?: boolean;
}

/** Whether one place of a stage is looked at, which the next stage does not have. */
export const looksAtPlace = ({ cursor, selection, window }: ChartView): boolean =>
  cursor !== null || selection !== null || window.kind === "range";

/** The same charts with all there is, and nothing of it pointed at. */
export const atAll = (chart: ChartView): ChartView => ({ ...chart, window: { kind: "all" }, cursor: null, selection: null });

/** Whether what is looked at is there, in part at least. */
export const lies = ({ cursor, window }: ChartView, whole: Range): boolean =>
  (cursor === null || (cursor >= whole.from && cursor <= whole.to)) &&
  (window.kind !== "range" || (window.from < whole.to && window.to > whole.from));

export function windowRange(window: Window, whole: Range): Range {
  if (window.kind === "all" || window.kind === "runs") return whole;
  if (window.kind === "range") return { from: window.from, to: window.to };
  return { from: whole.to - (whole.to - whole.from) * window.part, to: whole.to };
}

/** The least that is shown: so small a part, or two steps. */
const LEAST_PART = 2 ** -22;

/** A range as a window: all of it when it is, its newest part when it reaches the end, which goes on with the run. */
export function asWindow({ from, to }: Range, whole: Whole): Window {
  const span = whole.to - whole.from;
  if (to - from >= span * 0.999) return { kind: whole.isOfAll ? "runs" : "all" };
  if (to >= whole.to && !whole.isOfAll) return { kind: "last", part: Math.max(LEAST_PART, (to - from) / span) };
  return { kind: "range", from, to };
}

/** Shows `factor` times as much, `around` staying where it is; never more than there is. */
export function zoomed(range: Range, whole: Whole, factor: number, around: number, axis: Axis): Window {
  const least = axis === "step" ? 2 : (whole.to - whole.from) * LEAST_PART;
  const share = range.to > range.from ? (around - range.from) / (range.to - range.from) : 0.5;
  const span = Math.max(least, (range.to - range.from) * factor);
  return asWindow(inside({ from: around - span * share, to: around + span * (1 - share) }, whole), whole);
}

/** The same span, moved by a share of itself. */
export function panned(range: Range, whole: Whole, by: number): Window {
  const move = (range.to - range.from) * by;
  return asWindow(inside({ from: range.from + move, to: range.to + move }, whole), whole);
}

/** Moved, and if need be cut, to lie in the whole. */
function inside({ from, to }: Range, whole: Range): Range {
  const span = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - span);
  return { from: start, to: start + span };
}

/** The view with its cursor there, and the window moved along where that would leave the picture. */
export function withCursor(chart: ChartView, whole: Whole, at: number): ChartView {
  const cursor = Math.min(whole.to, Math.max(whole.from, at));
  const range = windowRange(chart.window, whole);
  if (cursor >= range.from && cursor <= range.to) return { ...chart, cursor };
  const move = cursor < range.from ? cursor - range.from : cursor - range.to;
  return { ...chart, cursor, window: asWindow(inside({ from: range.from + move, to: range.to + move }, whole), whole) };
}

/** The plot or heat map of a scene that the cursor keys are about: the first. */
export const picture = (scene: Scene | null): Plot | Heat | undefined => pictures(scene)[0]?.shown;

interface Placed {
  shown: Plot | Heat;
  across: Across | undefined;
}

const pictures = (scene: Scene | null): Placed[] =>
  (scene?.blocks ?? []).flatMap(({ block, across }) => (block.kind === "plot" || block.kind === "heat" ? [{ shown: block, across }] : []));

/** The picture that a cell of a panel so wide is about: the nearest to the left, of those beside each other the first row's. */
function pictureAt(scene: Scene | null, width: number, x: number): Placed | undefined {
  const all = pictures(scene);
  const inner = innerSize(width, 0).width;
  const row = all.filter(({ across }, i) => across?.[0] === i || i === 0);
  return row.findLast(({ across }) => stretchOf(inner, across).x <= x - MARGIN) ?? row[0];
}

/** Where no picture is, as in a table: a step that is neither nothing nor everything. */
const USUAL_COLUMNS = 100;

/** Columns that a picture was asked for: what one step of the cursor is. */
export function columnsOf(shown: Plot | Heat | undefined): number {
  const values = shown?.kind === "heat" ? shown.rows[0]?.values : shown?.series[0]?.max;
  const edges = shown?.x.edges?.length ?? 0;
  return Math.max(0, edges - 1) || (values?.length ?? 0) || USUAL_COLUMNS;
}

/** Left border and margin of a panel. */
const MARGIN = 2;

/** Where on the charts' axis a cell of a panel so wide lies, `x` counted from its corner; null when it cannot be told. */
export function placeAt(scene: Scene | null, width: number, x: number, facts: Of, axis: Axis): number | null {
  const placed = pictureAt(scene, width, x);
  if (placed === undefined) return null;
  const { shown } = placed;
  const { x: left, width: wide } = stretchOf(innerSize(width, 0).width, placed.across);
  const { gutter, columns } = shown.kind === "plot" ? plotArea(wide, 0) : heatArea(shown, wide);
  if (columns < 1) return null;
  const share = Math.min(1, Math.max(0, (x - MARGIN - left - gutter + 0.5) / columns));
  const own = AXES.find((one) => AXIS_TITLES[one] === shown.x.axis);
  return own === undefined ? null : translate(facts, own, axis, shown.x.from + (shown.x.to - shown.x.from) * share);
}
