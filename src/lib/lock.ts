/**
 * A lock between processes: an open SQLite transaction. The kernel drops it with the process, however that dies, so there
 * is never a stale one to break.
 */
import { Database } from "bun:sqlite";
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { errorCode, ioReason, ioRemedy } from "./files.ts";

export interface Lock {
  release(): void;
}

/** `busy`: another process has it. `remedy` is there where the fault is that of the folder, and not of the file. */
export type Taken = { taken: true; lock: Lock } | { taken: false; busy: boolean; why: string; remedy?: string | undefined };

/** Open for life: a database that only a closure knows may be collected, and its lock with it. */
const HELD = new Set<Database>();

/**
 * Takes the lock of the file at `path`, which is made, and holds nothing else; waits `patienceMs` for another holder. Not
 * zero: of two that start together each may hold the shared lock that the other must see gone, and both would give up.
 * (SQLite's locking_mode=EXCLUSIVE would be that very trap: with it, a loser keeps its shared lock.)
 */
export function takeLock(path: string, patienceMs: number): Taken {
  let database: Database | null = null;
  try {
    database = new Database(path, { create: true, readwrite: true });
    database.run(`PRAGMA busy_timeout = ${patienceMs}`);
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const busy = errorCode(error)?.startsWith("SQLITE_BUSY") ?? false;
    return { taken: false, busy, ...((busy ? null : folderFault(dirname(path))) ?? { why: ioReason(error) }) };
  }
  const held = database;
  HELD.add(held);
  return {
    taken: true,
    lock: {
      release: () => {
        HELD.delete(held);
        held.run("ROLLBACK");
        held.close();
      },
    },
  };
}

/** SQLite says no more than that it could not open the file; null where the folder is one to write in. */
function folderFault(dir: string): { why: string; remedy: string | undefined } | null {
  try {
    accessSync(dir, constants.W_OK);
    return null;
  } catch (error) {
    return { why: `nothing can be written in ${dir}: ${ioReason(error)}`, remedy: ioRemedy(error) };
  }
}
