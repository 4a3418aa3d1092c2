import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Heat, Plot, PlotSeries } from "../core/scene.ts";
import { Canvas, REVERSE, toneIndex } from "../lib/canvas.ts";
import { paintBlocks } from "./paint.ts";
import { plotColumns } from "./paint-plot.ts";
import type { Symbols } from "./plot-dots.ts";
import { painted, plotOf, sceneOf, seriesOf } from "./plot-fixture.ts";
import { sceneSvg } from "./plot-svg.ts";
import { yLabels } from "./ticks.ts";

const WIDTH = 34; // 4 for the border, 8 for the labels: 22 cells of dots
const HEIGHT = 9; // 2 for the border, 2 for the axis: 5 rows of dots
const COLUMNS = plotColumns(WIDTH - 4);
const ALL: Symbols[] = ["braille", "block", "ascii"];

const flat = (value: number): number[] => new Array<number>(COLUMNS).fill(value);
const dots = (canvas: Canvas, row: number): string => canvas.rowText(row).slice(10, 32);

test.each(ALL)("in %s, a value lies in the row of its label, at its column", (symbols) => {
  const values = flat(Number.NaN);
  values[20] = 4;
  values[30] = 0;
  const canvas = painted(sceneOf(plotOf({ series: [seriesOf(values)] })), WIDTH, HEIGHT, symbols);
  expect(canvas.rowText(1).slice(0, 10)).toBe("│      4 ┤");
  expect(canvas.rowText(5).slice(0, 10)).toBe("│      0 ┤");
  const glyph = { braille: ["⠁", "⡀"], block: ["▀", "▄"], ascii: ["=", "="] }[symbols];
  expect(dots(canvas, 1)).toBe(`${" ".repeat(10)}${glyph[0]}${" ".repeat(11)}`);
  expect(dots(canvas, 5)).toBe(`${" ".repeat(15)}${glyph[1]}${" ".repeat(6)}`);
});

test.each(ALL)("in %s, a label stands in the row of what lies at its value, also where the picture is low", (symbols) => {
  for (const y of [{ from: -0.03, to: 1.39, scale: "linear" } as const, { from: 0.018, to: 6.2, scale: "log" } as const]) {
    for (const { at, label } of yLabels(y, 3, symbols)) {
      const canvas = painted(sceneOf(plotOf({ y, series: [seriesOf(flat(at))] })), WIDTH, 7, symbols);
      const row = [1, 2, 3].find((one) => dots(canvas, one).trim() !== "")!;
      expect(canvas.rowText(row).slice(2, 10)).toEndWith(`${label} ┤`);
    }
  }
});

test.each(ALL)("in %s, nothing is drawn where all is outside of the range, and a line that leaves it ends at its rim", (symbols) => {
  const rowsOf = (values: number[], rest: Partial<PlotSeries> = {}): string[] => {
    const canvas = painted(sceneOf(plotOf({ series: [seriesOf(values, { connect: true, ...rest })] })), WIDTH, HEIGHT, symbols);
    return [1, 2, 3, 4, 5].map((row) => dots(canvas, row));
  };
  const half = (left: number, right: number): number[] => flat(left).map((value, i) => (i < COLUMNS / 2 ? value : right));
  for (const value of [9, -3]) {
    expect(rowsOf(flat(value), { marker: "a" }).join("").trim()).toBe("");
    expect(rowsOf([Number.NaN, value, Number.NaN, value], { points: true }).join("").trim()).toBe("");
    const left = rowsOf(half(2, value), { marker: "a" });
    expect(left.map((row) => row.slice(12).trim()).join("")).toBe("");
    expect(left.at(value > 4 ? 0 : -1)?.trim()).toHaveLength(1);
  }
  expect(rowsOf(half(9, -3)).every((row) => row.trim().length === 1)).toBe(true);
});

test.each(ALL)("in %s, a line from a value beyond the range comes into the plot where it would, not from the rim", (symbols) => {
  const values = flat(Number.NaN);
  values[0] = 8;
  values[COLUMNS - 1] = 0;
  const canvas = painted(
    sceneOf(plotOf({ y: { from: 0, to: 4, scale: "linear" }, series: [seriesOf(values, { connect: true })] })),
    WIDTH,
    HEIGHT,
    symbols,
  );
  const top = dots(canvas, 1);
  expect(top.slice(0, 9).trim()).toBe("");
  expect([2, 3, 4, 5].map((row) => dots(canvas, row).slice(0, 11).trim())).toEqual(["", "", "", ""]);
  expect(top.slice(9, 13).trim()).not.toBe("");
});

