/** All rules, in the order in which their findings are told: what stops everything first, then stage by stage. */
import type { Finding } from "../../core/plan.ts";
import { BATCH_RULES } from "./batch.ts";
import { CHECKPOINT_RULES } from "./checkpoints.ts";
import type { PlanContext } from "./context.ts";
import { DATA_RULES } from "./data.ts";
import { EVALUATION_RULES } from "./evaluation.ts";
import { HORIZON_RULES } from "./horizon.ts";
import { MACHINE_RULES } from "./machine.ts";
import { MODEL_RULES } from "./model.ts";
import { PATCHED_RULES } from "./patched.ts";
import { RANGE_RULES } from "./ranges.ts";
import type { StageRule } from "./rule.ts";
import { WORD_RULES } from "./words.ts";
import { PLAN_RULES } from "./workspace.ts";

/** The number of processes is settled before what is divided by it. */
const STAGE_RULES: readonly StageRule[] = [
  ...RANGE_RULES,
  ...WORD_RULES,
  ...CHECKPOINT_RULES,
  ...PATCHED_RULES,
  ...MACHINE_RULES,
  ...MODEL_RULES,
  ...BATCH_RULES,
  ...HORIZON_RULES,
  ...EVALUATION_RULES,
  ...DATA_RULES,
];

/** Whatever is wrong with a plan or worth knowing; pure, and a millisecond or so. */
export const checkPlan = (plan: PlanContext): Finding[] => [
  ...PLAN_RULES.flatMap(({ id, run }) => run(plan).map((found) => ({ id, ...found }))),
  ...plan.stages.flatMap((stage) => STAGE_RULES.flatMap(({ run }) => run(stage))),
];

/** Ids of all rules. */
export const RULE_IDS: readonly string[] = [...PLAN_RULES, ...STAGE_RULES].map(({ id }) => id);
