/** A plot in a region: axes, lines, marks, cursor and legend around its dots. */
import type { Plot, PlotSeries } from "../core/scene.ts";
import { REVERSE, type Region, toneIndex } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { shareOf } from "../lib/range.ts";
import { cellRow, paintSeries, type Symbols } from "./plot-dots.ts";
import { legendHeight, legendRows } from "./plot-legend.ts";
import { MARKS, placedMarks } from "./plot-marks.ts";
import { xTicks, yLabels } from "./ticks.ts";

/** Cells at the left for the labels of the y axis and its line. */
const GUTTER = 8;
const NARROWEST_WITH_GUTTER = 24;
const LOWEST_WITH_AXIS = 5;
/** Rows of plot for each row of legend. */
const ROWS_A_LEGEND = 6;
/** From so many rows on there is a legend where another run lies beside: whoever sees two lines has to know which is which. */
const LOWEST_COMPARED = 4;

export interface PlotArea {
  gutter: number;
  columns: number;
  rows: number;
  axisRows: number;
  legendRows: number;
}

/** How a region of so many cells is divided between dots and labels; `compared`: a row of the legend is needed, however low it is. */
export function plotArea(width: number, height: number, legendRows = 0, compared = false): PlotArea {
  const gutter = width >= NARROWEST_WITH_GUTTER ? GUTTER : 0;
  const axisRows = height >= LOWEST_WITH_AXIS ? 2 : 0;
  const least = compared && height >= LOWEST_COMPARED ? 1 : 0;
  const legend = Math.max(0, Math.min(legendRows, Math.max(least, Math.floor(height / ROWS_A_LEGEND))));
  return { gutter, columns: Math.max(0, width - gutter), rows: Math.max(0, height - axisRows - legend), axisRows, legendRows: legend };
}

/** Columns to ask the journal for, so that a plot that wide has one for each dot. */
export const plotColumns = (width: number): number => Math.max(1, plotArea(width, LOWEST_WITH_AXIS).columns * 2);

export function paintPlot(plot: Plot, region: Region, symbols: Symbols): void {
  const area = plotArea(region.width, region.height, plot.legend ? legendHeight(plot.series, region.width) : 0, hasBaseline(plot));
  if (area.columns < 1 || area.rows < 1) return;
  const field = region.sub(area.gutter, 0, area.columns, area.rows);
  paintSelection(plot, field);
  if (area.gutter > 0) paintYAxis(plot, region, area, symbols);
  paintGuides(plot, field, symbols);
  paintGaps(plot, field);
  paintLines(plot, field, symbols);
  for (const layer of [isUnder, isBaseline, isFront]) {
    for (const series of plot.series) if (layer(series)) paintSeries(plot, series, field, symbols);
  }
  paintLineLabels(plot, field, symbols);
  paintNoNumber(plot, field);
  paintCursor(plot, field);
  if (area.axisRows > 0) paintXAxis(plot.x, plot.cursor, region, area);
  paintMarks(plot, region, area);
  legendRows(plot.series, region.width, area.legendRows).forEach((spans, i) => {
    region.line(0, area.rows + area.axisRows + i, spans);
  });
}

const hasBaseline = ({ series }: Plot): boolean => series.some(({ baseline }) => baseline);

const isUnder = ({ under }: PlotSeries): boolean => under;
const isBaseline = ({ under, baseline }: PlotSeries): boolean => !under && baseline === true;
const isFront = ({ under, baseline }: PlotSeries): boolean => !under && baseline !== true;

export const xFraction = ({ from, to }: Plot["x"], at: number): number => (to > from ? shareOf(from, to, at) : 0);

/** The cell column of a position on the x axis, or null when it is outside. */
export function cellColumn(x: Plot["x"], at: number, columns: number): number | null {
  const fraction = xFraction(x, at);
  return fraction < 0 || fraction > 1 || Number.isNaN(fraction) ? null : Math.min(columns - 1, Math.floor(fraction * columns));
}

/** The cell columns of a range on the x axis; null when it is outside. */
export function cellRange(x: Plot["x"], [from, to]: readonly [number, number], columns: number): readonly [number, number] | null {
  if (!(from <= to) || to < x.from || from > x.to) return null;
  const start = cellColumn(x, Math.max(from, x.from), columns) ?? 0;
  return [start, cellColumn(x, Math.min(to, x.to), columns) ?? start];
}

function paintSelection({ x, selected }: Pick<Plot, "x" | "selected">, field: Region): void {
  const range = selected === undefined ? null : cellRange(x, selected, field.width);
  if (range !== null) field.sub(range[0], 0, range[1] - range[0] + 1, field.height).fill("surface");
}

/** At the labels of the axes; the plot's own dots lie over them. */
function paintGuides({ guides, x, y }: Plot, field: Region, symbols: Symbols): void {
  if (guides === undefined) return;
  const rows = yLabels(y, field.height, symbols).flatMap(({ at }) => cellRow(y, at, field.height, symbols) ?? []);
  const columns = xTicks(x, xLabels(field.width)).flatMap(({ at }) => cellColumn(x, at, field.width) ?? []);
  for (const row of rows) {
    if (guides === "lines") field.put(0, row, "┄".repeat(field.width), { tone: "faint" });
    else for (const column of columns) field.put(column, row, "·", { tone: "faint" });
  }
}

/** Labels that an axis of so many cells has room for, at most. */
const xLabels = (columns: number): number => Math.max(1, Math.floor(columns / 11));

