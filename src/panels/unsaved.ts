/** What a run would lose if it ended this moment: the steps since its last checkpoint. */
import type { StageIndex } from "../core/journal.ts";
import { type SaveOutcome, SaveOutcomes } from "../core/saves.ts";
import { count, duration } from "../lib/format.ts";
import { derived, type PanelData, position, type RunFacts, stageState } from "./data.ts";
import { stepsDone } from "./pace.ts";

export interface Unsaved {
  /** Steps of the stage whose updates are in no checkpoint. */
  steps: number;
  /** How long they took, evaluations included; null when that is not known. */
  seconds: number | null;
  /** Step of the last checkpoint of the stage; null when there is none. */
  checkpoint: number | null;
  /** Why the last save that the trainer began with failed; null when it did not. */
  failure: string | null;
}

export function unsaved(facts: RunFacts): Unsaved {
  const at = position(facts);
  const last = facts.data.events({ kinds: ["checkpoint"], stage: facts.stage, limit: 1 }).at(-1);
  const checkpoint = last?.step ?? null;
  const failure = saveFailure(facts.data, facts.stage);
  if (at === null) return { steps: 0, seconds: null, checkpoint, failure };
  const since = last?.at ?? Date.parse(stageState(facts)?.startedAt ?? "");
  const seconds = at.at === null || Number.isNaN(since) ? null : Math.max(0, (at.at - since) / 1000);
  // A checkpoint is counted by the updates that are in it.
  const steps = Math.max(0, (stepsDone(facts, at) ?? 0) - (checkpoint ?? derived(facts).startStep ?? 0));
  return { steps, seconds, checkpoint, failure };
}

/** Also where the watch of failed saves is off. */
function saveFailure(data: Pick<PanelData, "events">, stage: StageIndex): string | null {
  const saves = new SaveOutcomes();
  let last: SaveOutcome | null = null;
  for (const event of data.events({ kinds: ["request", "checkpoint"], stage })) last = saves.hear(event) ?? last;
  return last?.failure ?? null;
}

/** A sentence, and one more where the last save failed. */
export function unsavedText({ steps, seconds, checkpoint, failure }: Unsaved): string {
  const failed = failure === null ? "" : ` The last save failed: ${failure}.`;
  const saved = checkpoint === null ? "there is no checkpoint of this stage" : `the last checkpoint is of step ${count(checkpoint)}`;
  if (steps === 0) return `No training step is lost: ${checkpoint === null ? "none has been made" : saved}.${failed}`;
  const took = seconds === null ? "" : ` (${duration(seconds)})`;
  return `${count(steps)} ${steps === 1 ? "step is" : "steps are"} lost${took}: ${saved}.${failed}`;
}
