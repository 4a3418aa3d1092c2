/** Alerts in words: for the events of a run, its list of alerts, and the command line. */
import {
  type AlertBody,
  type AlertSeverity,
  type AlertStatus,
  alertsOf,
  type Evidence,
  type Figure,
  isOpen,
  isPressing,
  type OpenAlerts,
  pressingOf,
  SEVERITY_SIGNS,
} from "../core/alert.ts";
import type { StoredEvent } from "../core/journal.ts";
import { findMetric } from "../core/metrics.ts";
import type { Span, Tone } from "../core/scene.ts";
import { bytes, counted, duration, loss, measured } from "../lib/format.ts";
import { type PanelData, RUN_STAGE } from "./data.ts";

/** A figure as its metric is read: bytes, four decimals, or as it is. */
function figureText(metric: string, value: Figure): string {
  if (typeof value === "string") return value;
  const unit = findMetric(metric)?.unit ?? (metric.endsWith("/memory_used") ? "bytes" : "");
  if (unit === "bytes") return bytes(value);
  return unit === "nats" || unit === "bits/byte" || metric.startsWith("train/loss") ? loss(value) : measured(value);
}

/** `train/loss_raw 101.06 · median of the 64 steps before: 2.2195` */
export function evidenceText({ metric, value, compared, against }: Evidence): string {
  const other = against === null ? compared : `${compared}: ${figureText(metric, against)}`;
  return `${metric} ${figureText(metric, value)} · ${other}`;
}

/** ` · now 2.1300`: whether what an alert rests on gets better or worse; empty where nothing new has been told of it. */
export function nowText(data: Pick<PanelData, "latest">, { stage }: Pick<AlertStatus, "stage">, { metric, value }: Evidence): string {
  const newest = data.latest(stage, metric) ?? data.latest(RUN_STAGE, metric);
  return newest === null || newest.value === value ? "" : ` · now ${figureText(metric, newest.value)}`;
}

/**
 * Newest first: what is open, then what somebody knows of, then what is over. Of one that came again and again only the last
 * time, which says how often (`again`): a figure that goes up and down around its limit would fill the list by itself.
 */
export function inOrderOfNeed(alerts: readonly AlertStatus[]): AlertStatus[] {
  const newestFirst = [...alerts].sort((a, b) => b.at - a.at);
  const after = new Map<string, AlertStatus>();
  const shown = newestFirst.filter((alert) => {
    const id = `${alert.stage} ${alert.key}`;
    const next = after.get(id);
    after.set(id, alert);
    return next === undefined || next.again === 0 || (alert.severity === "bad" && next.severity === "warn");
  });
  return shown.sort((a, b) => needOf(a) - needOf(b));
}

const needOf = (alert: AlertStatus): number => (isPressing(alert) ? 0 : isOpen(alert) ? 1 : 2);

/** How it stands in a list of all: what somebody knows of is told apart from what nobody does. */
export const statusLook = (alert: AlertStatus): readonly [glyph: string, tone: Tone] =>
  isPressing(alert) ? alertLook(alert.severity) : isOpen(alert) ? ["·", "info"] : ["○", "muted"];

/** `1 open · 2 acknowledged` */
export function openText(alerts: readonly AlertStatus[]): string {
  const pressing = alerts.filter(isPressing).length;
  const known = alerts.filter(isOpen).length - pressing;
  return `${pressing} open${known === 0 ? "" : ` · ${known} acknowledged`}`;
}

/** `over after 2m 00s: it came back`; empty while it is open. In steps where nobody knows when they were, as of a log that was imported. */
export function overText({ at, step, clearedAt, clearedStep, clearedWhy }: AlertStatus): string {
  if (clearedAt === null) return "";
  const steps = (clearedStep ?? 0) - (step ?? clearedStep ?? 0);
  const after = clearedAt > at ? ` after ${duration((clearedAt - at) / 1000)}` : steps > 0 ? ` after ${counted(steps, "step")}` : "";
  return `over${after}${typeof clearedWhy === "string" && clearedWhy !== "" ? `: ${clearedWhy}` : ""}`;
}

/** Why one that somebody knew of is open again, or how often it has come again, to stand before what has happened. */
export const againText = (alert: AlertStatus): string =>
  alert.worsened && isPressing(alert) ? AGAIN : alert.again > 0 ? `Again (${counted(alert.again, "time")} within 10 minutes): ` : "";

const AGAIN = "Worse than when it was acknowledged: ";

/** One thing that happened to an alert, for lists of events. */
export function alertEventText(body: AlertBody): readonly [glyph: string, tone: Tone, text: string] {
  if (body.phase === "raised") return [...ALERT_LOOK[body.severity], `${body.key}: ${body.cause}`];
  if (body.phase === "cleared") return ["○", "good", `${body.key} is over: ${body.why}`];
  return ["·", "info", `${body.key} is acknowledged`];
}

export const ALERT_LOOK: Readonly<Record<AlertSeverity, readonly [glyph: string, tone: Tone]>> = {
  warn: [SEVERITY_SIGNS.warn, "warn"],
  bad: [SEVERITY_SIGNS.bad, "bad"],
};

/** ` ✕1 ▲2`, as the status bar has them. */
export const alertSpans = (alerts: OpenAlerts | undefined): Span[] =>
  (alerts === undefined ? [] : pressingOf(alerts)).map(([severity, many]) => {
    const [glyph, tone] = ALERT_LOOK[severity];
    return { text: ` ${glyph}${many}`, tone };
  });

/** Of an alert whose severity may be anything, as a journal tells it. */
export const alertLook = (severity: AlertSeverity): readonly [glyph: string, tone: Tone] =>
  severity === "bad" ? ALERT_LOOK.bad : ALERT_LOOK.warn;

const told = new WeakMap<readonly StoredEvent[], AlertStatus[]>();

/** The alerts of a run. Asked for with every frame: worked out once for what was read. */
export function alertsIn(data: Pick<PanelData, "events">): readonly AlertStatus[] {
  const events = data.events({ kinds: ["alert"] });
  const known = told.get(events) ?? alertsOf(events);
  told.set(events, known);
  return known;
}

/** The same as one line of text. */
export function alertLine(body: AlertBody): string {
  const [glyph, , text] = alertEventText(body);
  return `${glyph} ${text}`;
}
