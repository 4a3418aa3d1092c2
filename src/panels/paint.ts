/** Draws a scene into a region of a canvas: the one place where panels become cells, for every face. */
import type { Bar, Block, Empty, Line, Scene, Span, Table, TableColumn, Text } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { middle } from "../lib/format.ts";
import { cut, textWidth, wrap } from "../lib/graphemes.ts";
import { stretchOf } from "./across.ts";
import { paintHeat } from "./paint-heat.ts";
import { type PictureInk, paintPicture } from "./paint-picture.ts";
import { paintPlot } from "./paint-plot.ts";
import type { Symbols } from "./plot-dots.ts";

export interface PaintOptions {
  symbols: Symbols;
  /** The panel that keys go to has the accent border. */
  focused: boolean;
  /** The background is light: pictures are drawn with dark dots then, where they have no colours. */
  onLight?: boolean;
  /** What pictures are drawn with; absent = none. */
  colours?: PictureInk["colours"];
}

/** Border, title, settings and note, and inside them the blocks. Too small for a border: nothing but the blocks. */
export function paint(scene: Scene, region: Region, { symbols, focused, onLight = false, colours = "none" }: PaintOptions): void {
  const inside = region.box({
    title: scene.title,
    settings: scene.settings,
    note: scene.note,
    tone: focused ? "focus" : "border",
    titleTone: scene.tone ?? (focused ? "accent" : "muted"),
    bold: focused,
  });
  paintBlocks(scene.blocks, inside.sub(1, 0, inside.width - 2, inside.height), symbols, { onLight, colours });
}

/** Cells inside a panel of this size: what a panel has to say its piece in. */
export const innerSize = (width: number, height: number): { width: number; height: number } => ({
  width: Math.max(0, width - 4),
  height: Math.max(0, height - 2),
});

/** How pictures are drawn where nothing is known of the terminal. */
const PLAIN_INK: Omit<PictureInk, "symbols"> = { onLight: false, colours: "none" };

/** One block below another: fixed rows first, the rest shared by those that named none. */
export function paintBlocks(blocks: readonly Block[], region: Region, symbols: Symbols, ink = PLAIN_INK): void {
  const stacked = blocks.filter((block) => !sharesRows(block));
  const fixed = stacked.reduce((rows, block) => rows + (block.rows ?? 0), 0);
  const sharing = stacked.filter((block) => block.rows === undefined).length;
  let left = Math.max(0, region.height - fixed);
  let remaining = sharing;
  let y = 0;
  for (const [i, { block, rows, across }] of blocks.entries()) {
    const share = rows ?? Math.ceil(left / Math.max(1, remaining));
    if (y >= region.height) return;
    const { x, width } = stretchOf(region.width, across);
    paintBlock(block, region.sub(x, y, width, share), symbols, ink);
    if (sharesRows(blocks[i + 1])) continue;
    if (rows === undefined) {
      left -= share;
      remaining--;
    }
    y += share;
  }
}

/** Whether a block stands beside the one before it. */
export const sharesRows = (block: Block | undefined): boolean => (block?.across?.[0] ?? 0) > 0;

function paintBlock(block: Block["block"], region: Region, symbols: Symbols, ink: Omit<PictureInk, "symbols">): void {
  if (region.width === 0 || region.height === 0) return;
  if (block.kind === "plot") paintPlot(block, region, symbols);
  else if (block.kind === "heat") paintHeat(block, region);
  else if (block.kind === "picture") paintPicture(block, region, { symbols, ...ink });
  else if (block.kind === "bar") region.line(0, 0, barSpans(block.fraction, region.width, block.tone));
  else if (block.kind === "text") paintText(block, region);
  else if (block.kind === "table") paintTable(block, region);
  else paintEmpty(block, region);
}

