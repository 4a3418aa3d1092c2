/** Charts of a real journal, as files. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Scene } from "../core/scene.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { chartKind } from "../panels/chart.ts";
import { fakePlan, fakeState, START } from "../panels/fake-data.ts";
import { usualOptions } from "../panels/kind.ts";
import { plotOf, seriesOf } from "../panels/plot-fixture.ts";
import { sceneSvg } from "../panels/plot-svg.ts";
import { sceneCsv, sceneTables, sceneTsv } from "../panels/plot-table.ts";
import { type ChartView, INITIAL_VIEW } from "../panels/view.ts";
import { saveChart } from "./chart-file.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** A chart of a journal that was written so. */
function chartOf(
  write: (journal: JournalWriter) => void,
  metrics: string[],
  chart: Partial<ChartView> = {},
  options: OptionValues = {},
  besideItself = false,
): Scene {
  const path = join(folder.path, "journal.db");
  const journal = unwrap(JournalWriter.open(path));
  write(journal);
  journal.close();
  const facts = {
    state: fakeState(),
    liveness: "ended",
    plan: fakePlan(),
    data: unwrap(JournalReader.open(path)),
    stage: 1,
    now: START,
  } as const;
  return chartKind.scene({
    facts,
    size: { width: 48, height: 20 },
    options: { ...usualOptions(chartKind), metrics, ...options },
    thresholds: [],
    baselines: besideItself ? [{ name: "same", facts }] : [],
    view: { ...INITIAL_VIEW, chart: { ...INITIAL_VIEW.chart, ...chart } },
  });
}

const steps = (count: number, value: (step: number) => number) => (journal: JournalWriter) => {
  for (let step = 0; step < count; step++)
    journal.points(1, step, START + step * 1000, { "train/dt": value(step), "train/tokens": step * 512 });
};

test("the table has a row for each column that has values: from where to where it goes, lowest, highest and last", () => {
  const csv = sceneCsv(
    chartOf(
      steps(160, (step) => (step % 2 === 0 ? step : 0)),
      ["train/dt"],
    ),
  ).split("\n");
  expect(csv[0]).toBe("step from,step to,step time min,step time max,step time last");
  expect(csv).toHaveLength(1 + 80 + 1);
  expect(csv[41]).toBe("80,81,0,80,0");
});

test("a line has one column, and a name with a comma stays one", () => {
  const plot = plotOf({ series: [seriesOf([1, Number.NaN, 3], { name: 'a, "b"' })] });
  expect(sceneCsv({ title: "t", blocks: [{ block: plot }] })).toBe('step from,step to,"a, ""b"""\n0,33,1\n67,100,3\n');
});

test("points that are NaN or infinite are in the table, as in an export of the run", () => {
  const odd = new Map([
    [3, Number.NaN],
    [5, Number.POSITIVE_INFINITY],
    [120, Number.NEGATIVE_INFINITY],
  ]);
  const value = (step: number): number => odd.get(step) ?? step;
  const some = { places: true, window: { kind: "range", from: 0, to: 8 } } as const;
  expect(sceneCsv(chartOf(steps(160, value), ["train/dt"], some)).split("\n")).toEqual(
    expect.arrayContaining(["2,2", "3,NaN", "4,4", "5,Infinity", "6,6"]),
  );
  rmSync(join(folder.path, "journal.db"));
  const lines = sceneCsv(chartOf(steps(160, value), ["train/dt"], { places: true })).split("\n");
  expect(lines[0]).toBe("step from,step to,step time min,step time max,step time last,step time NaN or Inf");
  expect(lines.filter((line) => !line.endsWith(",0") && line !== "").slice(1)).toEqual([
    "2,3,2,2,2,1",
    "4,5,4,4,4,1",
    "120,121,121,121,121,1",
  ]);
});

test("the table as values has numbers, and nothing where a line has none", () => {
  const plot = plotOf({ series: [seriesOf([1, Number.NaN, 3], { name: "a" })] });
  expect(sceneTables({ title: "t", blocks: [{ block: plot }] })).toEqual([
    {
      columns: ["step from", "step to", "a"],
      rows: [
        [0, 33, 1],
        [67, 100, 3],
      ],
    },
  ]);
});

