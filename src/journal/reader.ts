/** A journal as another process sees it: follows what its writer commits, and answers queries. */
import { constants, Database } from "bun:sqlite";
import { accessSync, existsSync, constants as fsConstants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Axis, Outside, PointAt, SeriesColumns, SeriesQuery, StageIndex, StoredEvent, StoredLine } from "../core/journal.ts";
import { type Failure, ok, type Result } from "../core/result.ts";
import type { RequestStatus } from "../core/run.ts";
import { decodeBatch } from "./batch.ts";
import { chunksWithin } from "./columns.ts";
import type { Range } from "./gaps.ts";
import { StageView } from "./query.ts";
import { countEvents, countLog, type EventQuery, type LogQuery, lineAt, readEvents, readLog, reduceRequests } from "./records.ts";
import { failureOf, JOURNAL_VERSION, newerVersion, versionOf } from "./schema.ts";
import { ChunkCache, type MetricRow, Series } from "./series.ts";
import type { Extent } from "./window.ts";

/** Memory for values of chunks, for close-ups; charts from afar need only rollups. */
const CACHE_BYTES = 8 << 20;

/** What a refresh found. */
export interface Refreshed {
  /** False while there is no journal yet. */
  ready: boolean;
  /** There are new points, events, log lines. */
  points: boolean;
  events: boolean;
  log: boolean;
  /** Why the journal could not be read this time; what was read before stays. */
  failure: Failure | null;
}

export interface Latest {
  key: number;
  /** Epoch milliseconds; null when it was not kept. */
  at: number | null;
  /** May be NaN or infinite. */
  value: number;
}

/** A moment of a journal that is looked at later. */
export interface Moment {
  /** Epoch milliseconds. */
  at: number;
  /** The last key that each stage had by then; -1 = none. */
  keyOf: (stage: StageIndex) => number;
}

const NOTHING_NEW: Refreshed = { ready: true, points: false, events: false, log: false, failure: null };

/** Between looks whether the journal is still the same file. */
const LOOK_EVERY_MS = 500;

export class JournalReader {
  #connection: Connection | null = null;
  #lookedAt = 0;
  /** What went wrong in a query; told by the next refresh, for a query has no place to tell it. */
  #trouble: Failure | null = null;
  /** The moment as which it is shown: the newest line and the number of events that there were; null = as it is. */
  #shown: { at: number | null; line: number | null; event: number | null } = { at: null, line: null, event: null };

  private constructor(private readonly path: string) {}

  /** Opens the journal for reading. One that is not there yet is no failure: `refresh` looks again. */
  static open(path: string): Result<JournalReader> {
    const reader = new JournalReader(path);
    const { failure } = reader.refresh();
    return failure === null || failure.code === "io" ? ok(reader) : { ok: false, failure };
  }

