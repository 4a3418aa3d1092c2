/**
 * A scene as a plain document for programs: what is drawn, without how it looks. Every number is finite or null, every text
 * free of control characters, so that a document is the same after JSON.
 */
import type { Heat, Line, Plot, PlotSeries, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";

/** Null where a plot has nothing. */
export type Numbers = Array<number | null>;

export interface SceneDocument {
  title: string;
  /** Whether what it shows is beyond a threshold. */
  tone: "warn" | "bad" | null;
  settings: string | null;
  note: string | null;
  blocks: BlockDocument[];
}

export interface PlotDocument {
  kind: "plot";
  x: AxisDocument;
  y: { from: number | null; to: number | null; scale: "linear" | "log"; unit: string | null };
  series: SeriesDocument[];
  marks: Array<{ x: number | null; what: string }>;
  /** Thresholds. */
  lines: Array<{ y: number | null; label: string }>;
  /** Ranges of x without telemetry. */
  gaps: Array<[number | null, number | null]>;
  cursor: { x: number | null; label: string } | null;
  clippedAbove: number | null;
  clippedBelow: number | null;
}

interface AxisDocument {
  axis: string;
  from: number | null;
  to: number | null;
  /** Where each column begins, and the last one ends: one more than there are columns. Empty when they are of equal width. */
  edges: Numbers;
}

/** Of each column its lowest, highest and last value. */
interface SeriesDocument {
  name: string;
  /** Of another run. */
  baseline: boolean;
  /** As the legend says it. */
  value: string | null;
  min: Numbers;
  max: Numbers;
  last: Numbers;
}

export interface HeatDocument {
  kind: "heat";
  x: AxisDocument;
  scale: { from: number | null; to: number | null };
  rows: Array<{ name: string; value: string | null; values: Numbers }>;
  cursor: { x: number | null; label: string } | null;
}

export type BlockDocument =
  | PlotDocument
  | HeatDocument
  | { kind: "picture"; name: string; width: number; height: number }
  | { kind: "bar"; fraction: number | null }
  | { kind: "text"; lines: string[] }
  | { kind: "table"; columns: string[]; rows: string[][]; selected: number | null }
  | { kind: "empty"; why: string; remedy: string | null };

export const sceneDocument = ({ title, tone, settings, note, blocks }: Scene): SceneDocument => ({
  title: plain(title),
  tone: tone ?? null,
  settings: textOrNull(settings),
  note: textOrNull(note),
  blocks: blocks.map(({ block }) => blockDocument(block)),
});

function blockDocument(block: Scene["blocks"][number]["block"]): BlockDocument {
  switch (block.kind) {
    case "plot":
      return plotDocument(block);
    case "heat":
      return heatDocument(block);
    case "picture":
      return { kind: "picture", name: plain(block.name), width: block.width, height: block.height };
    case "bar":
      return { kind: "bar", fraction: finite(block.fraction) };
    case "text":
      return { kind: "text", lines: block.lines.map(lineText) };
    case "table":
      return {
        kind: "table",
        columns: block.columns.map((column) => plain(column.title)),
        rows: block.rows.map((row) => row.map(lineText)),
        selected: block.selected ?? null,
      };
    case "empty":
      return { kind: "empty", why: plain(block.why), remedy: textOrNull(block.remedy) };
  }
}

const plotDocument = ({ x, y, series, marks, lines = [], gaps, cursor, clippedAbove, clippedBelow }: Plot): PlotDocument => ({
  kind: "plot",
  x: axisDocument(x),
  y: { from: finite(y.from), to: finite(y.to), scale: y.scale, unit: textOrNull(y.unit) },
  series: series.map(seriesDocument),
  marks: marks.map((mark) => ({ x: finite(mark.x), what: mark.glyph })),
  lines: lines.map((line) => ({ y: finite(line.y), label: plain(line.label) })),
  gaps: gaps.map(([from, to]) => [finite(from), finite(to)]),
  cursor: cursorDocument(cursor),
  clippedAbove: finite(clippedAbove),
  clippedBelow: finite(clippedBelow),
});

const seriesDocument = ({ name, baseline = false, value, min, max, last = max }: PlotSeries): SeriesDocument => ({
  name: plain(name),
  baseline,
  value: textOrNull(value),
  min: numbers(min),
  max: numbers(max),
  last: numbers(last),
});

const heatDocument = ({ x, scale, rows, cursor }: Heat): HeatDocument => ({
  kind: "heat",
  x: axisDocument(x),
  scale: { from: finite(scale.from), to: finite(scale.to) },
  rows: rows.map(({ name, value, values }) => ({ name: plain(name), value: textOrNull(value), values: numbers(values) })),
  cursor: cursorDocument(cursor),
});

const axisDocument = ({ axis, from, to, edges }: Plot["x"]): AxisDocument => ({
  axis,
  from: finite(from),
  to: finite(to),
  edges: edges === undefined ? [] : numbers(edges),
});

const cursorDocument = (cursor: Plot["cursor"]): PlotDocument["cursor"] =>
  cursor === undefined ? null : { x: finite(cursor.x), label: plain(cursor.label) };

/** JSON has no −0 either. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value || 0 : null);
const numbers = (values: Float64Array): Numbers => Array.from(values, finite);
const textOrNull = (text: string | undefined): string | null => (text === undefined ? null : plain(text));
const lineText = (line: Line): string => plain(line.map((span) => span.text).join(""));
