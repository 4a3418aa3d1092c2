/** What charts make of noisy series, and how they say so. */
import { describe, expect, test } from "bun:test";
import type { Imported } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import { chartOf, type Given, plotIn, points, sceneOf, training } from "./chart-panel-fixture.ts";
import { FakeData, fakeFacts, fakeStage, fakeState, START } from "./fake-data.ts";
import { lineText } from "./panel-fixture.ts";
import { yLabels } from "./ticks.ts";
import type { ChartView } from "./view.ts";

describe("smoothing", () => {
  test("averages the loss of each step, not what the script has averaged, in every chart alike; of another run what it has", () => {
    const data = new FakeData().put(1, "train/loss", [0, 8], [1, 8], [2, 8]).put(1, "train/loss_raw", [0, 4], [1, 2], [2, 1]);
    const average = (4 * 0.125 + 2 * 0.25 + 1 * 0.5) / 0.875;
    const other = fakeFacts(new FakeData().put(1, "train/loss", [0, 3], [1, 3], [2, 3]));
    for (const kind of ["loss", "chart"]) {
      const options = { smoothing: 0.5, ...(kind === "chart" && { metrics: ["train/loss"] }) };
      const { series } = plotIn(sceneOf(kind, data, { options, baselines: [{ name: "other", facts: other }] }));
      const front = series.find(({ under, baseline }) => !under && !baseline);
      expect(front?.max.findLast((value) => !Number.isNaN(value))).toBeCloseTo(average, 9);
      expect(front?.value).toBe(average.toFixed(4));
      expect(series.find(({ baseline }) => baseline)?.value).toStartWith("3.0000 Δ");
    }
    expect(plotIn(chartOf(data, ["train/loss"])).series[0]?.value).toBe("8.0000");
  });

  test("what is told of a line that is smoothed here is its average: the newest, that under the cursor, and a baseline's", () => {
    const steps = (scale: number) => Array.from({ length: 40 }, (_, i): [number, number] => [i, scale * (i % 2)]);
    const data = new FakeData().put(1, "train/loss_raw", ...steps(2)).put(1, "train/loss", ...steps(2));
    const told = (given: Given, of = "ema 0.9") => plotIn(sceneOf("loss", data, given)).series.find(({ name }) => name === of)?.value;
    const given = { options: { smoothing: 0.9 }, width: 100, height: 20 };
    const average = (upTo: number) => {
      let [sum, weight] = [0, 0];
      for (let i = 0; i <= upTo; i++) [sum, weight] = [sum * 0.9 + 2 * (i % 2) * 0.1, weight * 0.9 + 0.1];
      return sum / weight;
    };
    expect(told(given)).toBe(average(39).toFixed(4));
    expect(told({ ...given, chart: { cursor: 20 } })).toBe(average(20).toFixed(6));
    // Beside it what the step itself had.
    expect([told(given, "each step"), told({ ...given, chart: { cursor: 20 } }, "each step")]).toEqual(["2.0000", "0.000000"]);
    // The script's own average is not one of ours.
    expect(told({ ...given, options: {} })).toBe("2.0000");
  });

  test("the average under a cursor is that of its very step, however many lie in a column", () => {
    const data = new FakeData().put(1, "train/loss_raw", ...Array.from({ length: 4000 }, (_, i): [number, number] => [i, i]));
    const told = (cursor: number) => {
      const scene = sceneOf("loss", data, { options: { smoothing: 0.5 }, width: 60, height: 20, chart: { cursor } });
      return plotIn(scene).series.find(({ name }) => name === "ema 0.5")?.value;
    };
    // An average by halves of what rises by one a step is one step behind.
    expect([1000, 1001, 1002, 3999].map(told)).toEqual(["999.000000", "1000.000000", "1001.000000", "3998.000000"]);
  });

  test("does not hide a step whose value is no number: it says so there, of the run and of a baseline", () => {
    const value = (i: number): number => ({ 20: Number.NaN, 30: Number.NEGATIVE_INFINITY, 39: Number.POSITIVE_INFINITY })[i] ?? 3;
    const baselines = [{ name: "other", facts: fakeFacts(new FakeData().put(1, "train/loss_raw", ...points(40, value))) }];
    const data = new FakeData().put(1, "train/loss_raw", ...points(40, value));
    const told = (cursor: number | null) => {
      const scene = sceneOf("loss", data, { options: { smoothing: 0.9 }, chart: { cursor }, baselines });
      return [scene.title, ...plotIn(scene).series.flatMap(({ under, value }) => (under ? [] : [value]))];
    };
    expect(told(20)).toEqual(["loss NaN @ 20", "NaN", "NaN"]);
    expect(told(30)).toEqual(["loss −Inf @ 30", "−Inf", "−Inf"]);
    expect(told(21)[0]).toBe("loss 3.000000 (ema 0.9) @ 21");
    // Nor the newest one, without a cursor.
    expect(told(null)).toEqual(["loss Inf", "Inf", "Inf"]);
  });

  test("of equal values is that value: a machine at its limit is a flat line, told in its unit", () => {
    const busy = (of: (i: number) => number) => {
      const data = training().put(0, "host/cpu", ...points(600, of).map(([i, value]): [number, number] => [START / 1000 + i, value]));
      return chartOf(data, ["host/cpu"], { chart: { axis: "wall", smoothing: "strong" } });
    };
    const { y, series } = plotIn(busy(() => 100));
    expect([y.from, y.to]).toEqual([96, 100]);
    expect(yLabels(y, 12).map(({ label }) => label)).toContain("100%");
    expect(series.map(({ name, value }) => [name, value])).toContainEqual(["each sample", "100.0%"]);
    // What is off by rounding alone, wherever it comes from, is no mountain either.
    for (const level of [99.9, 50, 1e-9]) {
      const noisy = plotIn(busy((i) => level * (1 + (i % 3) * 2 ** -50)));
      expect(noisy.y.from).toBeLessThan(level * 0.97);
      expect(yLabels(noisy.y, 12).every(({ label }) => label.length > 0 && !label.includes("+"))).toBe(true);
    }
    // Counts are exact, however large.
    const tokens = plotIn(chartOf(new FakeData().put(1, "train/tokens", ...points(9, (i) => 2 ** 50 + i)), ["train/tokens"]));
    expect(tokens.y.to - tokens.y.from).toBeLessThan(16);
  });

  test("is not of what is exact, such as a schedule, and says so", () => {
    const data = new FakeData().put(1, "train/lrm", ...points(100, (i) => 1 - i / 100)).put(1, "train/mfu", ...points(100, (i) => i));
    const { title, settings } = chartOf(data, ["train/lrm"], { chart: { smoothing: "strong" } });
    expect(title).toBe("learning-rate multiplier 0.0100");
    expect(settings).toBe("step · linear · raw");
    expect(chartOf(data, ["train/mfu"], { chart: { smoothing: "strong" } }).title).not.toContain("99.0");
  });

  test("is not made twice: beside the loss of each step the script's average stays what it is", () => {
    const data = new FakeData().put(1, "train/loss", [0, 8], [1, 7], [2, 6]).put(1, "train/loss_raw", [0, 4], [1, 2], [2, 1]);
    const heads = ({ blocks }: Scene) => blocks.flatMap(({ block }) => (block.kind === "text" ? block.lines.map(lineText) : []));
    const average = ((4 * 0.25 + 2 * 0.5 + 1) / 1.75).toFixed(4);
    const options = { smoothing: 0.5 };
    expect(heads(sceneOf("grid", data, { options }))).toEqual(["loss 6.0000", `loss (raw) ${average}`]);
    const { series } = plotIn(chartOf(data, ["train/loss", "train/loss_raw"], { options: { ...options, envelope: false } }));
    expect(series.map(({ value }) => value)).toEqual(["6.0000", average]);
    // Alone it is ours over the values.
    expect(heads(sceneOf("grid", data, { options: { ...options, metrics: ["train/loss"] } }))).toEqual([`loss ${average}`]);
  });

  test("says its factor, a number of the panel's own before the one of all charts", () => {
    expect(chartOf(training(), ["train/loss"], { chart: { smoothing: "strong" } }).title).toEndWith(" (ema 0.99)");
    expect(chartOf(training(), ["train/loss"], { options: { smoothing: 0.95 } }).title).toEndWith(" (ema 0.95)");
    const two = ["train/grad_norm", "train/dt"];
    const several = training().put(1, two[0]!, [1, 1]).put(1, two[1]!, [1, 1]);
    expect(chartOf(several, two, { chart: { smoothing: "strong" } }).settings).toBe("step · linear · ema 0.99");
    expect(sceneOf("loss", training()).settings).toBe("step · linear · ema 0.9");
    expect(sceneOf("loss", training(), { chart: { smoothing: "off" } }).title).toEndWith(" (raw)");
  });

  test("that the script has made is none of ours and nothing raw: it is called what it is in every chart", () => {
    const settings = (metrics: string[], given: Given = {}) => chartOf(training(), metrics, given).settings;
    expect(settings(["train/loss"])).toBe("step · linear · ema 0.9");
    expect(settings(["train/loss"], { chart: { smoothing: "off" } })).toBe("step · linear · ema 0.9");
    expect(settings(["train/loss_raw"])).toBe("step · linear · raw");
    expect(settings(["train/loss", "train/loss_raw"])).toBe("step · linear · as logged");
  });

  test("of what somebody else's script has logged to W&B is never said to be that script's", () => {
    const imported: Imported = { kind: "wandb", files: ["/r"], wandb: null, head: null, at: "", readAt: "", complete: true };
    const by = (script: string) => {
      const state = fakeState({ stages: [fakeStage(1, script)], imported });
      const data = new FakeData().put(1, "train/loss", ...points(100, (i) => 5 - i / 50));
      return sceneOf("loss", data, { facts: { ...fakeFacts(data), state } });
    };
    expect(by("mk").settings).toBe("step · linear · as logged");
    expect(plotIn(by("mk")).series.some(({ name }) => name.startsWith("ema"))).toBe(false);
    expect(by("base_train").settings).toBe("step · linear · ema 0.9");
  });

  test("lies over the spread of the values, which stays", () => {
    const data = new FakeData().put(1, "x", ...points(1000, (i) => (i === 500 ? 50 : 1)));
    const { series } = plotIn(chartOf(data, ["x"], { options: { smoothing: 0.99 } }));
    expect(series.map(({ under }) => under)).toEqual([true, false]);
    expect(Math.max(...series[0]!.max.filter(Number.isFinite))).toBe(50);
  });
});

test("above a loss chart stands what its figure is where other panels show another one by that name", () => {
  const data = training();
  const titleWith = (chart: Partial<ChartView>) => sceneOf("loss", data, { chart }).title;
  expect(titleWith({ smoothing: "script" })).toBe("loss 2.6671");
  expect(titleWith({ smoothing: "strong" })).toMatch(/^loss 2\.\d{4} \(ema 0\.99\)$/);
  expect(titleWith({ smoothing: "strong", cursor: 500 })).toMatch(/^loss 3\.\d{6} \(ema 0\.99\) @ 500$/);
  expect(titleWith({ smoothing: "off" })).toMatch(/^loss 2\.\d{4} \(raw\)$/);
  // What the title says stands nowhere else: the border has no room for it twice.
  const settingsWith = (chart: Partial<ChartView>) => sceneOf("loss", data, { chart }).settings;
  expect([settingsWith({ smoothing: "strong" }), settingsWith({ smoothing: "off" })]).toEqual(["step · linear", "step · linear"]);
  expect(settingsWith({ smoothing: "script" })).toBe("step · linear · ema 0.9");
});
