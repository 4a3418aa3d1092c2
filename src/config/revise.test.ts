import { expect, test } from "bun:test";
import type { Parameter } from "../core/params.ts";
import type { PlanInput } from "./plan-input.ts";
import { validateEdit } from "./revise.ts";
import { h100, planInput, simpleFigures, stage, testPrefab } from "./rules/fixtures.ts";

const input: PlanInput = planInput({
  prefab: testPrefab([stage("scripts.base_train"), stage("scripts.chat_sft")]),
  surroundings: { ...planInput().surroundings, machine: h100(1) },
  figuresOf: simpleFigures,
});

function edit(name: string, text: string, script = "base_train") {
  const info = input.workspace.scripts.find(({ module }) => module === `scripts.${script}`);
  const parameter = info?.parameters.find((one) => one.name === name) as Parameter;
  return validateEdit(parameter, text, { input, script });
}

test("a value is typed, planned as an override, and comes with the stage's findings and figures", () => {
  const checked = edit("device_batch_size", "128");
  if (!checked.ok) throw new Error(checked.failure.what);
  expect(checked.value).toBe(128);
  const [base] = checked.plan.stages;
  expect(base?.values.find(({ parameter }) => parameter.name === "device_batch_size")?.origin).toEqual({ layer: "override" });
  expect(checked.findings.map(({ id, stage: name }) => [id, name])).toEqual([["memory", "01-base_train"]]);
  expect(checked.plan.figures?.[0]?.batch?.deviceBatch).toBe(128);
});

test("a text that is no value, or out of range, is a failure before anything is planned", () => {
  const said = (name: string, text: string): string => {
    const checked = edit(name, text);
    return checked.ok ? "nothing" : checked.failure.what;
  };
  expect(said("depth", "deep")).toBe('depth takes a whole number, not "deep"');
  expect(said("depth", "0")).toBe("depth must be at least 1: a model has at least one layer");
  expect(said("fp8_recipe", "columnwise")).toBe('fp8_recipe is one of rowwise, tensorwise, not "columnwise"');
});

test("an edit reaches the stage that it was made in, not another with the same parameter", () => {
  const checked = edit("num_iterations", "7", "chat_sft");
  const args = checked.ok ? checked.plan.stages.map((one) => one.args.filter((arg) => arg.startsWith("--num-iterations"))) : [];
  expect(args).toEqual([[], ["--num-iterations=7"]]);
});
