/** How the values of a noisy metric are spread in each column: the middle, its half, and nearly all of it. */

import { findMetric, metricId } from "../core/metrics.ts";
import type { OptionValues } from "../core/panel.ts";
import type { PlotSeries, Scene } from "../core/scene.ts";
import { type ChartInput, frameOf } from "./chart-frame.ts";
import { queryOf } from "./chart-lines.ts";
import { chartOf, titleOf } from "./chart-of.ts";
import { SCALE } from "./chart-options.ts";
import { definePanel } from "./kind.ts";
import { findDrawn } from "./metric-list.ts";
import { line, yRange } from "./series.ts";

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

const OPTIONS = {
  metric: { type: "text", default: "train/loss_raw", title: "Metric", help: "Whose values are spread: one that has a value each step" },
  scale: SCALE,
} as const;

export function quantilesPanel(input: ChartInput & { options: OptionValues<typeof OPTIONS> }): Scene {
  const { facts, options, view } = input;
  const metric = metricId(options.metric);
  const name = findMetric(metric)?.title ?? metric;
  const found = findDrawn(input, [metric]);
  const [drawn] = found.lines;
  if (drawn === undefined) return { title: `${name} quantiles`, blocks: [{ block: { kind: "empty", ...found.empty() } }] };
  const scale = options.scale === "shared" ? view.chart.scale : options.scale;
  // The frame, marks and reading of a chart; its lines are put in the place of the envelope.
  // What is spread are the values themselves: no average of them is read.
  const plain = { ...view, chart: { ...view.chart, smoothing: "off" } } as const;
  const chart = chartOf({ ...input, view: plain, baselines: [] }, { lines: [drawn], scale, envelope: true });
  const frame = frameOf(input, [drawn]);
  const columns = facts.data.query({ ...queryOf(frame, drawn), quantiles: QUANTILES });
  const series = bands(columns.quantiles?.values ?? []);
  const every = columns.quantiles?.every ?? 1;
  const source = every > 1 ? `from one point in ${every} · ` : "";
  const plot = {
    ...chart.plot,
    series,
    y: yRange(series, scale, { unit: chart.plot.y.unit }),
    legend: true,
    clippedAbove: 0,
    clippedBelow: 0,
  };
  return {
    title: titleOf(`${name} quantiles${chart.frame.cursor === null ? " · last" : ""}`, chart),
    name: `${name} quantiles`,
    tone: chart.tone,
    settings: chart.settings.replace(/raw|ema [\d.]+/, "p5 p25 p50 p75 p95"),
    note: `${source}beyond p5 and p95 not drawn`,
    blocks: [{ block: plot }],
  };
}

/** High and low by letters: a digit at the rim, where the legend has no room, reads as a figure. */
function bands(values: readonly Float64Array[]): PlotSeries[] {
  const [p5, p25, p50, p75, p95] = values;
  if (p5 === undefined || p25 === undefined || p50 === undefined || p75 === undefined || p95 === undefined) return [];
  const rim = (values: Float64Array, look: Pick<PlotSeries, "name" | "tone" | "dash" | "marker">): PlotSeries => line(values, look);
  return [
    { ...line(p25, { name: "p25…p75", tone: "faint", under: true }), max: p75, bounds: ["p25", "p75"] },
    rim(p95, { name: "p95", tone: "s2", dash: "dashed", marker: "H" }),
    rim(p5, { name: "p5", tone: "s3", dash: "dotted", marker: "L" }),
    line(p50, { name: "p50", tone: "s1" }),
  ];
}

export const quantilesKind = definePanel({
  kind: "quantiles",
  title: "quantiles",
  about: "How a noisy metric is spread: its middle, the half around it, and nearly all of it",
  options: OPTIONS,
  from: ["points", "events"],
  everyMs: 500,
  least: { width: 30, height: 7 },
  keys: ["chart"],
  looks: ["chart"],
  scene: quantilesPanel,
});
