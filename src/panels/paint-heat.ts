/** Many series as rows of shaded cells: density tells the value, so that no colour is needed. */

import type { Heat, Span } from "../core/scene.ts";
import { type Region, toneIndex } from "../lib/canvas.ts";
import { counted } from "../lib/format.ts";
import { cut, textWidth } from "../lib/graphemes.ts";
import { paintCursor, paintXAxis } from "./paint-plot.ts";

/** From the lowest value to the highest; an empty cell is one without a value. */
export const SHADES = ["░", "▒", "▓", "█"];
const SHADE_CODES = SHADES.map((glyph) => glyph.codePointAt(0) ?? 32);

const MOST_NAME = 22;
const LEAST_CELLS = 8;
const LOWEST_WITH_AXIS = 6;
/** Cells of a row where there is height for all of them, the air below it among them. */
const HIGHEST = 4;
const LOWEST_WITH_LEGEND = 3;

/** Cells for the names at the left, for the shades, and for the values at the right. */
export function heatArea({ rows }: Pick<Heat, "rows">, width: number): { gutter: number; columns: number; right: number } {
  const names = Math.max(0, ...rows.map(({ name }) => textWidth(name)));
  const gutter = Math.max(0, Math.min(names, MOST_NAME, Math.floor(width / 3))) + 1;
  const values = Math.max(0, ...rows.map(({ value = "" }) => textWidth(value)));
  const right = values > 0 && width - gutter - values - 1 >= LEAST_CELLS ? values + 1 : 0;
  return { gutter, columns: width - gutter - right, right };
}

export function paintHeat(heat: Heat, region: Region): void {
  const { gutter, columns, right } = heatArea(heat, region.width);
  const axisRows = region.height >= LOWEST_WITH_AXIS ? 2 : 0;
  const legendRows = region.height >= LOWEST_WITH_LEGEND ? 1 : 0;
  const room = region.height - axisRows - legendRows;
  if (columns < 1 || room < 1) return;
  const shown = Math.min(room, heat.rows.length);
  const height = Math.max(1, Math.min(HIGHEST, Math.floor(room / Math.max(1, shown))));
  const rows = shown * height;
  const field = region.sub(gutter, 0, columns, rows);
  for (const [i, { name, values: cells, value }] of heat.rows.slice(0, shown).entries()) {
    const y = i * height;
    region.put(0, y, cut(name, gutter - 1), { tone: "muted" });
    // High rows have a line of air between them.
    for (let of = 0; of < Math.max(1, height - 1); of++) paintRow(heat.scale, cells, field, y + of);
    if (right > 0 && value !== undefined) region.put(region.width - textWidth(value), y, value);
  }
  paintCursor(heat, field);
  if (axisRows > 0) paintXAxis(heat.x, heat.cursor, region.sub(0, 0, region.width - right, region.height), { gutter, columns, rows });
  if (legendRows > 0) region.line(gutter, rows + axisRows, legend(heat, heat.rows.length - shown + (heat.hidden ?? 0)));
}

function paintRow({ from, to }: Heat["scale"], values: Float64Array, field: Region, y: number): void {
  const tone = toneIndex("s1");
  for (let x = 0; x < field.width; x++) {
    const mean = meanOf(values, Math.floor((x * values.length) / field.width), Math.floor(((x + 1) * values.length) / field.width));
    if (Number.isNaN(mean)) continue;
    const part = to > from ? (mean / 2 - from / 2) / (to / 2 - from / 2) : 1;
    const shade = Math.min(SHADES.length - 1, Math.max(0, Math.floor(part * SHADES.length)));
    field.canvas.set(field.x + x, field.y + y, SHADE_CODES[shade]!, tone, 0, false);
  }
}

/** Of what is finite between two indices, at least one; NaN of nothing. */
function meanOf(values: Float64Array, from: number, to: number): number {
  let mean = 0;
  let count = 0;
  for (let i = from; i < Math.max(to, from + 1); i++) {
    const value = values[i];
    if (value === undefined || !Number.isFinite(value)) continue;
    count++;
    mean += (value - mean) / count;
  }
  return count === 0 ? Number.NaN : mean;
}

function legend({ scale }: Heat, leftOut: number): Span[] {
  return [
    { text: `${scale.fromLabel} `, tone: "muted" },
    { text: SHADES.join(""), tone: "s1" },
    { text: ` ${scale.toLabel}${leftOut > 0 ? ` · ${counted(leftOut, "more row")}` : ""} · empty: no value`, tone: "muted" },
  ];
}
