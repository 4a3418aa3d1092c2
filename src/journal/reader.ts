/** A journal as another process sees it: follows what its writer commits, and answers queries. */
import type { Axis, Outside, PointAt, SeriesColumns, SeriesQuery, StageIndex, StoredEvent, StoredLine } from "../core/journal.ts";
import { type Failure, ok, type Result } from "../core/result.ts";
import type { RequestStatus } from "../core/run.ts";
import { chunksWithin } from "./columns.ts";
import { type Connection, identityOf, NOTHING_NEW, openReadOnly, type Refreshed } from "./connection.ts";
import { StageView } from "./query.ts";
import { countEvents, countLog, type EventQuery, type LogQuery, lineAt, readEvents, readLog, reduceRequests } from "./records.ts";
import { failureOf } from "./schema.ts";
import type { Series } from "./series.ts";
import type { Extent } from "./window.ts";

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

/** Between looks whether the journal is still the same file. */
const LOOK_EVERY_MS = 500;

export class JournalReader {
  #connection: Connection | null = null;
  #lookedAt = 0;
  /** A refresh that is not at its end. */
  #refreshing: Generator<void, Refreshed> | null = null;
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
    if (identity !== null && this.#connection.identity !== identity) this.#disconnect();
  }

  /** Reads what was committed since, however much that is. Never throws, and never waits long. */
  refresh(): Refreshed {
    return this.refreshWithin(Number.POSITIVE_INFINITY) ?? NOTHING_NEW;
  }

  /**
   * The same, but reads for so many milliseconds at most and goes on when it is called again; null while it is not at its end:
   * until then everything is as it was.
   */
  refreshWithin(budgetMs: number): Refreshed | null {
    const until = performance.now() + budgetMs;
    try {
      this.#refreshing ??= this.#refresh();
      let found = this.#refreshing.next();
      while (!found.done) {
        if (performance.now() >= until) return null;
        found = this.#refreshing.next();
      }
      this.#refreshing = null;
      const failure = found.value.failure ?? this.#trouble;
      this.#trouble = null;
      return { ...found.value, failure };
    } catch (error) {
      this.#refreshing = null;
      return { ...NOTHING_NEW, ready: this.#connection !== null, failure: failureOf(this.path, error) };
    }
  }

  *#refresh(): Generator<void, Refreshed> {
    this.#leaveReplaced();
    if (this.#connection === null) {
      if (identityOf(this.path, false) === null) return { ...NOTHING_NEW, ready: false };
      const opened = openReadOnly(this.path);
      if (!opened.ok) return { ...NOTHING_NEW, ready: false, failure: opened.failure };
      this.#connection = opened.value;
    }
    return this.#connection === null ? { ...NOTHING_NEW, ready: false } : yield* this.#connection.refreshing();
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

  /** Shows of each stage no points beyond a key; lines and events stay. To be said again after each refresh, as a moment is. */
  showKeysUntil(keyOf: Moment["keyOf"]): void {
    this.#read((connection) => connection.limit(keyOf), false);
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
    this.#refreshing?.return(NOTHING_NEW);
    this.#refreshing = null;
    this.#disconnect();
  }

  #disconnect(): void {
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