/** A bar so many cells wide, in half cells. */
export function barSpans(fraction: number, width: number, tone: Bar["tone"]): Span[] {
  const halves = Math.round(Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2 === 1 ? "╸" : "";
  return [
    { text: "━".repeat(full) + half, tone },
    { text: "─".repeat(Math.max(0, width - full - half.length)), tone: "faint" },
  ];
}

function paintText({ lines, overflow = "cut", anchor = "top" }: Text, region: Region): void {
  const rows = overflow === "wrap" ? lines.flatMap((line) => wrapLine(line, region.width)) : lines;
  const skipped = anchor === "bottom" ? Math.max(0, rows.length - region.height) : 0;
  for (let y = 0; y < region.height && y + skipped < rows.length; y++) region.line(0, y, rows[y + skipped] ?? []);
}

/** Breaks a line of spans between words, each span keeping its own looks. */
export function wrapLine(line: Line, width: number): Line[] {
  const text = line.map((span) => span.text).join("");
  const rows = wrap(text, width);
  if (rows.length <= 1 && !text.includes("\n")) return [line];
  let at = 0;
  return rows.map((row) => {
    // A row begins where its text is found next: what wrapping dropped between rows is one space or line break.
    const start = Math.max(at, text.indexOf(row, at));
    at = start + row.length;
    return slice(line, start, at);
  });
}

function slice(line: Line, from: number, to: number): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const span of line) {
    const part = span.text.slice(Math.max(0, from - start), Math.max(0, to - start));
    if (part !== "") spans.push({ ...span, text: part });
    start += span.text.length;
  }
  return spans;
}

function paintTable(table: Table, region: Region): void {
  const widths = columnWidths(table, region.width);
  const head = table.columns.map((column): Line => [{ text: column.title, tone: "muted" }]);
  paintRow(head, table.columns, widths, region.sub(0, 0, region.width, 1));
  const room = region.height - 1;
  const selected = table.selected ?? -1;
  const first = firstVisible(table.rows.length, room, selected);
  for (let i = 0; i < room && first + i < table.rows.length; i++) {
    const row = region.sub(0, 1 + i, region.width, 1);
    if (first + i === selected) row.fill("surface");
    paintRow(table.rows[first + i] ?? [], table.columns, widths, row);
  }
}

/** The first row to draw, so that the selected one is among those that fit. */
export const firstVisible = (rows: number, room: number, selected: number): number =>
  selected < room ? 0 : Math.max(0, Math.min(rows - room, selected - Math.floor(room / 2)));

function columnWidths({ columns }: Table, width: number): number[] {
  const gaps = Math.max(0, columns.length - 1) * 2;
  const fixed = columns.reduce((sum, column) => sum + (column.width ?? 0), 0);
  const flexible = columns.filter((column) => column.width === undefined).length;
  const left = Math.max(0, width - gaps - fixed);
  return columns.map((column) => column.width ?? Math.floor(left / Math.max(1, flexible)));
}

function paintRow(cells: readonly Line[], columns: readonly TableColumn[], widths: readonly number[], row: Region): void {
  let x = 0;
  // What stands alone, as the title of the rows below it, has the whole row.
  const isAlone = columns[0]?.align !== "right" && cells.slice(1).every((cell) => cell.length === 0);
  for (let i = 0; i < (isAlone ? 1 : columns.length); i++) {
    const width = isAlone ? row.width : (widths[i] ?? 0);
    const column = columns[i];
    const cell = (cells[i] ?? []).map((span) => (column?.middle ? { ...span, text: middle(span.text, width) } : span));
    const used = Math.min(width, textWidth(cell.map((span) => span.text).join("")));
    const start = column?.align === "right" ? x + width - used : x;
    row.sub(start, 0, x + width - start, 1).line(0, 0, cell);
    x += width + 2;
  }
}

function paintEmpty({ why, remedy }: Empty, region: Region): void {
  const whole = remedy === undefined ? why : `${why} · ${remedy}`;
  const rows =
    textWidth(whole) <= region.width || remedy === undefined
      ? wrap(whole, region.width)
      : [why, remedy].flatMap((part) => wrap(part, region.width));
  const top = Math.max(0, Math.floor((region.height - rows.length) / 2));
  for (let i = 0; i < rows.length && top + i < region.height; i++) {
    // What has no room is told to be missing.
    const last = top + i === region.height - 1 && i < rows.length - 1;
    const row = last ? `${cut(`${rows[i]} `, region.width - 1).replace(/[\s…]+$/, "")}…` : cut(rows[i] ?? "", region.width);
    region.put(Math.max(0, Math.floor((region.width - textWidth(row)) / 2)), top + i, row, { tone: "muted" });
  }
}
