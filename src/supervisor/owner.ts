/**
 * At most one supervisor a run: an operating-system lock, held by an open SQLite transaction. The kernel drops it with
 * the process, however that dies, so there is never a stale lock to break.
 */
import { Database } from "bun:sqlite";
import { fail, ok, type Result } from "../core/result.ts";
import { errorCode } from "../lib/files.ts";
import { isAlive } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";

/**
 * How long a taker waits for a rival. Not zero: of two that start together each may hold the shared lock that the other
 * must see gone, and both would give up. (SQLite's locking_mode=EXCLUSIVE would be that very trap: with it, a loser keeps
 * its shared lock.)
 */
const RIVAL_WAIT_MS = 300;

/** Open for life: a database that only a closure knows may be collected, and its lock with it. */
const HELD = new Set<Database>();

export interface Ownership {
  release(): void;
}

/** Takes the run for the life of this process. `refused`, naming the owner, when another process has it. */
export function takeOwnership(runDir: string): Result<Ownership> {
  const path = runPaths(runDir).owner;
  let database: Database | null = null;
  try {
    database = new Database(path, { create: true, readwrite: true });
    database.run(`PRAGMA busy_timeout = ${RIVAL_WAIT_MS}`);
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    return notTaken(runDir, path, error);
  }
  const held = database;
  HELD.add(held);
  return ok({
    release: () => {
      HELD.delete(held);
      held.run("ROLLBACK");
      held.close();
    },
  });
}

function notTaken(runDir: string, path: string, error: unknown): Result<never> {
  if (errorCode(error)?.startsWith("SQLITE_BUSY")) {
    return fail("refused", `${runDir} already has a supervisor`, { why: ownerName(runDir), remedy: "Nothing needs to be done" });
  }
  const why = error instanceof Error ? error.message : String(error);
  return fail("io", `${path} could not be locked`, { why, remedy: "Move that file away and adopt the run again" });
}

function ownerName(runDir: string): string {
  const state = readState(runDir);
  const owner = state.ok ? state.value.owner : null;
  const known = owner !== null && isAlive(owner.pid, owner.startTicks);
  return known ? `process ${owner.pid} looks after it` : "another process has just taken it";
}
