/** What is looked at along the axis that all charts share, and going elsewhere on it: zoom, pan, cursor. */
import type { Axis } from "../core/journal.ts";
import { factsOf, type RunFacts } from "../panels/data.ts";
import { alongAxis, translate } from "../panels/moment.ts";
import { AXIS_TITLES } from "../panels/series.ts";
import type { ChartView } from "../panels/view.ts";
import { type Range, runsRange, wholeRange } from "../panels/whole-range.ts";
import { asWindow, atAll, columnsOf, lies, panned, picture, type Whole, windowRange, withCursor, zoomed } from "./chart-view.ts";
import type { AppContext } from "./context.ts";

/** The run whose charts the keys are about: on the Runs tab the one that is previewed, else the attached one; null without one. */
export function chartFacts(app: AppContext): RunFacts | null {
  if (app.state.tab !== "runs") return app.facts();
  const view = app.runs.preview?.view ?? null;
  return view === null ? null : factsOf(view, null, app.now);
}

/** Shows all charts so. */
export function setChart(app: AppContext, change: Partial<ChartView>): void {
  app.state.chart = { ...app.state.chart, ...change };
  app.touch();
}

/** What the run has on the axis of the charts; null when it has nothing there. */
function ownRange(app: AppContext): Range | null {
  const facts = chartFacts(app);
  return facts === null ? null : wholeRange(facts, app.state.chart.axis);
}

/** What there is on the axis of the charts; while more than the run's own is looked at that of the runs beside it as well. */
export function wholeOf(app: AppContext): Whole | null {
  const { window } = app.state.chart;
  const own = ownRange(app);
  const isOwn = window.kind === "range" ? own !== null && holds(own, window) : window.kind !== "runs";
  return isOwn ? own : rangeOfAll(app, own);
}

const holds = (outer: Range, { from, to }: Range): boolean => from >= outer.from && to <= outer.to;

/** What the run and those beside it have on the axis of the charts; null when none of them has anything there. */
function rangeOfAll(app: AppContext, own: Range | null): Whole | null {
  const facts = chartFacts(app);
  // Nothing is laid beside the run that is only looked at in its list.
  if (facts === null || app.baselines.count === 0 || app.state.tab === "runs") return own;
  const all = runsRange(
    facts,
    app.baselines.shown(app.now, facts).map((one) => one.facts),
    app.state.chart.axis,
  );
  return all === null || (own !== null && holds(own, all)) ? own : { ...all, isOfAll: true };
}

/** Whether runs beside this one have something beyond all of its own. */
export const isMoreBeside = (app: AppContext): boolean => app.baselines.count > 0 && rangeOfAll(app, ownRange(app))?.isOfAll === true;

/** Forgets a place that was looked at in another run, and that this one does not have. */
export function forgetElsewhere(app: AppContext): void {
  const whole = wholeOf(app);
  if (whole !== null && !lies(app.state.chart, whole)) setChart(app, atAll(app.state.chart));
}

/**
 * The axis that a cursor can be read on: that of the charts. Where the stage has no steps to tell a time by, the machine is drawn by
 * the clock all the same: on such a panel it is the clock.
 */
export function readAxis(app: AppContext): Axis | null {
  const facts = chartFacts(app);
  if (facts === null) return null;
  const { axis } = app.state.chart;
  const whole = wholeRange(facts, axis);
  const isByClock = picture(app.scene(app.pane().id))?.x.axis === AXIS_TITLES.wall;
  const isTold = whole !== null && (!isByClock || translate(facts, axis, "wall", whole.to) !== null);
  if (!isTold && isByClock && wholeRange(facts, "wall") !== null) return "wall";
  return whole === null ? null : axis;
}

/** Doublings of what is shown: 1 shows half as much. Around the cursor; without one the newest end stays. */
export function zoom(app: AppContext, by: number): void {
  const { window, cursor } = app.state.chart;
  const whole = wholeOf(app);
  if (whole === null) return;
  const range = windowRange(window, whole);
  zoomBy(app, 2 ** -by, cursor ?? (window.kind === "range" ? (range.from + range.to) / 2 : range.to));
}

/** Shows `factor` times as much, `around` staying where it is. What lies beyond all of a run is that of the runs beside it. */
export function zoomBy(app: AppContext, factor: number, around: number): void {
  const { window, axis } = app.state.chart;
  const whole = wholeOf(app);
  if (whole === null) return;
  const isPast = factor > 1 && window.kind === "all" && isMoreBeside(app);
  setChart(app, { window: isPast ? { kind: "runs" } : zoomed(windowRange(window, whole), whole, factor, around, axis) });
}

/** The cursor there, as far as anything is. */
export function putCursor(app: AppContext, at: number): void {
  const whole = wholeOf(app);
  if (whole !== null) setChart(app, withCursor(app.state.chart, whole, at));
}

/** All of the run alone; a cursor that stands where only others have something would not be seen. */
export function showOwn(app: AppContext): void {
  const own = ownRange(app);
  const { cursor } = app.state.chart;
  const isSeen = cursor === null || own === null || holds(own, { from: cursor, to: cursor });
  setChart(app, { window: { kind: "all" }, ...(isSeen ? {} : { cursor: null }) });
}

/** Moves the cursor by so many columns of the focused chart, or without a cursor what is shown. */
export function sideways(app: AppContext, columns: number): void {
  const whole = wholeOf(app);
  const { chart } = app.state;
  if (whole === null) return;
  const range = windowRange(chart.window, whole);
  if (chart.cursor === null) {
    setChart(app, { window: panned(range, whole, Math.sign(columns) * (Math.abs(columns) > 1 ? 1 : PAN)) });
    return;
  }
  const column = (range.to - range.from) / columnsOf(picture(app.scene(app.pane().id)));
  // Where a column is less than a step, the cursor goes from step to step.
  const step = chart.axis === "step" ? Math.max(1, column) : column;
  putCursor(app, chart.cursor + step * columns);
}

/** Of what is shown, a key moves it by so much. */
const PAN = 0.25;

/** To one end of the run: what is shown, or its cursor. */
export function toEnd(app: AppContext, end: "from" | "to"): void {
  const whole = wholeOf(app);
  if (whole === null) return;
  const range = windowRange(app.state.chart.window, whole);
  const move = end === "from" ? whole.from - range.from : whole.to - range.to;
  const window = asWindow({ from: range.from + move, to: range.to + move }, whole);
  if (app.state.chart.cursor === null) setChart(app, { window });
  else putCursor(app, range[end]);
}

/** The cursor at the end of what is shown, or none. */
export function toggleCursor(app: AppContext): void {
  const facts = chartFacts(app);
  const { chart } = app.state;
  const axis = readAxis(app);
  if (facts !== null && chart.cursor === null && axis !== null && axis !== chart.axis) {
    setChart(app, alongAxis(facts, chart, axis));
    app.notify("info", `By ${AXIS_TITLES[axis]}: there are no steps to read this at; ${app.keyOf("chart.axis")} changes the axis`);
  }
  const whole = wholeOf(app);
  if (whole === null) return;
  if (app.state.chart.cursor === null) putCursor(app, windowRange(app.state.chart.window, whole).to);
  else setChart(app, { cursor: null });
}
