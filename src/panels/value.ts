/** A metric's value in words, by its unit. */
import { findMetric, type Unit } from "../core/metrics.ts";
import { bytes, clock, count, duration, flops, loss, setting, si } from "../lib/format.ts";

/** How many decimals a chart shows of a loss, and how many where it is read. */
const USUAL = 4;
const EXACT = 6;

interface Style {
  usual: (value: number) => string;
  /** Under the cursor. */
  exact: (value: number) => string;
}

const plain: Style = { usual: (value) => loss(value, USUAL), exact: (value) => loss(value, EXACT) };
/** Of a metric that nobody knows: what is whole is most likely counted. */
const unknown: Style = {
  usual: (value) => wholeText(value) ?? plain.usual(value),
  exact: (value) => wholeText(value) ?? plain.exact(value),
};
/** Null where it is none, or so large that it is told in powers of ten. */
const wholeText = (value: number): string | null => (Number.isInteger(value) && Math.abs(value) < 1e6 ? count(value) : null);
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
  // Below a second in milliseconds, as axes tell it.
  s: { usual: duration, exact: (value) => (Math.abs(value) < 1 ? `${loss(value * 1000, EXACT - 3)} ms` : `${loss(value, EXACT)} s`) },
  // Only moments are in milliseconds, since 1970.
  ms: { usual: (value) => clock(value, true), exact: (value) => clock(value, true) },
  "tok/s": whole(" tok/s"),
  tokens: whole(""),
  count: whole(""),
  FLOPs: { usual: flops, exact: flops },
  "%": oneDecimal("%"),
  fraction: plain,
  // In the unit of their axis: eleven digits beside `67.4 GiB` are not to be compared at a glance.
  bytes: { usual: (value) => bytes(value), exact: (value) => bytes(value, USUAL) },
  "bytes/s": { usual: (value) => `${bytes(value)}/s`, exact: (value) => `${bytes(value, USUAL)}/s` },
  W: oneDecimal(" W"),
  "°C": oneDecimal("°"),
  processes: oneDecimal(""),
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
  const known = findMetric(metric);
  const style = known === undefined ? unknown : STYLES[known.unit];
  return exact ? style.exact(value) : style.usual(value);
}

/** The unit to stand beside values of which the text does not tell it. */
export const unitBeside = (metric: string): string => {
  const unit = findMetric(metric)?.unit ?? "";
  return UNTOLD.has(unit) ? unit : "";
};

const UNTOLD: ReadonlySet<Unit> = new Set<Unit>(["nats", "bits/byte", "tokens", "FLOPs"]);

/** What a metric is called where several stand beside each other: its id without what all have in common; of GPUs `gpu 0`. */
export function shortNames(metrics: readonly string[]): string[] {
  if (metrics.length === 1) return metrics.map((metric) => findMetric(metric)?.title ?? metric);
  const parts = metrics.map((metric) => metric.split("/"));
  const [first = []] = parts;
  let [start, end] = [0, 0];
  while (start < first.length - 1 && parts.every((names) => names.length > start + 1 && names[start] === first[start])) start++;
  while (
    start + end < first.length - 1 &&
    parts.every((names) => names.length > start + end + 1 && names.at(-end - 1) === first.at(-end - 1))
  )
    end++;
  const own = parts.map((names) => names.slice(start, names.length - end).join("/"));
  const [family] = first.slice(start - 1, start);
  return family !== undefined && own.every((name) => /^\d+$/.test(name)) ? own.map((number) => `${family} ${number}`) : own;
}