test.each(ALL)("in %s, lines are told apart without colour: by a letter, and by how they are interrupted", (symbols) => {
  const series = [
    seriesOf(flat(4), { name: "one", marker: "a", value: "4.0" }),
    seriesOf(flat(0), { name: "two", marker: "b", dash: "dashed", tone: "s2", value: "0.0" }),
  ];
  const canvas = painted(sceneOf(plotOf({ series, legend: true })), WIDTH, 12, symbols);
  expect(dots(canvas, 1).trimEnd().endsWith("a")).toBe(true);
  expect(dots(canvas, 7).trimEnd().endsWith("b")).toBe(true);
  expect(dots(canvas, 1)).not.toContain(" ");
  expect(dots(canvas, 7)).toMatch(/\S{3} {2}\S{3} {2}\S{3}/);
  expect(canvas.rowText(10)).toContain("a one 4.0  b two 0.0");
});

test.each([
  [{ from: -0.06, to: 0.938 }, ["0.5", "0.0"]],
  [{ from: 9000, to: 11_000 }, ["11k", "10k", "9k"]],
  [{ from: 1_000_000, to: 1_000_010 }, ["1000010", "1000005", "1000000"]],
  [{ from: -1_000_000, to: -999_990 }, ["+10", "+5", "-1e6"]],
] as const)("the labels of an axis end in one column, whole: %p", (range, labels) => {
  const canvas = painted(sceneOf(plotOf({ y: { ...range, scale: "linear" }, series: [seriesOf(flat(range.from))] })), WIDTH, HEIGHT);
  const shown = [1, 2, 3, 4, 5].map((row) => canvas.rowText(row).slice(2, 9)).filter((text) => text.trim() !== "");
  expect(shown.map((text) => text.trim())).toEqual([...labels]);
  expect(new Set(shown.map((text) => text.trimEnd().length)).size).toBe(1);
});

test("where the cursor tells its place, no label of the axis is left half", () => {
  for (let at = 0; at <= 100; at++) {
    const canvas = painted(sceneOf(plotOf({ series: [seriesOf(flat(4))], cursor: { x: at, label: "cursor" } })), WIDTH, HEIGHT);
    const labels = canvas
      .rowText(HEIGHT - 2)
      .replace(/[│┃]/g, " ")
      .trim()
      .split(/\s+/);
    const whole = painted(sceneOf(plotOf({ series: [seriesOf(flat(4))] })), WIDTH, HEIGHT)
      .rowText(HEIGHT - 2)
      .replace(/[│┃]/g, " ")
      .trim()
      .split(/\s+/);
    expect([at, labels.filter((label) => label !== "cursor" && !whole.includes(label))]).toEqual([at, []]);
    expect(labels).toContain("cursor");
  }
});

test("the cursor is a line with its place on the axis; what it crosses is reversed and stays", () => {
  const canvas = painted(sceneOf(plotOf({ series: [seriesOf(flat(4))], cursor: { x: 50, label: "50" } })), WIDTH, HEIGHT);
  const column = 10 + 11;
  expect(canvas.rowText(3)[column]).toBe("│");
  expect(canvas.rowText(1)[column]).toBe("⠉");
  expect(canvas.attributes[WIDTH + column]! & REVERSE).toBe(REVERSE);
  expect(canvas.attributes[WIDTH + column + 1]! & REVERSE).toBe(0);
  expect(canvas.rowText(7).slice(column - 2, column + 2)).toBe(" 50 ");
});

test("guides stand behind the dots, where the labels of both axes meet or across at each label", () => {
  const rows = (guides: "dots" | "lines"): string[] =>
    painted(sceneOf(plotOf({ series: [seriesOf(flat(4))], guides })), WIDTH, HEIGHT)
      .toText()
      .split("\n");
  const crossings = rows("dots").filter((row) => row.includes("·"));
  expect(crossings.length).toBeGreaterThan(1);
  for (const row of crossings) expect(row).toContain("┤");
  const lines = rows("lines").filter((row) => row.includes("┄┄┄┄"));
  expect(lines.map((row) => row.includes("┤"))).toEqual(lines.map(() => true));
  expect(rows("lines").some((row) => /[⠁-⣿]{8}/.test(row))).toBe(true);
});

