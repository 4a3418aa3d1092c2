/** What can be done with what a run has left behind when it failed. */
import { currentStage, type RunFacts, textField } from "./data.ts";

/** The checkpoint from which a failed pretraining can go on, as `checkpoints resume` takes it; null when there is none. */
export function resumable({ state, data }: Pick<RunFacts, "state" | "data">): { name: string; step: number } | null {
  if (state.status !== "failed" && state.status !== "lost") return null;
  const stage = currentStage(state);
  // Chat training and reinforcement learning begin anew.
  if (!state.stages.find(({ index }) => index === stage)?.script.endsWith("base_train")) return null;
  const last = data.events({ kinds: ["checkpoint"], stage, limit: 1 }).at(-1);
  const tag = last === undefined ? null : (textField(last.body, "path")?.split("/").at(-1) ?? null);
  const { progress } = state;
  // Of one that has made all of its steps nothing is left to train.
  const isWhole = progress?.stage === stage && progress.totalSteps !== null && (last?.step ?? 0) >= progress.totalSteps;
  return tag === null || last?.step == null || isWhole ? null : { name: `base/${tag}@${last.step}`, step: last.step };
}
