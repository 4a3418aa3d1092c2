/** A run as panels see it, made from an open one. */
import type { RunState } from "../core/run.ts";
import type { RunFacts } from "../panels/data.ts";
import type { RunView } from "./app.ts";

/** The stage that runs, else the last one that began, else the first. */
export const currentStage = ({ stages }: RunState): number =>
  (stages.find(({ status }) => status === "running") ?? stages.findLast(({ status }) => status !== "pending") ?? stages[0])?.index ?? 1;

export function factsOf(view: RunView, stage: number | null, now: number): RunFacts {
  const state = view.state();
  return { state, liveness: view.liveness(), plan: view.plan, data: view.reader, stage: stage ?? currentStage(state), now };
}
