/** What can be done with what a run has left behind when it failed. */
import type { StageIndex, StoredEvent } from "../core/journal.ts";
import { count } from "../lib/format.ts";
import { currentStage, type PanelData, type RunFacts, textField } from "./data.ts";

/** The loss as it was computed, before the smoothed one, which a log may tell alone. */
const LOSSES = ["train/loss_raw", "train/loss"] as const;
/** How many steps before a checkpoint its loss is looked for: a log need not tell each. */
const NEAR = 1000;

export interface Sound {
  /** The newest checkpoint that was saved while the loss was a finite number; null when there is none. */
  last: StoredEvent | null;
  /** Step of the newest of all, when that is another: its weights are NaN or infinite by all appearances. */
  spoilt: number | null;
}

/** From which checkpoint of a stage it can go on: what was saved with a loss that is no finite number has a model that is none. */
export function soundCheckpoint(data: Pick<PanelData, "events" | "points">, stage: StageIndex): Sound {
  const newest = data.events({ kinds: ["checkpoint"], stage, limit: 1 }).at(-1) ?? null;
  if (newest === null || isSound(data, newest)) return { last: newest, spoilt: null };
  const last = data.events({ kinds: ["checkpoint"], stage }).findLast((event) => isSound(data, event)) ?? null;
  return { last, spoilt: newest.step };
}

const isSound = (data: Pick<PanelData, "points">, { stage, step }: StoredEvent): boolean => spoiltLoss(data, stage, step) === null;

/**
 * The loss of what was saved at a step where it is NaN or infinite, else null. The loss of the step of its number is of these
 * very weights, and is told after it; else that of the step before.
 */
export function spoiltLoss(data: Pick<PanelData, "points">, stage: StageIndex, step: number | null): number | null {
  if (step === null) return null;
  const told = LOSSES.map((loss) => data.points(stage, loss, step - NEAR, step).values.at(-1)).find((value) => value !== undefined);
  return told === undefined || Number.isFinite(told) ? null : told;
}

/** The same for many checkpoints: a loss that is finite at the newest of a stage was so before, and most stages end with one. */
export function spoiltLosses(data: Pick<PanelData, "events" | "points">): (event: StoredEvent) => number | null {
  const isAnyOf = new Map<StageIndex, boolean>();
  return ({ stage, step }) => {
    if (!isAnyOf.has(stage)) {
      const newest = data.events({ kinds: ["checkpoint"], stage, limit: 1 }).at(-1);
      isAnyOf.set(stage, newest !== undefined && !isSound(data, newest));
    }
    return isAnyOf.get(stage) === true ? spoiltLoss(data, stage, step) : null;
  };
}

export interface WayOn {
  step: number;
  /** What `checkpoints resume` is given: the checkpoint, and where newer ones lie behind it the tag of a copy, for those would be written over. */
  args: string;
  /** Why it is not the newest one, a clause; null when it is. */
  why: string | null;
}

/** The checkpoint from which a failed pretraining can go on; null when there is none. */
export function resumable({ state, data }: Pick<RunFacts, "state" | "data">): WayOn | null {
  if (state.status !== "failed" && state.status !== "lost") return null;
  const stage = currentStage(state);
  // Chat training and reinforcement learning begin anew.
  if (!state.stages.find(({ index }) => index === stage)?.script.endsWith("base_train")) return null;
  const { last, spoilt } = soundCheckpoint(data, stage);
  const tag = last === null ? null : (textField(last.body, "path")?.split("/").at(-1) ?? null);
  const { progress } = state;
  // Of one that has made all of its steps nothing is left to train.
  const isWhole = progress?.stage === stage && progress.totalSteps !== null && (last?.step ?? 0) >= progress.totalSteps;
  if (tag === null || last?.step == null || isWhole) return null;
  const { step } = last;
  if (spoilt === null) return { step, args: `base/${tag}@${step}`, why: null };
  return {
    step,
    args: `base/${tag}@${step} --as ${tag}-2`,
    why: `when @${count(spoilt)} was saved the loss was NaN or infinite already`,
  };
}
