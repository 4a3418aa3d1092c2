/** What a plot leaves out, in words: a chart that hides something says so in its border. */
import type { Outside } from "../core/journal.ts";
import { findMetric } from "../core/metrics.ts";
import type { Plot, PlotSeries } from "../core/scene.ts";
import { count } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { ChartInput, Frame } from "./chart-frame.ts";
import { type Part, queryOf } from "./chart-lines.ts";
import { valueText } from "./value.ts";

/** Points outside the y range, and those that a log scale has no place for. */
export interface LeftOut extends Outside {
  notPositive: number;
  nonFinite: number;
}

/** The ends of what is drawn of a metric: of an average, and of a line through the last values, the steps themselves are not. */
function endsOf(series: readonly PlotSeries[]): { lowest: number; highest: number } {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { min, max } of series) {
    // Columns without points are NaN, and less and greater than nothing.
    for (const value of min) if (value < lowest) lowest = value;
    for (const value of max) if (value > highest) highest = value;
  }
  return { lowest, highest };
}

export function leftOut({ facts }: ChartInput, frame: Frame, parts: readonly Part[], y: Plot["y"]): LeftOut {
  const out: LeftOut = { above: 0, below: 0, exact: true, notPositive: 0, nonFinite: 0 };
  for (const { drawn, columns, series } of parts) {
    for (const points of columns.nonFinite) out.nonFinite += points;
    const query = queryOf(frame, drawn);
    const notPositive =
      y.scale === "log" && columns.total.min <= 0 ? facts.data.outside(query, Number.POSITIVE_INFINITY, Number.MIN_VALUE) : null;
    out.notPositive += notPositive?.below ?? 0;
    const { lowest, highest } = endsOf(series);
    if (!(highest > y.to || lowest < y.from)) continue;
    const found = facts.data.outside(query, highest > y.to ? y.to : Number.POSITIVE_INFINITY, y.from);
    out.above += found.above;
    if (lowest < y.from) out.below += found.below - (notPositive?.below ?? 0);
    out.exact &&= found.exact && (notPositive?.exact ?? true);
  }
  return out;
}

export function leftOutNotes(out: LeftOut, metric: string, y: Plot["y"], asked: "linear" | "log"): string[] {
  const more = out.exact ? "" : "+";
  return [
    out.above > 0 ? `${count(out.above)}${more} clipped above ${valueText(metric, y.to)}` : "",
    out.below > 0 ? `${count(out.below)}${more} clipped below ${valueText(metric, y.from)}` : "",
    out.notPositive > 0 ? `${count(out.notPositive)}${more} not above 0: no place on a log scale` : "",
    asked === "log" && y.scale === "linear" ? "linear: no value is above 0" : "",
    out.nonFinite > 0 ? `✕ ${count(out.nonFinite)} NaN or Inf` : "",
  ].filter((note) => note !== "");
}

/** An axis that goes so many times as high as the usual loss leaves the curve its lowest row. */
const BLOWN_UP = 50;

/** Of losses on a linear axis that a few high ones among them have blown up: what would show the others; null where that is not so. */
export function scaleHint(fronts: readonly Part[], y: Plot["y"]): string | null {
  // Most charts end here: the median is at least the lowest. What is not above 0 has no place on a log scale.
  const isLoss = ({ drawn, columns: { total } }: Part): boolean => findMetric(drawn.metric)?.unit === "nats" && total.min > 0;
  if (y.scale === "log" || fronts.length === 0 || !fronts.every(isLoss)) return null;
  if (y.to < BLOWN_UP * Math.min(...fronts.map(({ columns }) => columns.total.min))) return null;
  const values = Float64Array.from(fronts.flatMap(({ columns: { last, count: points } }) => [...last].filter((_, i) => points[i]! > 0)));
  const median = values.sort()[values.length >> 1]!;
  return y.to >= BLOWN_UP * median ? "high values flatten it: try a log scale" : null;
}

/** Cells of the lower border that a hint does not get: its ends, and how many panels stand behind this one (` · tab 6 panels`). */
const AROUND_HINT = 19;

/** A hint is no thing that is left out: it comes last, and not at all where it would be cut. */
export function withHint(notes: readonly string[], hint: string | null, width: number): readonly string[] {
  const all = hint === null ? notes : [...notes, hint];
  return textWidth(all.join(" · ")) <= width - AROUND_HINT ? all : notes;
}