test("where no column has two points, each stands at its own place, whatever the axis and how wide its column is", () => {
  const sparse = (journal: JournalWriter): void => {
    for (const step of [0, 20, 40, 60, 900])
      journal.points(1, step, START + step * 1000, { "train/tokens": step * 512, "val/bpb": step === 0 ? 8 : 7, "val/loss": step });
    journal.points(1, 41, START + 41_000, { "train/tokens": 41 * 512, "val/loss": 41 });
  };
  const csv = (metrics: string[], chart: Partial<ChartView> = {}) =>
    sceneCsv(chartOf(sparse, metrics, { places: true, ...chart }))
      .trimEnd()
      .split("\n");
  expect(csv(["val/bpb"]).map((row) => row.split(",")[0])).toEqual(["step", "0", "20", "40", "60", "900"]);
  rmSync(join(folder.path, "journal.db"));
  expect(csv(["val/bpb"], { axis: "tokens" }).map((row) => row.split(",")[0])).toEqual([
    "tokens",
    ...[0, 20, 40, 60, 900].map((step) => `${step * 512}`),
  ]);
  rmSync(join(folder.path, "journal.db"));
  // Two of a column: none of them has the place to itself.
  expect(csv(["val/loss"])[0]).toStartWith("step from,step to,");
  rmSync(join(folder.path, "journal.db"));
  const zoomed = csv(["val/bpb", "val/loss"], { window: { kind: "range", from: 0, to: 70 } });
  expect(zoomed.map((row) => row.split(",")[0])).toEqual(["step", "0", "20", "40", "41", "60"]);
  expect(zoomed[4]!.split(",").filter((cell) => cell !== "")).toEqual(["41", "41"]);
  expect(zoomed[0]).toBe("step,bpb,loss");
});

test("a run has no distance from itself, whatever the axis, the average and the place that is read", () => {
  const write = (journal: JournalWriter): void => {
    for (let step = 0; step < 600; step++)
      journal.points(1, step, START + step * 1000, { "train/loss_raw": 5 / (1 + step / 50), "train/tokens": step * 512 });
    for (const step of [0, 300, 599, 600]) journal.points(1, step, START + step * 1000, { "val/bpb": 4 - step / 1000 });
  };
  for (const [metric, chart] of [
    ["train/loss_raw", { cursor: 468 }],
    ["train/loss_raw", { cursor: 468 * 512, axis: "tokens" }],
    ["train/loss_raw", { window: { kind: "range", from: 0, to: 470 } }],
    ["val/bpb", { axis: "tokens" }],
  ] as const) {
    const scene = chartOf(write, [metric], { smoothing: "strong", ...chart }, {}, true);
    rmSync(join(folder.path, "journal.db"));
    const [plot] = scene.blocks.flatMap(({ block }) => (block.kind === "plot" ? [block] : []));
    expect(plot!.series.find(({ baseline }) => baseline)!.value).toMatch(/ Δ0\.0000 0\.0%$/);
  }
});

test("under a cursor what is copied is what is read there", () => {
  const scene = chartOf(
    steps(1000, (step) => step / 8),
    ["train/dt"],
    { cursor: 500 },
  );
  expect(sceneTsv(scene)).toBe("step\t500\nstep time\t62.500000 s\n");
});

test("the picture has the curve where its values are, and needs nothing from anywhere", () => {
  const svg = sceneSvg(
    chartOf(
      steps(101, (step) => step),
      ["train/dt"],
      {},
      { envelope: false },
    ),
    { width: 800, height: 400 },
  );
  const points =
    /<polyline points="([^"]+)"/
      .exec(svg)?.[1]
      ?.split(" ")
      .map((point) => point.split(",").map(Number)) ?? [];
  const [first, last] = [points[0]!, points.at(-1)!];
  expect(first[0]).toBeLessThan(75);
  expect(last[0]).toBeGreaterThan(770);
  expect(first[1]! - last[1]!).toBeGreaterThan(230);
  const middle = points[Math.floor(points.length / 2)]!;
  expect(Math.abs(middle[1]! - (first[1]! + last[1]!) / 2)).toBeLessThan(6);
  expect(svg).not.toMatch(/href|url\((?!#)|@import|<script/);
});

test("in the picture of a part of a run the curve goes from rim to rim, at the height that it has there", () => {
  const svg = sceneSvg(
    chartOf(
      steps(101, (step) => step),
      ["train/dt"],
      { window: { kind: "range", from: 50.25, to: 52.75 } },
      { envelope: false, from: 50, to: 53 },
    ),
    { width: 800, height: 400 },
  );
  const points = /<polyline points="([^"]+)"/
    .exec(svg)![1]!
    .split(" ")
    .map((point) => point.split(",").map(Number));
  const plot = /<rect x="64" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.slice(1).map(Number);
  const [top, width, height] = [plot[0]!, plot[1]!, plot[2]!];
  const at = (value: number): number => top + (1 - (value - 50) / 3) * height;
  expect(points).toHaveLength(4);
  expect([points[0]![0], points[3]![0]]).toEqual([64, 64 + width]);
  expect(Math.abs(points[0]![1]! - at(50.25))).toBeLessThan(3);
  expect(Math.abs(points[3]![1]! - at(52.75))).toBeLessThan(3);
});

