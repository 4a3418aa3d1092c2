/** Many series as rows of a heat map: ranks, GPUs or tasks over time. */

import type { SeriesColumns } from "../core/journal.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Heat, Scene } from "../core/scene.ts";
import { type ChartInput, cursorOf, type Drawn, frameOf } from "./chart-frame.ts";
import { limitSign, toneOf } from "./chart-limits.ts";
import { queryOf } from "./chart-lines.ts";
import { noteOf } from "./chart-of.ts";
import { RUN_STAGE } from "./data.ts";
import { definePanel } from "./kind.ts";
import { findDrawn } from "./metric-list.ts";
import { lacksGpus } from "./no-gpus.ts";
import { AXIS_TITLES, windowText, xOf } from "./series.ts";
import { valueText } from "./value.ts";

/** Rows that are asked for; a screen has fewer. */
const MOST_ROWS = 200;

export interface HeatSpec {
  title: string;
  lines: readonly Drawn[];
  from?: number | null;
  to?: number | null;
}

export function heatScene(input: ChartInput, { title, lines, from = null, to = null }: HeatSpec): Scene {
  const { facts, view } = input;
  const drawn = lines.slice(0, Math.max(1, Math.min(MOST_ROWS, input.size.height)));
  const whole = frameOf(input, drawn);
  // One column a cell: a cell of two would say neither's value.
  const frame = { ...whole, columns: Math.max(1, Math.ceil(whole.columns / 2)) };
  const columns = drawn.map((one) => facts.data.query(queryOf(frame, one)));
  const low = from ?? least(columns.map(({ total }) => total.min));
  const high = to ?? -least(columns.map(({ total }) => -total.max));
  const metric = drawn[0]?.metric ?? "";
  const { axis, cursor } = frame;
  const read = drawn.map(({ stage, metric: id }) => (cursor === null ? null : facts.data.nearest(stage, id, axis, cursor)));
  const rows = drawn.map((one, i): Heat["rows"][number] => {
    const at = cursor === null ? facts.data.latest(one.stage, one.metric) : read[i];
    return {
      name: one.name,
      values: valuesOf(columns[i]!, one.stage === RUN_STAGE),
      value: `${limitSign(toneOf(one.metric, at?.value ?? null, input.thresholds))}${valueText(one.metric, at?.value)}`,
    };
  });
  const first = columns[0]!;
  const heat: Heat = {
    kind: "heat",
    x: xOf(first),
    scale: { from: low, to: high, fromLabel: valueText(metric, low), toLabel: valueText(metric, high) },
    rows,
    hidden: lines.length - drawn.length,
    cursor: cursorOf(frame, read[0]?.position),
    selected: frame.selection,
  };
  const tones = drawn.map(({ stage, metric: id }) => toneOf(id, facts.data.latest(stage, id)?.value ?? null, input.thresholds));
  const window = windowText(view.chart.window, view.chart.axis);
  return {
    title,
    tone: tones.includes("bad") ? "bad" : tones.find((tone) => tone !== undefined),
    settings: [AXIS_TITLES[frame.axis], "last value of each column", ...(window === null ? [] : [window])].join(" · "),
    note: noteOf(frame.reason === null ? [] : [frame.reason]),
    blocks: [{ block: heat }],
  };
}

/** The machine is sampled every second or two: between two samples it was as it was at the first. */
const SAMPLED_MS = 5000;

/** The last value of each column; where a column is narrower than the time between two samples, that of the one before. */
function valuesOf({ last, count, edges }: SeriesColumns, sampled: boolean): Float64Array {
  let newest = -1;
  return last.map((value, i) => {
    if (count[i]! > 0) newest = i;
    if (newest === i) return value;
    return sampled && newest >= 0 && edges[i]! - edges[newest]! < SAMPLED_MS ? last[newest]! : Number.NaN;
  });
}

const least = (values: readonly number[]): number =>
  values.reduce((low, value) => (Number.isFinite(value) && !(value >= low) ? value : low), Number.NaN);

const OPTIONS = {
  metrics: {
    type: "metrics",
    default: ["gpu/*/util"],
    title: "Metrics",
    help: "One row each; `*` stands for a part of a name: gpu/*/util, timer/*, *loss*",
  },
  title: { type: "text", default: "", title: "Title of the metrics", help: "Absent: the metrics' own" },
  from: { type: "number", default: null, title: "Lightest at", help: "The value of the lightest shade; absent: the lowest in view" },
  to: { type: "number", default: null, title: "Densest at", help: "The value of the densest shade; absent: the highest in view" },
} as const;

export function heatPanel(input: ChartInput & { options: OptionValues<typeof OPTIONS> }): Scene {
  const { options } = input;
  const title = options.title === "" ? options.metrics.join(" ") : options.title;
  const found = findDrawn(input, options.metrics);
  if (found.lines.length === 0) return { title, blocks: [{ block: { kind: "empty", ...found.empty() } }] };
  return heatScene(input, { title, lines: found.lines, from: options.from, to: options.to });
}

export const heatKind = definePanel({
  kind: "heat",
  title: "heat map",
  about: "Many metrics of one sort as rows of shades over time: ranks, GPUs, tasks",
  options: OPTIONS,
  from: ["points"],
  everyMs: 500,
  least: { width: 30, height: 6 },
  keys: ["chart"],
  looks: ["chart"],
  idle: (facts, { metrics }) => lacksGpus(facts, metrics),
  scene: heatPanel,
});
