/** Alerts in words: for the events of a run, its list of alerts, and the command line. */
import type { AlertStatus, Evidence, Figure } from "../core/alert.ts";
import { findMetric } from "../core/metrics.ts";
import { bytes, loss, setting } from "../lib/format.ts";

/** A figure as its metric is read: bytes, four decimals, or as it is. */
function figureText(metric: string, value: Figure): string {
  if (typeof value === "string") return value;
  const unit = findMetric(metric)?.unit ?? (metric.endsWith("/memory_used") ? "bytes" : "");
  if (unit === "bytes") return bytes(value);
  return unit === "nats" || unit === "bits/byte" || metric.startsWith("train/loss") ? loss(value) : setting(value);
}

/** `train/loss_raw 101.06 · median of the 64 steps before: 2.2195` */
export function evidenceText({ metric, value, compared, against }: Evidence): string {
  const other = against === null ? compared : `${compared}: ${figureText(metric, against)}`;
  return `${metric} ${figureText(metric, value)} · ${other}`;
}

/** Newest first, and what is open before what is over. */
export const inOrderOfNeed = (alerts: readonly AlertStatus[]): AlertStatus[] =>
  [...alerts].sort((a, b) => Number(a.clearedAt !== null) - Number(b.clearedAt !== null) || b.at - a.at);
