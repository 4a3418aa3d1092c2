/**
 * A scene is what a panel wants drawn: plain data, no toolkit, no escape sequences, no colours but names.
 * The same scene is painted in the TUI, printed as text, and is what a plugin returns.
 */

/** Semantic colours; themes give them values. */
export type Tone =
  | "bg"
  | "surface"
  | "border"
  | "focus"
  | "text"
  | "muted"
  | "faint"
  | "accent"
  | "good"
  | "warn"
  | "bad"
  | "info"
  | "s1"
  | "s2"
  | "s3"
  | "s4"
  | "s5"
  | "s6"
  | "s7"
  | "s8";

export interface Span {
  text: string;
  tone?: Tone;
  bold?: boolean;
  underline?: boolean;
  reverse?: boolean;
}

export type Line = readonly Span[];

/** One series of a plot, already in columns (one a half cell). NaN = nothing there. */
export interface PlotSeries {
  name: string;
  tone: Tone;
  /** Envelope: both. A line: min === max. */
  min: Float64Array;
  max: Float64Array;
  /** Connect across empty columns (a metric that is logged once in a while). */
  connect: boolean;
  /** Draw under the others, dimmer. */
  under: boolean;
}

export interface PlotMark {
  /** Position on the x axis, in its unit. */
  x: number;
  glyph: "checkpoint" | "patch" | "best" | "rewind" | "nonfinite";
}

export interface Plot {
  kind: "plot";
  x: { from: number; to: number; axis: string; format: "count" | "duration" | "flops" | "clock" };
  y: { from: number; to: number; scale: "linear" | "log" };
  series: PlotSeries[];
  marks: PlotMark[];
  /** Ranges of x that have no telemetry. */
  gaps: ReadonlyArray<readonly [number, number]>;
  /** Points outside the y range, said at the bottom. */
  clippedAbove: number;
  clippedBelow: number;
}

export interface Bar {
  kind: "bar";
  fraction: number;
  tone: Tone;
}

export interface Text {
  kind: "text";
  lines: Line[];
  /** Cut a long line with … (default) or wrap it. */
  overflow?: "cut" | "wrap";
  /** Show the end when there are more lines than rows. */
  anchor?: "top" | "bottom";
}

export interface TableColumn {
  title: string;
  align?: "left" | "right";
  /** Cells; absent = share what is left. */
  width?: number;
  /** Shorten in the middle (ids, paths). */
  middle?: boolean;
}

export interface Table {
  kind: "table";
  columns: TableColumn[];
  rows: Line[][];
  selected?: number;
}

/** Nothing to show: why, and what changes that. */
export interface Empty {
  kind: "empty";
  why: string;
  remedy?: string;
}

/** A block and the rows it takes: fixed, or a share of what is left. */
export interface Block {
  block: Plot | Bar | Text | Table | Empty;
  rows?: number;
}

export interface Scene {
  title: string;
  /** Live settings, at the right of the border: `step · linear · ema 0.9`. */
  settings?: string;
  /** In the bottom border: `2 clipped above 4.2`. */
  note?: string;
  blocks: Block[];
}
