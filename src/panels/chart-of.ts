/** The one way from metrics to a plot: what is drawn, how it is read, and everything that the plot leaves out, said. */
import type { StageIndex } from "../core/journal.ts";
import { findMetric } from "../core/metrics.ts";
import type { Plot, PlotMark, Scene } from "../core/scene.ts";
import { type ChartInput, cursorOf, type Drawn, type Frame, frameOf, isMachine, placeText } from "./chart-frame.ts";
import { beyondNotes, judge, limitLines, withLimits } from "./chart-limits.ts";
import { AVERAGE, baselineSeries, type LineStyle, type Part, partOf, queryOf, type Reading, scriptAverages } from "./chart-lines.ts";
import { leftOut, leftOutNotes, scaleHint } from "./chart-notes.ts";
import type { Latest, RunFacts } from "./data.ts";
import { eventMarks, resumeMarks, runMarks } from "./marks.ts";
import { positionOf } from "./moment.ts";
import { WITHOUT_POINTS } from "./paint-plot.ts";
import {
  AXIS_TITLES,
  emaText,
  nonFiniteMarks,
  type Pinned,
  pointMarks,
  SCRIPT_DECAY,
  STRONG_DECAY,
  windowText,
  X_FORMATS,
  xOf,
  yRange,
} from "./series.ts";
import { valueText } from "./value.ts";
import { stageBeside } from "./whole-range.ts";

export interface ChartSpec {
  lines: readonly Drawn[];
  /** Instead of what the person has chosen for all charts. */
  scale?: "linear" | "log";
  pinned?: Pinned;
  /** Decay of an average of this chart's own. */
  decay?: number | null;
  envelope?: boolean;
  decimals?: number | null;
  /** Where the first line is best of all that there is: marked while it is in view. Absent: evaluations are marked. */
  best?: Latest | null;
  /** Metrics that the panel charts side by side; absent: its lines. */
  together?: readonly string[];
  /** Without what happened to the run, where there is no axis for it to stand on. */
  bare?: boolean;
}

export interface Charted {
  plot: Plot;
  frame: Frame;
  /** Of the lines in front, in their order. */
  readings: Reading[];
  /** What the first of them is, where it is no value of the metric itself: `ema 0.99`. */
  readAs: string | null;
  /** Live settings, for the border. */
  settings: string;
  /** What the plot leaves out, for the lower border. */
  notes: string[];
  /** How more of it would be seen, where that can be chosen; said where there is room (`withHint`). */
  hint: string | null;
  tone?: "warn" | "bad";
}

/** Lines in one plot: more are not told apart. */
export const MOST_LINES = 24;
const MOST_BASELINES = 8;
const MOST_EVALUATIONS = 40;

export function chartOf(input: ChartInput, spec: ChartSpec): Charted {
  const lines = spec.lines.slice(0, MOST_LINES);
  const frame = frameOf(input, lines);
  const style = styleOf(input, spec);
  const parts = ownParts(input, frame, lines, style);
  const fronts = parts.filter(({ drawn }) => !drawn.under);
  const tone = judge(fronts, input.thresholds);
  const others = input.baselines
    .slice(0, MOST_BASELINES)
    .flatMap((other, i) => baselineSeries(input, frame, fronts, other, fronts.length + i, style));
  const series = [...parts.flatMap((part) => part.series), ...others];
  const limits = limitLines(fronts, input.thresholds);
  const scale = spec.scale ?? input.view.chart.scale;
  const pinned = spec.pinned !== undefined && (spec.pinned.from !== null || spec.pinned.to !== null);
  const free = yRange(series, scale, { pinned: spec.pinned, unit: unitOf(fronts) });
  const y = pinned ? free : withLimits(free, limits);
  const out = leftOut(input, frame, parts, y);
  const first = fronts[0] ?? parts[0];
  const plot: Plot = {
    kind: "plot",
    x: first === undefined ? { from: 0, to: 1, axis: AXIS_TITLES[frame.axis], format: X_FORMATS[frame.axis] } : xOf(first.columns),
    y,
    series,
    marks: marksOf(input, spec, frame, parts),
    gaps: first?.columns.gaps ?? [],
    clippedAbove: out.above,
    clippedBelow: out.below,
    lines: limits,
    cursor: cursorOf(frame, fronts[0]?.reading.position),
    selected: frame.selection,
    ...(input.view.chart.guides === "off" ? {} : { guides: input.view.chart.guides }),
    legend: series.length > 1,
  };
  const notes = [
    ...leftOutNotes(out, first?.drawn.metric ?? "", y, scale),
    ...beyondNotes(input, frame, fronts),
    ...(frame.reason === null ? [] : [frame.reason]),
    ...(plot.gaps.length > 0 ? [`${WITHOUT_POINTS} without points`] : []),
    ...(spec.lines.length > MOST_LINES ? [`${MOST_LINES} of ${spec.lines.length} metrics, the highest ones`] : []),
  ];
  return {
    plot,
    frame,
    readings: fronts.map(({ reading }) => reading),
    readAs: readAsOf(fronts[0], style),
    settings: settingsOf(input, frame, plot, smoothingText(fronts, style, scriptAverages(input.facts))),
    notes,
    hint: pinned || spec.scale !== undefined ? null : scaleHint(fronts, y),
    tone,
  };
}

