/** Tables and lines of text: whole where a program reads them, and within a terminal's width without breaking a word or a number. */
import { plain } from "../lib/ansi.ts";
import { middle } from "../lib/format.ts";
import { cut, isNarrow, textWidth, wrap } from "../lib/graphemes.ts";
import { isTerminal } from "../lib/tty.ts";

/** Columns of the terminal that an answer goes to; null where it is piped: a program gets everything. */
const terminalWidth = (): number | null => (isTerminal(1) ? (process.stdout.columns ?? null) : null);

/** How a table keeps within a terminal's width. */
export interface TableFit {
  /** The column of free text, which gives way first: it wraps, and goes on below itself. Else the last. */
  free?: number;
  /** That column takes one row, whatever it says. */
  oneRow?: true;
  /** Columns that are left out where the others have no room, the least needed first; which is said below the table. */
  spare?: readonly number[];
  /** Of the terminal; null = nothing is cut. */
  width?: number | null;
}

interface Column {
  title: string;
  cells: readonly string[];
  toTheRight: boolean;
  /** Cells that it takes. */
  wide: number;
}

const GAP = 2;
/** In a narrower column than these a sentence would be a tower of words, or its first word: it goes below its row. */
const LEAST_WRAPPED = 24;
const LEAST_CUT = 12;
/** How far a row's text below it stands in. */
const BELOW = 4;
/** No name is shortened further: nobody could tell it from another. */
const LEAST_NAME = 12;

/**
 * Columns of text, as wide as their widest cell; numbers to the right. What is in a cell is made one harmless line. On a
 * terminal that is too narrow the free text wraps; then columns are left out; then names are shortened in the middle.
 */
export function table(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  right: ReadonlySet<number> = new Set(),
  { free = head.length - 1, oneRow, spare = [], width = terminalWidth() }: TableFit = {},
): string {
  const all = head.map((title, i) =>
    columnOf(
      title,
      rows.map((row) => row[i] ?? ""),
      right.has(i),
    ),
  );
  const columns = all.filter(({ wide }) => wide > 0);
  if (width === null || total(columns) <= width) return linesOf(columns, rows.length).join("\n");
  const text = all[free]!;
  const spared = spare.map((index) => all[index]!);
  const left = withoutSpare(columns, text, spared, width);
  shortenNames(left, text, width);
  const lines = withFreeText(left, text, rows.length, width, oneRow === true);
  const gone = columns.filter((column) => !left.includes(column)).map(({ title }) => title);
  return [...lines, ...(gone.length === 0 ? [] : wrap(`Left out at ${width} columns: ${gone.join(", ")}`, width))].join("\n");
}

function columnOf(title: string, given: readonly string[], toTheRight: boolean): Column {
  const cells = given.map((text) => plain(text).replaceAll("\n", " "));
  return { title, cells, toTheRight, wide: Math.max(...[title, ...cells].map(textWidth)) };
}

const total = (columns: readonly Column[]): number => columns.reduce((sum, { wide }) => sum + wide + GAP, -GAP);

/** Of the free text a word, such as `fits`, keeps its place in the row; a sentence can go below. */
function withoutSpare(columns: readonly Column[], text: Column, spare: readonly Column[], width: number): Column[] {
  const word = Math.min(...text.cells.map(textWidth).filter((wide) => wide > 0));
  const most = width - (word <= LEAST_CUT ? word + GAP : 0);
  let left = [...columns];
  for (const least of spare) {
    if (total(left.filter((column) => column !== text)) <= most) break;
    left = left.filter((column) => column !== least);
  }
  return left;
}

/** In place: the widest of the others gives way to the next widest, and so on. */
function shortenNames(columns: readonly Column[], text: Column, width: number): void {
  const others = columns.filter((column) => column !== text);
  const names = others.filter(({ toTheRight }) => !toTheRight);
  for (let over = total(others) - width; over > 0; over--) {
    const widest = names.reduce<Column | null>((most, one) => (one.wide > (most?.wide ?? LEAST_NAME) ? one : most), null);
    if (widest === null) break;
    widest.wide--;
  }
  for (const column of names)
    column.cells = column.cells.map((cell) => (isNarrow(cell) ? middle(cell, column.wide) : cut(cell, column.wide)));
}

/** The lines of columns that have all the room that they take. */
function linesOf(columns: readonly Column[], rows: number): string[] {
  const line = (cellOf: (column: Column) => string): string =>
    columns
      .map((column) => {
        const cell = cellOf(column);
        const air = " ".repeat(Math.max(0, column.wide - textWidth(cell)));
        return column.toTheRight ? air + cell : cell + air;
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  return [line(({ title }) => title), ...Array.from({ length: rows }, (_, i) => line(({ cells }) => cells[i] ?? ""))];
}

function withFreeText(columns: readonly Column[], text: Column, rows: number, width: number, oneRow: boolean): string[] {
  const room = Math.max(0, width - total(columns.filter((column) => column !== text)) - GAP);
  const before = total(columns.slice(0, columns.indexOf(text))) + GAP;
  const placed = text.cells.map((cell) => place(cell, { room, width, before, oneRow }));
  const beside = columnOf(
    cut(text.title, room),
    placed.map(({ beside }) => beside),
    text.toTheRight,
  );
  const shown = columns.map((column) => (column === text ? beside : column)).filter(({ wide }) => wide > 0);
  const [head = "", ...lines] = linesOf(shown, rows);
  return [head, ...lines.flatMap((line, i) => [line, ...(placed[i]?.below ?? [])])];
}

interface Room {
  /** What the other columns leave. */
  room: number;
  width: number;
  /** What stands before the column. */
  before: number;
  oneRow: boolean;
}

/** What stands of a cell in its row, and the lines below that. */
function place(cell: string, { room, width, before, oneRow }: Room): { beside: string; below: string[] } {
  const fitting = (cells: number): string[] => (oneRow ? [cut(cell, cells)] : wrap(cell, cells));
  if (textWidth(cell) <= room) return { beside: cell, below: [] };
  if (room < (oneRow ? LEAST_CUT : LEAST_WRAPPED))
    return { beside: "", below: fitting(Math.max(1, width - BELOW)).map((line) => " ".repeat(BELOW) + line) };
  const [beside = "", ...below] = fitting(room);
  return { beside, below: below.map((line) => " ".repeat(before) + line) };
}

/**
 * Lines of prose, which at a terminal go on below themselves, further in than they begin. One with a command in it stays as it
 * is: what is copied of it must be one line.
 */
export function prose(lines: readonly string[], width: number | null = terminalWidth()): string[] {
  return lines.flatMap((line) => {
    if (width === null || line.includes("`") || textWidth(line) <= width) return [line];
    const [indent = ""] = /^ */.exec(line) ?? [];
    const room = Math.max(1, width - indent.length - GAP);
    return wrap(line.trimStart(), room).map((part, i) => `${indent}${i === 0 ? "" : " ".repeat(GAP)}${part}`);
  });
}
