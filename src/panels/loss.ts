/** The loss: the raw values of every step as an envelope, and the average over it. */
import type { Axis, SeriesColumns } from "../core/journal.ts";
import { findMetric } from "../core/metrics.ts";
import type { Plot, PlotSeries, Scene } from "../core/scene.ts";
import { loss } from "../lib/format.ts";
import { position, type RunFacts, type Size, stageState } from "./data.ts";
import { definePanel } from "./kind.ts";
import { eventMarks, patchNote } from "./marks.ts";
import { plotColumns } from "./paint-plot.ts";
import { AXIS_TITLES, clipped, nonFiniteMarks, SMOOTHING_TITLES, smoothed, toSeries, xOf, yRange } from "./series.ts";
import { untrainedEmpty } from "./untrained.ts";
import type { ChartView, Window } from "./view.ts";

const AVERAGE = "train/loss";
const RAW = "train/loss_raw";

/** What stands for the loss where a script has none: RL reports its reward. */
const INSTEAD = ["rl/reward"];

export function lossPanel(facts: RunFacts, size: Size, options: ChartView): Scene {
  const { data, stage } = facts;
  const known = new Set(data.metrics(stage));
  const main = [AVERAGE, RAW, ...INSTEAD].find((metric) => known.has(metric));
  const title = main === undefined || main === AVERAGE || main === RAW ? "loss" : (findMetric(main)?.title ?? main);
  if (main === undefined)
    return { title, blocks: [{ block: { kind: "empty", ...(untrainedEmpty(facts, "No loss") ?? whyEmpty(facts)) } }] };

  const window = windowEdges(facts, main, options);
  const query = (metric: string): SeriesColumns =>
    data.query({ stage, metric, axis: options.axis, ...window, columns: plotColumns(size.width) });
  const average = query(main);
  const raw = known.has(RAW) && main !== RAW ? query(RAW) : average;
  const { plot, note } = lossPlot(facts, average, raw, options);
  return {
    title: `${title} ${loss(data.latest(stage, main)?.value)}`,
    settings: settingsOf(average.axis, plot, options, main === AVERAGE),
    note,
    blocks: [{ block: plot }],
  };
}

function lossPlot(facts: RunFacts, average: SeriesColumns, raw: SeriesColumns, options: ChartView): { plot: Plot; note?: string } {
  const series: PlotSeries[] = [];
  if (options.smoothing !== "off") {
    series.push(toSeries(raw, "raw", "faint", { connect: false, under: true }));
    series.push(options.smoothing === "strong" ? smoothed(average, "s1") : lineOf(average));
  } else {
    series.push(toSeries(raw, "raw", "s1", { connect: false, under: false }));
  }
  const y = yRange(series, options.scale);
  const out = clipped(raw, y);
  const nonFinite = raw.nonFinite.reduce((sum, points) => sum + points, 0);
  const plot: Plot = {
    kind: "plot",
    x: xOf(average),
    y,
    series,
    marks: [...eventMarks(facts, average.axis), ...nonFiniteMarks(raw)],
    gaps: average.gaps,
    clippedAbove: out.above,
    clippedBelow: out.below,
  };
  const said = [
    out.above > 0 ? `${out.above}${out.exact ? "" : "+"} clipped above ${loss(y.to)}` : "",
    out.below > 0 ? `${out.below}${out.exact ? "" : "+"} clipped below ${loss(y.from)}` : "",
    nonFinite > 0 ? `✕ ${nonFinite} not a number` : "",
    average.axisReason ?? "",
    patchNote(facts) ?? "",
  ].filter((part) => part !== "");
  return { plot, note: said.length > 0 ? said.join(" · ") : undefined };
}

/** A thin line through each column's last value: an average has no envelope worth showing. */
function lineOf(columns: SeriesColumns): PlotSeries {
  const series = toSeries({ ...columns, min: columns.last, max: columns.last }, "average", "s1", { connect: true, under: false });
  return columns.gaps.length > 0 ? { ...series, connect: false } : series;
}

function settingsOf(axis: Axis, plot: Plot, { smoothing, window }: ChartView, averaged: boolean): string {
  const parts = [AXIS_TITLES[axis], plot.y.scale, averaged || smoothing !== "script" ? SMOOTHING_TITLES[smoothing] : "raw"];
  const part = windowText(window);
  if (part !== null) parts.push(part);
  return parts.join(" · ");
}

/** Where a window begins and ends on a metric's axis; nothing for all of it. */
export function windowEdges(
  { data, stage }: RunFacts,
  metric: string,
  { axis, window }: Pick<ChartView, "axis" | "window">,
): { from?: number; to?: number } {
  if (window.kind === "all") return {};
  if (window.kind === "range") return { from: window.from, to: window.to };
  const { edges } = data.query({ stage, metric, axis, columns: 1 });
  const from = edges[0] ?? 0;
  const to = edges[1] ?? 1;
  return { from: to - (to - from) * window.part, to };
}

/** `last 1/4`, `zoomed`; null when all is shown. */
export const windowText = (window: Window): string | null =>
  window.kind === "all" ? null : window.kind === "range" ? "zoomed" : `last 1/${Math.round(1 / window.part)}`;

function whyEmpty(facts: RunFacts): { why: string; remedy?: string } {
  const stage = stageState(facts);
  if (stage === undefined || stage.status === "pending") return { why: "No loss yet: this stage has not begun" };
  if (stage.status === "running")
    return { why: position(facts) === null ? "No loss yet: it comes with the first step" : "This script reports no loss" };
  return { why: "No loss: this stage made no training step" };
}

export const lossKind = definePanel({
  kind: "loss",
  title: "loss",
  about: "The loss of every step under its average, with checkpoints and patches",
  options: {},
  from: ["points", "events"],
  everyMs: 250,
  least: { width: 30, height: 8 },
  keys: ["chart"],
  looks: ["chart"],
  scene: ({ facts, size, view }) => lossPanel(facts, size, view.chart),
});
