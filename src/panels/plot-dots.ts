/** The lines of a plot in dots: braille (2×4 a cell), half blocks (1×2) or ASCII, each column from its minimum to its maximum. */
import type { Dash, Plot, PlotSeries } from "../core/scene.ts";
import { type Region, toneIndex } from "../lib/canvas.ts";
import { between, shareOf } from "../lib/range.ts";

/** What a terminal can show: braille needs a font that has it, ASCII needs nothing. */
export type Symbols = "braille" | "block" | "ascii";

interface Grid {
  across: number;
  down: number;
  /** Character of a cell from its dots: bit `y * across + x`. */
  glyphs: Uint16Array | null;
}

// Unicode braille: dots 1–8 as bits of the code point, in the order row by row.
const BRAILLE_BITS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
const BRAILLE = new Uint16Array(256).fill(0x2800);
// Each has one dot more than another that comes before it.
for (let dots = 1; dots < 256; dots++) BRAILLE[dots] = BRAILLE[dots & (dots - 1)]! + BRAILLE_BITS[31 - Math.clz32(dots & -dots)]!;
const BLOCKS = Uint16Array.from([" ", "▀", "▄", "█"], (glyph) => glyph.charCodeAt(0));

/** Dots of a cell, and its character by them. */
export const GRIDS: Readonly<Record<Symbols, Grid>> = {
  braille: { across: 2, down: 4, glyphs: BRAILLE },
  block: { across: 1, down: 2, glyphs: BLOCKS },
  ascii: { across: 1, down: 1, glyphs: null },
};

/** Cells that are drawn, then left out. */
const DASHES: Readonly<Record<Dash, readonly [drawn: number, left: number]>> = { solid: [1, 0], dashed: [3, 2], dotted: [1, 1] };

const code = (glyph: string): number => glyph.codePointAt(0) ?? 32;
// Their signs in the legend are ━ and ░: what stands for those in ASCII is drawn (lib/ascii.ts).
const ASCII_LINE = code("=");
const ASCII_UNDER = code(".");
const ASCII_POINT = code("O");

// Kept between plots: a screen of charts is painted many times a second, and what is thrown away has to be collected.
let tops = new Int32Array(0);
let bottoms = new Int32Array(0);
let middles = new Float64Array(0);
let dots = new Uint8Array(0);
/** The last row of dots. */
let lowest = 0;

/** Nothing in this column. What lies outside the y range has a row too: the one above the first, or below the last. */
const NONE = -2;

/** 0 at the lower end of the y axis, 1 at the upper one; outside when the value is. */
export function yFraction({ from, to, scale }: Plot["y"], value: number): number {
  // A range without an end has no places: all is in its middle.
  if (!(to > from) || to === Number.POSITIVE_INFINITY || from === Number.NEGATIVE_INFINITY) return 0.5;
  if (scale === "log" && from > 0) return value > 0 ? (Math.log(value) - Math.log(from)) / (Math.log(to) - Math.log(from)) : -1;
  return shareOf(from, to, value);
}

/** Draws one series over a region; what lies outside the y range is not drawn, a line to it goes to the rim. */
export function paintSeries(plot: Plot, series: PlotSeries, field: Region, symbols: Symbols): void {
  const grid = GRIDS[symbols];
  const across = field.width * grid.across;
  if (series.max.length === 0 || across === 0 || field.height === 0) return;
  const cells = field.width * field.height;
  if (tops.length < across) {
    tops = new Int32Array(across);
    bottoms = new Int32Array(across);
    middles = new Float64Array(across);
  }
  if (dots.length < cells) dots = new Uint8Array(cells);
  dots.fill(0, 0, cells);
  lowest = field.height * grid.down - 1;
  const filled = place(plot.y, series, across, field.height * grid.down);
  const alone = raster(series, field.width, grid);
  joinRims(plot, series, field, grid);
  const points = series.points === true && filled * 3 <= field.width ? filledColumns(across) : alone;
  if (grid.glyphs !== null) fatten(points, grid, across, field);
  setCells(series, field, grid);
  if (grid.glyphs === null) setPoints(points, series, field);
  if (series.marker !== undefined && grid.glyphs !== null) setMarker(series, series.marker, field, grid);

  /** Returns the columns of a line that no line goes to or from. */
  function raster({ connect, dash = "solid" }: PlotSeries, columns: number, { across: wide }: Grid): number[] {
    const [on, period] = dashOf(dash, wide);
    const lone: number[] = [];
    let previous = NONE;
    for (let x = 0; x < across; x++) {
      if (tops[x] === NONE) continue;
      if (previous !== NONE && (x - previous === 1 || (connect && !isMissing(plot, (previous + 0.5) / across, (x + 0.5) / across)))) {
        join(grid, field, previous, x, on, period);
        if (lone.at(-1) === previous) lone.pop();
      } else if (connect) lone.push(x);
      if (x % period < on) strip(grid, columns, x, tops[x]!, bottoms[x]!);
      previous = x;
    }
    return lone;
  }
}

