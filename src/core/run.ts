/** A run and its stages as they are recorded on disk (`state.json`), and the requests one can make of it. */

import type { PatchChange } from "./bridge.ts";
import type { Value } from "./plan.ts";

/** Version of every file in a run directory. A directory with a higher one is refused, never half-read. */
export const RUN_FORMAT = 1;

/** Stands as prefab in the record of a run that was not started here. */
export const IMPORTED = "imported";

/** Whether it began when its record was made: what was imported after its end did not. */
export const beganThen = ({ prefab, liveness }: { prefab: string; liveness: Liveness }): boolean =>
  prefab !== IMPORTED || liveness !== "ended";

/** `paused`: the trainer waits between two steps, as it was asked to, and holds its memory. */
export type RunStatus = "starting" | "running" | "paused" | "stopping" | "done" | "failed" | "stopped" | "lost";
export type StageStatus = "pending" | "running" | "done" | "failed" | "stopped" | "lost";

/** One script invocation of a run. Times are UTC ISO. */
export interface StageState {
  /** 1-based; also the stage number in the journal. */
  index: number;
  /** `01-base_train`: the folder under `stages/`. */
  name: string;
  /** `scripts.base_train` */
  script: string;
  status: StageStatus;
  /** Process id of the trainer's parent, `launch.py`. */
  pid: number | null;
  /** Kernel start time of that pid (clock ticks since boot), so that a reused pid is not mistaken for ours. */
  startTicks: number | null;
  /** The trainer's own processes, which may outlive their parent; missing in a record of an earlier version. */
  ranks?: Array<{ pid: number; startTicks: number | null }>;
  startedAt: string | null;
  endedAt: string | null;
  exitCode: number | null;
  signal: string | null;
  /** Why it ended as it did, in a sentence; null while all is well. */
  reason: string | null;
}

/** The process that owns the run: at most one at a time, held by an operating-system lock. */
export interface Owner {
  pid: number;
  startTicks: number | null;
  startedAt: string;
  version: string;
}

/** Last known position of the running stage, for lists; the journal has the history. */
export interface Progress {
  stage: number;
  step: number;
  totalSteps: number | null;
  /** May be NaN or infinite, as `valBpb` may. */
  loss: number | null;
  valBpb: number | null;
  /** At its newest step. */
  tokensPerSecond: number | null;
  /** The median of its last steps; missing where none was told, and in a record of an earlier version. */
  usualTokensPerSecond?: number;
  etaSeconds: number | null;
  /** How far through its data a script without a last step says that it is, 0 to 1; missing where it says nothing. */
  share?: number;
  /** What its script calls its first step; missing where that is 0. */
  countsFrom?: number;
}

/** How fast a run is, which is that of its newest step; one that has ended was as fast as its last steps usually were. */
export const rateShown = ({ progress, liveness }: { progress: Progress | null; liveness: Liveness }): number | null =>
  (liveness === "ended" ? progress?.usualTokensPerSecond : undefined) ?? progress?.tokensPerSecond ?? null;

export type StepCount = Pick<Progress, "step" | "totalSteps" | "countsFrom">;

/**
 * Steps that have been made, as people count them: `step` is counted from 0 by most of nanochat's scripts, and the last one may be
 * an evaluation alone. Whatever says `step 300` names the one; `301 / 600 steps` counts them.
 */
export const stepsDone = ({ step, totalSteps, countsFrom = 0 }: StepCount): number =>
  Math.min(step + 1 - countsFrom, totalSteps ?? Number.POSITIVE_INFINITY);

/** The share of all steps that have been made; null when it is not known how many there are. */
export const shareDone = (progress: StepCount | null): number | null =>
  progress?.totalSteps ? stepsDone(progress) / progress.totalSteps : null;

/**
 * How far a run has come, as it is shown: the share of its steps; of a script without a last step all when it is done, else what it
 * says itself. Null when nobody can tell.
 */
export function shareShown({ progress, status }: { progress: Progress | null; status: RunStatus | null }): number | null {
  if (progress === null) return null;
  return shareDone(progress) ?? (status === "done" ? 1 : (progress.share ?? null));
}

/** The run that a resumed one goes on from, and at which step of which script. */
export interface RunBefore {
  id: string;
  step: number;
  script: string;
}

export interface RunState {
  version: number;
  id: string;
  name: string;
  prefab: string;
  status: RunStatus;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  reason: string | null;
  stages: StageState[];
  owner: Owner | null;
  /** Written every second by the owner, even when nothing happens. */
  heartbeatAt: string | null;
  progress: Progress | null;
  /** Only of a run that was not started here. */
  imported?: Imported;
}

/** Where a run comes from that was not started here: it is looked at like any other, and nothing can be asked of it. */
export interface Imported {
  kind: "wandb" | "log";
  /** Absolute paths, in the order in which they were written. */
  files: string[];
  /** Of a run of W&B; null of a log. */
  wandb: { id: string; project: string; entity: string } | null;
  /** Of a log, by which it is told from another one of the same name: SHA-256 of its first bytes; null while nothing was read. */
  head: { bytes: number; sha256: string } | null;
  /** When it was imported first, and when it was read last; UTC ISO. */
  at: string;
  readAt: string;
  /** False while it is being read, and when that was broken off: importing it again goes on from there. */
  complete: boolean;
  /** How far the watches have heard each stage, the first one first; missing where it was imported before they did. */
  watched?: WatchedTo[];
}

/** All that came before it has been watched. */
export interface WatchedTo {
  /** Null before the first. */
  step: number | null;
  /** Epoch milliseconds, by the clock of what was read. */
  at: number;
}

