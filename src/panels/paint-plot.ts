/** A plot into cells: braille dots (2×4 a cell), half blocks (1×2) or ASCII, each column from its minimum to its maximum. */
import type { Plot, PlotMark, PlotSeries, Tone } from "../core/scene.ts";
import { type Region, toneIndex } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { xTicks, yTicks } from "./ticks.ts";

/** What a terminal can show: braille needs a font that has it, ASCII needs nothing. */
export type Symbols = "braille" | "block" | "ascii";

/** Cells at the left for the labels of the y axis and its line. */
const GUTTER = 8;
const NARROWEST_WITH_GUTTER = 24;
const LOWEST_WITH_AXIS = 5;

export interface PlotArea {
  gutter: number;
  columns: number;
  rows: number;
  axisRows: number;
}

/** How a region of so many cells is divided between dots and labels. */
export function plotArea(width: number, height: number): PlotArea {
  const gutter = width >= NARROWEST_WITH_GUTTER ? GUTTER : 0;
  const axisRows = height >= LOWEST_WITH_AXIS ? 2 : 0;
  return { gutter, columns: Math.max(0, width - gutter), rows: Math.max(0, height - axisRows), axisRows };
}

/** Columns to ask the journal for, so that a plot that wide has one for each dot. */
export const plotColumns = (width: number): number => Math.max(1, plotArea(width, LOWEST_WITH_AXIS).columns * 2);

interface Grid {
  across: number;
  down: number;
  /** Character of a cell from its dots: bit `y * across + x`. */
  glyph: (dots: number, under: boolean) => number;
}

// Unicode braille: dots 1–8 as bits of the code point, in the order row by row.
const BRAILLE_BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
const BRAILLE = Uint16Array.from({ length: 256 }, (_, dots) =>
  BRAILLE_BITS.reduce((code, bit, i) => (dots & (1 << i) ? code + bit : code), 0x2800),
);
const BLOCKS = [" ", "▀", "▄", "█"].map((glyph) => glyph.charCodeAt(0));

const GRIDS: Readonly<Record<Symbols, Grid>> = {
  braille: { across: 2, down: 4, glyph: (dots) => BRAILLE[dots] ?? 0x2800 },
  block: { across: 1, down: 2, glyph: (dots) => BLOCKS[dots] ?? 32 },
  ascii: { across: 1, down: 1, glyph: (_, under) => (under ? ".".charCodeAt(0) : "*".charCodeAt(0)) },
};

const MARKS: Readonly<Record<PlotMark["glyph"], readonly [glyph: string, tone: Tone]>> = {
  checkpoint: ["◆", "accent"],
  patch: ["✎", "info"],
  best: ["★", "good"],
  rewind: ["⟳", "warn"],
  nonfinite: ["✕", "bad"],
};

export function paintPlot(plot: Plot, region: Region, symbols: Symbols): void {
  const area = plotArea(region.width, region.height);
  if (area.columns < 1 || area.rows < 1) return;
  const field = region.sub(area.gutter, 0, area.columns, area.rows);
  if (area.gutter > 0) paintYAxis(plot, region, area);
  paintGaps(plot, field);
  const ordered = [...plot.series].sort((a, b) => Number(b.under) - Number(a.under));
  for (const series of ordered) paintSeries(plot, series, field, GRIDS[symbols]);
  if (area.axisRows > 0) paintXAxis(plot, region, area);
  paintMarks(plot, region, area);
}

/** 0 at the lower end of the y axis, 1 at the upper one; outside when the value is. */
export function yFraction({ from, to, scale }: Plot["y"], value: number): number {
  if (!(to > from)) return 0.5;
  if (scale === "log" && from > 0) return value > 0 ? Math.log(value / from) / Math.log(to / from) : -1;
  return (value - from) / (to - from);
}

const xFraction = ({ from, to }: Plot["x"], at: number): number => (to > from ? (at - from) / (to - from) : 0);

/** The cell column of a position on the x axis, or null when it is outside. */
function cellColumn(plot: Plot, at: number, columns: number): number | null {
  const fraction = xFraction(plot.x, at);
  return fraction < 0 || fraction > 1 || Number.isNaN(fraction) ? null : Math.min(columns - 1, Math.floor(fraction * columns));
}

function paintSeries(plot: Plot, series: PlotSeries, field: Region, grid: Grid): void {
  const points = series.max.length;
  const across = field.width * grid.across;
  const down = field.height * grid.down;
  const dots = new Uint8Array(field.width * field.height);
  let previous: { top: number; bottom: number; x: number } | null = null;
  for (let x = 0; x < across && points > 0; x++) {
    const range = columnRange(series, Math.floor((x * points) / across), Math.max(1, Math.floor(((x + 1) * points) / across)));
    if (range === null) {
      if (!series.connect) previous = null;
      continue;
    }
    const top = dotRow(plot.y, range.max, down);
    const bottom = dotRow(plot.y, range.min, down);
    const spot = { top: Math.min(top, bottom), bottom: Math.max(top, bottom), x };
    if (previous !== null) join(dots, grid, field.width, previous, spot);
    strip(dots, grid, field.width, x, spot.top, spot.bottom);
    previous = spot;
  }
  setDots(dots, series, field, grid);
}

