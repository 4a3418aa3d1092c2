/** The lines of a chart: what the run itself has, and other runs beside it. */

import type { SeriesColumns } from "../core/journal.ts";
import { findMetric, isAveraged } from "../core/metrics.ts";
import type { Dash, OddPoint, PlotSeries, Tone } from "../core/scene.ts";
import { averagesAlike } from "./averages-alike.ts";
import { type ChartInput, type Drawn, type Frame, placeText } from "./chart-frame.ts";
import { position as newestStep, RUN_STAGE, type RunFacts, titleOfStage } from "./data.ts";
import type { Baseline } from "./kind.ts";
import { positionOf } from "./moment.ts";
import { AXIS_TITLES, envelope, lastLine, line, oddPoints, placesOf, rimsOf } from "./series.ts";
import { type ValueStyle, valueText } from "./value.ts";
import { stageBeside } from "./whole-range.ts";

/** What one line says where it is read. */
export interface Reading {
  metric: string;
  /** At the real point nearest to the cursor, else the newest one; null without any. */
  value: number | null;
  /** What the metric itself has there, where the line is an average of ours; else the same. */
  step: number | null;
  /** Where that point lies on the axis. */
  position: number | null;
}

export interface Part {
  drawn: Drawn;
  columns: SeriesColumns;
  series: PlotSeries[];
  reading: Reading;
  /** Its line is an average of ours. */
  isAverage: boolean;
  /** Metrics whose thresholds are its own: itself, then what is of one kind with it and has no chart of its own. */
  kin: readonly string[];
}

export interface LineStyle extends ValueStyle {
  /** Ours over the values; null = as they are. */
  decay: number | null;
  /** The spread of the values under their line. */
  envelope: boolean;
  /** Metrics that are charted side by side, in one plot or in several. */
  together: readonly string[];
}

const TONES: readonly Tone[] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
const DASHES: readonly Dash[] = ["solid", "dashed", "dotted"];
const MARKERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Tone, dash and letter of the n-th of several lines. */
export const lookOf = (n: number, many: boolean): Pick<PlotSeries, "tone" | "dash" | "marker"> => ({
  tone: TONES[n % TONES.length] ?? "s1",
  dash: DASHES[Math.floor(n / TONES.length) % DASHES.length],
  marker: many ? MARKERS[n % MARKERS.length] : undefined,
});

const isSparse = (metric: string, { count }: SeriesColumns): boolean => {
  const cadence = findMetric(metric)?.cadence;
  return (
    cadence === "sometimes" ||
    (cadence === undefined && count.reduce((filled, points) => filled + Number(points > 0), 0) * 4 < count.length)
  );
};

export const queryOf = (frame: Frame, { stage, metric }: Pick<Drawn, "stage" | "metric">) => ({
  stage,
  metric,
  axis: frame.axis,
  from: frame.from,
  to: frame.to,
  columns: frame.columns,
});

/** The loss of each step, and what the script makes of it before it prints or logs it: an average (`SCRIPT_DECAY`). */
export const [RAW, AVERAGE] = ["train/loss_raw", "train/loss"] as const;
const AVERAGED: readonly string[] = [RAW, AVERAGE];

/**
 * The values of the steps and their average have one axis, by whomever the average is made. `asked`: what the line is of, which may
 * be drawn as an average of the other one.
 */
const kinOf = (drawn: string, asked: string, { together }: LineStyle): readonly string[] =>
  AVERAGED.includes(drawn) ? [drawn, ...AVERAGED.filter((one) => one !== drawn && (one === asked || !together.includes(one)))] : [drawn];

/** Scripts that do so (nanochat's scripts@92d63d4, and those that were merged into them since). */
const AVERAGING = /^scripts\.(base_train|mid_train|chat_sft)$/;

/** Whether the stage's script does; of what was imported from W&B it may be anybody's, and its loss anything. */
export function scriptAverages(facts: Pick<RunFacts, "state" | "stage">): boolean {
  if (facts.state.imported?.kind !== "wandb") return true;
  return AVERAGING.test(facts.state.stages.find(({ index }) => index === facts.stage)?.script ?? "");
}

/**
 * The average of ours that a metric is drawn as; null where it is drawn as it is. So is the script's average where the values of
 * the steps stand beside it: ours over those is that chart, and this would be the same curve by another name.
 */
const decayOf = (metric: string, { decay, together }: LineStyle): number | null =>
  isAveraged(metric) && !(metric === AVERAGE && together.includes(RAW)) ? decay : null;