/** What a viewer sees: the record, and whether somebody is still looking after it. */
export type Liveness =
  | "owned" // a supervisor is alive and heartbeating
  | "unattended" // the trainer lives, or what started it; its supervisor does not: adopt
  | "gone" // none of them lives, and the record does not say how it ended: adopt finds out
  | "ended";

/** Why a run is "gone", in words. A trainer may outlive what started it: nobody has seen it die. */
export const WHY_GONE = "its supervisor and what started its trainer have died";

/** Of a run that keeps another one from writing to the same place: what it does, and what to wait for. */
export function writingStill(id: string, liveness: Liveness): { does: string; until: string } {
  return liveness === "gone"
    ? { does: "has not been seen to end, and writes", until: `let \`nanochat-cli runs adopt ${id}\` find out what has become of that run` }
    : { does: "is still going and writes", until: "wait for that run to end" };
}

/** Nobody keeps its record, though that says that it goes on. */
export const isAlone = (liveness: Liveness | undefined): boolean => liveness === "unattended" || liveness === "gone";

/** What the trainer of such a run does: a paused one waits until somebody can let it go on. */
export const trainerAlone = (status: RunStatus): { does: string; did: string } =>
  status === "paused" ? { does: "waits, paused", did: "waited, paused" } : { does: "goes on", did: "went on" };

/** A record is written each second: one that has not been for so long is not written any more, as on a disk that is full. */
const STALE_MS = 30_000;

/**
 * When the record of a run that goes on was written last, where it is not renewed any more: its supervisor has died, or it is much
 * longer ago than it should be. Else null.
 */
export const staleSince = ({ heartbeatAt }: Pick<RunState, "heartbeatAt">, liveness: Liveness, now: number): string | null => {
  const isOld = heartbeatAt !== null && now - Date.parse(heartbeatAt) > STALE_MS;
  return liveness === "unattended" || (liveness === "owned" && isOld) ? heartbeatAt : null;
};

export const TERMINAL_STATUSES: ReadonlySet<RunStatus> = new Set(["done", "failed", "stopped", "lost"]);

/** What a viewer may ask of a run; written to `requests/<id>.json`, acknowledged in the journal. */
export type RequestKind = "save" | "stop" | "stop-now" | "evaluate" | "sample" | "pause" | "resume" | "patch" | "acknowledge";

export interface RunRequest {
  version: number;
  id: string;
  kind: RequestKind;
  /** UTC ISO */
  at: string;
  /** Who asked, for the history: `tui`, `cli`. */
  from: string;
  /** Of a patch: new values by field name. */
  values?: Record<string, number>;
  /** Of a patch: the stage whose loop it is meant for; refused once another one runs. */
  forStage?: number;
  /** Of an acknowledgement: the alert's. */
  key?: string;
}

/** What only requests of one kind carry. */
export type RequestDetails = Pick<RunRequest, "values" | "forStage" | "key">;

export type RequestPhase = "requested" | "seen" | "applied" | "done" | "refused";

/** The state of a request as the journal tells it. */
export interface RequestStatus {
  id: string;
  kind: RequestKind;
  phase: RequestPhase;
  step: number | null;
  /** On done: where the checkpoint is and how large; on refused: why. */
  path: string | null;
  bytes: number | null;
  reason: string | null;
  /** When it came so far, UTC ISO. */
  at: string;
  /** When it was asked for, and who asked: `tui`, `cli`. Not known of a request that only the trainer tells of. */
  askedAt?: string;
  from?: string;
  /** When the trainer began with it, UTC ISO: a paused one has stood still since then. */
  appliedAt?: string;
  /** The stage that it was asked of. */
  stage?: number;
  /** Of a patch: what was asked for, and once it is applied what it changed. */
  values?: Record<string, number>;
  changes?: PatchChange[];
  forStage?: number;
  /** Of an acknowledgement: the alert's. */
  key?: string;
}

/** What people wrote down about a run; the supervisor knows nothing of it. */
export interface RunAbout {
  /** Shown instead of the name that it was started with. */
  name?: string;
  tags?: readonly string[];
  note?: string;
  archived?: boolean;
}

/** Whether lists leave it out: it was put away, and nothing of it goes on that somebody may have to look after. */
export const isAway = ({ about, liveness, problem }: { about?: RunAbout; liveness: Liveness; problem: string | null }): boolean =>
  about?.archived === true && (liveness === "ended" || problem !== null);

/** What environment.json says, of what is a plain value. */
export type RunEnvironment = Readonly<Record<string, Value>>;

/** What a run is called: by who has renamed it, else by who started it. */
export const runName = ({ name, about }: { name: string; about?: RunAbout }): string => about?.name ?? name;

/** The same in full where no list stands beside it: an id, by which commands know it, has only the name that it began with. */
export const nameWithId = ({ id, about }: { id: string; about?: RunAbout | undefined }): string =>
  about?.name === undefined ? id : `${about.name} (${id})`;

interface Called {
  id: string;
  name: string;
  about?: RunAbout;
}

/** That others are called as `one` is, a sentence that begins with a blank; empty when none is. Names may be shared: ids are not. */
export function sharedNameText(one: Called, all: readonly Called[]): string {
  const others = all.filter((run) => run.id !== one.id && runName(run) === runName(one)).map(({ id }) => id);
  if (others.length === 0) return "";
  const named = others.length > 3 ? `${others.length} other runs are` : `${others.join(", ")} ${others.length === 1 ? "is" : "are"}`;
  return ` ${named} called so too: by their ids they are told apart.`;
}
