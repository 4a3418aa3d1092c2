/** What a chart shows as a table of numbers, for other programs. */
import type { Heat, OddPoint, Plot, PlotSeries, Scene } from "../core/scene.ts";
import { between } from "../lib/range.ts";
import { AXIS_TITLES } from "./series.ts";

interface Column {
  name: string;
  values: Float64Array;
  places?: Float64Array | undefined;
  odd?: readonly OddPoint[] | undefined;
}

/** Null where there is no value. */
type Cell = number | null;

export interface PlotTable {
  columns: string[];
  rows: Cell[][];
}

/**
 * Every point at its own place, where no column of the picture has several of a line; else every column that has a value: from
 * where to where it goes on the axis, what is in it, and how many of its points are none for being NaN or infinite.
 */
function tableOf(shown: Plot | Heat): PlotTable {
  const { axis } = shown.x;
  const each = shown.kind === "plot" && shown.series.every(({ places, min }) => places !== undefined || !min.some(hasValue));
  const columns: readonly Column[] =
    shown.kind === "heat"
      ? shown.rows.map(({ name, values }) => ({ name, values }))
      : each
        ? shown.series.map(pointColumn)
        : shown.series.flatMap(seriesColumns);
  if (each) return { columns: [axis, ...columns.map(({ name }) => name)], rows: points(columns) };
  const odd = shown.kind === "plot" ? shown.series.filter((one) => one.odd !== undefined && one.odd.length > 0) : [];
  const names = [...columns.map(({ name }) => name), ...odd.map((one) => `${titleOf(one)} NaN or Inf`)];
  return { columns: [`${axis} from`, `${axis} to`, ...names], rows: ranges(shown.x, columns, odd) };
}

/** Numbers as a program reads them, those that are none by name. */
function text({ columns, rows }: PlotTable, separator: string): string {
  const cell = (name: string): string => (separator === "," ? csvCell(name) : name.replaceAll(/[\t\n]/g, " "));
  const lines = [columns.map(cell), ...rows.map((row) => row.map((value) => (value === null ? "" : String(value))))];
  return lines.map((line) => `${line.join(separator)}\n`).join("");
}

function points(columns: readonly Column[]): Cell[][] {
  const rows = new Map<number, Cell[]>();
  const put = (place: number, column: number, value: number): void => {
    const row = rows.get(place) ?? columns.map(() => null);
    row[column] = value;
    rows.set(place, row);
  };
  columns.forEach(({ values, places, odd = [] }, column) => {
    values.forEach((value, i) => {
      const place = places?.[i];
      if (place !== undefined && hasValue(value)) put(place, column, value);
    });
    for (const { x, value } of odd) put(x, column, value);
  });
  return [...rows].sort(([a], [b]) => a - b).map(([place, row]) => [place, ...row]);
}

function ranges({ axis, from, to, edges }: Plot["x"], columns: readonly Column[], odd: readonly PlotSeries[]): Cell[][] {
  const count = Math.max(0, ...columns.map(({ values }) => values.length));
  const edge = (i: number): number => edges?.[i] ?? between(from, to, i, count);
  // Steps are whole: the first and the last one that lies in it.
  const whole = axis === AXIS_TITLES.step;
  const begin = (i: number): number => (whole ? Math.ceil(edge(i)) : edge(i));
  const end = (i: number): number => (whole && i < count - 1 ? Math.ceil(edge(i + 1)) - 1 : edge(i + 1));
  const counts = odd.map((one) => countIn(one.odd ?? [], count, edge));
  const rows = Array.from({ length: count }, (_, i) => ({
    values: columns.map(({ values }) => (hasValue(values[i]) ? values[i] : null)),
    odd: counts.map((some) => some[i]!),
    ends: [begin(i), end(i)],
  }));
  return rows
    .filter((row) => row.values.some((value) => value !== null) || row.odd.some((points) => points > 0))
    .map((row) => [...row.ends, ...row.values, ...row.odd]);
}

