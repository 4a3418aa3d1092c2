/** A chart as a picture of lines: SVG that needs nothing from anywhere, for reports and pages. */
import type { Block, Dash, Heat, Plot, PlotSeries, Scene } from "../core/scene.ts";
import { shareOf } from "../lib/range.ts";
import { stretchOf } from "./across.ts";
import { sharesRows } from "./paint.ts";
import { cellColumn } from "./paint-plot.ts";
import { isMissing, placeIn, yFraction } from "./plot-dots.ts";
import { MARKS, placedMarks } from "./plot-marks.ts";
import { type Box, colour, escaped, number, rule, text } from "./svg.ts";
import { xTicks, yTicks } from "./ticks.ts";

export interface SvgSize {
  /** Pixels. */
  width: number;
  height: number;
}

const DASHES: Readonly<Record<Dash, string>> = { solid: "", dashed: ' stroke-dasharray="7 4"', dotted: ' stroke-dasharray="2 3"' };
const HEAD = 34;
const FOOT = 24;
const LEFT = 64;
const RIGHT = 16;
const AXIS = 34;
const ROW = 18;
const LINE_TEXT = 20;
/** Lower than this a plot is only its axis. */
const LEAST_PLOT = 110;

const isWords = ({ kind }: Block["block"]): boolean => kind !== "plot" && kind !== "heat";

