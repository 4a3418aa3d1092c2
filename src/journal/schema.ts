/** The tables of journal.db, and opening it for writing. */
import { Database } from "bun:sqlite";
import { existsSync, renameSync } from "node:fs";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { errorCode, ioReason, ioRemedy } from "../lib/files.ts";
import { isSummarised, summariseAll } from "./rollup-table.ts";

/** A journal with a higher one is refused. */
export const JOURNAL_VERSION = 1;

/**
 * A series is a row of `metric`; its keys are steps, or seconds since the epoch for stage 0.
 *
 * Points arrive in `tail`, one row a commit (batch.ts). Compaction moves them into `chunk` (chunk.ts) and `rollup`
 * (rollup.ts), one row each for every 4096 keys, and then deletes the tail up to `state.compacted`. A point that is in
 * both places is the newer one in the tail. Rollups have a table of their own so that a long chart never reads values, and their
 * sums one (`summary`, rollup-table.ts) so that a whole run is opened without reading rollups.
 */
const SCHEMA = `
  CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE state(id INTEGER PRIMARY KEY CHECK(id = 1), compacted INTEGER NOT NULL);
  CREATE TABLE metric(id INTEGER PRIMARY KEY, stage INTEGER NOT NULL, name TEXT NOT NULL,
    first_key INTEGER, last_key INTEGER, latest_key INTEGER, latest_value REAL, UNIQUE(stage, name));
  CREATE TABLE tail(seq INTEGER PRIMARY KEY, points INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE TABLE chunk(metric INTEGER NOT NULL, c INTEGER NOT NULL, first_key INTEGER NOT NULL, offsets BLOB,
    vals BLOB NOT NULL, PRIMARY KEY(metric, c));
  CREATE TABLE rollup(metric INTEGER NOT NULL, c INTEGER NOT NULL, rev INTEGER NOT NULL, last_key INTEGER NOT NULL,
    buckets BLOB NOT NULL, PRIMARY KEY(metric, c)) WITHOUT ROWID;
  CREATE INDEX rollup_rev ON rollup(rev);
  CREATE TABLE event(seq INTEGER PRIMARY KEY, stage INTEGER NOT NULL, at INTEGER NOT NULL, step INTEGER, kind TEXT NOT NULL,
    body TEXT NOT NULL);
  CREATE INDEX event_kind ON event(kind, seq);
  CREATE TABLE log(seq INTEGER PRIMARY KEY, stage INTEGER NOT NULL, at INTEGER NOT NULL, stream TEXT NOT NULL, rank INTEGER,
    level INTEGER NOT NULL, text TEXT NOT NULL);
  CREATE TABLE source_offset(file TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE head(stage INTEGER PRIMARY KEY, step INTEGER NOT NULL);
`;

/** Levels as stored, so that "at least a warning" is a comparison. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

export interface OpenedJournal {
  db: Database;
  /** Where a journal that could not be read was moved to, and why; null when there was none. */
  movedAside: { path: string; why: string } | null;
}

/**
 * Opens or makes the journal for its one writer. A file that is no journal any more is moved to
 * `journal.db.corrupt-<time>`, never deleted: everything in it can be read again from the files of the run.
 */
