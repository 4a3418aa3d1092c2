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

/** How a line is interrupted: tells lines apart where colours run out. */
export type Dash = "solid" | "dashed" | "dotted";

/** One series of a plot, already in columns (one a half cell). NaN = nothing there. */
export interface PlotSeries {
  name: string;
  tone: Tone;
  /** Envelope: both. A line: min === max. */
  min: Float64Array;
  max: Float64Array;
  /** What its two sides are called in a table, where they are no lowest and highest of it. */
  bounds?: readonly [low: string, high: string];
  /** The last value of each column, for copies and exports; absent = that of the line. */
  last?: Float64Array;
  /** Where on the axis each column's point lies: of an export's series none of whose columns has several. NaN where there is none. */
  places?: Float64Array;
  /** Connect across empty columns, except where telemetry is missing. */
  connect: boolean;
  /** Points just outside of the x range, in its units, from which and to which the line goes as far as the rim. */
  before?: { x: number; y: number };
  after?: { x: number; y: number };
  /** Draw under the others, dimmer. */
  under: boolean;
  dash?: Dash;
  /** Each of its values is a point that is to be seen, where there is room. */
  points?: boolean;
  /** One letter at its end and in the legend: tells lines apart where there is no colour. */
  marker?: string;
  /** Of another run: dimmer, with ⚑ in the legend. */
  baseline?: boolean;
  /** What the legend says after its name: the value under the cursor, else the last one. */
  value?: string;
  /** When the value is beyond a threshold. */
  valueTone?: Tone;
  /** What is NaN or infinite, and so not among its values; only where a table is made of it. */
  odd?: readonly OddPoint[];
}

export interface OddPoint {
  /** On the x axis, in its unit. */
  x: number;
  value: number;
}

export interface PlotMark {
  /** Position on the x axis, in its unit. */
  x: number;
  glyph: "stage" | "evaluation" | "checkpoint" | "patch" | "best" | "rewind" | "alert" | "alarm" | "nonfinite";
}

/** A value that is told by a line across the plot. */
export interface PlotLine {
  y: number;
  tone: Tone;
  label: string;
}

export interface Plot {
  kind: "plot";
  x: { from: number; to: number; axis: string; format: "count" | "duration" | "flops" | "clock"; edges?: Float64Array };
  /** `whole`: a count, whose axis has no label between two whole numbers; `unknown`: nothing says where it begins and ends. */
  y: { from: number; to: number; scale: "linear" | "log"; unit?: string; whole?: boolean; unknown?: true };
  series: PlotSeries[];
  marks: PlotMark[];
  /** Ranges of x that have no telemetry. */
  gaps: ReadonlyArray<readonly [number, number]>;
  /** Points outside the y range, said at the bottom. */
  clippedAbove: number;
  clippedBelow: number;
  /** Thresholds. */
  lines?: readonly PlotLine[];
  /** Where it is read, and what stands there on the axis; `read`: the place of the nearest point, of which the values are. */
  cursor?: { x: number; label: string; read?: number | undefined };
  /** The part of the x axis that is being chosen. */
  selected?: readonly [number, number];
  /** Faint marks behind the series at the labels of the axes: where both cross, or across the plot. */
  guides?: "dots" | "lines";
  /** Names and values of the series in rows of their own, where there is room. */
  legend?: boolean;
}

/** Many series as rows of cells: the higher the value, the denser the cell. */
export interface Heat {
  kind: "heat";
  x: Plot["x"];
  /** What the emptiest and the densest cell stand for. */
  scale: { from: number; to: number; fromLabel: string; toLabel: string };
  rows: ReadonlyArray<{ name: string; values: Float64Array; value?: string }>;
  /** Rows that there are besides these. */
  hidden?: number;
  cursor?: Plot["cursor"];
  selected?: Plot["selected"];
}

/** Drawn in colours where there are some, else in dots by its brightness. */
export interface Picture {
  kind: "picture";
  /** What it is called where it cannot be seen. */
  name: string;
  /** Pixels of the file. */
  width: number;
  height: number;
  /** As many points of it as there may be dots for: red, green, blue row by row, 0 to 255. */
  pixels: { width: number; height: number; rgb: Uint8Array };
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

export type Across = readonly [column: number, of: number];

/** A block and the rows it takes: fixed, or a share of what is left. */
export interface Block {
  block: Plot | Heat | Picture | Bar | Text | Table | Empty;
  rows?: number;
  /** Which of how many columns it stands in, from 0: all but the first share the rows of the block before them. */
  across?: Across;
}

export interface Scene {
  title: string;
  /** What of the title a title of the user's own takes the place of: the value behind it stays. Absent = all of it. */
  name?: string;
  /** When what it shows is beyond a threshold. */
  tone?: "warn" | "bad";
  /** Live settings, at the right of the border: `step · linear · ema 0.9`. */
  settings?: string;
  /** In the bottom border: `2 clipped above 4.2`. */
  note?: string;
  blocks: Block[];
}
