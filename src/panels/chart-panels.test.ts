/** What each panel of charts shows beside its lines. */
import { describe, expect, test } from "bun:test";
import type { OptionValues } from "../core/panel.ts";
import type { Heat } from "../core/scene.ts";
import { chartOf, drawn, plotIn, points, sceneOf, shown, training } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, fakePlan, START } from "./fake-data.ts";
import { entitled } from "./kind.ts";
import { sceneCsv } from "./plot-table.ts";
import { windowText } from "./series.ts";
import type { ChartView } from "./view.ts";

describe("panels of charts", () => {
  test("the loss shows its parts, and with height the gradient norm and the rate below", () => {
    const data = training().put(1, "train/loss_mtp", ...points(1000, () => 1));
    data.put(1, "train/grad_norm", ...points(1000, () => 0.5)).put(1, "train/lrm", ...points(1000, () => 1));
    expect(shown("loss", data, { options: { components: true } })).toContain("b loss_mtp 1.0000");
    const tall = shown("loss", data, { height: 30 });
    expect(tall).toContain("gradient norm 0.5000");
    expect(tall).toContain("learning-rate multiplier 1.0000");
    expect(shown("loss", data, { height: 12 })).not.toContain("gradient norm");
  });

  test("validation shows what it is asked for: CORE, ChatCORE, or their tasks as lines, many as a heat map", () => {
    const data = new FakeData()
      .put(1, "val/bpb", [0, 1])
      .put(1, "core/metric", [0, 0.1], [100, 0.2])
      .put(1, "core/arc", [0, 0.3], [100, 0.4]);
    data.put(1, "core/hellaswag", [0, 0.5], [100, 0.6]);
    expect(sceneOf("validation", data).title).toBe("validation bits per byte 1.0000");
    expect(sceneOf("validation", data, { options: { what: "core" } }).note).toBe("★ best 0.2000 @ 100");
    expect(shown("validation", data, { options: { what: "tasks" } })).toContain("a arc 0.4000  b hellaswag 0.6000");
    expect(shown("validation", data, { options: { what: "chatcore" } })).toContain("No ChatCORE yet");
    for (let task = 0; task < 20; task++) data.put(1, `chatcore/task${task}`, [100, task / 20]);
    const heat = sceneOf("validation", data, { options: { what: "tasks" }, height: 40 });
    expect(heat.blocks[0]?.block.kind).toBe("heat");
    expect(drawn(heat, { height: 40 }).toText()).toContain("chatcore/task19");
  });

  test("the best evaluation has its star where it lies, on any axis; where it is not in view there is none, and the border tells of it", () => {
    const data = training().put(1, "val/bpb", [0, 3.2], [500, 0.9312], [750, 0.95], [999, 1.2]);
    const stars = (chart: Partial<ChartView>): number[] =>
      plotIn(sceneOf("validation", data, { chart })).marks.flatMap(({ glyph, x }) => (glyph === "best" ? [x] : []));
    expect(stars({})).toEqual([500]);
    expect(stars({ axis: "tokens" })).toEqual([256_000]);
    const later = { chart: { window: { kind: "range", from: 600, to: 1000 } } } as const;
    expect(shown("validation", data)).toContain("★─");
    expect(shown("validation", data, later)).not.toContain("★─");
    expect(sceneOf("validation", data, later).note).toContain("★ best 0.9312 @ 500");
  });

  test("between two evaluations there is the line from one to the other, which neither begins nor ends there", () => {
    const data = training().put(1, "val/bpb", [0, 3], [500, 1], [999, 1.2]);
    const inner = (from: number, to: number): string[] => {
      const text = shown("validation", data, { chart: { window: { kind: "range", from, to } }, height: 12 });
      return text.split("\n").flatMap((row) => /[┤│](.{88}) │$/.exec(row)?.[1] ?? []);
    };
    const filled = (rows: string[]): number =>
      new Set(rows.flatMap((row) => [...row].flatMap((dot, x) => (/[⠁-⣿]/.test(dot) ? x : [])))).size;
    expect(filled(inner(100, 400))).toBe(88);
    expect(filled(inner(100, 900))).toBe(88);
  });

  test.each(["chart", "heat", "grid", "throughput"])("in names of metrics `*` means the same in the panel %s", (kind) => {
    const data = training()
      .put(1, "timer/data", ...points(1000, () => 0.1))
      .put(1, "timer/forward", ...points(1000, () => 0.2));
    const names = (metrics: string[]): string[] => {
      const text = shown(kind, data, { options: { metrics }, height: 40 });
      // As each of the panels calls them: by the last part or by the title.
      const called = { loss: /\bloss\b(?!_raw)/, loss_raw: /loss_raw|loss \(raw\)/, data: /\bdata\b/, forward: /\bforward\b/ };
      return Object.entries(called).flatMap(([name, there]) => (there.test(text.replaceAll(metrics.join(" "), "")) ? [name] : []));
    };
    expect(names(["timer/*"])).toEqual(["data", "forward"]);
    expect(names(["timer/f*", "timer/data"])).toEqual(["data", "forward"]);
    expect(names(["*loss*"])).toEqual(["loss", "loss_raw"]);
    expect(names(["nothing/*"])).toEqual([]);
  });

  test("throughput has rate, utilisation and step time, as many as have room", () => {
    const data = training()
      .put(1, "train/tok_per_sec", ...points(1000, () => 983_000))
      .put(1, "train/dt", ...points(1000, () => 0.5));
    const text = shown("throughput", data);
    expect(text).toContain("throughput 983k tok/s");
    expect(text).toContain("step time 500 ms");
    expect(sceneOf("throughput", data, { height: 8 }).note).toBe("no room for step time");
  });

  test("a utilisation that is 0 throughout is not known, and takes no room", () => {
    const data = new FakeData().put(1, "train/mfu", ...points(100, () => 0)).put(1, "train/dt", ...points(100, () => 0.5));
    const scene = sceneOf("throughput", data);
    expect([scene.title, scene.blocks.length]).toEqual(["step time 500 ms", 1]);
    expect(shown("throughput", data.put(1, "train/mfu", [100, 41]))).toContain("model FLOPs utilisation 41.0%");
  });

  test("what a stage never evaluates is not said to come", () => {
    const facts = fakeFacts(new FakeData(), { plan: fakePlan({ eval_every: 100 }) });
    const why = (what: string) => sceneOf("validation", new FakeData(), { facts, options: { what } }).blocks[0]?.block;
    expect(why("chatcore")).toMatchObject({ why: "No ChatCORE: base_train does not evaluate it, chat_sft does" });
    expect(why("bpb")).toMatchObject({ why: "No validation yet: it comes every 100 steps" });
  });

  test("a metric that the script does not report, and GPUs that there are not, are told in a sentence", () => {
    const data = training().put(0, "host/cpu", [1, 50]);
    expect(shown("chart", data)).toContain("base_train reports no gradient norm · e changes what this screen shows");
    expect(shown("heat", data)).toContain("No GPU: the machine of this run has no nvidia-smi");
  });

  test("a name that no metric has is told with the one that may have been meant", () => {
    const of = (metric: string) => sceneOf("chart", training(), { options: { metrics: [metric] } }).blocks[0]?.block;
    expect(of("train/lss")).toMatchObject({ why: "No train/lss so far in this stage", remedy: "did you mean train/loss?" });
    expect(of("train/temperature")).toMatchObject({ remedy: expect.stringMatching(/^did you mean train\//) });
    expect(of("my/own")).not.toHaveProperty("remedy");
  });

  test("alerts of the stage are marked where they were raised, on any axis", () => {
    const alert = { phase: "raised", key: "spike", watch: "spike", severity: "bad", cause: "x", evidence: [], actions: [] };
    const data = training().event("alert", alert, { step: 500, at: START + 1 });
    data.event("alert", { ...alert, key: "other" }, { stage: 2, step: 100 }).event("alert", { ...alert, key: "disk", severity: "warn" });
    const marks = (axis: "step" | "tokens") =>
      plotIn(sceneOf("loss", data, { chart: { axis } })).marks.filter(({ glyph }) => glyph === "alarm" || glyph === "alert");
    expect(marks("step")).toEqual([{ x: 500, glyph: "alarm" }]);
    expect(marks("tokens")).toEqual([{ x: 256_000, glyph: "alarm" }]);
    expect(shown("loss", data)).toMatch(/└.*✕/);
  });

  test("GPUs are told by their numbers, and a heat map of them has no holes between two samples", () => {
    const data = new FakeData();
    for (const gpu of [0, 1])
      data.put(0, `gpu/${gpu}/util`, ...Array.from({ length: 30 }, (_, i) => [START / 1000 + i * 2, 90 + gpu] as const));
    const plot = plotIn(chartOf(data, ["gpu/*/util"]));
    expect(plot.series.map(({ name, marker }) => [name, marker])).toEqual([
      ["gpu 0", "0"],
      ["gpu 1", "1"],
    ]);
    const heat = sceneOf("heat", data).blocks[0]?.block as Heat;
    expect(heat.rows.map(({ name }) => name)).toEqual(["gpu 0", "gpu 1"]);
    expect([...heat.rows[0]!.values].every((value) => value === 90)).toBe(true);
  });

  test("under a title of one's own the value stays", () => {
    expect(entitled(chartOf(training(), ["train/loss"]), "mine").title).toBe("mine 2.6671");
    expect(entitled(sceneOf("log", new FakeData()), "mine").title).toBe("mine");
  });

  test("quantiles are those of the points of each column, and say from how many they are made", () => {
    const data = new FakeData().put(1, "train/loss_raw", ...points(2000, (i) => i % 20));
    const scene = sceneOf("quantiles", data, { width: 32 });
    const [half, p95, p5, p50] = plotIn(scene).series;
    const found = [half?.min[3], half?.max[3], p5?.min[3], p95?.min[3], p50?.min[3]];
    for (const [i, expected] of [5, 14, 1, 18, 10].entries()) expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(1);
    expect(scene.note).toBe("beyond p5 and p95 not drawn");
    expect(sceneCsv(scene).split("\n")[0]).toBe("step from,step to,p25,p75,p95,p5,p50");
    // At the rim, where there is no room for a legend, a digit would be read as a figure.
    for (const { marker = "" } of plotIn(scene).series) expect(marker).not.toMatch(/\d/);
  });

  test("above quantiles stands the last of their values, by its name, however charts are smoothed; under a cursor the one there", () => {
    const data = new FakeData().put(1, "train/loss_raw", ...points(2000, (i) => (i === 1999 ? 3 : 5)));
    const titleWith = (chart: Partial<ChartView>) => sceneOf("quantiles", data, { chart }).title;
    expect(titleWith({ smoothing: "strong" })).toBe("loss (raw) quantiles · last 3.0000");
    expect(titleWith({ smoothing: "script" })).toBe("loss (raw) quantiles · last 3.0000");
    expect(titleWith({ smoothing: "strong", cursor: 1999 })).toBe("loss (raw) quantiles 3.000000 @ 1,999");
    expect(sceneOf("quantiles", data, { chart: { smoothing: "strong" } }).settings).toBe("step · linear · p5 p25 p50 p75 p95");
  });

  test("each says why it is empty", () => {
    const nothing = new FakeData();
    expect(shown("loss", nothing)).toContain("No loss yet");
    expect(shown("validation", nothing)).toContain("No validation yet");
    expect(shown("throughput", nothing)).toContain("No step has been timed yet");
    expect(shown("quantiles", nothing)).toContain("No loss (raw) yet: it comes with the first step");
    expect(shown("heat", nothing)).toContain("No figures of GPUs: nobody sampled the machine of this run");
    expect(shown("chart", nothing, { options: { metrics: [] } })).toContain("No metric is chosen · name some");
  });

  test("a known value stands at its place: the middle of a straight line in the middle of the picture", () => {
    const data = new FakeData().put(1, "x", ...points(101, (i) => i));
    const canvas = drawn(chartOf(data, ["x"], { width: 46, height: 15 }), { width: 46, height: 15 });
    const rows = Array.from({ length: 11 }, (_, y) => canvas.rowText(1 + y).slice(10, 44));
    expect(canvas.rowText(6).slice(0, 10)).toBe("│     50 ┤");
    expect(rows[5]!.slice(15, 19)).toMatch(/[⠁-⣿]/);
    expect(rows[0]!.trim().length).toBeLessThan(4);
    expect(rows[0]!.trimEnd().length).toBeGreaterThan(30);
    expect(rows[10]!.slice(0, 2)).toMatch(/[⠁-⣿]/);
  });
});

test("an end of the y axis that has no place on a log scale is said, and the other one stays", () => {
  const ends = (options: OptionValues, of?: (i: number) => number) => {
    const scene = chartOf(training(of), ["train/loss"], { options: { scale: "log", ...options } });
    const { from, to } = plotIn(scene).y;
    return { from, to, note: scene.note };
  };
  const free = ends({});
  expect(ends({ from: 0, to: 5 })).toEqual({ from: free.from, to: 5, note: "y from 0 has no place on a log scale: not pinned" });
  expect(ends({ from: 1, to: -2 })).toEqual({ from: 1, to: free.to, note: "y to -2 has no place on a log scale: not pinned" });
  expect(ends({ from: 9 })).toEqual({ ...free, note: "y from 9 leaves nothing in view: not pinned" });
  expect(ends({ scale: "linear", from: 0, to: 5 })).toEqual({ from: 0, to: 5, note: undefined });
});

test.each([
  [1 / 3, "last 1/3"],
  [0.3, "last 30%"],
  [0.0004, "last 1/2500"],
  [1 / 3164.6, "last 1/3165"],
])("a window of the newest part of %p is told so that it is never none", (part, told) => {
  expect(windowText({ kind: "last", part }, "step")).toBe(told);
});
