/** At most one supervisor a run: a lock that goes with its process. */
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { type RunState, type RunStatus, type StageState, TERMINAL_STATUSES, trainerAlone } from "../core/run.ts";
import { duration } from "../lib/format.ts";
import { type Lock, takeLock } from "../lib/lock.ts";
import { isAlive } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { livingTrainer, readState } from "../lib/run-files.ts";

/** How long a taker waits for a rival that is just giving up. */
const RIVAL_WAIT_MS = 300;

export type Ownership = Lock;

/** Takes the run for the life of this process. `refused`, naming the owner, when another process has it. */
export function takeOwnership(runDir: string): Result<Ownership> {
  const path = runPaths(runDir).owner;
  const taken = takeLock(path, RIVAL_WAIT_MS);
  if (taken.taken) return ok(taken.lock);
  if (taken.busy) {
    return fail("refused", `${runDir} already has a supervisor`, { why: ownerName(runDir), remedy: "Nothing needs to be done" });
  }
  return fail("io", `${path} could not be locked`, {
    why: taken.why,
    remedy: taken.remedy ?? "Move that file away and adopt the run again",
  });
}

type Left = Pick<RunState, "status" | "owner" | "heartbeatAt"> & {
  stages: ReadonlyArray<Pick<StageState, "status" | "pid" | "startTicks">>;
};

/**
 * What is to be told of the last owner, by the record as it was found by the next one, which holds the lock: one that has left
 * or handed the run off has taken its name out of it, one that died has not. Null when nobody was lost.
 */
export function ownerLost({ status, owner, heartbeatAt, stages }: Left, nowMs: number): Failure | null {
  if (owner === null || TERMINAL_STATUSES.has(status)) return null;
  const gone = heartbeatAt === null ? "" : ` for ${duration((nowMs - Date.parse(heartbeatAt)) / 1000)}`;
  const trainer = stages.find((stage) => stage.status === "running" && stage.pid !== null);
  return {
    code: "failed",
    what: `The supervisor (process ${owner.pid}) was gone${gone}`,
    why: trainer === undefined ? "the run is looked after again" : whatBecameOf(trainer, status),
    ...(heartbeatAt !== null && { details: `Its last heartbeat was at ${heartbeatAt}` }),
  };
}

const whatBecameOf = (stage: Left["stages"][number], status: RunStatus): string =>
  livingTrainer([stage]) !== null
    ? `the trainer ${trainerAlone(status).did}, and the run is looked after again`
    : "the trainer has ended meanwhile";

function ownerName(runDir: string): string {
  const state = readState(runDir);
  const owner = state.ok ? state.value.owner : null;
  const known = owner !== null && isAlive(owner.pid, owner.startTicks);
  return known ? `process ${owner.pid} looks after it` : "another process has just taken it";
}
