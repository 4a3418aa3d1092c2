/** How charts are looked at: axis, scale, smoothing, zoom, cursor, other runs beside, and taking them along. */
import type { Action } from "../core/action.ts";
import type { Axis } from "../core/journal.ts";
import { nameWithId } from "../core/run.ts";
import { factsOf, type RunFacts } from "../panels/data.ts";
import { alongAxis, translate } from "../panels/moment.ts";
import { AXES, AXIS_TITLES, SMOOTHINGS } from "../panels/series.ts";
import { type ChartView, GUIDES } from "../panels/view.ts";
import { type Range, runsRange, wholeRange } from "../panels/whole-range.ts";
import { cursorHint } from "./back.ts";
import { MOST_BASELINES } from "./baselines.ts";
import { exportChart, whyNoExport } from "./chart-export.ts";
import { type Scope, whyOutOfScope } from "./chart-scope.ts";
import { asWindow, atAll, columnsOf, lies, panned, picture, type Whole, windowRange, withCursor, zoomed } from "./chart-view.ts";
import type { AppContext } from "./context.ts";

type AppAction = Action<AppContext>;

const next = <T>(list: readonly T[], current: T): T => list[(list.indexOf(current) + 1) % list.length]!;

/** The run whose charts the keys are about: on the Runs tab the one that is previewed, else the attached one; null without one. */
export function chartFacts(app: AppContext): RunFacts | null {
  if (app.state.tab !== "runs") return app.facts();
  const view = app.runs.preview?.view ?? null;
  return view === null ? null : factsOf(view, null, app.now);
}

const noRun = (app: AppContext): string | null => (chartFacts(app) === null ? "there is no run to look at" : null);

/** Why a setting of the charts cannot be changed now. */
const whyNot =
  (scope: Scope) =>
  (app: AppContext): string | null =>
    noRun(app) ?? whyOutOfScope(app, scope);

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
  return isOwn ? own : rangeOfAll(app);
}

const holds = (outer: Range, { from, to }: Range): boolean => from >= outer.from && to <= outer.to;

function rangeOfAll(app: AppContext): Whole | null {
  const [facts, own] = [chartFacts(app), ownRange(app)];
  // Nothing is laid beside the run that is only looked at in its list.
  if (facts === null || app.state.tab === "runs") return own;
  const all = runsRange(
    facts,
    app.baselines.shown(app.now, facts).map((one) => one.facts),
    app.state.chart.axis,
  );
  return all === null || (own !== null && holds(own, all)) ? own : { ...all, isOfAll: true };
}

/** Forgets a place that was looked at in another run, and that this one does not have. */
export function forgetElsewhere(app: AppContext): void {
  const whole = wholeOf(app);
  if (whole !== null && !lies(app.state.chart, whole)) setChart(app, atAll(app.state.chart));
}

const nothingThere = (app: AppContext): string | null => noRun(app) ?? (wholeOf(app) === null ? "there is nothing on this axis yet" : null);

/** The next axis that the run has something to draw by; those that are passed over are said. */
function nextAxis(app: AppContext): void {
  const facts = chartFacts(app);
  const { chart } = app.state;
  if (facts === null) return;
  const passed: string[] = [];
  let axis = next(AXES, chart.axis);
  for (; axis !== "step" && wholeRange(facts, axis) === null; axis = next(AXES, axis)) passed.push(AXIS_TITLES[axis]);
  setChart(app, alongAxis(facts, chart, axis));
  if (passed.length > 0) app.notify("info", `By ${AXIS_TITLES[axis]}: this run has no ${passed.join(", ")}`);
}

/**
 * The axis that a cursor can be read on: that of the charts. Where the stage has no steps to tell a time by, the machine is drawn by
 * the clock all the same: on such a panel it is the clock.
 */
