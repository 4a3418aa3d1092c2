/** How far a stage is, how long it has taken, and how long it will take at this pace. */

import type { DerivedConfig } from "../core/bridge.ts";
import type { StageIndex } from "../core/journal.ts";
import { stepsDone as madeBy, shareShown, TERMINAL_STATUSES } from "../core/run.ts";
import { clock } from "../lib/format.ts";
import { type ToldShare, toldShare } from "../lib/told-share.ts";
import { currentStage, derived, type Latest, type PanelData, position, type RunFacts, stageState, stageTitle } from "./data.ts";
import { standstill } from "./standstill.ts";

/** Steps of the stage; null when its script runs until its data ends, or has not said yet. */
export const totalSteps = (facts: RunFacts): number | null => totalBy(derived(facts), facts);

const totalBy = (figures: DerivedConfig, { state: { progress }, stage }: RunFacts): number | null =>
  figures.totalSteps ?? (progress?.stage === stage ? progress.totalSteps : null);

/** Steps that are done at the newest one, or another; null before the first. */
export function stepsDone(facts: RunFacts, at: Pick<Latest, "key"> | null): number | null {
  if (at === null) return null;
  const figures = derived(facts);
  return madeBy({ step: at.key, totalSteps: totalBy(figures, facts), countsFrom: figures.countsFrom });
}

/** Lines in which the newest step is looked for: an evaluation prints some dozens. */
const RECENT_LINES = 60;

const lastTold = new WeakMap<PanelData, { stage: StageIndex; told: ToldShare | null; at: number }>();
/** How often it is looked for: a log is read for it, and the status bar is drawn with every key. */
const LOOK_MS = 500;

/**
 * How far a stage without a last step is, by what its script says, 0 to 1: by its newest line, beside which an older figure would
 * look like a mistake; else as its supervisor has heard it last. Null when nobody has.
 */
export function shareTold(facts: RunFacts): number | null {
  const { state, stage, data } = facts;
  const heard = state.progress?.stage === stage ? shareShown({ ...state, progress: state.progress }) : null;
  const step = position(facts)?.key;
  if (step === undefined || heard === 1) return heard;
  const before = lastTold.get(data);
  const isKnown = before?.stage === stage && (before.told?.step === step || Math.abs(facts.now - before.at) < LOOK_MS);
  if (isKnown) return before.told?.share ?? heard;
  const lines = data.log({ stage, limit: RECENT_LINES });
  const told = lines.reduce<ToldShare | null>((newest, { text }) => toldShare(text) ?? newest, null);
  lastTold.set(data, { stage, told, at: facts.now });
  return told?.share ?? heard;
}

/** Seconds until the stage ends, by its supervisor, else by the newest step's time; null when that cannot be told, or it stands still. */
export function secondsLeft(facts: RunFacts): number | null {
  const { status } = facts.state;
  if (facts.liveness === "gone" || stageState(facts)?.status !== "running" || status === "paused" || TERMINAL_STATUSES.has(status))
    return null;
  if (standstill(facts, position(facts)) !== null) return null;
  const { progress } = facts.state;
  // The first step of a process, which it passes over, is none to go by.
  if (progress?.stage === facts.stage && (progress.etaSeconds !== null || facts.liveness === "owned")) return progress.etaSeconds;
  const total = totalSteps(facts);
  const done = stepsDone(facts, position(facts));
  const dt = facts.data.latest(facts.stage, "train/dt")?.value ?? null;
  return done === null || total === null || dt === null ? null : (total - done) * dt;
}

/** What follows on the stage that runs: `chat_sft`, `chat_sft and 2 more`; null when nothing does. What is left of a stage is not all then. */
export function stagesAfter({ state, liveness }: Pick<RunFacts, "state" | "liveness">): string | null {
  if (liveness === "gone" || state.status === "stopping" || TERMINAL_STATUSES.has(state.status)) return null;
  const now = currentStage(state);
  const [next, ...others] = state.stages.filter(({ index, status }) => index > now && status === "pending");
  return next === undefined ? null : `${stageTitle(next.name)}${others.length === 0 ? "" : ` and ${others.length} more`}`;
}

/** Below that a minute is too coarse to say when something ends. */
const SOON_SECONDS = 600;

/** The time of day at which so many seconds will have passed: `16:42`, soon `16:42:07`. */
export const endsAt = ({ now }: Pick<RunFacts, "now">, seconds: number): string => clock(now + seconds * 1000, seconds < SOON_SECONDS);

/** Seconds since the stage began, up to its end. */
export function secondsTaken(facts: RunFacts): number | null {
  const stage = stageState(facts);
  if (stage?.startedAt == null) return null;
  const end = stage.endedAt === null ? facts.now : Date.parse(stage.endedAt);
  return (end - Date.parse(stage.startedAt)) / 1000;
}

/**
 * How long the stage has taken by now, by name; of one of several that has ended its own name too (`chat_sft took`), for the run's time
 * is another. Where nobody knows when it began, as of a log that was imported, the training time that
 * its newest step tells: a script counts no evaluation into that.
 */
export function timeTaken(facts: RunFacts, name: string): readonly [name: string, seconds: number | null] {
  const told = facts.data.latest(facts.stage, "train/seconds");
  const seconds = secondsTaken(facts);
  if (seconds === null && told !== null) return ["trained for", told.value];
  const stage = stageState(facts);
  return [stage?.endedAt == null || facts.state.stages.length < 2 ? name : `${stageTitle(stage.name)} took`, seconds];
}

/** Now, or when the run ended: what is drawn up to a moment ends there, not with the empty time since. Epoch milliseconds. */
export const lastMoment = ({ liveness, state, now }: RunFacts): number =>
  liveness === "ended" && state.endedAt !== null ? Date.parse(state.endedAt) : now;
