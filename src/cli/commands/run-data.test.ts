import { expect, test } from "bun:test";
import { chooseWindow, metricRemedy } from "./run-data.ts";

const STAGES: Readonly<Record<number, string[]>> = {
  0: [],
  1: ["train/loss", "train/loss_raw", "train/tok_per_sec", "train/dt", "time/wall", "mine/matrix_lr", "mine/decay"],
  2: ["train/loss", "core/metric"],
};
const data = { metrics: (stage: number) => STAGES[stage] ?? [] };

test.each([
  ["a metric that another stage has", 0, "loss", "Stage 1 has it: --stage 1"],
  ["one of another stage by the script's own name", 1, "core_metric", "Stage 2 has it: --stage 2"],
  ["nearly one of its own", 1, "lss", "Did you mean loss?"],
  ["a title of the charts", 1, "Throughput", "Did you mean train/tok_per_sec?"],
  ["one of two words", 1, "step time", "Did you mean train/dt?"],
  ["one that is near to a name", 1, "loss (raw)", "Did you mean train/loss_raw?"],
  ["the unit of one alone", 1, "tok/s", "Did you mean train/tok_per_sec?"],
  ["one of a group", 1, "mine/temperature", "Did you mean mine/decay, or mine/matrix_lr?"],
  ["a group alone", 1, "mine/", "Did you mean mine/decay, or mine/matrix_lr?"],
  ["one that stands in another group", 1, "optimizer/matrix_lr", "Did you mean mine/matrix_lr?"],
  ["when each step was", 1, "time/of_day", "`runs query` without a metric lists those that there are"],
  ["nothing like any", 1, "zebra", "`runs query` without a metric lists those that there are"],
] as const)("of %s it says where it is", (_, stage, given, remedy) => {
  expect(metricRemedy(data, 2, stage, given)).toBe(remedy);
});

test("a window ends behind where it begins", () => {
  for (const window of [{}, { from: "5" }, { to: "5" }, { from: "1", to: "5" }]) expect(chooseWindow(window)).toMatchObject({ ok: true });
  for (const from of ["5", "9"])
    expect(chooseWindow({ from, to: "5" })).toMatchObject({ failure: { what: `--from ${from} is not before --to 5` } });
});

test("only the axis of wall time has times for its ends", () => {
  const from = "2026-05-01T12:30Z";
  expect(chooseWindow({ axis: "wall", from })).toMatchObject({ value: { axis: "wall", from: Date.UTC(2026, 4, 1, 12, 30) } });
  expect(chooseWindow({ from })).toMatchObject({ failure: { what: `--from ${from} is no number` } });
});
