/** Limits of alerts.yaml that are on nothing: what a run does not log, and as far as can be told will not. */
import { writesStage } from "../config/lineage.ts";
import { findMetric, METRICS } from "../core/metrics.ts";
import { metricMeant } from "../panels/metric-list.ts";
import type { Threshold } from "../watches/settings.ts";
import { meantBy } from "../watches/thresholds.ts";

/** What is still to come of a run, as planned. */
export interface Outlook {
  /** Scripts of the stages after this one, by their short names. */
  later: readonly string[];
  /** `eval_every` and the like of this stage; null = its script has none of that name. */
  every(name: string): number | null;
}

/** What a run has logged by now. */
export interface Logged {
  /** Ids of all its metrics, of every stage and of the machine. */
  metrics: readonly string[];
  /** Steps that this stage has made. */
  steps: number;
  /** How often the machine was looked at. */
  samples: number;
}

/** What comes with each step, or each look at the machine, has come by then. */
export const ENOUGH = 20;

/** What an evaluation measures, and the setting that says how often it comes (nanochat's scripts/*.py). */
const INTERVALS: ReadonlyArray<readonly [group: string, setting: string]> = [
  ["val/", "eval_every"],
  ["core/", "core_metric_every"],
  ["chatcore/", "chatcore_every"],
];

/** `val/`: the kind of evaluation that measures it; undefined where none does. */
export const groupOf = (metric: string): string | undefined => INTERVALS.find(([group]) => metric.startsWith(group))?.[0];

/** The limits of which nothing can be said, and of which that is not expected to change. */
export function idleLimits(limits: readonly Threshold[], logged: Logged, outlook: Outlook): Threshold[] {
  return limits.filter(({ metric }) => !logged.metrics.some(meantBy(metric)) && !mayCome(metric, logged, outlook));
}

function mayCome(metric: string, logged: Logged, outlook: Outlook): boolean {
  const known = findMetric(metric.replaceAll("*", "0"));
  if (known?.cadence === "time" || /^(?:gpu|host)\//.test(metric)) return logged.samples < ENOUGH;
  if (logged.steps < ENOUGH) return true;
  if (known?.cadence === "sometimes") return outlook.later.length > 0 || evaluationMayCome(groupOf(metric), logged, outlook);
  const trainsLater = outlook.later.some((script) => writesStage(script) !== null);
  if (known !== undefined) return trainsLater;
  // A name that nobody knows: near to one that is logged a slip of the keyboard, else perhaps what a fork measures at times.
  if (metricMeant(metric, logged.metrics) !== null) return false;
  return trainsLater || INTERVALS.some(([group]) => evaluationMayCome(group, logged, outlook));
}

/** Whether an evaluation is still to come that has not been yet: what it measures is known once it was. */
function evaluationMayCome(group: string | undefined, { metrics }: Logged, { every }: Outlook): boolean {
  const setting = INTERVALS.find(([of]) => of === group)?.[1];
  // Saves and evaluations are timed whenever they come.
  if (group === undefined || setting === undefined) return true;
  return (every(setting) ?? 0) > 0 && !metrics.some((metric) => metric.startsWith(group));
}

/** ` Did you mean train/loss?` of a metric that nobody knows, empty when none is near. */
export function nearText(metric: string, logged: readonly string[] = []): string {
  const near = metricMeant(metric, [...logged, ...METRICS.map(({ id }) => id)]);
  return near === null ? "" : ` Did you mean ${near}?`;
}

/** What is said of such a limit. */
export const idleText = ({ name, metric }: Threshold, logged: readonly string[]): string =>
  `The limit ${name} is on ${metric}, which nothing logs so far, so nothing can be said of it.${nearText(metric, logged)}`;