/** What an average of ours is made of: of a loss that its script averages the values of the steps, where they are kept. */
function averagedOf({ data, stage }: Pick<RunFacts, "data" | "stage">, metric: string): string {
  return (AVERAGED.includes(metric) && AVERAGED.find((one) => data.metrics(stage).includes(one))) || metric;
}

/** One metric of the run; `n` of so many that lie in front. */
export function partOf({ facts, view }: ChartInput, frame: Frame, asked: Drawn, style: LineStyle, n: number, many: boolean): Part {
  const decay = asked.under ? null : decayOf(asked.metric, style);
  const { data } = facts;
  const drawn = decay === null ? asked : { ...asked, metric: averagedOf({ data, stage: asked.stage }, asked.metric) };
  const columns = data.query({ ...queryOf(frame, drawn), decay: decay ?? undefined, beside: true });
  const isZoomed = view.chart.window.kind === "range" && frame.cursor === null;
  const reading = (isZoomed ? lastSeen(drawn, columns, decay) : null) ?? read(facts, frame, drawn, columns, decay);
  const textOf = (value: number | null): string => valueText(drawn.metric, value, { ...style, exact: frame.cursor !== null });
  const usual = lookOf(n, many);
  const places = view.chart.places ? placesOf(data, drawn.stage, columns) : undefined;
  const look = { ...usual, marker: usual.marker && (drawn.mark ?? usual.marker), name: drawn.name, value: textOf(reading.value), places };
  const isAverage = decay !== null;
  const series = seriesOf(columns, drawn, look, style.envelope, isAverage, textOf(reading.step), eachOf(drawn, scriptAverages(facts)));
  return {
    drawn,
    columns,
    reading,
    isAverage,
    kin: kinOf(drawn.metric, asked.metric, style),
    series: view.chart.places ? withOdd(series, oddPoints(data, drawn.stage, columns)) : series,
  };
}

/** They are of the steps themselves, which lie behind their average where both are drawn. */
const withOdd = ([first, ...rest]: PlotSeries[], odd: readonly OddPoint[]): PlotSeries[] =>
  first === undefined ? [] : [{ ...first, odd }, ...rest];

/** What lies behind an average of ours. The machine has no steps: its values are samples by the clock. */
function eachOf({ stage, metric }: Drawn, byScript: boolean): string {
  if (stage === RUN_STAGE) return "each sample";
  return byScript && metric === AVERAGE ? "as logged" : "each step";
}

function seriesOf(
  columns: SeriesColumns,
  drawn: Drawn,
  look: Omit<PlotSeries, "min" | "max" | "connect" | "under">,
  spread: boolean,
  ours: boolean,
  ofStep: string,
  each: string,
): PlotSeries[] {
  const ground = (): PlotSeries =>
    envelope(columns, { ...look, tone: "faint", under: true, marker: undefined, dash: undefined, name: each, value: ofStep });
  if (drawn.under) return [{ ...ground(), name: drawn.name }];
  if (isSparse(drawn.metric, columns)) return [envelope(columns, { ...look, points: true })];
  const front =
    ours && columns.smooth !== undefined ? line(columns.smooth, { ...rimsOf(columns, "smooth"), ...look }) : lastLine(columns, look);
  if (ours) return spread ? [ground(), front] : [front];
  if (drawn.how === "both") return spread ? [ground(), front] : [front];
  return drawn.how === "line" || !spread ? [front] : [envelope(columns, look)];
}

/** What a line ends with in a window that somebody has chosen: the newest value of the run may lie far from all that is to be seen. */
function lastSeen({ metric }: Drawn, { edges, last, count, smooth }: SeriesColumns, decay: number | null): Reading | null {
  const at = count.findLastIndex((points) => points > 0);
  if (at < 0) return null;
  const value = decay === null ? last[at] : smooth?.[at];
  return { metric, value: value ?? null, step: last[at] ?? null, position: edges[at + 1] ?? null };
}

/** The value of a line: where it is smoothed by us that of the average, not of the step, unless the step's is no number. */
function read(
  facts: Pick<RunFacts, "data">,
  { axis, cursor, isBeside }: Frame,
  { stage, metric }: Drawn,
  columns: SeriesColumns,
  decay: number | null,
): Reading {
  const { data } = facts;
  // The nearest point of the run would be taken for one of this place.
  if (isBeside) return { metric, value: null, step: null, position: cursor };
  if (cursor !== null) {
    const point = data.nearest(stage, metric, axis, cursor);
    const step = point?.value ?? null;
    const isPlain = decay === null || isOdd(step);
    const value = isPlain ? step : averageAt({ data, stage }, metric, axis, decay, point?.position ?? cursor);
    return { metric, value: value ?? averageIn(columns, point?.position ?? cursor), step, position: point?.position ?? null };
  }
  const latest = data.latest(stage, metric);
  const position = latest === null ? null : placeOf({ data, stage }, axis, latest.key);
  // What is looked at may end before the newest.
  const isPlain = decay === null || isOdd(latest?.value);
  const value = isPlain ? latest?.value : data.query({ stage, metric, axis, columns: 1, decay }).smooth?.[0];
  return { metric, value: value ?? null, step: latest?.value ?? null, position };
}