/** How many of the points, which go along the axis, lie in each column. */
function countIn(points: readonly OddPoint[], columns: number, edge: (i: number) => number): number[] {
  const counts = Array.from({ length: columns }, () => 0);
  let column = 0;
  for (const { x } of points) {
    while (column < columns - 1 && x >= edge(column + 1)) column++;
    counts[column]!++;
  }
  return counts;
}

const hasValue = (value: number | undefined): value is number => value !== undefined && !Number.isNaN(value);

const titleOf = ({ name, baseline }: PlotSeries): string => (baseline ? `baseline ${name}` : name);

/** A point by itself is its own lowest, highest and last value. */
const pointColumn = (series: PlotSeries): Column => ({ name: titleOf(series), values: series.min, places: series.places, odd: series.odd });

/** A line has one column; an envelope has its lowest, highest and last value. */
function seriesColumns(series: PlotSeries): Column[] {
  const { min, max, last, places, odd } = series;
  const title = titleOf(series);
  const [low, high] = series.bounds ?? [`${title} min`, `${title} max`];
  if (min === max) return [{ name: title, values: min, places, odd }];
  const both = [
    { name: low, values: min, places, odd },
    { name: high, values: max, places, odd },
  ];
  // Where there is no point, the journal's last value is that of nothing.
  return last === undefined
    ? both
    : [...both, { name: `${title} last`, values: last.map((value, i) => (Number.isNaN(max[i]) ? Number.NaN : value)), places, odd }];
}

const csvCell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const pictures = ({ blocks }: Scene): Array<Plot | Heat> =>
  blocks.map(({ block }) => block).filter((block): block is Plot | Heat => block.kind === "plot" || block.kind === "heat");

/** All plots of a scene as CSV, one below another with an empty line between; empty when it has none. */
export const sceneCsv = (scene: Scene): string =>
  pictures(scene)
    .map((shown) => text(tableOf(shown), ","))
    .join("\n");

/** Why runs that are laid beside have no numbers in it, where a picture has that in its legend: `other has no chat_sft`. */
export const missingBeside = ({ blocks }: Scene): string[] => {
  const series = blocks.flatMap(({ block }) => (block.kind === "plot" ? block.series : []));
  const missing = series.filter(({ baseline, min, odd = [] }) => baseline && odd.length === 0 && !min.some(hasValue));
  return [...new Set(missing.map(({ name, value = "" }) => `${name} ${value}`.trim()))];
};

/** The same as values. */
export const sceneTables = (scene: Scene): PlotTable[] => pictures(scene).map(tableOf);

/** For pasting: under a cursor what is read there, else every column that is visible. */
export function sceneTsv(scene: Scene): string | null {
  const shown = pictures(scene);
  if (shown.length === 0) return null;
  const [first] = shown;
  if (first?.cursor === undefined) return shown.map((one) => text(tableOf(one), "\t")).join("\n");
  const read = shown.flatMap(
    (one): Array<{ name: string; value?: string | undefined }> => (one.kind === "plot" ? readOf(one) : [...one.rows]),
  );
  return `${[`${first.x.axis}\t${first.cursor.read ?? first.cursor.x}`, ...read.map(({ name, value = "" }) => `${name}\t${value}`)].join("\n")}\n`;
}

/** What the legend says: of each line, and of the values under it, which are told with its name where there are several. */
function readOf({ series }: Plot): Array<{ name: string; value?: string | undefined }> {
  const many = series.filter(({ under, baseline }) => !under && !baseline).length > 1;
  return series.flatMap(({ under, name, value }, i) => {
    if (under) return [];
    const ground = series[i - 1]?.under ? series[i - 1] : undefined;
    return [
      { name, value },
      ...(ground?.value === undefined ? [] : [{ name: many ? `${name} ${ground.name}` : ground.name, value: ground.value }]),
    ];
  });
}