/** Dots that are drawn, and after how many it begins again. */
function dashOf(dash: Dash, wide: number): readonly [on: number, period: number] {
  const [drawn, left] = DASHES[dash];
  return [drawn * wide, (drawn + left) * wide];
}

/** Whether telemetry is missing somewhere between two places, told as parts of the x axis. */
export function isMissing({ gaps, x: { from, to } }: Pick<Plot, "gaps" | "x">, start: number, end: number): boolean {
  if (gaps.length === 0) return false;
  const left = between(from, to, start);
  const right = between(from, to, end);
  for (const gap of gaps) if (gap[0] < right && gap[1] > left) return true;
  return false;
}

/** Rows of dots from the highest to the lowest value of each column of dots; returns how many columns have something. */
function place(y: Plot["y"], { min, max }: PlotSeries, across: number, down: number): number {
  const points = max.length;
  let filled = 0;
  for (let x = 0; x < across; x++) {
    const start = Math.floor((x * points) / across);
    const end = Math.max(start + 1, Math.floor(((x + 1) * points) / across));
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      if (min[i]! < low) low = min[i]!;
      if (max[i]! > high) high = max[i]!;
    }
    if (!(high >= low)) {
      tops[x] = NONE;
      continue;
    }
    filled++;
    tops[x] = rowOrBeyond(y, high, down);
    bottoms[x] = rowOrBeyond(y, low, down);
    // A line to what lies outside leaves the plot where it would: to its rim it would go through values that it never had.
    middles[x] = (rowOf(yFraction(y, high), down) + rowOf(yFraction(y, low), down)) / 2;
  }
  return filled;
}

const dotRow = (y: Plot["y"], value: number, down: number): number =>
  Math.round(rowOf(Math.min(1, Math.max(0, yFraction(y, value))), down));

/** The row of a value's dot, or the one beyond the rim behind which the value lies. */
const rowOrBeyond = (y: Plot["y"], value: number, down: number): number =>
  Math.min(down, Math.max(-1, Math.round(rowOf(yFraction(y, value), down))));

const isSeen = (x: number): boolean => bottoms[x]! >= 0 && tops[x]! <= lowest;

const rowOf = (fraction: number, down: number): number => (1 - fraction) * (down - 1);

/** The row of cells that a value's dot lies in, of so many; null when it is outside. */
export function cellRow(y: Plot["y"], value: number, rows: number, symbols: Symbols): number | null {
  const fraction = yFraction(y, value);
  const { down } = GRIDS[symbols];
  return fraction >= -1e-9 && fraction <= 1 + 1e-9 ? Math.floor(dotRow(y, value, rows * down) / down) : null;
}

/** Fills the dots of one dot column from row `top` to row `bottom`, as far as there are such rows. */
function strip({ across, down }: Grid, columns: number, x: number, top: number, bottom: number): void {
  const column = Math.floor(x / across);
  const bit = x % across;
  for (let y = Math.max(0, top); y <= Math.min(lowest, bottom); y++) {
    const row = Math.floor(y / down);
    dots[row * columns + column]! |= 1 << ((y - row * down) * across + bit);
  }
}

/** Closes the space between two columns: straight up or down beside each other, along a line across empty ones. */
function join(grid: Grid, field: Region, from: number, to: number, on: number, period: number): void {
  const [top, bottom, nextTop, nextBottom] = [tops[from]!, bottoms[from]!, tops[to]!, bottoms[to]!];
  if (to - from === 1) {
    if (to % period >= on) return;
    if (bottom < nextTop) strip(grid, field.width, to, bottom + 1, nextTop);
    if (top > nextBottom) strip(grid, field.width, to, nextBottom, top - 1);
    return;
  }
  slope(grid, field, dotAt(from), dotAt(to), on, period);
}

/** A place among the dots; outside of the plot it may lie between two. */
interface Dot {
  x: number;
  y: number;
}

const dotAt = (x: number): Dot => ({ x, y: middles[x]! });