/** NaN and Inf: averages pass them over, so that what they would tell of such a step is the value of the one before it. */
const isOdd = (value: number | null | undefined): value is number => value !== null && value !== undefined && !Number.isFinite(value);

/** A window that ends at a position is one of points, not of buckets, when it is no wider than this part of the way there. */
const NARROW = 1e-6;

/** The average as it stands after the point at a position; null where there is none. */
function averageAt(
  { data, stage }: Pick<RunFacts, "data" | "stage">,
  metric: string,
  axis: Frame["axis"],
  decay: number,
  position: number,
): number | null {
  const from = position - Math.max(1, Math.abs(position) * NARROW);
  const value = data.query({ stage, metric, axis, from, to: position, columns: 1, decay }).smooth?.[0];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** The average as it stood at a position: after the last point of its column, else of the last one before that has any. */
function averageIn({ edges, smooth }: SeriesColumns, position: number): number | null {
  for (let i = (smooth?.length ?? 0) - 1; i >= 0; i--) if (edges[i]! <= position && !Number.isNaN(smooth![i])) return smooth![i]!;
  return null;
}

/** The lines of another run, each beside the run's own of the same metric. */
export function baselineSeries(
  { facts, view }: ChartInput,
  frame: Frame,
  parts: readonly Part[],
  { name, facts: other, isBefore }: Baseline,
  n: number,
  style: LineStyle,
): PlotSeries[] {
  const { data } = other;
  const own = parts.filter(({ drawn }) => !drawn.under);
  return own.flatMap(({ drawn, reading, columns: range }): PlotSeries[] => {
    const there = drawn.stage === RUN_STAGE ? { stage: RUN_STAGE, otherwise: null } : stageBeside(facts, other);
    const called = [name, there?.otherwise ?? "", own.length > 1 ? drawn.name : ""].filter((part) => part !== "").join(" ");
    const look = { ...lookOf(n, true), tone: "muted" as const, dash: DASHES[(n + 1) % DASHES.length], baseline: true, name: called };
    const nothing = (value: string): PlotSeries => line(new Float64Array(frame.columns).fill(Number.NaN), { ...look, value });
    if (there === null) return [nothing(`has no ${titleOfStage(facts.state, facts.stage)}`)];
    const { stage } = there;
    const of = { data, stage, isBefore };
    const sparse = isSparse(drawn.metric, range);
    const decay = sparse ? undefined : (decayOf(drawn.metric, style) ?? undefined);
    const edges = { from: range.edges[0], to: range.edges.at(-1) };
    const metric = decay === undefined ? drawn.metric : averagedOf({ data, stage }, drawn.metric);
    const columns = data.query({ stage, metric, axis: frame.axis, ...edges, columns: frame.columns, decay, beside: true });
    const lacksAxis = columns.axisReason !== null && stage !== RUN_STAGE;
    const isHere = columns.total.count > 0 && !lacksAxis;
    const last = isHere ? null : data.latest(stage, metric);
    if (!isHere && last === null && metric === RAW && data.latest(stage, AVERAGE) !== null) return [nothing("has no loss of each step")];
    // The machine of another run was looked at some other time: that goes without saying.
    if (!isHere && (last === null || stage === RUN_STAGE)) return [];
    const value = lacksAxis ? `tells no ${AXIS_TITLES[frame.axis]}` : last === null ? null : elsewhere(of, columns, last.key);
    // No line, but whoever has laid it beside is told where it has gone.
    if (value !== null) return [nothing(value)];
    const values = columns.smooth === undefined ? undefined : line(columns.smooth, { ...rimsOf(columns, "smooth"), ...look });
    const places = view.chart.places ? placesOf(data, stage, columns) : undefined;
    const isAlike = (position: number): boolean =>
      decay === undefined ||
      averagesAlike(
        { ...drawn, data: facts.data, position: reading.position ?? position },
        { data, stage, metric, position },
        frame.axis,
        decay,
      );
    const measured = { ...reading, metric, value: there.otherwise === null ? reading.value : null, isAlike };
    const drawnLine = values ?? lastLine(columns, { ...look, points: sparse });
    return [
      {
        ...drawnLine,
        places,
        ...(view.chart.places && { odd: oddPoints(data, stage, columns) }),
        ...beside(of, frame, measured, { ...style, decay: decay ?? null }, columns),
      },
    ];
  });
}

/** A stage of a run that is laid beside. */
type Other = Pick<RunFacts, "data" | "stage"> & Pick<Baseline, "isBefore">;

/** Of a line without a point in what is shown, where it has some; null where it goes from one rim to the other. */
function elsewhere(of: Other, { metric, axis, edges, before, after }: SeriesColumns, last: number): string | null {
  if (before !== undefined && after !== undefined) return null;
  const [from = 0, to = from] = [edges[0], edges.at(-1)];
  const end = placeOf(of, axis, last);
  if (end !== null && end < from) return endText(of, axis, end, from);
  const next = of.data.nearest(of.stage, metric, axis, to)?.position ?? to;
  return next > to ? `from ${placeText(axis, next)} on` : "not here";
}

/**
 * Where a run ended, the same in every chart: at its last step, if that lies before the place that is read. Evaluations are rarer, and
 * the one at the end bears the number of a step that is never made. One that is shown up to where the run was resumed may have gone on.
 */
function endText(of: Other, axis: Frame["axis"], ofLine: number, before: number): string {
  const last = of.stage === RUN_STAGE ? null : newestStep(of);
  const end = last === null ? null : placeOf(of, axis, last.key);
  return `${of.isBefore ? "up to" : "ended at"} ${placeText(axis, end !== null && end < before ? end : ofLine)}`;
}

/** Where the step of a key lies on an axis; the machine has times instead of steps. */
const placeOf = (of: Pick<RunFacts, "data" | "stage">, axis: Frame["axis"], key: number): number | null =>
  of.stage === RUN_STAGE ? key * 1000 : positionOf(of, axis, key);

/** What a baseline has at the same place, and how far the run is from it. */
function beside(
  of: Other,
  frame: Frame,
  { metric, value, position, isAlike }: Reading & { isAlike: (position: number) => boolean },
  style: LineStyle,
  columns: SeriesColumns,
): Pick<PlotSeries, "value" | "valueTone"> {
  const { data, stage } = of;
  if (position === null) return { value: "–" };
  const point = data.nearest(stage, metric, frame.axis, frame.cursor ?? position);
  const last = data.latest(stage, metric);
  if (point === null || last === null) return { value: "–" };
  const newest = placeOf(of, frame.axis, last.key);
  const { edges } = columns;
  const span = edges.at(-1)! - edges[0]!;
  if (newest !== null && point.key === last.key && newest < position - span * ENDED) {
    return { value: endText(of, frame.axis, newest, position) };
  }
  const { decay } = style;
  const isPlain = decay === null || isOdd(point.value);
  const theirs = isPlain ? point.value : (averageAt(of, metric, frame.axis, decay, point.position) ?? Number.NaN);
  const text = valueText(metric, theirs, { ...style, exact: frame.cursor !== null });
  // What comes once in a while may come at other steps in the other run: it is not of the same place then.
  const isElsewhere = isSparse(metric, columns) && Math.abs(point.position - position) > span / frame.columns;
  const told = isElsewhere ? `${text} @ ${placeText(frame.axis, point.position)}` : text;
  if (value === null || !Number.isFinite(value) || !Number.isFinite(theirs) || !isAlike(point.position)) return { value: told };
  const difference = value - theirs;
  const share = theirs === 0 ? null : (difference / Math.abs(theirs)) * 100;
  const part = share === null ? "" : ` ${signed(share, (size) => size.toFixed(size < 10 ? 1 : 0))}%`;
  const delta = signed(difference, (size) => valueText(metric, size, style));
  return { value: `${told} Δ${isElsewhere ? "~" : ""}${delta}${part}`, valueTone: toneOf(metric, difference) };
}

/** A baseline that ends nearer than this part of what is shown before the place that is read counts as being there. */
const ENDED = 0.01;

/** With its sign; `text` makes one of the size alone, for there are no times below 0. */
const signed = (value: number, text: (size: number) => string): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${text(Math.abs(value))}`;

function toneOf(metric: string, difference: number): Tone | undefined {
  const better = findMetric(metric)?.better ?? "none";
  if (better === "none" || difference === 0) return undefined;
  return difference < 0 === (better === "lower") ? "good" : "bad";
}