  /** A journal that was damaged is moved aside and begun anew by its writer: looked for now and then, not at each tick. */
  #leaveReplaced(): void {
    const now = performance.now();
    if (this.#connection === null || now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const identity = identityOf(this.path, this.#connection.still);
    if (identity !== null && this.#connection.identity !== identity) this.close();
  }

  /** Reads what was committed since, in one transaction. Never throws, and never waits long. */
  refresh(): Refreshed {
    try {
      this.#leaveReplaced();
      if (this.#connection === null) {
        if (identityOf(this.path, false) === null) return { ...NOTHING_NEW, ready: false };
        const opened = openReadOnly(this.path);
        if (!opened.ok) return { ...NOTHING_NEW, ready: false, failure: opened.failure };
        this.#connection = opened.value;
      }
      const found = this.#connection?.refresh() ?? { ...NOTHING_NEW, ready: false };
      const failure = found.failure ?? this.#trouble;
      this.#trouble = null;
      return { ...found, failure };
    } catch (error) {
      return { ...NOTHING_NEW, ready: this.#connection !== null, failure: failureOf(this.path, error) };
    }
  }

  /**
   * Shows the journal as it was at a moment, or again as it is (null): everything that is asked afterwards knows nothing of
   * what came later. To be said again after each refresh, for new series know of no moment. Returns what is different.
   */
  showUntil(moment: Moment | null): { points: boolean; events: boolean; log: boolean } {
    const before = { ...this.#shown };
    const line = moment === null ? null : (this.#read(({ db }) => lineAt(db, moment.at), null) ?? 0);
    const event = moment === null ? null : this.#read(({ db }) => countEvents(db, moment.at), 0);
    this.#shown = { at: moment?.at ?? null, line, event };
    const points = this.#read((connection) => connection.limit(moment?.keyOf ?? (() => Number.POSITIVE_INFINITY)), false);
    return { points, events: event !== before.event, log: line !== before.line };
  }

  /** The last key of a stage whose time had come then; see StageView. */
  keyUntil(stage: StageIndex, at: number): number {
    return this.#read((connection) => connection.view(stage).keyUntil(at), Number.POSITIVE_INFINITY);
  }

  /** One window of one series; without points it is empty, never an error. */
  query(query: SeriesQuery): SeriesColumns {
    const nothing = () => new StageView(query.stage, new Map(), []).query(query);
    return this.#read((connection) => connection.view(query.stage).query(query), null) ?? nothing();
  }

  /** The point of a metric that is nearest to a position on an axis; null without one, or without that axis. */
  nearest(stage: StageIndex, metric: string, axis: Axis, position: number): PointAt | null {
    return this.#read((connection) => connection.view(stage).nearest(metric, axis, position), null);
  }

  /** How many points of a query's window lie above and below a range. */
  outside(query: SeriesQuery, above: number, below: number): Outside {
    return this.#read((connection) => connection.view(query.stage).outside(query, above, below), { above: 0, below: 0, exact: true });
  }

  /** All that a stage has, on an axis; null when it has nothing there. */
  extent(stage: StageIndex, axis: Axis): Extent | null {
    return this.#read((connection) => connection.view(stage).extent(axis), null);
  }

  stages(): StageIndex[] {
    return [...(this.#connection?.stages.keys() ?? [])].sort((a, b) => a - b);
  }

  /** Names of the series of a stage, in the order in which they first came. */
  metrics(stage: StageIndex): string[] {
    const all = [...(this.#connection?.stages.get(stage) ?? [])];
    const shown = this.#shown.at === null ? all : all.filter(([, series]) => this.#read(() => series.lastKey, null) !== null);
    return shown.map(([name]) => name);
  }

  /** The point that came last: after a resume not the one with the largest key. */
  latest(stage: StageIndex, metric: string): Latest | null {
    const series = this.#connection?.stages.get(stage);
    const latest = this.#read(() => series?.get(metric)?.latest, null);
    if (series === undefined || latest === null || latest === undefined) return null;
    if (stage === 0) return { ...latest, at: latest.key * 1000 };
    return { ...latest, at: this.#read(() => series.get("time/wall")?.at(latest.key) ?? null, null) };
  }

  /** Every point with `from` ≤ key ≤ `to`, as stored. For exports and checks; charts ask `query`. */
  points(stage: StageIndex, metric: string, from = 0, to = Number.POSITIVE_INFINITY): { keys: number[]; values: number[] } {
    return this.#read(({ stages }) => pointsOf(stages.get(stage)?.get(metric), from, to), { keys: [], values: [] });
  }

  events(query: EventQuery = {}): StoredEvent[] {
    const until = this.#shown.at ?? undefined;
    return this.#read(({ db }) => readEvents(db, until === undefined ? query : { ...query, until }), []);
  }

  log(query: LogQuery): StoredLine[] {
    const untilSeq = this.#shown.line ?? undefined;
    return this.#read(({ db }) => readLog(db, untilSeq === undefined ? query : { ...query, untilSeq }), []);
  }

  /** The number of the newest log line that was there at a time, in epoch milliseconds; null before the first. */
  lineAt(at: number): number | null {
    return this.#read(({ db }) => lineAt(db, Math.min(at, this.#shown.at ?? at)), null);
  }

  logCount(): number {
    return this.#shown.line ?? this.#read(({ db }) => countLog(db), 0);
  }

  /** Every request with the state that it has reached, oldest first. */
  requests(): RequestStatus[] {
    return reduceRequests(this.events({ kinds: ["request"] }));
  }

  close(): void {
    this.#connection?.db.close();
    this.#connection = null;
  }

  #read<T>(read: (connection: Connection) => T, otherwise: T): T {
    if (this.#connection === null) return otherwise;
    try {
      return read(this.#connection);
    } catch (error) {
      this.#trouble = failureOf(this.path, error);
      return otherwise;
    }
  }
}

function pointsOf(series: Series | undefined, from: number, to: number): { keys: number[]; values: number[] } {
  const out = { keys: [] as number[], values: [] as number[] };
  for (const c of series === undefined ? [] : chunksWithin(series, from, to)) {
    const chunk = series!.points(c);
    for (let i = chunk?.lowerBound(from) ?? 0; chunk !== null && i < chunk.length && chunk.key(i) <= to; i++) {
      out.keys.push(chunk.key(i));
      out.values.push(chunk.values[i]!);
    }
  }
  return out;
}

/** Changes when another file stands in its place; of a file that lies still, also when it was written. Null without one. */
function identityOf(path: string, still: boolean): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  return still ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : String(stat.ino);
}

/** Null while its writer has not made the tables yet. */
function openReadOnly(path: string): Result<Connection | null> {
  const opened = openAs(path, false);
  // SQLite makes a file beside it even to read: where that may not be, one that nobody writes is read as it lies there.
  if (opened.ok || !existsSync(path) || mayWrite(path) || existsSync(`${path}-wal`)) return opened;
  return openAs(path, true);
}

function openAs(path: string, still: boolean): Result<Connection | null> {
  let db: Database | null = null;
  try {
    const { SQLITE_OPEN_READONLY, SQLITE_OPEN_URI } = constants;
    const uri = `${pathToFileURL(resolve(path)).href}?immutable=1`;
    const identity = identityOf(path, still) ?? "";
    db = still ? new Database(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) : new Database(path, { readonly: true });
    db.run("PRAGMA busy_timeout = 50");
    const version = versionOf(db);
    if (version !== null && version <= JOURNAL_VERSION) return ok(new Connection(db, identity, still));
    db.close();
    return version === null ? ok(null) : { ok: false, failure: newerVersion(path, version) };
  } catch (error) {
    db?.close();
    return { ok: false, failure: failureOf(path, error) };
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(dirname(path), fsConstants.W_OK);
    return true;
  } catch {
    return false;
  }
}

interface Position {
  metrics: number;
  tail: number;
  compacted: number;
  rev: number;
  event: number;
  log: number;
}

const POSITION = `SELECT coalesce((SELECT max(id) FROM metric), 0) AS metrics, coalesce((SELECT max(seq) FROM tail), 0) AS tail,
  (SELECT compacted FROM state) AS compacted, coalesce((SELECT max(rev) FROM rollup), 0) AS rev,
  coalesce((SELECT max(seq) FROM event), 0) AS event, coalesce((SELECT max(seq) FROM log), 0) AS log`;

/** One open journal file, and what is held of it in memory. */
class Connection {
  readonly stages = new Map<StageIndex, Map<string, Series>>();
  readonly #byId = new Map<number, Series>();
  readonly #cache: ChunkCache;
  readonly #views = new Map<StageIndex, StageView>();
  #at: Position = { metrics: 0, tail: 0, compacted: 0, rev: 0, event: 0, log: 0 };
  #dataVersion = -1;
  #opened = false;

  constructor(
    readonly db: Database,
    readonly identity: string,
    /** Nobody writes it, as far as can be told: SQLite does not look whether somebody does. */
    readonly still: boolean,
  ) {
    this.#cache = new ChunkCache(db, CACHE_BYTES);
  }

  refresh(): Refreshed {
    const dataVersion = this.db.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version ?? 0;
    if (dataVersion === this.#dataVersion) return NOTHING_NEW;
    this.db.run("BEGIN");
    try {
      const found = this.#readNew();
      this.#dataVersion = dataVersion;
      return found;
    } finally {
      this.db.run("COMMIT");
    }
  }

  view(stage: StageIndex): StageView {
    let view = this.#views.get(stage);
    if (view === undefined) {
      view = new StageView(stage, this.stages.get(stage) ?? new Map(), this.#gapsOf(stage));
      this.#views.set(stage, view);
    }
    return view;
  }

  /** Shows of each stage only keys up to one; true when that is different for any series. */
  limit(keyOf: (stage: StageIndex) => number): boolean {
    let changed = false;
    for (const [stage, all] of this.stages) {
      const key = keyOf(stage);
      for (const series of all.values()) changed = series.limitTo(key) || changed;
    }
    if (changed) this.#views.clear();
    return changed;
  }

  #readNew(): Refreshed {
    const to = this.db.query<Position, []>(POSITION).get()!;
    const at = this.#at;
    const compacted = to.compacted !== at.compacted;
    if (compacted || to.metrics !== at.metrics) this.#readMetrics(compacted);
    // Series read their rollups when they are first asked for; before that there is none to renew.
    if (this.#opened && to.rev > at.rev) this.#readRollups(at.rev);
    if (compacted) for (const series of this.#byId.values()) series.clearTail();
    const points = this.#readTail(compacted ? to.compacted : at.tail) || compacted || to.rev > at.rev;
    this.#at = { ...to, tail: Math.max(to.tail, to.compacted) };
    this.#opened = true;
    const events = to.event > at.event;
    if (points || events) this.#views.clear();
    return { ready: true, points, events, log: to.log > at.log, failure: null };
  }

  /** `compacted`: the tail will be read again from the start, so that what the table says is the newest so far. */
  #readMetrics(compacted: boolean): void {
    for (const row of this.db.query<MetricRow, []>("SELECT * FROM metric ORDER BY id").all()) {
      const known = this.#byId.get(row.id);
      if (known !== undefined) {
        if (compacted) known.describe(row);
        continue;
      }
      const series = new Series(row, this.db, this.#cache);
      this.#byId.set(row.id, series);
      const stage = this.stages.get(row.stage) ?? new Map<string, Series>();
      this.stages.set(row.stage, stage.set(row.name, series));
    }
  }

  #readRollups(after: number): void {
    const rows = this.db
      .query<{ metric: number; c: number; last_key: number; buckets: Uint8Array }, [number]>(
        "SELECT metric, c, last_key, buckets FROM rollup WHERE rev > ?",
      )
      .all(after);
    for (const row of rows) this.#byId.get(row.metric)?.replaceStored(row);
  }

  #readTail(after: number): boolean {
    const rows = this.db.query<{ body: Uint8Array }, [number]>("SELECT body FROM tail WHERE seq > ? ORDER BY seq").all(after);
    for (const row of rows) {
      for (const { metric, keys, values } of decodeBatch(row.body)) this.#byId.get(metric)?.append(keys, values);
    }
    return rows.length > 0;
  }

  #gapsOf(stage: StageIndex): Range[] {
    return readEvents(this.db, { kinds: ["gap"], stage }).map(({ at, body }) => [at - Number(body["seconds"] ?? 0) * 1000, at]);
  }
}