test("a threshold is a line at its value with its label", () => {
  const canvas = painted(sceneOf(plotOf({ lines: [{ y: 2, tone: "warn", label: "▲ 2" }] })), WIDTH, HEIGHT);
  expect(dots(canvas, 3)).toBe(`${"╌".repeat(17)} ▲ 2 `);
  expect(canvas.fg[3 * WIDTH + 12]).toBe(toneIndex("warn"));
});

test("a baseline lies under the run's own line, and has a flag in the legend", () => {
  const series = [
    seriesOf(flat(2), { name: "own" }),
    seriesOf(flat(2), { name: "d12-base", baseline: true, tone: "muted", value: "3.2110" }),
  ];
  const canvas = painted(sceneOf(plotOf({ series, legend: true })), WIDTH, 11);
  const row = canvas
    .toText()
    .split("\n")
    .findIndex((text) => /[⠁-⣿]{8}/.test(text));
  expect(canvas.fg[row * WIDTH + 15]).toBe(toneIndex("s1"));
  expect(canvas.rowText(9)).toContain("⚑ d12-base 3.2110");
});

test("marks that fall together leave the one that matters most", () => {
  const marks: Plot["marks"] = [
    { x: 50, glyph: "best" },
    { x: 50, glyph: "evaluation" },
    { x: 80, glyph: "evaluation" },
    { x: 10, glyph: "rewind" },
    { x: 20, glyph: "patch" },
  ];
  const row = painted(sceneOf(plotOf({ marks })), WIDTH, HEIGHT).rowText(6);
  expect([row[10 + 11], row[10 + 17], row[10 + 2], row[10 + 4]]).toEqual(["★", "▾", "⟳", "✎"]);
});

test("of marks that fall together what was done lies on top, and an alert beside it where that is free", () => {
  const shown = (...marks: Plot["marks"]) => painted(sceneOf(plotOf({ marks })), WIDTH, HEIGHT).rowText(6);
  const at = (x: number, ...glyphs: Array<Plot["marks"][number]["glyph"]>) => glyphs.map((glyph) => ({ x, glyph }));
  expect(shown(...at(50, "checkpoint", "rewind", "alert"))).toContain("─⟳▲─");
  expect(shown(...at(50, "patch", "rewind", "alarm", "alert", "alert"))).toContain("─✕⟳✎─");
  // The same sign twice says no more, and neither does one of many.
  expect(shown(...at(50, "alert", "alert", "evaluation"))).toMatch(/^[^▲▾]+▲[^▲▾]+$/);
  expect(shown(...at(50, "patch", "alert"), ...at(55, "checkpoint"), ...at(46, "evaluation"))).toContain("▾✎◆");
  expect(shown(...at(100, "patch", "alert"))).toMatch(/▲✎[ │]*$/);
  const svg = sceneSvg(sceneOf(plotOf({ marks: at(50, "rewind", "alert") })), { width: 400, height: 300 });
  const [alert, rewind] = ["▲", "⟳"].map((sign) => Number(new RegExp(`<text x="([\\d.]+)"[^>]*>${sign}<`).exec(svg)?.[1]));
  expect(alert! - rewind!).toBe(12);
});

test("the part that is being chosen has a background of its own", () => {
  const canvas = painted(sceneOf(plotOf({ selected: [40, 60] })), WIDTH, HEIGHT);
  const surface = toneIndex("surface");
  const chosen = Array.from({ length: 22 }, (_, x) => canvas.bg[2 * WIDTH + 10 + x] === surface);
  expect(chosen.indexOf(true)).toBe(8);
  expect(chosen.lastIndexOf(true)).toBe(13);
});

test("a line that is connected across empty columns is not drawn where telemetry is missing", () => {
  const sparse = flat(Number.NaN);
  for (const i of [0, 20, 43]) sparse[i] = 2;
  const row = dots(painted(sceneOf(plotOf({ series: [seriesOf(sparse, { connect: true })], gaps: [[60, 80]] })), WIDTH, HEIGHT), 3);
  expect(row.slice(1, 10)).toMatch(/^[⠁-⣿]+$/);
  expect(row.slice(11, 21)).not.toMatch(/[⠁-⣿]/);
});

