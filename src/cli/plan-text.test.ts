import { expect, test } from "bun:test";
import { join } from "node:path";
import { makePlan } from "../config/plan.ts";
import { NOTHING_KNOWN } from "../config/plan-input.ts";
import { figuresOf } from "../config/planner/figures.ts";
import { loadPrefab } from "../config/prefab.ts";
import { a100, h100, planInput } from "../config/rules/fixtures.ts";
import { around, base } from "../config/rules/rule-inputs.ts";
import type { MachineFacts } from "../core/machine.ts";
import type { Plan } from "../core/plan.ts";
import { ratioText, scalingText } from "../panels/figures.ts";
import { planText } from "./plan-text.ts";

function speedrunOn(machine: MachineFacts): Plan {
  const prefab = loadPrefab("speedrun", [{ dir: join(import.meta.dir, "..", "..", "prefabs"), layer: "prefab" }]);
  if (!prefab.ok) throw new Error(prefab.failure.what);
  const plan = makePlan({ ...planInput({ prefab: prefab.value, surroundings: { ...NOTHING_KNOWN, machine } }), figuresOf: figuresOf() });
  if (!plan.ok) throw new Error(plan.failure.what);
  return plan.value;
}

test("on another machine than the prefab's, what was published stands beside the plan's own figures", () => {
  expect(planText(speedrunOn(a100(4)))).toContain(
    "made for  8×H100 80 GB: 1h 39m, $39.60 (pretraining; README.md@92d63d4); the figures above are for 4×A100",
  );
  expect(planText(speedrunOn(h100(8)))).not.toContain("made for");
});

test("tokens are told against the scaling parameters, in the words of the Config tab", () => {
  const plan = speedrunOn(h100(8));
  const { model, horizon } = plan.figures!.find((figures) => figures.horizon !== null)!;
  const text = planText(plan);
  expect(text).toMatch(/ parameters \([\d.]+[MB] scaling parameters\): /);
  expect(text).toContain(`(${scalingText(model!)})`);
  expect(text).toContain(`tokens (${ratioText(horizon!)})`);
  expect(text).not.toContain(" a parameter)");
});

test("a stage that goes on with a checkpoint says from which step", () => {
  const plan = makePlan(planInput({ ...around({ checkpoints: [] }), ...base({ resume_from_step: 1168, model_tag: "d4" }) }));
  expect(plan.ok && planText(plan.value)).toMatch(/^\d\d-base_train, resumes at step 1,168$/m);
  expect(planText(speedrunOn(h100(8)))).not.toContain("resumes");
});
