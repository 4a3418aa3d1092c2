/** A metric as a chart of a few rows under a line of its own: one of several that share an axis. */
import { findMetric } from "../core/metrics.ts";
import type { Block, Span } from "../core/scene.ts";
import { type ChartInput, type Drawn, RUN_STAGE } from "./chart-frame.ts";
import { type ChartSpec, chartOf, titleOf } from "./chart-of.ts";

/** The stage that has the metric: the one that is looked at, else the run itself. */
export const stageOf = ({ facts: { data, stage } }: Pick<ChartInput, "facts">, metric: string): number =>
  !data.metrics(stage).includes(metric) && data.metrics(RUN_STAGE).includes(metric) ? RUN_STAGE : stage;

/** The metric with a line of its name and value over it; `rows` of both together, absent = a share of what there is. */
export function smallPlot(input: ChartInput, metric: string, rows?: number, spec: Partial<ChartSpec> = {}): Block[] {
  const title = findMetric(metric)?.title ?? metric;
  const drawn: Drawn = { metric, stage: stageOf(input, metric), name: title };
  const chart = chartOf(input, { ...spec, lines: [drawn] });
  const head: Span[] = [{ text: titleOf(title, chart, spec.decimals), tone: chart.tone ?? "muted" }];
  // The legend of a small plot is its head; of baselines it has the names alone.
  if (chart.notes.length > 0) head.push({ text: `  ${chart.notes.join(" · ")}`, tone: "faint" });
  return [
    { block: { kind: "text", lines: [head] }, rows: 1 },
    { block: chart.plot, rows: rows === undefined ? undefined : rows - 1 },
  ];
}