test("few values are points that one sees, joined; many are a line", () => {
  const sparse = flat(Number.NaN);
  for (const i of [0, 20, 43]) sparse[i] = 2;
  const few = painted(sceneOf(plotOf({ series: [seriesOf(sparse, { connect: true, points: true })] })), WIDTH, HEIGHT);
  expect(dots(few, 3)).toMatch(/^⣶⠤+⢴⣶⠤+⣶$/);
  const ascii = painted(sceneOf(plotOf({ series: [seriesOf(sparse, { connect: true, points: true })] })), WIDTH, HEIGHT, "ascii");
  expect(dots(ascii, 3)).toMatch(/^O=+O=+O$/);
  const many = painted(sceneOf(plotOf({ series: [seriesOf(flat(2), { points: true })] })), WIDTH, HEIGHT);
  expect(dots(many, 3)).toMatch(/^⠤+$/);
});

test.each([
  ["alone", [22], []],
  [
    "between two gaps",
    [0, 2, 4, 22, 40, 42],
    [
      [15, 45],
      [55, 85],
    ],
  ],
  ["before a gap", [22, 40, 42], [[55, 85]]],
] as const)("a point %s, to which no line goes, is a dot that one sees", (_, places, gaps) => {
  const values = flat(Number.NaN);
  for (const i of places) values[i] = 2;
  const plot = plotOf({ series: [seriesOf(values, { connect: true, dash: "dashed" })], gaps });
  expect(dots(painted(sceneOf(plot), WIDTH, HEIGHT), 3).slice(10, 12)).toBe("⢰⣶");
  expect(dots(painted(sceneOf(plot), WIDTH, HEIGHT, "ascii"), 3)[11]).toBe("O");
  expect(sceneSvg(sceneOf(plot), { width: 400, height: 300 }).match(/<circle/g)?.length).toBe(1);
});

const heat = (rest: Partial<Heat> = {}): Heat => ({
  kind: "heat",
  x: plotOf({}).x,
  scale: { from: 0, to: 100, fromLabel: "0%", toLabel: "100%" },
  rows: [
    { name: "rank 0", values: Float64Array.of(0, 30, 60, 100), value: "100%" },
    { name: "rank 1", values: Float64Array.of(Number.NaN, 100, 100, 0), value: "0%" },
  ],
  ...rest,
});

test("a heat map tells values by density, leaves what is missing empty, and says what its shades stand for", () => {
  const canvas = painted(sceneOf(heat()), 60, 9);
  const cells = (row: number): string => canvas.rowText(row).slice(9, 52);
  expect(cells(1)).toMatch(/^░+▒+▓+█+$/);
  expect(cells(3)).toMatch(/^ +█+░+$/);
  expect(canvas.rowText(1)).toMatch(/^│ rank 0 .* 100% │$/);
  expect(canvas.toText()).toContain("0% ░▒▓█ 100% · empty: no value");
});

test("a heat map with more rows than fit says how many", () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ name: `rank ${i}`, values: Float64Array.of(i) }));
  expect(painted(sceneOf(heat({ rows })), 60, 12).toText()).toContain("100% · 33 more rows");
});

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e300, 1e-300));
const anyRange = fc.tuple(anyNumber, anyNumber);
const anySeries = fc.record({
  points: fc.array(anyRange, { maxLength: 60 }),
  connect: fc.boolean(),
  under: fc.boolean(),
  baseline: fc.boolean(),
  dash: fc.constantFrom("solid" as const, "dashed" as const, "dotted" as const),
  marker: fc.constantFrom(undefined, "a", "b"),
  before: fc.option(fc.record({ x: anyNumber, y: anyNumber }), { nil: undefined }),
  after: fc.option(fc.record({ x: anyNumber, y: anyNumber }), { nil: undefined }),
});
const toSeries = ({ points, ...rest }: Omit<PlotSeries, "name" | "tone" | "min" | "max" | "points"> & { points: number[][] }): PlotSeries =>
  seriesOf([], {
    min: Float64Array.from(points, ([a]) => a!),
    max: Float64Array.from(points, ([, b]) => b!),
    points: points.length % 2 === 1,
    ...rest,
  });

