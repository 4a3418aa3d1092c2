/** How charts are looked at: axis, scale, smoothing, zoom, cursor, other runs beside, and taking them along. */
import type { Action } from "../core/action.ts";
import { nameWithId } from "../core/run.ts";
import { alongAxis } from "../panels/moment.ts";
import { AXES, AXIS_TITLES, SMOOTHINGS } from "../panels/series.ts";
import { GUIDES } from "../panels/view.ts";
import { wholeRange } from "../panels/whole-range.ts";
import { cursorHint } from "./back.ts";
import { MOST_BASELINES } from "./baselines.ts";
import { exportChart, whyNoExport } from "./chart-export.ts";
import { chartFacts, isMoreBeside, readAxis, setChart, showOwn, sideways, toEnd, toggleCursor, wholeOf, zoom } from "./chart-range.ts";
import { SCOPES, type Scope, whyOutOfScope } from "./chart-scope.ts";
import type { AppContext } from "./context.ts";

type AppAction = Action<AppContext>;

const next = <T>(list: readonly T[], current: T): T => list[(list.indexOf(current) + 1) % list.length]!;

const noRun = (app: AppContext): string | null => {
  if (chartFacts(app) !== null) return null;
  // There may be one attached, which is not what the keys are about in the list of runs.
  return app.state.tab === "runs" ? "no run is drawn here" : "there is no run to look at";
};

/** Why a setting of the charts cannot be changed now. */
const whyNot =
  (scope: Scope) =>
  (app: AppContext): string | null =>
    noRun(app) ?? whyOutOfScope(app, scope);

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

const whyNoZoom = (app: AppContext): string | null => whyNot("window")(app) ?? nothingThere(app);

/** A cursor that is there can be put away anywhere. */
const whyNoCursor = (app: AppContext): string | null =>
  app.state.chart.cursor === null ? (whyNot("cursor")(app) ?? (readAxis(app) === null ? nothingThere(app) : null)) : null;

const whyAll = (app: AppContext): string | null =>
  whyNot("window")(app) ?? (app.state.chart.window.kind === "all" ? `all of it is already shown${waysOut(app)}` : null);

/** How those beside the run are shown with it, where they reach further. */
const waysOut = (app: AppContext): string => (isMoreBeside(app) ? `; ${app.keyOf("chart.zoom-out")} shows those beside it too` : "");

function whyNoMore(app: AppContext): string | null {
  const { kind } = app.state.chart.window;
  if (kind === "runs") return whyNot("window")(app) ?? "all that these runs have is already shown";
  return kind === "all" && isMoreBeside(app) ? whyNot("window")(app) : whyAll(app);
}

/** Columns that a key with shift goes. */
const FAR = 10;

const whyFixed = (app: AppContext): string | null =>
  whyNot(app.state.chart.cursor === null ? "window" : "cursor")(app) ??
  nothingThere(app) ??
  (app.state.chart.cursor === null && app.state.chart.window.kind === "all"
    ? `everything is shown; ${app.keyOf("chart.cursor")} sets a cursor to move`
    : null);

/** The run that is selected in the list is drawn alone, whatever lies beside the attached one. */
function whyNoBaseline(app: AppContext): string | null {
  if (app.run === null) return "there is no run to lay another beside";
  return app.state.tab === "runs" ? SCOPES.baseline.none : whyNot("baseline")(app);
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
    disabled: whyNoBaseline,
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
    title: "All of this run",
    keys: ["0"],
    group: "chart",
    footer: 13,
    rare: true,
    disabled: whyAll,
    run: showOwn,
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
