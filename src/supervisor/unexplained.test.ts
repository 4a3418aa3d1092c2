import { expect, test } from "bun:test";
import { parameter } from "../config/fixtures.ts";
import type { Origin, PlannedStage, Value } from "../core/plan.ts";
import { sentence } from "../core/result.ts";
import { unexplained } from "./unexplained.ts";

const stage = (values: Record<string, readonly [Value, Origin["layer"]]>): Pick<PlannedStage, "script" | "values"> => ({
  script: "scripts.base_train",
  values: Object.entries(values).map(([name, [value, layer]]) => ({
    parameter: parameter(name, "int", null),
    value,
    origin: { layer },
  })),
});
const told = (values: Parameters<typeof stage>[0], body: Record<string, unknown>): string => {
  const failure = unexplained(stage(values), body);
  return failure === null ? "nothing" : sentence(failure);
};

test("a value that no layer explains is told with the one that was planned, its layer, and where to look", () => {
  // A fork that sets another interval below its settings: its `user_config` has the old one, its loop the new one.
  const body = { settings: { eval_every: 250, depth: 6 }, fields: [{ name: "eval_every", value: 25 }] };
  expect(told({ eval_every: [250, "default"], depth: [4, "--set"] }, body)).toBe(
    "scripts.base_train runs with what no layer of the plan explains: eval_every is 25, not 250 (default); depth is 6, not 4 (--set). It changes that itself: look for eval_every, depth in its source.",
  );
});

test("what is planned and what runs are compared as values, not as they are written", () => {
  const settings = { matrix_lr: 0.020000000000000004, depth: "4", fp8: false, run: "dummy", mc_auto_batch: true };
  const planned = {
    mc_auto_batch: [1, "default"],
    matrix_lr: [0.02, "prefab"],
    depth: [4, "prefab"],
    fp8: [false, "default"],
    run: ["dummy", "default"],
  } as const;
  expect(told(planned, { settings, fields: [{ name: "depth", value: null }, "no field"] })).toBe("nothing");
});

test("what is left to the script, and what it does not tell, is no surprise", () => {
  const left = { num_iterations: [-1, "default"], model_tag: ["", "default"], save_every: [null, "default"], depth: [4, "--set"] } as const;
  expect(told(left, { settings: { num_iterations: 500, model_tag: "d4", save_every: 100 } })).toBe("nothing");
  expect(told(left, {})).toBe("nothing");
});

test("a rate that a resume takes over with the optimizer, as it was patched before, is no surprise; what the script has read is", () => {
  const body = (rate: number) => ({ settings: { matrix_lr: rate }, fields: [{ name: "matrix_lr", value: 0.01 }] });
  const rate = { matrix_lr: [0.02, "default"] } as const;
  expect(told({ ...rate, resume_from_step: [50, "override"] }, body(0.02))).toBe("nothing");
  expect(told({ ...rate, resume_from_step: [50, "override"] }, body(0.05))).toContain("matrix_lr is 0.05, not 0.02 (default)");
  expect(told({ ...rate, resume_from_step: [-1, "default"] }, body(0.02))).toContain("matrix_lr is 0.01, not 0.02 (default)");
});
