import { expect, test } from "bun:test";
import { metricRemedy } from "./run-data.ts";

const STAGES: Readonly<Record<number, string[]>> = { 0: [], 1: ["train/loss", "time/wall"], 2: ["train/loss", "core/metric"] };
const data = { metrics: (stage: number) => STAGES[stage] ?? [] };

test.each([
  ["a metric that another stage has", 0, "loss", "Stage 1 has it: --stage 1"],
  ["one of another stage by the script's own name", 1, "core_metric", "Stage 2 has it: --stage 2"],
  ["nearly one of its own", 1, "lss", "Did you mean loss?"],
  ["nothing like any", 1, "zebra", "`runs query` without a metric lists those that there are"],
] as const)("of %s it says where it is", (_, stage, given, remedy) => {
  expect(metricRemedy(data, 2, stage, given)).toBe(remedy);
});
