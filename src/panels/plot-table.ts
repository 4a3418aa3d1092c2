/** What a chart shows as a table of numbers, for other programs. */
import type { Heat, Plot, PlotSeries, Scene } from "../core/scene.ts";
import { between } from "../lib/range.ts";
import { AXIS_TITLES } from "./series.ts";

interface Column {
  name: string;
  values: Float64Array;
  places?: Float64Array | undefined;
}

type Row = [place: string, ...cells: string[]];

/**
 * A separated text of every point at its own place, where no column of the picture has several of a line; else of every column that
 * has a value: from where to where it goes on the axis, and what is in it.
 */
function table(shown: Plot | Heat, separator: string): string {
  const columns: readonly Column[] =
    shown.kind === "plot" ? shown.series.flatMap(seriesColumns) : shown.rows.map(({ name, values }) => ({ name, values }));
  const cell = (text: string): string => (separator === "," ? csvCell(text) : text.replaceAll(/[\t\n]/g, " "));
  const { axis } = shown.x;
  const each = columns.every(({ places, values }) => places !== undefined || !values.some(hasValue));
  const head = [...(each ? [axis] : [`${axis} from`, `${axis} to`]), ...columns.map(({ name }) => name)].map(cell);
  const rows = each ? points(columns) : ranges(shown.x, columns);
  return [head, ...rows].map((row) => `${row.join(separator)}\n`).join("");
}

function points(columns: readonly Column[]): Row[] {
  const rows = new Map<number, string[]>();
  columns.forEach(({ values, places }, column) => {
    values.forEach((value, i) => {
      const place = places?.[i];
      if (place === undefined || !hasValue(value)) return;
      const row = rows.get(place) ?? columns.map(() => "");
      row[column] = String(value);
      rows.set(place, row);
    });
  });
  return [...rows].sort(([a], [b]) => a - b).map(([place, row]) => [String(place), ...row]);
}

function ranges({ axis, from, to, edges }: Plot["x"], columns: readonly Column[]): Row[] {
  const count = Math.max(0, ...columns.map(({ values }) => values.length));
  const edge = (i: number): number => edges?.[i] ?? between(from, to, i, count);
  // Steps are whole: the first and the last one that lies in it.
  const whole = axis === AXIS_TITLES.step;
  const begin = (i: number): number => (whole ? Math.ceil(edge(i)) : edge(i));
  const end = (i: number): number => (whole && i < count - 1 ? Math.ceil(edge(i + 1)) - 1 : edge(i + 1));
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => columns.some(({ values }) => hasValue(values[i])))
    .map((i) => [String(begin(i)), String(end(i)), ...columns.map(({ values }) => (hasValue(values[i]) ? String(values[i]) : ""))]);
}

const hasValue = (value: number | undefined): value is number => value !== undefined && !Number.isNaN(value);

/** A line has one column; an envelope has its lowest, highest and last value. */
function seriesColumns({ name, min, max, last, baseline, places }: PlotSeries): Column[] {
  const title = baseline ? `baseline ${name}` : name;
  if (min === max) return [{ name: title, values: min, places }];
  const both = [
    { name: `${title} min`, values: min, places },
    { name: `${title} max`, values: max, places },
  ];
  // Where there is no point, the journal's last value is that of nothing.
  return last === undefined
    ? both
    : [...both, { name: `${title} last`, values: last.map((value, i) => (Number.isNaN(max[i]) ? Number.NaN : value)), places }];
}

const csvCell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const pictures = ({ blocks }: Scene): Array<Plot | Heat> =>
  blocks.map(({ block }) => block).filter((block): block is Plot | Heat => block.kind === "plot" || block.kind === "heat");

/** All plots of a scene as CSV, one below another with an empty line between; empty when it has none. */
export const sceneCsv = (scene: Scene): string =>
  pictures(scene)
    .map((shown) => table(shown, ","))
    .join("\n");

/** For pasting: under a cursor what is read there, else every column that is visible. */
export function sceneTsv(scene: Scene): string | null {
  const shown = pictures(scene);
  if (shown.length === 0) return null;
  const [first] = shown;
  if (first?.cursor === undefined) return shown.map((one) => table(one, "\t")).join("\n");
  const read = shown.flatMap(
    (one): Array<{ name: string; value?: string }> => (one.kind === "plot" ? one.series.filter(({ under }) => !under) : [...one.rows]),
  );
  return `${[`${first.x.axis}\t${first.cursor.x}`, ...read.map(({ name, value = "" }) => `${name}\t${value}`)].join("\n")}\n`;
}
