/** The vocabulary of telemetry: what sources push, what the journal keeps, what panels ask for. */
import type { Failure } from "./result.ts";

/** Stage 0 is the run itself (host metrics, on the time axis); stages count from 1. */
export type StageIndex = number;

export type LogStream = "stdout" | "stderr" | "supervisor";

export interface LogLine {
  stage: StageIndex;
  /** Epoch milliseconds. */
  at: number;
  stream: LogStream;
  /** Training rank when the line says so, else null. */
  rank: number | null;
  level: "debug" | "info" | "warn" | "error";
  /** Already free of escape sequences and control characters. */
  text: string;
}

/** Something that happened: a save, a sample, a request's progress, a rewind, a gap, a stage change, … */
export interface JournalEvent {
  stage: StageIndex;
  /** Epoch milliseconds. */
  at: number;
  /** The step that it belongs to, or null. */
  step: number | null;
  kind: EventKind;
  body: Record<string, unknown>;
}

export type EventKind =
  | "hello" // the bridge attached: protocol, capabilities, versions
  | "config" // the script's resolved settings and derived figures (totalSteps, tokensPerStep, …)
  | "phase" // compile, eval, core, sample, save, data: {name, state: begin|end, seconds}
  | "sample" // {prompt, text}
  | "picture" // {key, index, path, width, height, caption, beside}: a file under `files/` of what `beside` names
  | "checkpoint" // {path, files, bytes, seconds, trigger: schedule|request|final}
  | "request" // a RequestStatus
  | "rewind" // {from, to}: the step went backwards (a resume)
  | "gap" // {seconds, reason}: telemetry that could not be kept
  | "stage" // {name, status, exitCode, signal, reason}
  | "problem" // a Failure of a source, with {source}
  | "alert" // an AlertBody (core/alert.ts): raised, cleared, acknowledged
  | "note"; // a recognised log line worth keeping: {tag, fields}

export type StoredEvent = JournalEvent & { seq: number };
export type StoredLine = LogLine & { seq: number };

/** The narrow door: all that a source can do to the store. Sources never hold the journal. */
export interface Sink {
  /**
   * One step's values. `key` is the step, or for stage 0 whole seconds since the epoch. Values may be NaN or Inf; `atMs` is
   * NaN when it is not known when they came.
   */
  points(stage: StageIndex, key: number, atMs: number, values: Readonly<Record<string, number>>): void;
  event(event: JournalEvent): void;
  log(line: LogLine): void;
  /** Everything pushed before this call came from `file` up to byte `offset`; kept in the same transaction. */
  offset(file: string, offset: number): void;
}

/**
 * A source turns something outside into calls on a sink.
 *
 * start: called once, with the offsets that an earlier owner committed; must not block and never throws.
 * poll:  called by the owner's tick; does at most `budgetMs` of work, returns whether more is waiting.
 *        A torn tail is "not yet": it is left for the next poll. Errors are pushed as `problem` events.
 * finish: called at most once, when what it reads has ended: takes what a torn tail still holds.
 * stop:  called once; after it the sink is not touched. Safe to call when start never ran.
 */
export interface Source {
  readonly id: string;
  start(sink: Sink, offsets: ReadonlyMap<string, number>): void;
  poll(budgetMs: number): boolean;
  finish?(): void;
  stop(): void;
}

/** What a chart can have along the bottom. `step` is the key that everything is stored under. */
export type Axis = "step" | "tokens" | "flops" | "trainSeconds" | "wall";

export interface SeriesQuery {
  stage: StageIndex;
  metric: string;
  axis: Axis;
  /** Window on the axis, in the axis' own unit; undefined = all there is. `wall` is epoch milliseconds. */
  from?: number;
  to?: number;
  columns: number;
  /** Asks for `smooth` as well: how much of the average a further point leaves, 0 ≤ decay < 1. */
  decay?: number;
  /** Asks for `quantiles` as well: each of 0…1. */
  quantiles?: readonly number[];
  /** Asks for `total.lastKey` as well: it has to be read from among the points. */
  lastKey?: boolean;
  /** Asks for `before` and `after` as well. */
  beside?: boolean;
}

/** The nearest finite point beyond an end of a window. */
export interface Neighbour {
  position: number;
  value: number;
  /** The average as it stands after it, where one was asked for. */
  smooth?: number;
}

/** A window in N columns. Column i covers [edges[i], edges[i+1]) on the axis; the last one includes its end. */
export interface SeriesColumns {
  metric: string;
  axis: Axis;
  /** Why `axis` is not the one asked for, a sentence; null when it is. */
  axisReason: string | null;
  edges: Float64Array;
  min: Float64Array;
  max: Float64Array;
  last: Float64Array;
  /** Of the column's finite points. NaN where there are none, or where the journal's writer is of a version that kept no sums. */
  mean: Float64Array;
  /** Finite points in the column; 0 = nothing there. */
  count: Uint32Array;
  /** NaN or infinite points in the column: drawn as marks, never hidden. */
  nonFinite: Uint32Array;
  /** Ranges on the axis where telemetry is known to be missing. */
  gaps: ReadonlyArray<readonly [number, number]>;
  /** Over the whole window. `lastKey`: of the last finite point; NaN where it was not asked for. */
  total: { count: number; min: number; max: number; last: number; mean: number; lastKey: number };
  /**
   * The debiased exponential average as it stands after the last point of each column: of all points up to there, also
   * of those before the window. NaN where a column has none.
   */
  smooth?: Float64Array;
  /** Of the points of each column, in the order asked for; made from every so-many-th point (1 = from all). */
  quantiles?: { values: Float64Array[]; every: number };
  /**
   * Where the window's first column (its last) has no point: the one that a line through it comes from (goes to). Absent
   * where it was not asked for, where there is none, and where telemetry is missing on the way.
   */
  before?: Neighbour;
  after?: Neighbour;
}

/** A point of a series and where it lies on an axis. */
export interface PointAt {
  key: number;
  position: number;
  /** May be NaN or infinite. */
  value: number;
}

/** Points of a window above and below a range; at least so many when not exact. */
export interface Outside {
  above: number;
  below: number;
  exact: boolean;
}

/** What a `problem` event tells. */
export const failureOf = ({ body }: Pick<JournalEvent, "body">): Failure => body as unknown as Failure; // its sources write it as one
