/** Every metric as a chart of its own: small ones beside and below each other, as many as there is room for. */

import type { Axis } from "../core/journal.ts";
import { CLOCK_METRIC, METRICS } from "../core/metrics.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Block, Empty, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { count } from "../lib/format.ts";
import { chunks, stretchOf } from "./across.ts";
import { noteOf } from "./chart-of.ts";
import { SCALE, SMOOTHING, tiles } from "./chart-options.ts";
import { RUN_STAGE } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText, findDrawn, inNumberOrder, metricFits } from "./metric-list.ts";
import { lacksGpus } from "./no-gpus.ts";
import { pageNote, scrolled, scrollTo, tileStep } from "./scrolling.ts";
import { AXIS_TITLES, windowText } from "./series.ts";
import { smallPlot } from "./small-plot.ts";
import { stageEmpty } from "./stage-empty.ts";

const OPTIONS = {
  metrics: {
    type: "metrics",
    default: [],
    title: "Metrics",
    help: "A chart each; `*` stands for a part of a name: gpu/*/util, timer/*, *loss*; absent: all that the stage has",
  },
  host: { type: "flag", default: false, title: "Host", help: "Also those of the machine and its GPUs" },
  columns: tiles("Columns", "Charts beside each other"),
  rows: tiles("Rows", "Charts below each other"),
  scale: SCALE,
  smoothing: SMOOTHING,
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** Cells of a chart, below which a curve has no shape. */
const LEAST = { width: 34, height: 8 };
/** Where somebody wants more of them than that: one row of dots is the least that is drawn at all. */
const SMALLEST = { width: 12, height: 3 };

/** What is known by name first, the loss at its head; the rest by their names. */
const inOrder = (a: string, b: string): number => rankOf(a) - rankOf(b) || inNumberOrder(a, b);
const RANKS = new Map(METRICS.map(({ id }, rank) => [id, rank]));
const rankOf = (metric: string): number => RANKS.get(metric) ?? RANKS.size;

function metricsOf(input: Input): string[] {
  const { facts, options, view } = input;
  const own = facts.data.metrics(facts.stage);
  const all = options.host ? [...own, ...facts.data.metrics(RUN_STAGE).filter((metric) => !own.includes(metric))] : [...own];
  const chosen = options.metrics.length > 0 ? findDrawn(input, options.metrics).lines.map(({ metric }) => metric) : all.sort(inOrder);
  return chosen.filter((metric) => metric !== CLOCK_METRIC && metricFits(view.filter, metric));
}

/** How many charts there are beside and below each other. */
function shapeOf({ size, options }: Input, metrics: number): { columns: number; rows: number } {
  const fit = (room: number, least: number, smallest: number, wanted: number | null): number =>
    Math.max(1, Math.min(Math.floor(room / smallest), Math.floor(wanted ?? room / least)));
  const columns = Math.min(Math.max(1, metrics), fit(size.width, LEAST.width, SMALLEST.width, options.columns));
  return { columns, rows: fit(size.height, LEAST.height, SMALLEST.height, options.rows) };
}

function gridPanel(input: Input): Scene {
  const { size, view } = input;
  const metrics = metricsOf(input);
  if (metrics.length === 0)
    return { title: "metrics", settings: settingsOf(input, []), blocks: [{ block: { kind: "empty", ...whyEmpty(input) } }] };
  const { columns, rows } = shapeOf(input, metrics.length);
  const all = chunks(metrics, columns);
  const part = scrolled(all, view.scroll, rows);
  const lines = Math.max(2, Math.floor(size.height / Math.min(rows, all.length)));
  const charts = part.rows.map((row) => chartsOf(input, row, metrics, columns, lines));
  const frames = charts.flat().map(({ frame }) => frame);
  const notes = [
    pageNote(part.from * columns, part.rows.flat().length, metrics.length),
    ...new Set(frames.map(({ reason }) => reason ?? undefined)),
  ].filter((note) => note !== undefined);
  return {
    title: `metrics ${count(metrics.length)}`,
    settings: settingsOf(input, frames),
    note: noteOf(notes),
    blocks: charts.flatMap((row) => blocksOf(row, columns)),
  };
}

/** Of the axes that the charts in view have, not of the one that was asked for. */
function settingsOf({ options, view }: Input, frames: ReadonlyArray<{ axis: Axis }>): string {
  const axes = new Set(frames.length === 0 ? [view.chart.axis] : frames.map(({ axis }) => axis));
  const parts = [
    filterText(view.filter),
    [...axes].map((axis) => AXIS_TITLES[axis]).join(", "),
    options.scale === "shared" ? view.chart.scale : options.scale,
    windowText(view.chart.window, view.chart.axis),
  ];
  return parts.filter(Boolean).join(" · ");
}

type Chart = ReturnType<typeof smallPlot>;

function chartsOf(input: Input, metrics: readonly string[], together: readonly string[], columns: number, rows: number): Chart[] {
  const { width } = stretchOf(input.size.width, [0, columns]);
  const { scale, smoothing } = input.options;
  const spec = { decay: smoothing, together, ...(scale === "shared" ? {} : { scale }) };
  return metrics.map((metric) => smallPlot({ ...input, size: { width, height: rows } }, metric, rows, spec));
}

/** The heads of a row of charts, and the charts under them. */
function blocksOf(charts: readonly Chart[], columns: number): Block[] {
  const line = (at: 0 | 1): Block[] => charts.map(({ blocks }, column) => ({ ...blocks[at], across: [column, columns] }));
  return [...line(0), ...line(1)];
}

function whyEmpty({ facts, options, view }: Input): Omit<Empty, "kind"> {
  if (view.filter !== "") return { why: `No metric is called “${plain(view.filter)}”`, remedy: "esc clears the filter" };
  if (options.metrics.length > 0) return findDrawn({ facts }, options.metrics).empty();
  return { why: stageEmpty(facts) };
}

export const gridKind = definePanel({
  kind: "grid",
  title: "metrics as charts",
  about: "Every metric as a chart of its own, beside and below each other, page by page",
  options: OPTIONS,
  from: ["points", "events", "baselines"],
  everyMs: 500,
  least: { width: 38, height: 9 },
  keys: ["chart", "list"],
  looks: ["chart", "filter", "scroll"],
  idle: (facts, { metrics }) => lacksGpus(facts, metrics),
  scene: gridPanel,
  scroll: (input, by) => {
    const all = metricsOf(input).length;
    const { columns, rows } = shapeOf(input, all);
    return { scroll: scrollTo(Math.ceil(all / columns), input.view.scroll, tileStep(by, input.size.height, rows), rows) };
  },
});
