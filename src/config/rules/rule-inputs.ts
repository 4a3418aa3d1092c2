/** What plans of the cases of rules are made from. */
import type { Value } from "../../core/plan.ts";
import { captured } from "../captures/capture.ts";
import { NOTHING_KNOWN, type PlanInput, type Surroundings } from "../plan-input.ts";
import { checkpoint, h100, stage, testPrefab } from "./fixtures.ts";

export const around = (more: Partial<Surroundings>): Pick<PlanInput, "surroundings"> => ({ surroundings: { ...NOTHING_KNOWN, ...more } });
export const base = (set: Record<string, Value>, ranks?: number) => ({ prefab: testPrefab([stage("scripts.base_train", set, ranks)]) });
export const only = (script: string, set: Record<string, Value> = {}, ranks?: number) => ({
  prefab: testPrefab([stage(script, set, ranks)]),
});
export const env = (variables: Record<string, string>) => ({ prefab: testPrefab([stage("scripts.base_train")], { env: variables }) });
export const busy = { ...h100(1), gpus: h100(1).gpus.map((gpu) => ({ ...gpu, usedBytes: 40 * 2 ** 30 })) };
export const saved = checkpoint("base", "d4", 40);
export const pocket = captured("92d63d4", { kind: "pocket" });

export interface Case {
  /** Of the rule. */
  id: string;
  when: string;
  input: Partial<PlanInput>;
  /** What its fix sets, by name; null = it has none. */
  fix: Record<string, Value> | "inserts" | null;
}