function readAxis(app: AppContext): Axis | null {
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
function zoom(app: AppContext, by: number): void {
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
  const isPast = factor > 1 && window.kind === "all" && rangeOfAll(app)?.isOfAll === true;
  setChart(app, { window: isPast ? { kind: "runs" } : zoomed(windowRange(window, whole), whole, factor, around, axis) });
}

/** The cursor, which reads the run itself: nowhere but where that has something. */
export function putCursor(app: AppContext, at: number): void {
  const [whole, own] = [wholeOf(app), ownRange(app)];
  if (whole === null || own === null) return;
  setChart(app, withCursor(app.state.chart, whole, Math.min(own.to, Math.max(own.from, at))));
}

const whyNoZoom = (app: AppContext): string | null => whyNot("window")(app) ?? nothingThere(app);

/** A cursor that is there can be put away anywhere. */
const whyNoCursor = (app: AppContext): string | null =>
  app.state.chart.cursor === null ? (whyNot("cursor")(app) ?? (readAxis(app) === null ? nothingThere(app) : null)) : null;

const whyAll = (app: AppContext): string | null =>
  whyNot("window")(app) ?? (app.state.chart.window.kind === "all" ? "all there is is already shown" : null);

function whyNoMore(app: AppContext): string | null {
  const { kind } = app.state.chart.window;
  if (kind === "runs") return whyNot("window")(app) ?? "all that these runs have is already shown";
  return kind === "all" && rangeOfAll(app)?.isOfAll === true ? whyNot("window")(app) : whyAll(app);
}

/** Moves the cursor by so many columns of the focused chart, or without a cursor what is shown. */
function sideways(app: AppContext, columns: number): void {
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
const FAR = 10;

const whyFixed = (app: AppContext): string | null =>
  whyNot(app.state.chart.cursor === null ? "window" : "cursor")(app) ??
  nothingThere(app) ??
  (app.state.chart.cursor === null && app.state.chart.window.kind === "all"
    ? `all there is is shown; ${app.keyOf("chart.cursor")} sets a cursor to move`
    : null);

function toEnd(app: AppContext, end: "from" | "to"): void {
  const whole = wholeOf(app);
  if (whole === null) return;
  const range = windowRange(app.state.chart.window, whole);
  const move = end === "from" ? whole.from - range.from : whole.to - range.to;
  const window = asWindow({ from: range.from + move, to: range.to + move }, whole);
  if (app.state.chart.cursor === null) setChart(app, { window });
  else putCursor(app, range[end]);
}

function toggleCursor(app: AppContext): void {
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

/** Which run to lay beside, or to take away again. */
async function chooseBaseline(app: AppContext): Promise<void> {
  const listed = await app.services.listRuns();
  if (!listed.ok) return app.notify("bad", `The runs cannot be listed: ${listed.failure.what}`);
  const others = listed.value.filter(({ id }) => id !== app.run?.id);
  if (others.length === 0) return app.notify("warn", "There is no other run to lay beside this one");
  const shown = others.filter(({ id }) => app.baselines.has(id));
  const rest = others.filter(({ id }) => !app.baselines.has(id));
  app.overlays.choose("Baseline", [
    ...shown.map((row) => ({ title: `⚑ ${nameWithId(row)}`, detail: "take it away", choose: () => takeAway(app, row.id) })),
    ...rest.map(({ id, about, status, problem }) => ({
      title: nameWithId({ id, about }),
      alias: id,
      detail: status,
      disabled: problem ?? (app.baselines.count >= MOST_BASELINES ? `${MOST_BASELINES} are shown: take one away first` : undefined),
      choose: () => app.background(addBaseline(app, id)),
    })),
  ]);
}

function takeAway(app: AppContext, id: string): void {
  app.baselines.remove(id);
  if (app.baselines.count === 0 && app.state.chart.window.kind === "runs") setChart(app, { window: { kind: "all" } });
}

async function addBaseline(app: AppContext, id: string): Promise<void> {
  const problem = await app.baselines.add(id);
  if (problem !== null) app.notify("bad", problem);
}

export const chartActions: readonly AppAction[] = [
  { id: "chart.axis", title: "Axis", keys: ["x"], group: "chart", footer: 16, disabled: whyNot("axis"), run: nextAxis },
  {
    id: "chart.scale",
    title: "Log scale",
    keys: ["L"],
    group: "chart",
    footer: 41,
    disabled: whyNot("scale"),
    run: (app) => setChart(app, { scale: app.state.chart.scale === "log" ? "linear" : "log" }),
  },
  {
    id: "chart.smoothing",
    title: "Smoothing",
    keys: ["o"],
    group: "chart",
    footer: 42,
    disabled: whyNot("smoothing"),
    run: (app) => setChart(app, { smoothing: next(SMOOTHINGS, app.state.chart.smoothing) }),
  },
  {
    id: "chart.guides",
    title: "Guides",
    keys: ["#"],
    group: "chart",
    disabled: whyNot("guides"),
    run: (app) => setChart(app, { guides: next(GUIDES, app.state.chart.guides) }),
  },
  {
    id: "chart.cursor",
    title: "Cursor",
    keys: ["c"],
    group: "chart",
    footer: 14,
    disabled: whyNoCursor,
    run: toggleCursor,
    hint: { title: cursorHint },
  },
  {
    id: "chart.baseline",
    title: "Baseline…",
    keys: ["b"],
    group: "chart",
    footer: 15,
    disabled: (app) => (app.run === null ? "there is no run to lay another beside" : whyNot("baseline")(app)),
    asks: true,
    run: chooseBaseline,
  },
  {
    id: "chart.zoom-in",
    title: "Zoom in",
    keys: ["+", "="],
    group: "chart",
    footer: 43,
    disabled: whyNoZoom,
    run: (app) => zoom(app, 1),
  },
  { id: "chart.zoom-out", title: "Zoom out", keys: ["-"], group: "chart", disabled: whyNoMore, run: (app) => zoom(app, -1) },
  {
    id: "chart.zoom-reset",
    title: "Zoom out to all",
    keys: ["0"],
    group: "chart",
    footer: 13,
    rare: true,
    disabled: whyAll,
    run: (app) => setChart(app, { window: { kind: "all" } }),
  },
  {
    id: "chart.left",
    title: "Left",
    keys: ["left", "h"],
    group: "chart",
    footer: 9,
    // One hint for all that moves the cursor, beside the one that puts it away.
    hint: { title: ({ state }) => (state.chart.cursor === null ? null : "move it"), keys: ["left", "arrows"] },
    disabled: whyFixed,
    run: (app) => sideways(app, -1),
  },
  { id: "chart.right", title: "Right", keys: ["right", "l"], group: "chart", disabled: whyFixed, run: (app) => sideways(app, 1) },
  { id: "chart.far-left", title: "Far left", keys: ["shift+left"], group: "chart", disabled: whyFixed, run: (app) => sideways(app, -FAR) },
  {
    id: "chart.far-right",
    title: "Far right",
    keys: ["shift+right"],
    group: "chart",
    disabled: whyFixed,
    run: (app) => sideways(app, FAR),
  },
  { id: "chart.first", title: "To the beginning", keys: ["home"], group: "chart", disabled: whyFixed, run: (app) => toEnd(app, "from") },
  { id: "chart.last", title: "To the end", keys: ["end"], group: "chart", disabled: whyFixed, run: (app) => toEnd(app, "to") },
  { id: "chart.export", title: "Export this chart…", keys: ["E"], group: "chart", disabled: whyNoExport, run: exportChart },
];
