/**
 * Whether a stage that runs stands still, or nothing is known of it any more: what a screen shows of it is of a while ago then, and
 * how long it will take cannot be told.
 */
import { staleSince } from "../core/run.ts";
import { type Latest, type RunFacts, stageState, textField } from "./data.ts";

/** A step may take so many times the usual before it counts as a stall, and at least so many seconds. */
const STALL_FACTOR = 20;
const STALL_SECONDS = 15;

/** `steps`: none has come since then; `record`: nothing has been written of it since, so that none could. Epoch milliseconds. */
export interface Standstill {
  kind: "steps" | "record";
  since: number;
}

/** Null where it goes on as far as is known, or does what takes longer than a step. `at`: its newest step. */
export function standstill(facts: RunFacts, at: Latest | null): Standstill | null {
  const { state, liveness, now, data, stage, isReplayed = false } = facts;
  if (stageState(facts)?.status !== "running" || state.status === "stopping" || state.status === "paused") return null;
  // A replay is not written at all.
  const unrecorded = isReplayed ? null : staleSince(state, liveness, now);
  if (unrecorded !== null) return { kind: "record", since: Date.parse(unrecorded) };
  if (at?.at == null || liveness === "gone" || openPhaseOf(facts) !== null) return null;
  const usual = data.latest(stage, "train/dt")?.value ?? 0;
  return (now - at.at) / 1000 > Math.max(STALL_SECONDS, usual * STALL_FACTOR) ? { kind: "steps", since: at.at } : null;
}

/** A phase that began and has not ended: its name, and when. */
export function openPhaseOf({ data, stage }: Pick<RunFacts, "data" | "stage">): { name: string; at: number } | null {
  const last = data.events({ kinds: ["phase"], stage, limit: 1 }).at(-1);
  return last === undefined || textField(last.body, "state") !== "begin" ? null : { name: textField(last.body, "name") ?? "", at: last.at };
}
