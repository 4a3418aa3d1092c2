/** A metric's value in words, by its unit. */
import { findMetric, type Unit } from "../core/metrics.ts";
import { bytes, count, duration, flops, loss, setting, si } from "../lib/format.ts";

/** How many decimals a chart shows of a loss, and how many where it is read. */
const USUAL = 4;
const EXACT = 6;

interface Style {
  usual: (value: number) => string;
  /** Under the cursor. */
  exact: (value: number) => string;
}

const plain: Style = { usual: (value) => loss(value, USUAL), exact: (value) => loss(value, EXACT) };
const whole = (unit: string): Style => ({
  usual: (value) => `${si(value)}${unit}`,
  exact: (value) => `${count(value)}${unit}`,
});
const oneDecimal = (unit: string): Style => ({
  usual: (value) => `${value.toFixed(1)}${unit}`,
  exact: (value) => `${setting(value)}${unit}`,
});

const STYLES: Readonly<Record<Unit, Style>> = {
  "": plain,
  nats: plain,
  "bits/byte": plain,
  s: { usual: duration, exact: (value) => `${loss(value, EXACT)} s` },
  ms: oneDecimal(" ms"),
  "tok/s": whole(" tok/s"),
  tokens: whole(""),
  count: whole(""),
  FLOPs: { usual: flops, exact: flops },
  "%": oneDecimal("%"),
  fraction: plain,
  bytes: { usual: bytes, exact: (value) => `${count(value)} B` },
  "bytes/s": { usual: (value) => `${bytes(value)}/s`, exact: (value) => `${count(value)} B/s` },
  W: oneDecimal(" W"),
  "°C": oneDecimal("°"),
};

export interface ValueStyle {
  /** As under a cursor. */
  exact?: boolean;
  /** So many decimals, whatever the unit. */
  decimals?: number | null;
}

/** `3.0127`, `983k tok/s`, `533 ms`; `–` for null, and what is no number by its name. */
export function valueText(metric: string, value: number | null | undefined, { exact = false, decimals = null }: ValueStyle = {}): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return loss(value);
  if (decimals !== null) return loss(value, decimals);
  const style = STYLES[findMetric(metric)?.unit ?? ""];
  return exact ? style.exact(value) : style.usual(value);
}

/** What a metric is called where several stand beside each other: its id without what all have in common. */
export function shortNames(metrics: readonly string[]): string[] {
  if (metrics.length === 1) return metrics.map((metric) => findMetric(metric)?.title ?? metric);
  const parts = metrics.map((metric) => metric.split("/"));
  const [first = []] = parts;
  let common = 0;
  while (common < first.length - 1 && parts.every((names) => names.length > common + 1 && names[common] === first[common])) common++;
  return parts.map((names) => names.slice(common).join("/"));
}
