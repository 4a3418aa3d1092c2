import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Block, Plot, PlotSeries, Tone } from "../core/scene.ts";
import { CONTINUATION, GRAPHEME, TONES, toneIndex } from "../lib/canvas.ts";
import { barSpans, wrapLine } from "./paint.ts";
import { plotColumns } from "./paint-plot.ts";
import type { Symbols } from "./plot-dots.ts";
import { painted, plotOf as plot, sceneOf as scene, seriesOf as series } from "./plot-fixture.ts";

const WIDTH = 34; // 4 for the border, 8 for the labels: 22 cells of dots
const HEIGHT = 9; // 2 for the border, 2 for the axis: 5 rows of dots

test("the highest value is drawn in the first row and the lowest in the last one, at the columns where they are", () => {
  const columns = plotColumns(WIDTH - 4);
  const values = Array.from({ length: columns }, (_, i) => (i < columns / 2 ? 4 : 0));
  const canvas = painted(scene(plot({ series: [series(values)] })), WIDTH, HEIGHT);
  const dots = (row: number): string => canvas.rowText(row).slice(10, 32);
  expect(dots(1).slice(0, 11)).toBe("⠉".repeat(11));
  expect(dots(5).slice(12)).toBe("⣀".repeat(10));
  expect(dots(5).slice(0, 11)).toBe(" ".repeat(11));
});

test("a column is drawn from its minimum to its maximum: no outlier is lost", () => {
  const columns = plotColumns(WIDTH - 4);
  const low = new Float64Array(columns).fill(0);
  const high = new Float64Array(columns).fill(0);
  high[20] = 4;
  const canvas = painted(scene(plot({ series: [series([], { min: low, max: high })] })), WIDTH, HEIGHT);
  for (let row = 1; row <= 5; row++) expect(canvas.rowText(row)[10 + 10]).not.toBe(" ");
});

test("the smoothed line covers the raw envelope where both are, and has its own tone", () => {
  const columns = plotColumns(WIDTH - 4);
  const flat = new Array<number>(columns).fill(2);
  const raw = series(flat, { under: true, tone: "faint" });
  const canvas = painted(scene(plot({ series: [series(flat), raw] })), WIDTH, HEIGHT);
  const at = 3 * WIDTH + 15;
  expect(canvas.fg[at]).toBe(toneIndex("s1"));
});

test("axes carry labels at the values that they stand for", () => {
  const text = painted(scene(plot({ series: [] })), 60, 14).toText();
  const rows = text.split("\n");
  expect(rows[1]).toContain(" 4 ┤");
  expect(rows[10]).toContain(" 0 ┤");
  expect(rows[12]).toMatch(/ 0 .* 50 .* 100/);
});

test("marks stand on the axis at their step, values that are no number at the top", () => {
  const marks: Plot["marks"] = [
    { x: 50, glyph: "checkpoint" },
    { x: 0, glyph: "nonfinite" },
    { x: 500, glyph: "best" },
  ];
  const canvas = painted(scene(plot({ marks })), WIDTH, HEIGHT);
  expect(canvas.rowText(6)[10 + 11]).toBe("◆");
  expect(canvas.rowText(1)[10]).toBe("✕");
  expect(canvas.toText()).not.toContain("★");
});

test("missing telemetry is shaded, not bridged", () => {
  const canvas = painted(scene(plot({ gaps: [[40, 60]] })), WIDTH, HEIGHT);
  expect(canvas.rowText(3).slice(10, 32).trim()).toMatch(/^╱{4,6}$/);
});

test("empty columns break a line that is not to be connected, and are crossed by one that is", () => {
  const columns = plotColumns(WIDTH - 4);
  const sparse = Array.from({ length: columns }, (_, i) => (i === 0 || i === columns - 1 ? 2 : Number.NaN));
  const middle = (connect: boolean): string | undefined =>
    painted(scene(plot({ series: [series(sparse, { connect })] })), WIDTH, HEIGHT).rowText(3)[10 + 11];
  expect(middle(true)).not.toBe(" ");
  expect(middle(false)).toBe(" ");
});

test("on a log axis equal ratios are equally far apart", () => {
  const columns = plotColumns(WIDTH - 4);
  const values = new Array<number>(columns).fill(10);
  const canvas = painted(scene(plot({ y: { from: 1, to: 100, scale: "log" }, series: [series(values)] })), WIDTH, HEIGHT);
  expect(canvas.rowText(3).slice(10, 32).trim()).not.toBe("");
  expect(canvas.rowText(2).slice(10, 32).trim()).toBe("");
});

test("without braille there are blocks, without Unicode a line of equals signs", () => {
  const columns = plotColumns(WIDTH - 4);
  const values = new Array<number>(columns).fill(4);
  expect(painted(scene(plot({ series: [series(values)] })), WIDTH, HEIGHT, "block").rowText(1)).toContain("▀▀▀");
  expect(painted(scene(plot({ series: [series(values)] })), WIDTH, HEIGHT, "ascii").rowText(1)).toContain("===");
});