/** A straight line after one place up to another, as far as it lies in the plot. */
function slope(grid: Grid, { width }: Region, from: Dot, to: Dot, on: number, period: number): void {
  const rise = (to.y - from.y) / (to.x - from.x);
  const rowAt = (x: number): number => Math.round(from.y + rise * Math.max(0, x - from.x));
  const [start, end] = [Math.max(0, Math.floor(from.x) + 1), Math.min(width * grid.across - 1, to.x)];
  let before = rowAt(start - 1);
  for (let x = start; x <= end; x++) {
    const row = rowAt(x);
    if (x % period < on) strip(grid, width, x, Math.min(row, before), Math.max(row, before));
    before = row;
  }
}

/** To and from the points just outside, so that what is looked at is not taken for the beginning or the end. */
function joinRims(plot: Plot, series: PlotSeries, field: Region, grid: Grid): void {
  if (!series.connect || (series.before === undefined && series.after === undefined)) return;
  const across = field.width * grid.across;
  const [on, period] = dashOf(series.dash ?? "solid", grid.across);
  const outside = (point: PlotSeries["before"]): Dot | null => {
    const place = point === undefined ? null : placeIn(plot, point);
    return place && { x: place.x * across - 0.5, y: (1 - place.y) * (field.height * grid.down - 1) };
  };
  let [first, last] = [0, across - 1];
  while (first < across && tops[first] === NONE) first++;
  while (last >= 0 && tops[last] === NONE) last--;
  const [before, after] = [outside(series.before), outside(series.after)];
  const begin = first < across ? dotAt(first) : after;
  if (before !== null && begin !== null && first > 0 && !isMissing(plot, 0, Math.min(1, (first + 0.5) / across)))
    slope(grid, field, before, begin, on, period);
  if (after !== null && last >= 0 && last < across - 1 && !isMissing(plot, (last + 0.5) / across, 1))
    slope(grid, field, dotAt(last), after, on, period);
}

/** Where a point lies, as parts of both axes; null when that is no place. */
export function placeIn({ x, y }: Pick<Plot, "x" | "y">, point: { x: number; y: number }): { x: number; y: number } | null {
  const place = { x: shareOf(x.from, x.to, point.x), y: yFraction(y, point.y) };
  return x.to > x.from && Number.isFinite(place.x) && Number.isFinite(place.y) && (y.scale === "linear" || point.y > 0) ? place : null;
}

const toneOf = ({ under, baseline, tone }: PlotSeries): number => toneIndex(under && !baseline ? "faint" : tone);

function setCells(series: PlotSeries, { canvas, x: left, y: top, width, height }: Region, { glyphs }: Grid): void {
  const tone = toneOf(series);
  const ascii = series.under ? ASCII_UNDER : series.marker === undefined ? ASCII_LINE : code(series.marker);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const mask = dots[y * width + x]!;
      if (mask !== 0) canvas.set(left + x, top + y, glyphs === null ? ascii : glyphs[mask]!, tone, 0, false);
    }
  }
}

const filledColumns = (across: number): number[] => Array.from({ length: across }, (_, x) => x).filter((x) => tops[x] !== NONE);

/**
 * Each value as a point, of an evaluation or of a lone sample: a single dot would hardly be seen, and where a line is interrupted
 * there is not even that. It lies on its line: dots around its own.
 */
function fatten(points: readonly number[], grid: Grid, across: number, { width }: Region): void {
  for (const x of points.filter(isSeen)) {
    for (let near = Math.max(0, x - grid.across + 1); near < Math.min(across, x + grid.across); near++)
      strip(grid, width, near, tops[x]! - 1, bottoms[x]! + 1);
  }
}

/** The same in characters. */
function setPoints(points: readonly number[], series: PlotSeries, { canvas, x: left, y: top }: Region): void {
  for (const x of points.filter(isSeen)) canvas.set(left + x, top + middleRow(x), ASCII_POINT, toneOf(series), 0, false);
}

/** In the middle of what is seen of a column. */
const middleRow = (x: number): number => Math.floor((Math.max(0, tops[x]!) + Math.min(lowest, bottoms[x]!)) / 2);

/** The letter that stands for a series, at its newest place where no other letter is. */
function setMarker(series: PlotSeries, marker: string, field: Region, { across, down }: Grid): void {
  const { canvas } = field;
  for (let x = field.width * across - 1; x >= 0; x--) {
    if (tops[x] === NONE || !isSeen(x)) continue;
    const at = [field.x + Math.floor(x / across), field.y + Math.floor(middleRow(x) / down)] as const;
    const there = canvas.cells[at[1] * canvas.width + at[0]]!;
    if (there < 128 && there !== 32) continue;
    canvas.set(at[0], at[1], code(marker), toneOf(series), 0, false);
    return;
  }
}
