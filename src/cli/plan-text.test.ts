import { expect, test } from "bun:test";
import { join } from "node:path";
import { makePlan } from "../config/plan.ts";
import { NOTHING_KNOWN } from "../config/plan-input.ts";
import { loadPrefab } from "../config/prefab.ts";
import { a100, h100, planInput } from "../config/rules/fixtures.ts";
import type { MachineFacts } from "../core/machine.ts";
import { planText } from "./plan-text.ts";

function speedrunOn(machine: MachineFacts): string {
  const prefab = loadPrefab("speedrun", [{ dir: join(import.meta.dir, "..", "..", "prefabs"), layer: "prefab" }]);
  if (!prefab.ok) throw new Error(prefab.failure.what);
  const plan = makePlan(planInput({ prefab: prefab.value, surroundings: { ...NOTHING_KNOWN, machine } }));
  if (!plan.ok) throw new Error(plan.failure.what);
  return planText(plan.value);
}

test("on another machine than the prefab's, what was published stands beside the plan's own figures", () => {
  expect(speedrunOn(a100(4))).toContain(
    "made for  8×H100 80 GB: 1h 39m, $39.60 (pretraining; README.md@92d63d4); the figures above are for 4×A100",
  );
  expect(speedrunOn(h100(8))).not.toContain("made for");
});
