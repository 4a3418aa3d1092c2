/** A metric as a chart of a few rows under a line of its own: one of several that share an axis. */
import { findMetric } from "../core/metrics.ts";
import type { Block, Span } from "../core/scene.ts";
import { type ChartInput, type Drawn, RUN_STAGE } from "./chart-frame.ts";
import { type ChartSpec, chartOf, titleOf } from "./chart-of.ts";

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

/** The metric with a line of its name and value over it; `rows` of both together, absent = a share of what there is. */
export function smallPlot(input: ChartInput, metric: string, rows?: number, spec: Partial<ChartSpec> = {}): Block[] {
  const chart = chartOf(input, { ...spec, lines: [drawnOf(input, metric)] });
  const head: Span[] = [{ text: titleOf(metricTitle(metric), chart, spec.decimals), tone: chart.tone ?? "muted" }];
  // The legend of a small plot is its head; of baselines it has the names alone.
  if (chart.notes.length > 0) head.push({ text: `  ${chart.notes.join(" · ")}`, tone: "faint" });
  return [
    { block: { kind: "text", lines: [head] }, rows: 1 },
    { block: chart.plot, rows: rows === undefined ? undefined : rows - 1 },
  ];
}