test("text in a picture is text, whatever it holds", () => {
  const svg = sceneSvg({ title: `<script>&"\u0007\ud800`, note: "a < b", blocks: [] }, { width: 300, height: 200 });
  expect(svg).toContain("&lt;script&gt;&amp;&quot;<");
  expect(svg).toContain("a &lt; b");
  expect(svg).not.toMatch(/[\u0000-\u0008]/);
});

test("a file that is there is not written over, unless that is asked for", () => {
  const scene = chartOf(
    steps(10, (step) => step),
    ["train/dt"],
  );
  const file = join(folder.path, "loss.svg");
  expect(unwrap(saveChart(scene, file))).toBe(file);
  expect(readFileSync(file, "utf8")).toStartWith("<svg ");
  writeFileSync(file, "mine");
  const again = saveChart(scene, file);
  expect(again.ok ? null : again.failure.code).toBe("refused");
  expect(readFileSync(file, "utf8")).toBe("mine");
  expect(saveChart(scene, file, { replace: true }).ok).toBe(true);
  expect(readFileSync(file, "utf8")).toStartWith("<svg ");
});

test("a name that tells no format, and a place that cannot be written to, are told", () => {
  const scene: Scene = { title: "t", blocks: [] };
  const unnamed = saveChart(scene, join(folder.path, "loss.png"));
  expect(unnamed.ok ? "" : unnamed.failure.what).toContain("neither .svg nor .csv");
  const missing = join(folder.path, "charts", "deep");
  expect(saveChart(scene, join(missing, "loss.svg"))).toMatchObject({
    failure: { code: "not-found", what: `There is no folder ${missing}`, remedy: expect.any(String) },
  });
  expect(existsSync(join(folder.path, "charts"))).toBe(false);
  // A shell would have taken ~ for the home.
  expect(saveChart(scene, "~/no-such-folder/loss.svg")).toMatchObject({
    failure: { what: `There is no folder ${join(homedir(), "no-such-folder")}` },
  });
  writeFileSync(join(folder.path, "file"), "");
  const nowhere = saveChart(scene, join(folder.path, "file", "loss.svg"));
  expect(nowhere.ok ? "" : nowhere.failure.code).toBe("io");
});

test("a clock that is set back in the middle of a run gives every value one place", () => {
  const scene = chartOf(
    (journal) => {
      for (let step = 0; step < 200; step++) journal.points(1, step, START + (step < 100 ? step : step - 80) * 1000, { "train/dt": step });
    },
    ["train/dt"],
    { axis: "wall", cursor: START + 50_000 },
  );
  const [block] = scene.blocks;
  const plot = block?.block.kind === "plot" ? block.block : null;
  expect([plot!.x.from, plot!.x.to]).toEqual([START, START + 119_000]);
  expect(Math.max(...plot!.series[0]!.max.filter(Number.isFinite))).toBe(199);
  expect(scene.title).toContain("50.000000 s @");
});

test("a range without an end has a picture all the same", () => {
  const plot = plotOf({ y: { from: Number.NEGATIVE_INFINITY, to: 0, scale: "linear" }, series: [seriesOf([0], { marker: "a" })] });
  expect(sceneSvg({ title: "t", blocks: [{ block: plot }] }, { width: 300, height: 200 })).not.toMatch(/NaN|Infinity/);
});

const anyValue = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300, 1e-300));

test("whatever a plot holds, its picture is one that parses and its table has as many cells in each row", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyValue, { maxLength: 20 }), { maxLength: 3 }),
      fc.tuple(anyValue, anyValue, anyValue, anyValue),
      fc.string({ unit: "grapheme", maxLength: 20 }),
      (lists, [x1, x2, y1, y2], name) => {
        const series = lists.map((values, i) => seriesOf(values, { name, marker: "a", baseline: i === 1, under: i === 2 }));
        const x = { from: x1, to: x2, axis: "step", format: "count" as const };
        const plot = plotOf({
          x,
          y: { from: y1, to: y2, scale: "linear" },
          series,
          gaps: [[x1, x2]],
          cursor: { x: x2, label: name },
          legend: true,
        });
        const scene: Scene = { title: name, note: name, blocks: [{ block: plot }] };
        const svg = sceneSvg(scene, { width: 300, height: 200 });
        expect(svg).not.toMatch(/NaN|Infinity|undefined/.test(name) ? /^$/ : /="[^"]*(?:NaN|Infinity|undefined)/);
        expect(svg.split("<").length).toBe(svg.split(">").length);
        expect(sceneCsv(scene).startsWith("step")).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