/** A step whose value is no number is told as it is. */
const readAsOf = (first: Part | undefined, { decay }: LineStyle): string | null =>
  first?.isAverage && decay !== null && Number.isFinite(first.reading.value) ? emaText(decay) : null;

/** Of all that is drawn; undefined where it is not the same. */
function unitOf(parts: readonly Part[]): string | undefined {
  const units = new Set(parts.map(({ drawn }) => findMetric(drawn.metric)?.unit));
  return units.size === 1 ? [...units][0] : undefined;
}

function styleOf({ view: { chart } }: ChartInput, spec: ChartSpec): LineStyle {
  const fronts = spec.lines.filter(({ under }) => !under);
  const { decay, envelope = true, decimals, together = fronts.map(({ metric }) => metric) } = spec;
  return { decay: decay ?? (chart.smoothing === "strong" ? STRONG_DECAY : null), envelope, decimals, together };
}

function ownParts(input: ChartInput, frame: Frame, lines: readonly Drawn[], style: LineStyle): Part[] {
  const many = lines.filter(({ under }) => !under).length > 1;
  let n = 0;
  return lines.map((drawn) => partOf(input, frame, drawn, style, drawn.under ? 0 : n++, many));
}

function marksOf({ facts, baselines }: ChartInput, { best, bare }: ChartSpec, frame: Frame, parts: readonly Part[]): PlotMark[] {
  const odd = parts.flatMap(({ columns }) => nonFiniteMarks(columns));
  if (bare) return odd;
  // The machine is drawn for the whole run, and so is what happened to it.
  const ofRun = frame.axis === "wall" && isMachine(parts.map(({ drawn }) => drawn));
  const before = baselines
    .filter(({ isBefore }) => isBefore)
    .map((one) => ({ ...one.facts, stage: stageBeside(facts, one.facts)?.stage ?? 0 }));
  const resumed = before.flatMap((one) => resumeMarks(one, frame.axis));
  const marks = [...odd, ...resumed, ...(ofRun ? runMarks(facts) : eventMarks(facts, frame.axis))];
  const [first] = parts;
  if (best !== undefined) {
    const x =
      best === null || first === undefined ? null : positionOf({ data: facts.data, stage: first.drawn.stage }, frame.axis, best.key);
    return x === null ? marks : [...marks, { x, glyph: "best" }];
  }
  const stages = ofRun ? facts.state.stages.map(({ index }) => index) : [facts.stage];
  return [...marks, ...stages.flatMap((stage) => evaluationMarks(facts.data, stage, frame))];
}

function evaluationMarks(data: RunFacts["data"], stage: StageIndex, frame: Frame): PlotMark[] {
  const metric = EVALUATED.find((one) => data.metrics(stage).includes(one));
  if (metric === undefined) return [];
  const evaluations = data.query(queryOf(frame, { stage, metric }));
  return evaluations.axis === frame.axis ? pointMarks(evaluations, "evaluation", MOST_EVALUATIONS) : [];
}

/** What tells that there was an evaluation. */
const EVALUATED = ["val/bpb", "val/loss", "core/metric", "chatcore/metric"];

/** What the lines are averages of, by whom ever: a metric that the script averages is not raw because we leave it alone. */
function smoothingText(fronts: readonly Part[], { decay }: LineStyle, byScript: boolean): string {
  if (decay !== null && fronts.some(({ isAverage }) => isAverage)) return emaText(decay);
  const averages = fronts.filter(({ drawn }) => drawn.metric === AVERAGE).length;
  if (averages === 0) return "raw";
  return averages === fronts.length && byScript ? emaText(SCRIPT_DECAY) : "as logged";
}

/** `step · linear · ema 0.9 · last 1/4` */
function settingsOf({ view: { chart } }: ChartInput, frame: Frame, { y, series }: Plot, smoothing: string): string {
  const parts = [AXIS_TITLES[frame.axis], y.scale];
  if (!series.every(({ points, baseline }) => points || baseline)) parts.push(smoothing);
  const window = windowText(chart.window, chart.axis);
  return window === null ? parts.join(" · ") : [...parts, window].join(" · ");
}

/** `loss 3.0127`, of an average of ours `loss 3.0127 (ema 0.99)`, under a cursor `loss 3.012702 @ 1,204`; several lines are told by the legend. */
export function titleOf(
  title: string,
  { readings, readAs, frame }: Pick<Charted, "readings" | "readAs" | "frame">,
  decimals: number | null = null,
): string {
  const [first] = readings;
  if (first === undefined || readings.length > 1) return title;
  const exact = frame.cursor !== null;
  const place = exact && first.position !== null ? ` @ ${placeText(frame.axis, first.position)}` : "";
  const as = readAs === null ? "" : ` (${readAs})`;
  return `${title} ${valueText(first.metric, first.value, { exact, decimals })}${as}${place}`;
}

/** Both ends of a chart's upper border: what the title says of its figure is not said again. */
export function headOf(title: string, chart: Charted, decimals: number | null = null): Pick<Scene, "title" | "settings"> {
  const { settings, readAs, readings } = chart;
  const isTold = readAs !== null && readings.length === 1;
  return { title: titleOf(title, chart, decimals), settings: isTold ? settings.replace(` · ${readAs}`, "") : settings };
}

export const noteOf = (notes: readonly string[]): string | undefined => (notes.length === 0 ? undefined : notes.join(" · "));
