import { expect, test } from "bun:test";
import type { PlotSeries } from "../core/scene.ts";
import { toneIndex } from "../lib/canvas.ts";
import { plotColumns } from "./paint-plot.ts";
import { painted, plotOf, sceneOf, seriesOf } from "./plot-fixture.ts";

const WIDTH = 34; // 4 for the border
const flat = (value: number): number[] => new Array<number>(plotColumns(WIDTH - 4)).fill(value);

const shown = (series: PlotSeries[], height: number, width = WIDTH): string =>
  painted(sceneOf(plotOf({ series, legend: true })), width, height).toText();

const own = (rest: Partial<PlotSeries> = {}): PlotSeries => seriesOf(flat(2), { name: "loss", value: "2.0000", ...rest });
const other = (name: string, rest: Partial<PlotSeries> = {}): PlotSeries =>
  seriesOf(flat(3), { name, value: "3.0000 Δ−1.0000 −33%", baseline: true, marker: "b", ...rest });

test("a legend takes the rows that it needs where they are to spare, and none in a low plot", () => {
  const series = Array.from({ length: 6 }, (_, i) => seriesOf(flat(i), { name: `metric number ${i}`, marker: "abcdef"[i] }));
  const rows = (height: number): number =>
    painted(sceneOf(plotOf({ series, legend: true })), WIDTH, height)
      .toText()
      .split("\n")
      .filter((row) => row.includes("metric number")).length;
  expect(rows(7)).toBe(0);
  expect(rows(8)).toBe(1);
  expect(rows(26)).toBe(4);
});

test("the run's own line comes first and stays: its value, which the title has, gives way, then the end of its name", () => {
  expect(shown([own(), other("first")], 9, 60)).toContain("│ ━ loss 2.0000  ⚑b first 3.0000 Δ−1.0000 −33% ");
  expect(shown([own(), other("first")], 9, 44)).toContain("│ ━ loss  ⚑b first 3.0000 Δ−1.0000 −33%  ");
  const long = own({ name: "validation bits per byte" });
  expect(shown([long, other("first")], 9, 58)).toContain("│ ━ validation bits per…  ⚑b first 3.0000 Δ−1.0000 −33% ");
  expect(shown([long, other("first")], 9, 50)).toContain("│ ━ validation …  ⚑b first 3.0000 Δ−1.0000 −33% ");
  // With rows to spare nothing does.
  expect(shown([long, other("first")], 24)).toMatch(/━ validation bits per byte.*⚑b first 3.0000/s);
});

test("of other runs the distance gives way before one of them, then those at the end, which are counted", () => {
  expect(shown([own(), other("first")], 9)).toContain("│ ━ loss  ⚑b first 3.0000 ");
  const many = ["first", "second", "third", "fourth"].map((name) => other(name));
  expect(shown([own(), ...many], 9, 54)).toContain("│ ━ loss  ⚑b first 3.0000  ⚑b second 3.0000  2 more ");
  // What lies under the line is not missed.
  expect(shown([own({ name: "each step", under: true }), own(), other("first")], 9, 50)).not.toMatch(/each step|more/);
});

test("the value of another run is told where there is no room for the name of the line as well", () => {
  const time = own({ name: "training time" });
  expect(shown([time, other("pocket 20261128-210730", { value: "2,000 tok/s" })], 9, 34)).toContain("│ ⚑b pocket 2026112… 2,000 tok/s ");
  expect(shown([time, other("pocket", { value: "2,000 tok/s" })], 9, 34)).toContain("│ ⚑b pocket 2,000 tok/s ");
});

test("other runs of similar names can be told apart where they are cut", () => {
  const runs = ["pocket-2026-11-28-a2", "pocket-2026-11-28-b7"].map((name) => other(name, { value: "3.0000" }));
  expect(shown([own(), ...runs], 9, 60)).toContain("⚑b pocket-2026-…a2 3.0000  ⚑b pocket-2026-…b7 3.0000");
  expect(shown([own(), ...runs], 9, 46)).toContain("⚑b pocket-…a2 3.0000  ⚑b pocket-…b7 3.0000");
  const stamped = ["20261128-101010", "20261128-101534"].map((at) => other(`pocket-2026-11-28-a1 ${at}`, { value: "3.0000" }));
  expect(shown([own(), ...stamped], 24, 60)).toMatch(/⚑b pocket-2026-11-28-a1 …101010 3.0000.*⚑b pocket-2026-11-28-a1 …101534 3.0000/s);
});

test("a low plot with another run beside has a legend all the same, and dots above it", () => {
  for (const height of [6, 7]) {
    const lines = shown([own(), other("first", { value: "3.0000" })], height).split("\n");
    expect(lines.at(-2)).toContain("━ loss 2.0000  ⚑b first 3.0000");
    expect(lines.filter((line) => /[⠁-⣿]/.test(line)).length).toBeGreaterThan(0);
  }
  expect(shown([own(), own({ name: "second" })], 7)).not.toContain("second");
});

test("a value beyond a limit is told from the name beside it: what marks it does not begin at the space between", () => {
  const series = [seriesOf([1, 2], { name: "first", value: "2.0", valueTone: "bad" }), seriesOf([2, 1], { name: "b" })];
  const canvas = painted(sceneOf(plotOf({ series, legend: true })), WIDTH, 12);
  const y = Array.from({ length: 12 }, (_, row) => row).find((row) => canvas.rowText(row).includes("first 2.0"))!;
  const at = y * WIDTH + canvas.rowText(y).indexOf("first 2.0");
  expect([canvas.fg[at + 5] === toneIndex("bad"), canvas.fg[at + 6] === toneIndex("bad")]).toEqual([false, true]);
});

test("lines that the legend has no room for are counted at its end", () => {
  const series = Array.from({ length: 8 }, (_, i) => seriesOf(flat(i), { name: `gpu ${i}`, marker: String(i), value: "71 GiB" }));
  const legend = painted(sceneOf(plotOf({ series, legend: true })), 50, 9).rowText(7);
  expect(legend).toContain("0 gpu 0 71 GiB  1 gpu 1 71 GiB  6 more");
  const only = [
    seriesOf(flat(1), { name: "an average of it", value: "2.0" }),
    seriesOf(flat(1), { name: "each of its steps", under: true }),
  ];
  expect(painted(sceneOf(plotOf({ series: only, legend: true })), 40, 9).toText()).not.toContain("more");
});
