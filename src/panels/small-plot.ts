/** A metric as a chart of a few rows under a line of its own: one of several that share an axis. */

import { findMetric } from "../core/metrics.ts";
import type { Block, Span } from "../core/scene.ts";
import { count } from "../lib/format.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { ChartInput, Drawn, Frame } from "./chart-frame.ts";
import { type ChartSpec, chartOf, titleOf } from "./chart-of.ts";
import { RUN_STAGE } from "./data.ts";

/** The stage that has the metric: the one that is looked at, else the run itself. */
export const stageOf = ({ facts: { data, stage } }: Pick<ChartInput, "facts">, metric: string): number =>
  !data.metrics(stage).includes(metric) && data.metrics(RUN_STAGE).includes(metric) ? RUN_STAGE : stage;

export const metricTitle = (metric: string): string => findMetric(metric)?.title ?? metric;

/** The metric as the only one of its plot. */
export const drawnOf = (input: Pick<ChartInput, "facts">, metric: string): Drawn => ({
  metric,
  stage: stageOf(input, metric),
  name: metricTitle(metric),
});

interface SmallPlot {
  /** Its head and its plot. */
  blocks: [Block, Block];
  /** Its axis may not be the one that was asked for: the panel says why, once for all its plots. */
  frame: Frame;
}

/** The metric with a line of its name and value over it; `rows` of both together, absent = a share of what there is. */
export function smallPlot(input: ChartInput, metric: string, rows?: number, spec: Partial<ChartSpec> = {}): SmallPlot {
  const chart = chartOf(input, { ...spec, lines: [drawnOf(input, metric)] });
  const title = titleOf(metricTitle(metric), { ...chart, readAs: null }, spec.decimals);
  const head: Span[] = [{ text: title, tone: chart.tone ?? "muted" }];
  // The legend of a small plot is its head; of baselines it has the names alone.
  const room = input.size.width - textWidth(title) - HEAD_GAP.length;
  const notes = chart.notes.filter((note) => note !== chart.frame.reason).join(" · ");
  const { clippedAbove, clippedBelow } = chart.plot;
  const short = clippedAbove + clippedBelow > 0 ? `${count(clippedAbove + clippedBelow)} clipped` : "…";
  if (notes !== "" && room > 0) head.push({ text: `${HEAD_GAP}${textWidth(notes) <= room ? notes : short}`, tone: "faint" });
  return {
    blocks: [
      { block: { kind: "text", lines: [head] }, rows: 1 },
      { block: chart.plot, rows: rows === undefined ? undefined : rows - 1 },
    ],
    frame: chart.frame,
  };
}

const HEAD_GAP = "  ";