/** Lowest and highest value of columns [from, to), at least one; null when there is nothing. */
function columnRange(series: PlotSeries, from: number, to: number): { min: number; max: number } | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < Math.max(to, from + 1); i++) {
    const low = series.min[i];
    const high = series.max[i];
    if (low !== undefined && low < min) min = low;
    if (high !== undefined && high > max) max = high;
  }
  return max >= min ? { min, max } : null;
}

const dotRow = (y: Plot["y"], value: number, down: number): number =>
  Math.round((1 - Math.min(1, Math.max(0, yFraction(y, value)))) * (down - 1));

/** Fills the dots of one dot column from row `top` to row `bottom`. */
function strip(dots: Uint8Array, grid: Grid, columns: number, x: number, top: number, bottom: number): void {
  const column = Math.floor(x / grid.across);
  const bit = x % grid.across;
  for (let y = top; y <= bottom; y++) {
    dots[Math.floor(y / grid.down) * columns + column]! |= 1 << ((y % grid.down) * grid.across + bit);
  }
}

/** Closes the space between two spots: straight up or down beside each other, along a line across empty columns. */
function join(
  dots: Uint8Array,
  grid: Grid,
  columns: number,
  from: { top: number; bottom: number; x: number },
  to: { top: number; bottom: number; x: number },
): void {
  const apart = to.x - from.x;
  if (apart === 1) {
    if (from.bottom < to.top) strip(dots, grid, columns, to.x, from.bottom + 1, to.top);
    if (from.top > to.bottom) strip(dots, grid, columns, to.x, to.bottom, from.top - 1);
    return;
  }
  const start = (from.top + from.bottom) / 2;
  const end = (to.top + to.bottom) / 2;
  let before = Math.round(start);
  for (let i = 1; i <= apart; i++) {
    const row = Math.round(start + ((end - start) * i) / apart);
    strip(dots, grid, columns, from.x + i, Math.min(row, before), Math.max(row, before));
    before = row;
  }
}

function setDots(dots: Uint8Array, series: PlotSeries, field: Region, grid: Grid): void {
  const { canvas } = field;
  const tone = toneIndex(series.under ? "faint" : series.tone);
  for (let y = 0; y < field.height; y++) {
    for (let x = 0; x < field.width; x++) {
      const mask = dots[y * field.width + x]!;
      if (mask !== 0) canvas.set(field.x + x, field.y + y, grid.glyph(mask, series.under), tone, 0, false);
    }
  }
}

function paintGaps(plot: Plot, field: Region): void {
  for (const [from, to] of plot.gaps) {
    if (!(from <= to) || to < plot.x.from || from > plot.x.to) continue;
    const start = cellColumn(plot, Math.max(from, plot.x.from), field.width) ?? 0;
    const end = cellColumn(plot, Math.min(to, plot.x.to), field.width) ?? start;
    for (let y = 0; y < field.height; y++) field.put(start, y, "░".repeat(Math.max(1, end - start + 1)), { tone: "faint" });
  }
}

function paintYAxis(plot: Plot, region: Region, { gutter, rows }: PlotArea): void {
  for (let y = 0; y < rows; y++) region.put(gutter - 1, y, "│", { tone: "faint" });
  for (const { at, label } of yTicks(plot.y, Math.max(1, Math.floor(rows / 2.5)))) {
    const fraction = yFraction(plot.y, at);
    if (fraction < -1e-9 || fraction > 1 + 1e-9) continue;
    const y = Math.round((1 - fraction) * (rows - 1));
    region.put(gutter - 1, y, "┤", { tone: "faint" });
    region.put(Math.max(0, gutter - 2 - label.length), y, label.slice(0, gutter - 1), { tone: "muted" });
  }
}

function paintXAxis(plot: Plot, region: Region, { gutter, columns, rows }: PlotArea): void {
  if (gutter > 0) region.put(gutter - 1, rows, "└", { tone: "faint" });
  region.put(gutter, rows, "─".repeat(columns), { tone: "faint" });
  let free = 0;
  for (const { at, label } of xTicks(plot.x, Math.max(1, Math.floor(columns / 11)))) {
    const column = cellColumn(plot, at, columns);
    if (column === null) continue;
    region.put(gutter + column, rows, "┬", { tone: "faint" });
    const width = textWidth(label);
    const start = Math.min(Math.max(0, gutter + column - Math.floor(width / 2)), region.width - width);
    if (start < free) continue;
    region.put(start, rows + 1, label, { tone: "muted" });
    free = start + width + 2;
  }
}

/** Marks stand on the x axis line, except values that are no number: those are at the top, where nothing else is. */
function paintMarks(plot: Plot, region: Region, { gutter, columns, rows, axisRows }: PlotArea): void {
  for (const mark of plot.marks) {
    const column = cellColumn(plot, mark.x, columns);
    if (column === null) continue;
    const [glyph, tone] = MARKS[mark.glyph];
    region.put(gutter + column, mark.glyph === "nonfinite" ? 0 : axisRows > 0 ? rows : rows - 1, glyph, { tone });
  }
}