describe("a line that goes on outside of the window", () => {
  const values = flat(Number.NaN);
  values[20] = 2;
  values[24] = 2;
  const outside = { before: { x: -50, y: 2 }, after: { x: 150, y: 2 }, connect: true };
  const rowsOf = (rest: Partial<PlotSeries>, plot: Partial<Plot> = {}, of = values, symbols: Symbols = "ascii"): string[] => {
    const canvas = painted(sceneOf(plotOf({ series: [seriesOf(of, rest)], ...plot })), WIDTH, HEIGHT, symbols);
    return [1, 2, 3, 4, 5].map((row) => dots(canvas, row));
  };

  test.each(ALL)("in %s, is drawn from rim to rim", (symbols) => {
    expect(rowsOf(outside, {}, values, symbols)[2]).toMatch(/^\S{22}$/);
    expect(rowsOf({ connect: true }, {}, values, symbols)[2]).toMatch(/^ {10}\S{3} {9}$/);
  });

  test("rises from the point outside as if there were no rim, and is not drawn above or below the range", () => {
    const start = flat(Number.NaN);
    start[40] = 4;
    // At x -50 it is 0 and at 92 4: at the rim a third of the way.
    const rising = rowsOf({ connect: true, before: { x: -50, y: 0 } }, {}, start);
    expect(rising.map((row) => row.search(/\S/))).toEqual([17, 9, 1, 0, -1]);
    const steep = rowsOf({ connect: true, before: { x: -50, y: 400 } }, {}, start);
    expect(steep.slice(1).join("").trim()).toBe("");
  });

  test("goes straight across where all points are outside", () => {
    expect(rowsOf(outside, {}, flat(Number.NaN))[2]).toMatch(/^\S{22}$/);
  });

  test("is none across what is missing, nor where values are not connected", () => {
    const gaps = [[0, 30] as const];
    expect(rowsOf(outside, { gaps })[2]).toMatch(/^╱+ +={12}$/);
    expect(rowsOf({ ...outside, connect: false })[2]!.trim()).toBe("= =");
  });
});

test("whatever a plot or heat map holds, painting it never throws and never leaves its region", () => {
  fc.assert(
    fc.property(
      fc.array(anySeries, { maxLength: 4 }),
      fc.tuple(anyRange, anyRange, anyRange, anyRange),
      fc.constantFrom("linear" as const, "log" as const),
      fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 20 })),
      fc.constantFrom<Symbols>(...ALL),
      (drawn, [x, y, gap, other], scale, [width, height], symbols) => {
        const axis: Plot["x"] = { from: x[0], to: x[1], axis: "step", format: "count" };
        const cursor = { x: other[0], label: "here" };
        const series = drawn.map(toSeries);
        const plot = plotOf({
          x: axis,
          y: { from: y[0], to: y[1], scale },
          series,
          gaps: [gap],
          selected: gap,
          cursor,
          lines: [{ y: other[1], tone: "bad", label: "limit" }],
          marks: [{ x: other[0], glyph: "best" }],
          legend: true,
        });
        const rows = series.map(({ name, max }) => ({ name, values: max, value: "1" }));
        const shades = heat({ x: axis, scale: { from: y[0], to: y[1], fromLabel: "a", toLabel: "b" }, rows, cursor });
        const canvas = new Canvas(width + 4, height + 4);
        const before = canvas.toText();
        paintBlocks([{ block: plot }, { block: shades }], canvas.region().sub(2, 2, width, height), symbols);
        for (let row = 0; row < canvas.height; row++) {
          for (let column = 0; column < canvas.width; column++) {
            const inside = row >= 2 && row < 2 + height && column >= 2 && column < 2 + width;
            const at = row * canvas.width + column;
            if (!inside) expect([canvas.cells[at], canvas.bg[at], canvas.attributes[at]]).toEqual([32, toneIndex("bg"), 0]);
          }
        }
        expect(before.trim()).toBe("");
      },
    ),
    { numRuns: 400 },
  );
});

test("a heat map of few rows uses the height that there is", () => {
  const rows = [0, 1].map((i) => ({ name: `r${i}`, values: Float64Array.of(100) }));
  const lines = painted(sceneOf(heat({ rows })), 60, 16)
    .toText()
    .split("\n");
  expect(lines.filter((line) => line.includes("████"))).toHaveLength(6);
});
