/** A past run as a prefab: all that was resolved then, so that it can be run once more exactly. */
import type { Plan, PlannedStage, ResolvedValue } from "../core/plan.ts";
import type { Prefab, PrefabStage, Setting } from "./prefab.ts";

/** How a run is named where a prefab is wanted: `run:20261123-161200-pocket`. */
export const RUN_PREFIX = "run:";

/** What every run gives itself anew: its folder of checkpoints, and its name at W&B. */
const OWN: ReadonlySet<string> = new Set(["model_tag", "run"]);

/** `file` is the plan's own, for the provenance of its values. */
export function prefabOfPlan(plan: Plan, id: string, file: string): Prefab {
  return {
    name: `${RUN_PREFIX}${id}`,
    title: `As run ${id}`,
    description: `What run ${id} of prefab ${plan.prefab} was made with`,
    workspace: plan.workspace.kind === "pocket" ? "pocket" : "nanochat",
    hardware: undefined,
    file,
    madeFrom: plan.prefab,
    lineage: [`${RUN_PREFIX}${id}`],
    env: plan.env,
    ranks: 1,
    stages: plan.stages.map((stage) => stageOf(stage, `${RUN_PREFIX}${id}`, file)),
  };
}

const stageOf = ({ script, ranks, values }: PlannedStage, prefab: string, file: string): PrefabStage => ({
  script,
  ranks,
  set: new Map(values.filter(isKept).map((value) => [value.parameter.name, settingOf(value, prefab, file)])),
});

const isKept = ({ parameter, origin }: ResolvedValue): boolean =>
  !((origin.layer === "override" || origin.layer === "imported") && OWN.has(parameter.name));

/** A default stays one: it becomes a setting only where this checkout's default is another. */
const settingOf = ({ value, origin }: ResolvedValue, prefab: string, file: string): Setting => ({
  value,
  origin: { layer: origin.layer === "default" ? "default" : "prefab", prefab, file },
});
