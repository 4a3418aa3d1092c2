/** The legend under a plot: its lines' names and values, in as many rows as there are. */
import type { Dash, PlotSeries, Span, Tone } from "../core/scene.ts";
import { apart } from "../lib/apart.ts";
import { cut, textWidth } from "../lib/graphemes.ts";

interface Item {
  spans: Span[];
  cells: number;
  /** Told nowhere else: the title has the value of an only line, and what lies under it is its own. */
  missed: boolean;
}

/** Rows that all of it needs. */
export const legendHeight = (series: readonly PlotSeries[], width: number): number => rowsOf(series, width).length;

/**
 * As much as so many rows have room for: first the run's own lines, then other runs, then what lies under a line. Where not all of
 * it has room entries get shorter, and else give way from the end; how many are missed stands at the end of the last row.
 */
export function legendRows(series: readonly PlotSeries[], width: number, rows: number): Span[][] {
  if (rows < 1) return [];
  const whole = rowsOf(series, width);
  if (isWhole(whole, width, rows)) return giveWay(whole, rows, width);
  const usual = shortened(series, width, rows, SHORTER);
  const bare = hasRoom(usual, width, rows) ? usual : shortened(usual, width, rows, BARE);
  // With some missed all the same, the run's own line rather stays.
  return giveWay(rowsOf(hasRoom(bare, width, rows) ? bare : usual, width), rows, width);
}

function shortened(series: readonly PlotSeries[], width: number, rows: number, ways: readonly Shorter[]): readonly PlotSeries[] {
  const alone = isAlone(series);
  let shown = series;
  for (const shorter of ways) {
    if (hasRoom(shown, width, rows)) break;
    shown = shorter(shown, alone, series);
  }
  return shown;
}

/** Whether nothing of it is missed or cut off. */
const hasRoom = (series: readonly PlotSeries[], width: number, rows: number): boolean => isWhole(rowsOf(series, width), width, rows);

const isWhole = (lines: readonly Item[][], width: number, rows: number): boolean =>
  missedOf(lines.slice(rows)) === 0 && lines.slice(0, rows).every((row) => cellsOf(row) <= width);

/** `whole`: the same entries before any of them was made shorter. */
type Shorter = (series: readonly PlotSeries[], alone: boolean, whole: readonly PlotSeries[]) => readonly PlotSeries[];

const each =
  (shorter: (one: PlotSeries, alone: boolean) => PlotSeries): Shorter =>
  (series, alone) =>
    series.map((one) => shorter(one, alone));

const withName = (cells: number): Shorter => each((one, alone) => (alone && isOwn(one) ? { ...one, name: cut(one.name, cells) } : one));

/** Other runs by names of at most so many cells, which stay apart. */
const withRunNames =
  (cells: number): Shorter =>
  (series, _, whole) => {
    const names = namesApart(whole, cells);
    return series.map((one, i) => (one.baseline ? { ...one, name: names[i] ?? one.name } : one));
  };

const namesApart = (series: readonly PlotSeries[], cells: number): string[] =>
  apart(
    series.map(({ name }) => name),
    cells,
    cut,
  );

/** What an entry may lack where there is no room for it, the least missed first. */
const SHORTER: readonly Shorter[] = [
  // The title has the name and the value of an only line.
  each((one, alone) => (alone && isOwn(one) ? { ...one, value: undefined, valueTone: undefined } : one)),
  ...[20, 16, 12].map(withName),
  // The distance of another run, which the eye sees.
  each((one) => (one.baseline ? { ...one, value: one.value?.split(" Δ")[0], valueTone: undefined } : one)),
];

/** Then the run's own line goes, of which the title tells all, and parts of the names of other runs. */
const BARE: readonly Shorter[] = [
  each((one, alone) => (alone && isOwn(one) ? { ...one, name: "" } : one)),
  ...[20, 15, 10].map(withRunNames),
];

const isOwn = ({ under, baseline }: PlotSeries): boolean => !under && baseline !== true;

const isAlone = (series: readonly PlotSeries[]): boolean => series.filter(isOwn).length === 1;

/** Own lines, other runs, and what lies under a line, as it can be missed. */
const rank = (one: PlotSeries): number => (isOwn(one) ? 0 : one.baseline ? 1 : 2);

/** Entries one after another, in as many rows as they need. */
function rowsOf(series: readonly PlotSeries[], width: number): Item[][] {
  const lines: Item[][] = [[]];
  const alone = isAlone(series);
  const names = namesApart(series, LONGEST_NAME);
  const named = series.map((one, i) => ({ ...one, name: names[i] ?? one.name })).filter(({ name }) => name !== "");
  for (const one of named.sort((a, b) => rank(a) - rank(b))) {
    const spans = entry(one);
    const cells = spans.reduce((sum, { text }) => sum + textWidth(text), 0);
    const item = { spans, cells, missed: one.baseline === true || (!one.under && !alone) };
    const row = lines.at(-1)!;
    if (row.length > 0 && cellsOf(row) + GAP.length + cells > width) lines.push([item]);
    else row.push(item);
  }
  return lines;
}

const GAP = "  ";

const cellsOf = (row: readonly Item[]): number => row.reduce((sum, { cells }) => sum + cells + GAP.length, -GAP.length);

const missedOf = (rows: readonly Item[][]): number => rows.flat().filter(({ missed }) => missed).length;

/** So many of the rows; what is missed of the others is counted, in place of the last entries where need be. */
function giveWay(lines: readonly Item[][], rows: number, width: number): Span[][] {
  const shown = lines.slice(0, rows).map((items) => [...items]);
  const last = shown.at(-1) ?? [];
  let missed = missedOf(lines.slice(rows));
  while (missed > 0 && last.length > 1 && cellsOf(last) + GAP.length + moreText(missed).length > width)
    missed += Number(last.pop()!.missed);
  const spans = shown.map((items) => items.flatMap(({ spans }, i) => (i === 0 ? spans : [{ text: GAP }, ...spans])));
  if (missed > 0) spans.at(-1)!.push({ text: `${GAP}${moreText(missed)}`, tone: "muted" });
  return spans;
}

const moreText = (missed: number): string => `${missed} more`;

const LONGEST_NAME = 28;

/** As the line itself is interrupted. */
const SIGNS: Readonly<Record<Dash, string>> = { solid: "━", dashed: "╌", dotted: "┄" };

function entry({ name, tone, under, baseline, marker, dash = "solid", value, valueTone }: PlotSeries): Span[] {
  const own: Tone = under && !baseline ? "muted" : tone;
  const sign = baseline ? `⚑${marker ?? ""} ` : under ? "░ " : `${marker ?? SIGNS[dash]} `;
  return [
    { text: sign, tone: own, bold: !under },
    { text: `${name}${value === undefined ? "" : " "}`, tone: baseline || under ? "muted" : "text" },
    { text: value ?? "", tone: valueTone ?? own, bold: valueTone !== undefined },
  ];
}
