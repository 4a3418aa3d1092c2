/** One open journal file as a reader holds it: its series in memory, and how they are brought up to date. */
import { constants, Database } from "bun:sqlite";
import { accessSync, existsSync, constants as fsConstants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { StageIndex } from "../core/journal.ts";
import { type Failure, ok, type Result } from "../core/result.ts";
import { type Block, decodeBatch, release } from "./batch.ts";
import { ChunkCache } from "./chunk-cache.ts";
import type { Range } from "./gaps.ts";
import { StageView } from "./query.ts";
import { readEvents } from "./records.ts";
import type { RollupRow } from "./rollup-table.ts";
import { failureOf, JOURNAL_VERSION, newerVersion, versionOf } from "./schema.ts";
import { type MetricRow, Series } from "./series.ts";

/** Memory for values of chunks, for close-ups; charts from afar need only rollups. */
const CACHE_BYTES = 4 << 20;

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

export const NOTHING_NEW: Refreshed = { ready: true, points: false, events: false, log: false, failure: null };

/** Changes when another file stands in its place; of a file that lies still, also when it was written. Null without one. */
export function identityOf(path: string, still: boolean): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  return still ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : String(stat.ino);
}

/** Null while its writer has not made the tables yet. */
export function openReadOnly(path: string): Result<Connection | null> {
  const opened = openAs(path, false);
  // SQLite makes a file beside it even to read: where that may not be, one that nobody writes is read as it lies there.
  if (opened.ok || !existsSync(path) || mayWrite(path) || existsSync(`${path}-wal`)) return opened;
  return openAs(path, true);
}

function openAs(path: string, still: boolean): Result<Connection | null> {
  let db: Database | null = null;
  try {
    const { SQLITE_OPEN_READONLY, SQLITE_OPEN_URI } = constants;
    const uri = `${Bun.pathToFileURL(resolve(path)).href}?immutable=1`;
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

const ROLLUPS = "SELECT metric, c, last_key, buckets FROM rollup WHERE rev > ?";
const TAIL = "SELECT body FROM tail WHERE seq > ? ORDER BY seq";

type StoredRollup = RollupRow & { metric: number };

/** What was committed since the last refresh, not yet shown to anybody. */
interface News {
  to: Position;
  /** Points have moved from the tail into chunks: the tail in memory is to be replaced by what arrived. */
  compacted: boolean;
  metrics: MetricRow[];
  rollups: StoredRollup[];
  /** Of each series, in the order in which they came. */
  arrived: Map<number, Block[]>;
  /** What the blocks look into. */
  bodies: Uint8Array[];
}

/** One open journal file, and what is held of it in memory. */
export class Connection {
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

  /**
   * Reads what was committed since, in one transaction, a row between two yields: what there is by then changes in one go, at
   * the end. Begun anew while another is not at its end, that one is given up.
   */
  *refreshing(): Generator<void, Refreshed> {
    const dataVersion = this.db.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version ?? 0;
    if (dataVersion === this.#dataVersion) return NOTHING_NEW;
    this.db.run("BEGIN");
    let news: News;
    try {
      news = yield* this.#readNews();
    } finally {
      this.db.run("COMMIT");
    }
    this.#dataVersion = dataVersion;
    return this.#take(news);
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

  *#readNews(): Generator<void, News> {
    const to = this.db.query<Position, []>(POSITION).get()!;
    const at = this.#at;
    const compacted = to.compacted !== at.compacted;
    const metrics = compacted || to.metrics !== at.metrics ? this.db.query<MetricRow, []>("SELECT * FROM metric ORDER BY id").all() : [];
    // Series read their rollups when they are first asked for; before that there is none to renew.
    const rollups: StoredRollup[] = [];
    if (this.#opened && to.rev > at.rev) {
      for (const row of this.db.query<StoredRollup, [number]>(ROLLUPS).iterate(at.rev)) {
        rollups.push(row);
        yield;
      }
    }
    const arrived = new Map<number, Block[]>();
    const bodies: Uint8Array[] = [];
    for (const { body } of this.db.query<{ body: Uint8Array }, [number]>(TAIL).iterate(compacted ? to.compacted : at.tail)) {
      bodies.push(body);
      for (const block of decodeBatch(body)) {
        const before = arrived.get(block.metric);
        if (before === undefined) arrived.set(block.metric, [block]);
        else before.push(block);
      }
      yield;
    }
    return { to, compacted, metrics, rollups, arrived, bodies };
  }

  #take({ to, compacted, metrics, rollups, arrived, bodies }: News): Refreshed {
    const at = this.#at;
    for (const row of metrics) this.#describe(row, compacted);
    for (const row of rollups) this.#byId.get(row.metric)?.replaceStored(row);
    if (compacted) for (const series of this.#byId.values()) series.clearTail();
    for (const [metric, blocks] of arrived) this.#byId.get(metric)?.append(blocks);
    for (const body of bodies) release(body);
    for (const { buckets } of rollups) release(buckets);
    const points = arrived.size > 0 || compacted || to.rev > at.rev;
    this.#at = { ...to, tail: Math.max(to.tail, to.compacted) };
    this.#opened = true;
    const events = to.event > at.event;
    if (points || events) this.#views.clear();
    return { ready: true, points, events, log: to.log > at.log, failure: null };
  }

  /** `compacted`: the tail is read again from the start, so that what the table says is the newest so far. */
  #describe(row: MetricRow, compacted: boolean): void {
    const known = this.#byId.get(row.id);
    if (known !== undefined) {
      if (compacted) known.describe(row);
      return;
    }
    const series = new Series(row, this.db, this.#cache);
    this.#byId.set(row.id, series);
    const stage = this.stages.get(row.stage) ?? new Map<string, Series>();
    this.stages.set(row.stage, stage.set(row.name, series));
  }

  #gapsOf(stage: StageIndex): Range[] {
    return readEvents(this.db, { kinds: ["gap"], stage }).map(({ at, body }) => [at - Number(body["seconds"] ?? 0) * 1000, at]);
  }
}
