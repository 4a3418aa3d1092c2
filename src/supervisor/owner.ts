/** At most one supervisor a run: a lock that goes with its process. */
import { fail, ok, type Result } from "../core/result.ts";
import { type Lock, takeLock } from "../lib/lock.ts";
import { isAlive } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";

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
  return fail("io", `${path} could not be locked`, { why: taken.why, remedy: "Move that file away and adopt the run again" });
}

function ownerName(runDir: string): string {
  const state = readState(runDir);
  const owner = state.ok ? state.value.owner : null;
  const known = owner !== null && isAlive(owner.pid, owner.startTicks);
  return known ? `process ${owner.pid} looks after it` : "another process has just taken it";
}
