/** `a`: the alerts of the attached run, and what they offer. */
import type { Action } from "../core/action.ts";
import type { AlertActionId, AlertStatus, Evidence } from "../core/alert.ts";
import { sentence } from "../core/result.ts";
import { clock, count } from "../lib/format.ts";
import { alertsIn, nowText } from "../panels/alerts.ts";
import { currentStage, type PanelData } from "../panels/data.ts";
import { momentOf, positionOf } from "../panels/moment.ts";
import type { ChartView } from "../panels/view.ts";
import { AlertList } from "./alert-list.ts";
import { setChart, wholeOf } from "./chart-range.ts";
import { withCursor } from "./chart-view.ts";
import type { AppContext } from "./context.ts";
import { IS_READ_ONLY } from "./read-only.ts";
import { IS_REPLAY } from "./replay-actions.ts";
import { isAskable } from "./run-actions.ts";

/** What an alert offers is done by the actions that there are. */
const BY_ACTION: Readonly<Partial<Record<AlertActionId, string>>> = { save: "run.save", stop: "run.stop", patch: "run.patch" };

function act(app: AppContext, action: AlertActionId, alert: AlertStatus): void {
  const id = BY_ACTION[action];
  if (id === undefined) openAt(app, alert);
  else app.runAction(id);
}

/** The stage of the alert with the cursor of all panels at its step; the log as it was then, where no step can be told. */
function openAt(app: AppContext, alert: AlertStatus): void {
  const facts = app.facts();
  if (facts === null) return;
  app.setTab("train");
  app.state.stage = alert.stage === currentStage(facts.state) ? null : alert.stage;
  app.state.filter.log = "";
  const moved = alert.step === null ? null : withCursorAt(app, alert.step);
  if (moved !== null) setChart(app, moved);
  // A log goes to the cursor's moment by itself, where that can be told.
  const follows = moved !== null && momentOf({ ...facts, stage: alert.stage }, moved)?.at != null;
  app.state.logBottom = follows ? null : lineAt(facts.data, alert.at);
  if (moved === null) app.focus("log");
  const what =
    moved === null
      ? `the log as it was then · ${app.keyOf("log.follow")} follows again`
      : `all panels are at that moment · ${app.keyOf("chart.cursor")} puts the cursor away`;
  app.notify("info", `${clock(alert.at, true)}${alert.step === null ? "" : `, step ${count(alert.step)}`}: ${what}`);
}

/** The charts with their cursor on a step of the stage; null when nothing tells where on their axis it lies. */
function withCursorAt(app: AppContext, step: number): ChartView | null {
  const { chart } = app.state;
  const [facts, whole] = [app.facts(), wholeOf(app)];
  const place = facts === null ? null : positionOf(facts, chart.axis, step);
  return place === null || whole === null ? null : withCursor(chart, whole, place);
}

const PAGE = 1000;
const MOST_PAGES = 200;

/** The last line that had been written by then, by its number; null when the newest is it, or it lies too far back. */
export function lineAt(data: Pick<PanelData, "log">, at: number): number | null {
  let before: number | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const lines = data.log(before === undefined ? { limit: PAGE } : { limit: PAGE, beforeSeq: before });
    const [first] = lines;
    if (first === undefined) return before ?? null;
    if (first.at <= at) {
      const found = lines.findLast((line) => line.at <= at) ?? first;
      return before === undefined && found === lines.at(-1) ? null : found.seq;
    }
    before = first.seq;
  }
  return before ?? null;
}

async function acknowledge(app: AppContext, alert: AlertStatus): Promise<void> {
  if (app.run === null) return;
  const asked = await app.services.acknowledge(app.run.id, alert.key);
  if (!asked.ok) app.notify("warn", sentence(asked.failure));
}

function openList(app: AppContext): void {
  app.notices.settleAlerts();
  const hooks = {
    alerts: () => {
      const facts = app.facts();
      return facts === null ? [] : alertsIn(facts.data);
    },
    now: () => app.now,
    nowText: (alert: AlertStatus, evidence: Evidence) => {
      const facts = app.facts();
      return facts === null ? "" : nowText(facts.data, alert, evidence);
    },
    act: (action: AlertActionId, alert: AlertStatus) => act(app, action, alert),
    askable: () => isAskable(app),
    acknowledge: (alert: AlertStatus) => app.background(acknowledge(app, alert)),
    whyNotAcknowledge: () => (app.readOnly ? IS_READ_ONLY : app.run?.replay === undefined ? null : IS_REPLAY),
  };
  app.overlays.cover((close) => new AlertList(hooks, close));
}

export const alertActions: readonly Action<AppContext>[] = [
  {
    id: "run.alerts",
    title: "Alerts",
    keys: ["a"],
    group: "train",
    footer: 53,
    disabled: (app) => (app.run === null ? "there is no run to look at" : null),
    run: openList,
  },
];
