/** A run that is being planned: what the Config tab edits. Everything it answers is there at once; only opening and saving take time. */
import type { Checkpoint, Purpose } from "./checkpoint.ts";
import type { Fix, Plan, Value } from "./plan.ts";
import type { Result } from "./result.ts";

/** What a draft begins with; `as`: the tag that the checkpoint is copied under first. */
export type DraftSource = { prefab: string } | { run: string } | { checkpoint: Checkpoint; purpose: Purpose; as?: string };

/** What was changed of a plan, to be done again after a restart. */
export interface DraftWork {
  edits: ReadonlyArray<{ script: string; name: string; value: Value; layer: "override" | "fix" }>;
  /** Stages that fixes have put before the others. */
  inserted: ReadonlyArray<{ script: string; set: Readonly<Record<string, Value>> }>;
  /** How many edits that is for the person who made them. */
  count: number;
}

/** What another value of one parameter would do. */
export interface Preview {
  /** Why it will not do, a sentence; then nothing else is known. */
  problem: string | null;
  /** `steps 2,520 → 5,040 · ~$17 → ~$34`, or null when no figure changes. */
  effect: string | null;
}

/** One value that differs between two plans. */
export interface DraftDifference {
  stage: string;
  name: string;
  here: string;
  there: string;
}

export interface Draft {
  /** `prefab cpu`, `run first 20261123-161200` */
  readonly title: string;
  /** As it would run now, with findings and figures. */
  readonly plan: Plan;
  /** Edits since it was opened or saved, those that were taken back behind that as well. */
  readonly edits: number;
  /** Names of the parameters' categories, in their order. */
  readonly categories: readonly string[];
  category(script: string, parameter: string): string;
  preview(stage: string, name: string, text: string): Preview;
  set(stage: string, name: string, text: string): Result<void>;
  /** Takes an edit back, and with it the prefab's own value: the script's default counts again. */
  unset(stage: string, name: string): Result<void>;
  apply(fix: Fix): Result<void>;
  /** What was taken back or made again, in words; null when there is nothing. */
  undo(): string | null;
  redo(): string | null;
  /** Refused when there is a prefab of that name, with what would be lost or hidden as its `why`. */
  save(name: string, overwrite: boolean): Promise<Result<{ file: string }>>;
  /** Takes over what led to `before`, which this one is as it was saved: undo goes on behind that. */
  goOnFrom(before: Draft): void;
  /** What has been changed since it was opened. */
  work(): DraftWork;
  /** Does it again, on a draft from the same beginning; refused when its plan cannot be made any more. */
  resume(work: DraftWork): Result<void>;
  diff(against: DraftSource): Promise<Result<DraftDifference[]>>;
  /** Starts the run; its id. `force` overrides errors of the plan. */
  start(force: boolean): Promise<Result<string>>;
}