test("a bar is as long as its fraction, to half a cell", () => {
  const text = (fraction: number): string =>
    barSpans(fraction, 10, "accent")
      .map((span) => span.text)
      .join("");
  expect(text(0.47)).toBe("━━━━╸─────");
  expect(text(2)).toBe("━━━━━━━━━━");
  expect(text(Number.NaN)).toBe("──────────");
});

test("a table aligns its columns, shortens paths in the middle and keeps the selected row in view", () => {
  const rows = Array.from({ length: 20 }, (_, i) => [[{ text: `/a/very/long/path/number/${i}` }], [{ text: String(i) }]]);
  const canvas = painted(
    scene({
      kind: "table",
      columns: [
        { title: "path", middle: true },
        { title: "n", align: "right", width: 4 },
      ],
      rows,
      selected: 15,
    }),
    30,
    8,
  );
  const text = canvas.toText();
  expect(text).toContain("…");
  expect(text).toMatch(/15 │/);
  const selectedRow = text.split("\n").findIndex((row) => row.includes("  15 │"));
  expect(canvas.bg[selectedRow * 30 + 4]).toBe(toneIndex("surface"));
});

test("an empty panel says why, in its middle", () => {
  const text = painted(scene({ kind: "empty", why: "No samples yet", remedy: "p patches" }), 40, 5).toText();
  expect(text.split("\n")[2]).toBe("│      No samples yet · p patches      │");
});

test("wrapped spans keep their looks", () => {
  const rows = wrapLine([{ text: "asked for", tone: "muted" }, { text: " and answered" }], 12);
  expect(rows.map((row) => row.map(({ text }) => text).join(""))).toEqual(["asked for", "and answered"]);
  expect(rows[0]![0]!.tone).toBe("muted");
  expect(rows[1]![0]!.tone).toBeUndefined();
});

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e300));
const anyText = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom("\x1b[2J", "a\nb", "日本", "\u202e"),
);
const anySpan = fc.record({ text: anyText, tone: fc.constantFrom<Tone>(...TONES), bold: fc.boolean() });
const anyLine = fc.array(anySpan, { maxLength: 4 });
const anySeries = fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 50 }).map(
  (points): PlotSeries =>
    series([], {
      min: Float64Array.from(points, ([a]) => a),
      max: Float64Array.from(points, ([, b]) => b),
      connect: points.length % 2 === 0,
    }),
);
const anyBlock: fc.Arbitrary<Block["block"]> = fc.oneof(
  fc.record({ kind: fc.constant("bar" as const), fraction: anyNumber, tone: fc.constantFrom<Tone>(...TONES) }),
  fc.record({
    kind: fc.constant("text" as const),
    lines: fc.array(anyLine, { maxLength: 6 }),
    overflow: fc.constantFrom("cut" as const, "wrap" as const),
    anchor: fc.constantFrom("top" as const, "bottom" as const),
  }),
  fc.record({ kind: fc.constant("empty" as const), why: anyText }),
  fc.record({
    kind: fc.constant("table" as const),
    columns: fc.array(fc.record({ title: anyText, width: fc.integer({ min: 0, max: 30 }) }), { maxLength: 4 }),
    rows: fc.array(fc.array(anyLine, { maxLength: 4 }), { maxLength: 5 }),
    selected: fc.integer({ min: -1, max: 9 }),
  }),
  fc.record({
    kind: fc.constant("plot" as const),
    x: fc.record({
      from: anyNumber,
      to: anyNumber,
      axis: anyText,
      format: fc.constantFrom("count" as const, "duration" as const, "flops" as const, "clock" as const),
    }),
    y: fc.record({ from: anyNumber, to: anyNumber, scale: fc.constantFrom("linear" as const, "log" as const) }),
    series: fc.array(anySeries, { maxLength: 3 }),
    marks: fc.array(fc.record({ x: anyNumber, glyph: fc.constantFrom("checkpoint" as const, "nonfinite" as const) }), { maxLength: 3 }),
    gaps: fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 2 }),
    clippedAbove: fc.constant(0),
    clippedBelow: fc.constant(0),
  }),
);

test("no scene, however odd, makes painting throw or puts a control character on the screen", () => {
  fc.assert(
    fc.property(
      fc.record({ title: anyText, settings: anyText, note: anyText, blocks: fc.array(fc.record({ block: anyBlock }), { maxLength: 3 }) }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 20 }),
      fc.constantFrom<Symbols>("braille", "block", "ascii"),
      (any, width, height, symbols) => {
        const canvas = painted(any, width, height, symbols);
        for (const cell of canvas.cells) {
          if (cell === CONTINUATION || cell >= GRAPHEME) continue;
          expect(cell >= 32 && !(cell >= 127 && cell < 160)).toBe(true);
        }
      },
    ),
    { numRuns: 400 },
  );
});
