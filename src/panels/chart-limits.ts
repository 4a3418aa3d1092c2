/** Thresholds in a chart: a line at the value, a tone where it is passed, and how many points lie beyond. */
import { SEVERITY_SIGNS } from "../core/alert.ts";
import { matchesMetric, type Threshold } from "../core/panel.ts";
import type { Plot, PlotLine } from "../core/scene.ts";
import { count } from "../lib/format.ts";
import type { ChartInput, Frame } from "./chart-frame.ts";
import { type Part, queryOf } from "./chart-lines.ts";
import { airy } from "./series.ts";
import { valueText } from "./value.ts";

type Tone = Threshold["tone"];

/** Those of some metrics, each with the first of them that it names. */
const named = (metrics: readonly string[], thresholds: readonly Threshold[]): Array<Threshold & { metric: string }> =>
  thresholds.flatMap((threshold) => {
    const metric = metrics.find((one) => matchesMetric(threshold.metric, one));
    return metric === undefined ? [] : [{ ...threshold, metric }];
  });

const isBeyond = ({ above, below }: Threshold, value: number): boolean =>
  (above !== undefined && value > above) || (below !== undefined && value < below);

/** The worst tone of a value by these thresholds; undefined when it is within all of them. */
export const toneOf = (metric: string, value: number | null, thresholds: readonly Threshold[]): Tone | undefined =>
  toneAmong(named([metric], thresholds), value);

function toneAmong(thresholds: readonly Threshold[], value: number | null): Tone | undefined {
  if (value === null) return undefined;
  const passed = thresholds.filter((threshold) => isBeyond(threshold, value));
  return passed.some(({ tone }) => tone === "bad") ? "bad" : passed[0]?.tone;
}

/** `▲`, or `✕` where it is bad, before a value that has passed a limit; what stands between them is the caller's. */
export const limitSign = (tone: Tone | undefined, air = " "): string => (tone === undefined ? "" : `${SEVERITY_SIGNS[tone]}${air}`);

/** Gives the value of each line its tone; returns the worst of all. */
export function judge(parts: readonly Part[], thresholds: readonly Threshold[]): Tone | undefined {
  let worst: Tone | undefined;
  if (thresholds.length === 0) return worst;
  for (const { kin, drawn, reading, series, isAverage } of parts) {
    // An average of ours stands for what it was asked for; what the script has averaged is no value of a step.
    const tone = toneAmong(named(isAverage ? kin : [drawn.metric], thresholds), reading.value);
    const front = series.at(-1);
    if (tone === undefined || front === undefined) continue;
    front.valueTone = tone;
    if (worst !== "bad") worst = tone;
  }
  return worst;
}

/** One line for each value of a threshold on what is drawn. */
export function limitLines(parts: readonly Part[], thresholds: readonly Threshold[]): PlotLine[] {
  const lines = new Map<number, PlotLine>();
  for (const { kin } of parts) {
    for (const { metric, above, below, tone } of named(kin, thresholds)) {
      for (const y of [above, below])
        if (y !== undefined) lines.set(y, { y, tone, label: `${SEVERITY_SIGNS[tone]} ${valueText(metric, y)}` });
    }
  }
  return [...lines.values()];
}

/** A limit that is no further from the values than half of their span is taken into the picture. */
const NEAR = 0.5;

export function withLimits(y: Plot["y"], lines: readonly PlotLine[]): Plot["y"] {
  const reach = (y.to - y.from) * NEAR;
  const near = lines.map((line) => line.y).filter((at) => at >= y.from - reach && at <= y.to + reach && (y.scale === "linear" || at > 0));
  const air = (y.to - y.from) * 0.02;
  if (near.length === 0) return y;
  const wide = airy(Math.min(...near), Math.max(...near), air, y.unit);
  const { unknown: _, ...known } = y;
  return { ...known, from: Math.min(y.from, wide.from), to: Math.max(y.to, wide.to) };
}

/** `▲ 12 above 4.0`, for each threshold that points of the window have passed: of the metric that it names, whichever of its kin is drawn. */
export function beyondNotes({ facts, thresholds }: ChartInput, frame: Frame, parts: readonly Part[]): string[] {
  return parts.flatMap(({ kin, drawn, columns }) =>
    named(kin, thresholds).flatMap(({ metric, above = Number.POSITIVE_INFINITY, below = Number.NEGATIVE_INFINITY, tone }) => {
      const query = queryOf(frame, { stage: drawn.stage, metric });
      const { total } = metric === drawn.metric ? columns : facts.data.query({ ...query, columns: 1 });
      if (!(total.max > above || total.min < below)) return [];
      const found = facts.data.outside(query, above, below);
      const told = (points: number, word: string, limit: number): string[] =>
        points === 0 ? [] : [`${SEVERITY_SIGNS[tone]} ${count(points)}${found.exact ? "" : "+"} ${word} ${valueText(metric, limit)}`];
      return [...told(found.above, "above", above), ...told(found.below, "below", below)];
    }),
  );
}