export function openForWriting(path: string): Result<OpenedJournal> {
  const first = tryOpen(path);
  if (first.ok) return ok({ db: first.value, movedAside: null });
  if (first.failure.code !== "corrupt") return first;
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(":", "-")}`;
  try {
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
  } catch (error) {
    return fail("corrupt", `${path} is damaged and could not be moved aside`, { why: ioReason(error), remedy: "Move it away" });
  }
  const second = tryOpen(path);
  return second.ok ? ok({ db: second.value, movedAside: { path: aside, why: first.failure.details ?? "" } }) : second;
}

function tryOpen(path: string): Result<Database> {
  let db: Database | null = null;
  try {
    db = new Database(path, { create: true });
    // The journal has one writer; what can be in its way is a short moment of somebody's backup tool.
    db.run("PRAGMA busy_timeout = 100");
    // Four rollups a page: those of a series lie together, and opening a long run reads them all.
    db.run("PRAGMA page_size = 8192");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA wal_autocheckpoint = 500");
    db.run("PRAGMA journal_size_limit = 33554432");
    const version = versionOf(db);
    if (version === null) create(db);
    else if (version > JOURNAL_VERSION) return closed(db, newerVersion(path, version));
    if (!isSummarised(db)) summariseAll(db);
    assertWhole(db);
    return ok(db);
  } catch (error) {
    return closed(db, failureOf(path, error));
  }
}

const closed = (db: Database | null, failure: Failure): Result<Database> => {
  db?.close();
  return { ok: false, failure };
};

function create(db: Database): void {
  db.transaction(() => {
    db.run(SCHEMA);
    db.run("INSERT INTO meta VALUES ('version', ?)", [String(JOURNAL_VERSION)]);
    db.run("INSERT INTO state VALUES (1, 0)");
  })();
}

/** Reads what the writer will go on from; a damaged page there shows now and not in the middle of a run. */
function assertWhole(db: Database): void {
  for (const table of ["state", "metric", "source_offset", "head", "tail"]) db.query(`SELECT * FROM ${table}`).values();
  for (const table of ["event", "log", "chunk"]) db.query(`SELECT max(rowid) FROM ${table}`).values();
  db.query("SELECT max(rev) FROM rollup").values();
}

/** The version a database says it has; null for an empty one. Throws on what is no database. */
export function versionOf(db: Database): number | null {
  const tables = db.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  if (tables.length === 0) return null;
  if (!tables.some((table) => table.name === "meta")) throw new NotAJournal("it is a database of something else");
  const row = db.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'version'").get();
  const version = Number(row?.value);
  if (!Number.isInteger(version)) throw new NotAJournal("it does not say its version");
  return version;
}

class NotAJournal extends Error {}

export const newerVersion = (path: string, version: number): Failure => ({
  code: "newer-version",
  what: `${path} has version ${version}, and this nanochat-cli reads up to ${JOURNAL_VERSION}`,
  why: "it was written by a newer nanochat-cli",
  remedy: "Update nanochat-cli",
});

const CORRUPT_CODES = new Set(["SQLITE_NOTADB", "SQLITE_CORRUPT"]);
const SQLITE_REASONS: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  SQLITE_FULL: ["the disk is full", "Free some space on it"],
  SQLITE_BUSY: ["another process holds a lock on it", "End the program that has it open"],
  SQLITE_READONLY: ["you have no permission to write it", "Change its permissions"],
  SQLITE_CANTOPEN: ["it could not be opened", "Check that its folder is there and that you may write to it"],
  SQLITE_PERM: ["you have no permission there", "Change its permissions"],
};

/** What SQLite threw, as a Failure that names the file. */
export function failureOf(path: string, error: unknown): Failure {
  const code = errorCode(error) ?? "";
  const main = /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? "";
  // A blob that does not decode, or a missing table, is damage as well, found a layer higher up.
  if (
    CORRUPT_CODES.has(main) ||
    error instanceof NotAJournal ||
    error instanceof RangeError ||
    /^no such (table|column)/.test(message(error))
  ) {
    return {
      code: "corrupt",
      what: `${path} is not a readable journal`,
      why: "it is damaged, or is something else",
      remedy: "Move it away: what it held is read again from the files of the run",
      details: message(error),
    };
  }
  const [why, remedy] = SQLITE_REASONS[main] ?? [ioReason(error), ioRemedy(error)];
  return {
    code: "io",
    what: `${path} could not be used`,
    why,
    ...(remedy === undefined ? {} : { remedy }),
    details: `${code} ${message(error)}`.trim(),
  };
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
