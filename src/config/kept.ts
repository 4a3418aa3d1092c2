/** What of a plan a prefab has to say so that it resolves to the same again, beside what it extends. */
import { type Plan, type PlannedStage, type ResolvedValue, shortName, type Value } from "../core/plan.ts";
import { ok, type Result } from "../core/result.ts";
import { makePlan } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import type { Prefab } from "./prefab.ts";
import { RANKS } from "./resolve.ts";

/** One value to be kept. `ranks` as name is the stage's number of processes. */
export interface KeptValue {
  script: string;
  name: string;
  value: Value;
  /** It is the script's own: to be written only where something below says otherwise. */
  isDefault: boolean;
}

/** Where a plan differs from what a prefab alone comes to. */
export interface Kept {
  values: KeptValue[];
  /** Stages that the prefab does not have, in front of the others. */
  stages: Array<{ script: string; set: Record<string, Value> }>;
  env: Record<string, string>;
}

/** A plan that is to be kept, and the prefab that it was made from. */
export interface Keeping {
  from: Prefab;
  /** Null: that prefab cannot be added to in such a way. */
  beside: (base: Prefab) => Result<Kept | null>;
  /** Whether a prefab comes to the same plan. */
  isSame: (prefab: Prefab) => boolean;
}

/** Fails when what is to be kept makes no plan. */
export function keepingOf(input: PlanInput): Result<Keeping> {
  const plan = makePlan(input);
  if (!plan.ok) return plan;
  const planOf = (prefab: Prefab): Result<Plan> => makePlan({ ...input, prefab, edits: [], sets: [], inserted: [] });
  return ok({
    from: input.prefab,
    beside: (base) => {
      const other = planOf(base);
      return other.ok ? ok(kept(plan.value, other.value, input)) : other;
    },
    isSame: (prefab) => {
      const other = planOf(prefab);
      return other.ok && JSON.stringify(told(other.value)) === JSON.stringify(told(plan.value));
    },
  });
}

const told = ({ env, stages }: Plan): unknown => [
  Object.entries(env).sort(),
  stages.map(({ script, ranks, values }) => [script, ranks, values.map(({ parameter, value }) => [parameter.name, value])]),
];

function kept(plan: Plan, base: Plan, input: PlanInput): Kept | null {
  const there = (script: string): PlannedStage | undefined => base.stages.find((stage) => stage.script === script);
  const gone = base.stages.some(({ script }) => !plan.stages.some((stage) => stage.script === script));
  if (gone || Object.keys(base.env).some((name) => !(name in plan.env))) return null;
  const values = plan.stages.flatMap((stage) => {
    const other = there(stage.script);
    return other === undefined ? [] : valuesBeside(stage, other, input);
  });
  const added = plan.stages.filter(({ script }) => there(script) === undefined);
  const stages = added.map(({ script, values: all }) => ({
    script,
    set: Object.fromEntries(all.filter((value) => isAsked(value, script, input)).map(({ parameter, value }) => [parameter.name, value])),
  }));
  return { values, stages, env: Object.fromEntries(Object.entries(plan.env).filter(([name, value]) => base.env[name] !== value)) };
}

/** What a plan gives a stage by itself (config/plan.ts). */
const GIVEN: ReadonlySet<string> = new Set(["model_tag", "run", "source"]);

function valuesBeside({ script, ranks, values }: PlannedStage, other: PlannedStage, input: PlanInput): KeptValue[] {
  const before = new Map(other.values.map(({ parameter, value }) => [parameter.name, value]));
  const differing = values
    .filter((one) => !Object.is(before.get(one.parameter.name), one.value) && !isOwn(one, script, input))
    .map(({ parameter, value, origin }) => ({
      script,
      name: parameter.name,
      value,
      // Left unsaid, these are not the script's default but the run's own.
      isDefault: !GIVEN.has(parameter.name) && (origin.layer === "default" || (parameter.defaultKnown && parameter.default === value)),
    }));
  return ranks === other.ranks ? differing : [...differing, { script, name: RANKS, value: ranks, isDefault: false }];
}

const isAsked = (value: ResolvedValue, script: string, input: PlanInput): boolean =>
  value.origin.layer !== "default" && !isOwn(value, script, input);

/** What every run gives itself, as its model tag: not what somebody has typed. */
const isOwn = ({ parameter, origin }: ResolvedValue, script: string, { edits = [] }: PlanInput): boolean =>
  origin.layer === "override" && !edits.some((edit) => edit.name === parameter.name && shortName(edit.script) === shortName(script));