/** The whole panel: title, settings, every plot of it one below another, and its note. */
export function sceneSvg(scene: Scene, { width, height }: SvgSize): string {
  const room = Math.max(1, height - HEAD - FOOT);
  const fixed = scene.blocks.map(({ block, rows }) =>
    isWords(block) ? LINE_TEXT : rows === undefined ? null : Math.max(LEAST_PLOT, rows * ROW),
  );
  const stacked = fixed.filter((_, n) => !sharesRows(scene.blocks[n]));
  const free = Math.max(1, room - stacked.reduce<number>((sum, size) => sum + (size ?? 0), 0));
  const share = free / Math.max(1, stacked.filter((size) => size === null).length);
  let top = HEAD;
  const parts = scene.blocks.map(({ block, across }, n) => {
    const { x, width: wide } = stretchOf(width - LEFT - RIGHT, across, LEFT);
    const box = { left: LEFT + x, top, width: Math.max(1, wide), height: fixed[n] ?? share };
    if (!sharesRows(scene.blocks[n + 1])) top += box.height;
    if (block.kind === "plot") return plotParts(block, box, n);
    if (block.kind === "heat") return heatParts(block, box);
    const line = block.kind === "text" ? (block.lines[0] ?? []).map((span) => span.text).join("") : block.kind === "empty" ? block.why : "";
    return text(box.left, box.top + 14, line, { tone: "text" });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace">
<title>${escaped(scene.title)}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${text(LEFT, 22, scene.title, { tone: "text", size: 15, bold: true })}
${text(width - RIGHT, 22, scene.settings ?? "", { anchor: "end" })}
${parts.join("\n")}
${text(LEFT, height - 8, scene.note ?? "", { size: 11 })}
</svg>
`;
}

function plotParts(plot: Plot, { left, top, width, height }: Box, n: number): string {
  const legend = plot.legend ? legendItems(plot.series, width) : [];
  const below = AXIS + (legend.at(-1)?.row ?? -1) * ROW + ROW;
  const box = { left, top: top + 6, width, height: Math.max(1, height - below - 6) };
  const bottom = box.top + box.height;
  const ordered = [...plot.series].sort((a, b) => rank(a) - rank(b));
  const lines = (plot.lines ?? []).filter(({ y }) => yFraction(plot.y, y) >= 0 && yFraction(plot.y, y) <= 1);
  const end = box.left + box.width;
  return [
    `<clipPath id="plot${n}"><rect x="${box.left}" y="${number(box.top)}" width="${number(box.width)}" height="${number(box.height)}"/></clipPath>`,
    yAxis(plot, box),
    xAxis(plot.x, box),
    `<g clip-path="url(#plot${n})">`,
    ...plot.gaps.map((gap) => shaded(plot.x, gap, box, "#eceef2")),
    ...(plot.selected === undefined ? [] : [shaded(plot.x, plot.selected, box, "#e4e9f2")]),
    ...ordered.map((series) => seriesPart(plot, series, box)),
    ...lines.map(({ y, tone }) => rule(box.left, yAt(plot.y, y, box), end, yAt(plot.y, y, box), tone, DASHES.dashed)),
    "</g>",
    ...lines.map(({ y, tone, label }) => text(end - 4, yAt(plot.y, y, box) - 4, label, { tone, anchor: "end", size: 11 })),
    ...plot.series.map((series) => markerPart(plot, series, box)),
    ...markParts(plot, box),
    cursorPart(plot, box),
    ...legend.map(({ series, x, row }) => legendPart(series, box.left + x, bottom + AXIS + row * ROW)),
  ].join("\n");
}

/** Of a letter of the legend, in a fixed-width font. */
const LETTER = 6.7;
const LEGEND_SIGN = 40;

/** Where each entry of the legend stands: one after another, in as many rows as they need. */
function legendItems(series: readonly PlotSeries[], width: number): Array<{ series: PlotSeries; x: number; row: number }> {
  let [x, row] = [0, 0];
  return series.map((one) => {
    const needed = LEGEND_SIGN + legendText(one).length * LETTER;
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const item = { series: one, x, row };
    x += needed;
    return item;
  });
}

const legendText = ({ name, value = "", baseline, marker }: PlotSeries): string =>
  `${baseline ? "⚑" : (marker ?? "")} ${name} ${value}`.trim();

const rank = ({ under, baseline }: PlotSeries): number => (under ? 0 : baseline ? 1 : 2);

/** Far outside the picture it does not matter how far: a coordinate has to stay a number that viewers take. */
const withinReach = (fraction: number): number => Math.min(9, Math.max(-8, fraction));

const yAt = (y: Plot["y"], value: number, { top, height }: Box): number => top + (1 - withinReach(yFraction(y, value))) * height;

function xAt({ from, to }: Plot["x"], at: number, { left, width }: Box): number {
  const share = to > from ? shareOf(from, to, at) : 0;
  return left + withinReach(Number.isFinite(share) ? share : 0) * width;
}

function yAxis(plot: Plot, box: Box): string {
  const ticks = yTicks(plot.y, Math.max(2, Math.floor(box.height / 48)));
  const shown = ticks.filter(({ at }) => yFraction(plot.y, at) > -1e-9 && yFraction(plot.y, at) < 1 + 1e-9);
  const rows = shown.map(({ at, label }) => {
    const y = yAt(plot.y, at, box);
    return (
      rule(box.left, y, box.left + box.width, y, "faint", ' stroke-opacity="0.5"') + text(box.left - 8, y + 4, label, { anchor: "end" })
    );
  });
  return [...rows, rule(box.left, box.top, box.left, box.top + box.height, "muted")].join("\n");
}

function xAxis(x: Plot["x"], box: Box): string {
  const bottom = box.top + box.height;
  const ticks = xTicks(x, Math.max(2, Math.floor(box.width / 110)));
  const shown = ticks.filter(({ at }) => at >= x.from && at <= x.to);
  const labels = shown.map(({ at, label }) => {
    const place = xAt(x, at, box);
    return rule(place, bottom, place, bottom + 4, "muted") + text(place, bottom + 18, label, { anchor: "middle" });
  });
  return [rule(box.left, bottom, box.left + box.width, bottom, "muted"), ...labels].join("\n");
}

function shaded(x: Plot["x"], [from, to]: readonly [number, number], box: Box, fill: string): string {
  const start = xAt(x, from, box);
  return `<rect x="${number(start)}" y="${number(box.top)}" width="${number(Math.max(1, xAt(x, to, box) - start))}" height="${number(box.height)}" fill="${fill}"/>`;
}

/** Columns that belong together: up to where telemetry is missing, and of what is not connected to the next empty one. */
function runsOf(plot: Plot, { min, max, connect }: PlotSeries): number[][] {
  const runs: number[][] = [];
  let before = -1;
  for (let i = 0; i < max.length; i++) {
    if (!Number.isFinite(min[i]) || !Number.isFinite(max[i])) continue;
    const joined = before >= 0 && (i - before === 1 || (connect && !isMissing(plot, (before + 0.5) / max.length, (i + 0.5) / max.length)));
    if (joined) runs.at(-1)!.push(i);
    else runs.push([i]);
    before = i;
  }
  return runs;
}

/** Parts of both axes. */
interface Spot {
  x: number;
  y: number;
}

/** Where the lines to the points just outside meet the rims. */
function rimsOf(plot: Plot, { min, max, connect, before, after }: PlotSeries, runs: readonly number[][]): { before?: Spot; after?: Spot } {
  if (!connect) return {};
  const inside = (i: number): Spot => ({ x: (i + 0.5) / max.length, y: yFraction(plot.y, max[i]! / 2 + min[i]! / 2) });
  const [from, to] = [before, after].map((point) => point && placeIn(plot, point));
  const [first, last] = [runs[0]?.[0], runs.at(-1)?.at(-1)];
  const begin = first === undefined ? to : inside(first);
  const end = last === undefined ? from : inside(last);
  return {
    ...(from && begin && !isMissing(plot, 0, Math.min(1, begin.x)) && { before: { x: 0, y: heightAt(from, begin, 0) } }),
    ...(to && end && !isMissing(plot, Math.max(0, end.x), 1) && { after: { x: 1, y: heightAt(end, to, 1) } }),
  };
}

const heightAt = (from: Spot, to: Spot, x: number): number => from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x);

function seriesPart(plot: Plot, series: PlotSeries, box: Box): string {
  const { min, max, under, baseline, tone, dash = "solid", points } = series;
  const stroke = colour(under ? "faint" : tone);
  const runs = runsOf(plot, series);
  const { before, after } = rimsOf(plot, series, runs);
  const spot = ({ x, y }: Spot): string => `${number(box.left + x * box.width)},${number(box.top + (1 - withinReach(y)) * box.height)}`;
  const spots = (values: Float64Array, run: readonly number[]): string[] =>
    run.map((i) => spot({ x: (i + 0.5) / max.length, y: yFraction(plot.y, values[i]!) }));
  const polyline = (places: readonly string[]): string =>
    `<polyline points="${places.join(" ")}" fill="none" stroke="${stroke}" stroke-width="${under || baseline ? 1 : 1.6}"${DASHES[dash]}/>`;
  // Between two points that are both outside there is the line alone.
  if (runs.length === 0) return before && after ? polyline([spot(before), spot(after)]) : "";
  return runs
    .map((run, n) => {
      const [begin, end] = [n === 0 && before ? [spot(before)] : [], n === runs.length - 1 && after ? [spot(after)] : []];
      const upper = spots(max, run);
      const dots =
        points || run.length === 1
          ? upper.map((place) => `<circle cx="${place.split(",")[0]}" cy="${place.split(",")[1]}" r="2.5" fill="${stroke}"/>`).join("")
          : "";
      if (min === max) return polyline([...begin, ...upper, ...end]) + dots;
      const lower = spots(min, run).reverse();
      const fill = under ? 0.55 : 0.35;
      return `<polygon points="${[...begin, ...upper, ...end, ...lower].join(" ")}" fill="${stroke}" fill-opacity="${fill}" stroke="${stroke}" stroke-width="${under ? 0.4 : 0.8}"/>${dots}`;
    })
    .join("\n");
}

function markerPart(plot: Plot, { marker, max, min, tone }: PlotSeries, box: Box): string {
  const last = max.findLastIndex((value) => Number.isFinite(value));
  if (marker === undefined || last < 0) return "";
  const y = Math.min(box.top + box.height, Math.max(box.top + 8, yAt(plot.y, max[last]! / 2 + min[last]! / 2, box)));
  return text(box.left + ((last + 0.5) / max.length) * box.width + 3, y + 4, marker, { tone, size: 11, bold: true });
}

/** Pixels that a mark takes. */
const MARK = 12;

function markParts({ x, marks }: Plot, box: Box): string[] {
  const columns = Math.max(1, Math.floor(box.width / MARK));
  return placedMarks(marks, columns, (at) => cellColumn(x, at, columns)).map(({ mark, beside }) => {
    const { glyph, tone } = MARKS[mark.glyph];
    const y = mark.glyph === "nonfinite" ? box.top + 10 : box.top + box.height + 4;
    return text(xAt(x, mark.x, box) + beside * MARK, y, glyph, { tone, anchor: "middle" });
  });
}

function cursorPart({ x, cursor }: Pick<Plot, "x" | "cursor">, box: Box): string {
  if (cursor === undefined || !(cursor.x >= x.from && cursor.x <= x.to)) return "";
  const place = xAt(x, cursor.x, box);
  return (
    rule(place, box.top, place, box.top + box.height, "accent") +
    text(place, box.top + box.height + 30, cursor.label, { tone: "accent", anchor: "middle", bold: true })
  );
}

function legendPart(series: PlotSeries, x: number, y: number): string {
  const { tone, under, dash = "solid" } = series;
  const sign = rule(x, y + 8, x + 18, y + 8, under ? "faint" : tone, ` stroke-width="2"${DASHES[dash]}`);
  return sign + text(x + 24, y + 12, legendText(series), { tone: "text", size: 11 });
}

function heatParts(heat: Heat, { left, top, width, height }: Box): string {
  const box = { left: left + 90, top, width: Math.max(1, width - 170), height: Math.max(1, height - AXIS - ROW) };
  const row = box.height / Math.max(1, heat.rows.length);
  const cells = heat.rows.flatMap(({ name, values, value = "" }, y) => {
    const middle = box.top + (y + 0.5) * row + 4;
    const shades = [...values].flatMap((cell, i) =>
      Number.isFinite(cell)
        ? [
            heatCell(
              heat.scale,
              cell,
              box.left + (i / values.length) * box.width,
              box.top + y * row,
              Math.max(LEAST_CELL, box.width / values.length),
              row,
            ),
          ]
        : [],
    );
    return [
      text(box.left - 6, middle, name, { anchor: "end", size: 11 }),
      ...shades,
      text(box.left + box.width + 6, middle, value, { size: 11 }),
    ];
  });
  const scale = `${heat.scale.fromLabel} lightest · ${heat.scale.toLabel} darkest · empty: no value`;
  return [...cells, xAxis(heat.x, box), cursorPart(heat, box), text(box.left, box.top + box.height + AXIS + 10, scale, { size: 11 })].join(
    "\n",
  );
}

/** A value of a metric that comes once in a while is to be seen. */
const LEAST_CELL = 6;

function heatCell({ from, to }: Heat["scale"], value: number, x: number, y: number, width: number, height: number): string {
  const part = to > from ? Math.min(1, Math.max(0, (value / 2 - from / 2) / (to / 2 - from / 2))) : 1;
  return `<rect x="${number(x)}" y="${number(y)}" width="${number(width + 0.2)}" height="${number(height * 0.92)}" fill="${colour("s1")}" fill-opacity="${number(0.1 + 0.9 * part)}"/>`;
}
