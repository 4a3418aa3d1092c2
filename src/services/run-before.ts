/** The run that a resumed run goes on from: its curves are the beginning of these. */
import { writesStage } from "../config/lineage.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { type Plan, plannedValue, resumesAt, shortName } from "../core/plan.ts";
import type { RunBefore } from "../core/run.ts";
import { writersAmong } from "./checkpoint-care.ts";
import { savedBy } from "./checkpoint-patches.ts";
import { listCheckpoints } from "./checkpoints.ts";
import type { RunSummary } from "./runs.ts";

/**
 * Of `runs`, newest first, the newest that was begun before `id` and saved the checkpoint that it was resumed from. Null for a run
 * that begins anew, and where the checkpoint is gone or no run tells of it. `cacheFolder`: of the list of checkpoints.
 */
export function runBefore(runs: readonly RunSummary[], id: string, plan: Plan, cacheFolder?: string): RunBefore | null {
  const resumed = resumedFrom(plan, cacheFolder);
  if (resumed === null) return null;
  const { one } = resumed;
  const older = runs.slice(runs.findIndex((run) => run.id === id) + 1);
  const saved = savedBy(writersAmong(older), one);
  return saved === null ? null : { id: saved.run, step: one.step, script: resumed.script };
}

/** `--resume-from-step` of `--model-tag` (scripts/base_train.py@92d63d4), as a checkpoint that is there, and the script that has it. */
function resumedFrom({ stages, baseDir }: Plan, cacheFolder: string | undefined): { script: string; one: Checkpoint } | null {
  for (const stage of stages) {
    const [step, tag, kind] = [resumesAt(stage), plannedValue(stage, "model_tag"), writesStage(shortName(stage.script))];
    if (step === null) continue;
    const all = listCheckpoints(baseDir, cacheFolder);
    const one = all.find((each) => each.stage === kind && each.tag === tag && each.step === step);
    return one === undefined ? null : { script: stage.script, one };
  }
  return null;
}
