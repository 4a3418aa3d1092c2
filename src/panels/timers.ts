/** What a step's time goes to: each part now and over the window, stacked over the run; evaluations and saves apart. */
import type { OptionValues } from "../core/panel.ts";
import type { Block, Line, Plot, PlotSeries, Scene, Table } from "../core/scene.ts";
import { count, duration, percent } from "../lib/format.ts";
import { cannot } from "./ability.ts";
import { type ChartInput, type Frame, frameOf, placeText } from "./chart-frame.ts";
import { limitSign, toneOf } from "./chart-limits.ts";
import { type RunFacts, stageState } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { barSpans } from "./paint.ts";
import { AXIS_TITLES, windowText, xOf } from "./series.ts";
import { type Breakdown, breakdown, DT, type Part } from "./step-breakdown.ts";

const OPTIONS = {
  unit: {
    type: "choice",
    choices: ["share", "time"],
    default: "share",
    title: "Unit",
    help: "What is stacked: shares of the step's time, or the time itself",
  },
  show: {
    type: "choice",
    choices: ["auto", "table", "chart"],
    default: "auto",
    title: "Show",
    help: "The table of parts, the chart, or both where there is room",
  },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

const APART = [
  { metric: "timer/eval", name: "evaluations" },
  { metric: "timer/save", name: "saves" },
] as const;

const LEAST_CHART_ROWS = 6;
const TABLE_WIDTH = 38;

function timersPanel(input: Input): Scene {
  const { facts, size, options, view } = input;
  const frame = frameOf(input as ChartInput, [{ metric: DT, stage: facts.stage, name: "dt" }]);
  const found = breakdown(facts, view.chart, frame);
  if (found === null) return { title: "timers", blocks: [{ block: { kind: "empty", ...whyEmpty(facts) } }] };
  const rows = found.parts.length + 1 + APART.filter(({ metric }) => facts.data.latest(facts.stage, metric) !== null).length;
  const both = size.height >= rows + LEAST_CHART_ROWS;
  const tabled = options.show === "table" || (options.show === "auto" && (both || size.height < rows + LEAST_CHART_ROWS));
  const charted = options.show === "chart" || (options.show === "auto" && both);
  const window = windowText(view.chart.window, view.chart.axis);
  const blocks: Block[] = [];
  if (tabled) blocks.push({ block: tableOf(input, found), rows: charted ? rows : undefined });
  if (charted) blocks.push({ block: stackOf(found, frame, options.unit, size.height - (tabled ? rows : 0)) });
  return {
    title: `timers · step ${duration(found.now)}`,
    tone: toneOf(DT, found.now, input.thresholds),
    settings: [
      charted ? AXIS_TITLES[frame.axis] : "",
      charted ? "mean" : "",
      window ?? "",
      found.step === null ? "" : `@ ${count(found.step)}`,
    ]
      .filter(Boolean)
      .join(" · "),
    note: frame.reason ?? undefined,
    blocks,
  };
}

const BAR = 12;

/** What of the table there is width for. */
const fitting = (width: number) => ({ bar: width >= TABLE_WIDTH + BAR + 2, mean: width >= TABLE_WIDTH });

function tableOf(input: Input, { parts, now }: Breakdown): Table {
  const { bar, mean } = fitting(input.size.width);
  const columns = [
    { title: "part", width: 11 },
    ...(bar ? [{ title: "share now", width: BAR }] : []),
    { title: bar ? "" : "share", width: 5, align: "right" as const },
    { title: "now", width: 7, align: "right" as const },
    ...(mean ? [{ title: "mean", width: 7, align: "right" as const }] : []),
  ];
  return { kind: "table", columns, rows: [...parts.map((part) => partRow(input, part, now)), ...apartRows(input)] };
}

function partRow({ size, thresholds }: Input, part: Part, whole: number | null): Line[] {
  const { bar, mean } = fitting(size.width);
  const share = part.now === null || whole === null || whole <= 0 ? null : part.now / whole;
  const tone = part.metric === null ? undefined : toneOf(part.metric, part.now, thresholds);
  return [
    [{ text: `${part.letter} `, tone: part.tone, bold: true }, { text: part.name }],
    ...(bar ? [barSpans(share ?? 0, BAR, part.tone)] : []),
    [{ text: percent(share) }],
    [{ text: `${limitSign(tone, "")}${duration(part.now)}`, tone, bold: tone !== undefined }],
    ...(mean ? [[{ text: duration(part.mean), tone: "muted" as const }]] : []),
  ];
}

/** Evaluations and saves are no part of a step: how long the last one took, and how many there were. */
function apartRows({ facts, size }: Input): Line[][] {
  const { bar, mean } = fitting(size.width);
  return APART.flatMap(({ metric, name }): Line[][] => {
    const latest = facts.data.latest(facts.stage, metric);
    if (latest === null) return [];
    const { total } = facts.data.query({ stage: facts.stage, metric, axis: "step", columns: 1 });
    return [
      [
        [{ text: name, tone: "muted" }],
        ...(bar ? [[{ text: `${count(total.count)} so far`, tone: "muted" as const }]] : []),
        [],
        [{ text: duration(latest.value) }],
        ...(mean ? [[]] : []),
      ],
    ];
  });
}

/** Rows of a plot that its axis takes, and dots of a row (paint-plot.ts). */
const AXIS_ROWS = 2;
const DOTS = 4;

/** Dots between two bands: one of them may be filled where a band rises or falls. */
const AIR = 2;

/** Each part as a band from the sum of those before it to its own, with air between two: told apart without colour. */
function stackOf({ parts, whole, first }: Breakdown, frame: Frame, unit: "share" | "time", rows: number): Plot {
  const columns = whole.length;
  const most = unit === "share" ? 100 : Math.max(...whole.filter(Number.isFinite), 0) || 1;
  const air = (AIR * most) / Math.max(1, (rows - AXIS_ROWS) * DOTS - 1);
  let below = new Float64Array(columns);
  const series = parts.map((part): PlotSeries => {
    const min = new Float64Array(columns);
    const max = new Float64Array(columns);
    for (let i = 0; i < columns; i++) {
      const scale = unit === "share" ? 100 / whole[i]! : 1;
      const value = part.columns[i]!;
      const from = below[i]!;
      max[i] = value > 0 ? (from + value) * scale : Number.NaN;
      min[i] = value > 0 ? Math.min(max[i]!, from * scale + (from > 0 ? air : 0)) : Number.NaN;
    }
    below = below.map((from, i) => from + Math.max(0, part.columns[i]! || 0));
    return { name: part.name, tone: part.tone, min, max, connect: false, under: false, marker: part.letter };
  });
  return {
    kind: "plot",
    x: xOf(first),
    y: { from: 0, to: most, scale: "linear", unit: unit === "share" ? "%" : "s" },
    series,
    marks: [],
    gaps: first.gaps,
    clippedAbove: 0,
    clippedBelow: 0,
    cursor: frame.cursor === null ? undefined : { x: frame.cursor, label: placeText(frame.axis, frame.cursor) },
    selected: frame.selection,
  };
}

function whyEmpty(facts: RunFacts): { why: string; remedy?: string } {
  const reason = cannot(facts, "timers");
  if (reason !== null) return { why: `No step is taken apart: ${reason}` };
  const status = stageState(facts)?.status;
  if (status === "pending") return { why: "No step yet: this stage has not begun" };
  if (status === "running") return { why: "No step has been taken apart yet: the first comes after the first step" };
  return { why: "No step of this stage was taken apart" };
}

export const timersKind = definePanel({
  kind: "timers",
  title: "timers",
  about: "What a step's time goes to: data, forward, backward, optimizer and the rest, now and over the run",
  options: OPTIONS,
  from: ["points", "events"],
  everyMs: 500,
  least: { width: 34, height: 8 },
  keys: ["chart"],
  looks: ["chart"],
  scene: timersPanel,
});
