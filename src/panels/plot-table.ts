/** What a chart shows as a table of numbers, for other programs. */
import type { Heat, Plot, PlotSeries, Scene } from "../core/scene.ts";
import { between } from "../lib/range.ts";

interface Column {
  name: string;
  values: Float64Array;
}

/** A separated text of every column of the picture that has a value: where it begins on the axis, and what is in it. */
function table(shown: Plot | Heat, separator: string): string {
  const columns = shown.kind === "plot" ? shown.series.flatMap(seriesColumns) : shown.rows.map(({ name, values }) => ({ name, values }));
  const count = Math.max(0, ...columns.map(({ values }) => values.length));
  const cell = (text: string): string => (separator === "," ? csvCell(text) : text.replaceAll(/[\t\n]/g, " "));
  const lines = [[shown.x.axis, ...columns.map(({ name }) => name)].map(cell).join(separator)];
  for (let i = 0; i < count; i++) {
    if (columns.every(({ values }) => !hasValue(values[i]))) continue;
    const at = shown.x.edges?.[i] ?? between(shown.x.from, shown.x.to, i, count);
    lines.push([String(at), ...columns.map(({ values }) => (hasValue(values[i]) ? String(values[i]) : ""))].join(separator));
  }
  return `${lines.join("\n")}\n`;
}

const hasValue = (value: number | undefined): value is number => value !== undefined && !Number.isNaN(value);

/** A line has one column; an envelope has its lowest, highest and last value. */
function seriesColumns({ name, min, max, last, baseline }: PlotSeries): Column[] {
  const title = baseline ? `baseline ${name}` : name;
  if (min === max) return [{ name: title, values: min }];
  const both = [
    { name: `${title} min`, values: min },
    { name: `${title} max`, values: max },
  ];
  // Where there is no point, the journal's last value is that of nothing.
  return last === undefined
    ? both
    : [...both, { name: `${title} last`, values: last.map((value, i) => (Number.isNaN(max[i]) ? Number.NaN : value)) }];
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
