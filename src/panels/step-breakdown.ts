/** A step's time taken apart into what its timers have measured: at the step that is read, and over what is shown. */
import type { SeriesColumns } from "../core/journal.ts";
import type { Tone } from "../core/scene.ts";
import type { Frame } from "./chart-frame.ts";
import { queryOf } from "./chart-lines.ts";
import type { RunFacts } from "./data.ts";
import { momentOf } from "./moment.ts";
import type { ChartView } from "./view.ts";

export const DT = "train/dt";

/** Parts of a step as the bridge measures them (bridge/nanochat_bridge/timers.py), in the order in which a step makes them. */
const PARTS = [
  { metric: "timer/data", name: "data", letter: "d", tone: "s1" },
  { metric: "timer/forward", name: "forward", letter: "f", tone: "s2" },
  { metric: "timer/backward", name: "backward", letter: "b", tone: "s3" },
  { metric: "timer/optimizer", name: "optimizer", letter: "o", tone: "s4" },
] as const;

/** What of a step's time no timer has measured. */
const OTHER = { name: "other", letter: "·", tone: "muted" as Tone };

export interface Part {
  metric: string | null;
  name: string;
  letter: string;
  tone: Tone;
  /** Seconds of the step that is read. */
  now: number | null;
  /** Mean seconds a step over the window. */
  mean: number | null;
  /** Mean seconds of each column's steps. */
  columns: Float64Array;
}

export interface Breakdown {
  parts: Part[];
  /** Seconds of the whole step. */
  now: number | null;
  mean: number | null;
  /** The step that is read. */
  step: number | null;
  /** Of the whole step, in each column. */
  whole: Float64Array;
  first: SeriesColumns;
}

const valueAt = ({ data, stage }: RunFacts, metric: string, step: number): number | null => {
  const latest = data.latest(stage, metric);
  // What is read most often is in memory.
  const point = latest?.key === step ? latest : data.nearest(stage, metric, "step", step);
  return point?.key === step && Number.isFinite(point.value) ? point.value : null;
};

/** Mean seconds of a step over the window. */
const meanOf = ({ total }: SeriesColumns): number | null => (Number.isFinite(total.mean) ? total.mean : null);

/** Null when no part of any step is known. */
export function breakdown(facts: RunFacts, chart: ChartView, frame: Frame): Breakdown | null {
  const { data, stage } = facts;
  const known = PARTS.filter(({ metric }) => data.latest(stage, metric) !== null);
  if (known.length === 0) return null;
  const newest = Math.max(...known.map(({ metric }) => data.latest(stage, metric)?.key ?? 0));
  const step = momentOf(facts, chart)?.step ?? newest;
  const columns = known.map(({ metric }) => data.query(queryOf(frame, { stage, metric })));
  const dt = data.query(queryOf(frame, { stage, metric: DT }));
  const parts = known.map(
    (part, i): Part => ({ ...part, now: valueAt(facts, part.metric, step), mean: meanOf(columns[i]!), columns: trendOf(columns[i]!) }),
  );
  const sum = (pick: (part: Part) => number | null): number => parts.reduce((total, part) => total + (pick(part) ?? 0), 0);
  // Timers may overlap the step's own clock by a little: a step is never shorter than its parts.
  const atLeast = (whole: number | null, measured: number): number => Math.max(whole ?? 0, measured);
  const [dtNow, dtMean, dtColumns] = [valueAt(facts, DT, step), meanOf(dt), trendOf(dt)];
  const now = parts.some((part) => part.now !== null)
    ? atLeast(
        dtNow,
        sum((part) => part.now),
      )
    : null;
  const mean = parts.some((part) => part.mean !== null)
    ? atLeast(
        dtMean,
        sum((part) => part.mean),
      )
    : null;
  const sums = parts[0]!.columns.map((_, i) => sum((part) => (Number.isNaN(part.columns[i]!) ? null : part.columns[i]!)));
  const whole = sums.map((measured, i) =>
    parts.every((part) => Number.isNaN(part.columns[i]!)) ? Number.NaN : atLeast(dtColumns[i] || null, measured),
  );
  const rest: Part = {
    ...OTHER,
    metric: null,
    now: now === null || dtNow === null ? null : now - sum((part) => part.now),
    mean: mean === null || dtMean === null ? null : mean - sum((part) => part.mean),
    columns: whole.map((all, i) => all - sums[i]!),
  };
  return { parts: dtNow === null && dtMean === null ? parts : [...parts, rest], now, mean, step, whole, first: columns[0]! };
}

/** Single steps jump too much to be told apart when they are stacked: the mean of each column, or its last step where there is none. */
const trendOf = ({ last, mean }: SeriesColumns): Float64Array =>
  mean.map((value, i) => (Number.isFinite(value) ? value : Number.isFinite(last[i]) ? last[i]! : Number.NaN));
