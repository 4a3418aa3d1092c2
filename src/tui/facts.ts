/** A run as panels see it, made from an open one. */
import { currentStage, type RunFacts } from "../panels/data.ts";
import type { RunView } from "./app.ts";

export function factsOf(view: RunView, stage: number | null, now: number): RunFacts {
  const state = view.state();
  return { state, liveness: view.liveness(), plan: view.plan, data: view.reader, stage: stage ?? currentStage(state), now };
}