/** Hatched, as nothing else in a plot is: a shade would be taken for a series that lies under the others. */
export const WITHOUT_POINTS = "╱";

function paintGaps(plot: Plot, field: Region): void {
  for (const gap of plot.gaps) {
    const range = cellRange(plot.x, gap, field.width);
    if (range === null) continue;
    const shade = WITHOUT_POINTS.repeat(range[1] - range[0] + 1);
    for (let y = 0; y < field.height; y++) field.put(range[0], y, shade, { tone: "faint" });
  }
}

function paintLines({ lines = [], y }: Plot, field: Region, symbols: Symbols): void {
  for (const line of lines) {
    const row = cellRow(y, line.y, field.height, symbols);
    if (row !== null) field.put(0, row, "╌".repeat(field.width), { tone: line.tone });
  }
}

/** At the right end of their lines, over the dots: a line that nobody knows the meaning of says nothing. */
function paintLineLabels({ lines = [], y }: Plot, field: Region, symbols: Symbols): void {
  for (const line of lines) {
    const row = cellRow(y, line.y, field.height, symbols);
    const label = ` ${line.label} `;
    if (row !== null && textWidth(label) < field.width / 2) field.put(field.width - textWidth(label), row, label, { tone: line.tone });
  }
}

/** In place of an axis, where there are values and none of them is a number. */
function paintNoNumber({ y, marks }: Plot, field: Region): void {
  const text = marks.some(({ glyph }) => glyph === "nonfinite") ? "only NaN or Inf" : "";
  if (!y.unknown || field.height < 2 || text.length > field.width) return;
  field.put(Math.floor((field.width - text.length) / 2), Math.floor(field.height / 2), text, { tone: "muted" });
}

/** A line from top to bottom: where there are dots they are reversed, and stay readable. */
export function paintCursor({ x, cursor }: Pick<Plot, "x" | "cursor">, field: Region): void {
  const column = cursor === undefined ? null : cellColumn(x, cursor.x, field.width);
  if (column === null) return;
  const { canvas } = field;
  for (let y = 0; y < field.height; y++) {
    const at = (field.y + y) * canvas.width + field.x + column;
    if (canvas.cells[at] === 32) canvas.set(field.x + column, field.y + y, CURSOR, toneIndex("accent"), 0, false);
    else canvas.attributes[at]! |= REVERSE;
  }
}
const CURSOR = "│".charCodeAt(0);

function paintYAxis(plot: Plot, region: Region, { gutter, rows }: PlotArea, symbols: Symbols): void {
  for (let y = 0; y < rows; y++) region.put(gutter - 1, y, "│", { tone: "faint" });
  const labels = yLabels(plot.y, rows, symbols);
  // They end in one column, with air before the line if the longest leaves any.
  const end = Math.max(gutter - 2, ...labels.map(({ label }) => label.length));
  for (const { at, label } of labels) {
    const y = cellRow(plot.y, at, rows, symbols);
    if (y === null) continue;
    region.put(gutter - 1, y, "┤", { tone: "faint" });
    region.put(end - label.length, y, label, { tone: "muted" });
  }
}

/** The line under a plot and its labels; where the cursor's own stands, there is no other. */
export function paintXAxis(
  x: Plot["x"],
  cursor: Plot["cursor"],
  region: Region,
  { gutter, columns, rows }: Pick<PlotArea, "gutter" | "columns" | "rows">,
): void {
  if (gutter > 0) region.put(gutter - 1, rows, "└", { tone: "faint" });
  region.put(gutter, rows, "─".repeat(columns), { tone: "faint" });
  const column = cursor === undefined ? null : cellColumn(x, cursor.x, columns);
  const label = cursor === undefined || column === null ? "" : ` ${cursor.label} `;
  const [from, to] = column === null ? [0, 0] : spanOf(gutter + column, label, region.width);
  let free = 0;
  for (const tick of xTicks(x, xLabels(columns))) {
    const at = cellColumn(x, tick.at, columns);
    if (at === null) continue;
    region.put(gutter + at, rows, "┬", { tone: "faint" });
    const [start, end] = spanOf(gutter + at, tick.label, region.width);
    // What would be left of a label that is partly covered is another number.
    if (start < free || (label !== "" && start < to + 1 && end > from - 1)) continue;
    region.put(start, rows + 1, tick.label, { tone: "muted" });
    free = end + 2;
  }
  if (column === null) return;
  region.put(gutter + column, rows, "┴", { tone: "accent" });
  region.put(from, rows + 1, label, { tone: "accent", reverse: true });
}

/** Columns that a label takes which is centred at one, as far as there is room. */
function spanOf(at: number, label: string, room: number): readonly [start: number, end: number] {
  const width = textWidth(label);
  const start = Math.min(Math.max(0, at - Math.floor(width / 2)), room - width);
  return [start, start + width];
}

/** Marks stand on the x axis line, except values that are no number: those are at the top, where nothing else is. */
function paintMarks(plot: Plot, region: Region, { gutter, columns, rows, axisRows }: PlotArea): void {
  for (const { mark, column, beside } of placedMarks(plot.marks, columns, (x) => cellColumn(plot.x, x, columns))) {
    const { glyph, tone } = MARKS[mark.glyph];
    const row = mark.glyph === "nonfinite" ? 0 : axisRows > 0 ? rows : rows - 1;
    region.put(gutter + column + beside, row, glyph, { tone });
  }
}
