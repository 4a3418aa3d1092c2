/** The one writer of a journal: takes what sources push and stores it, a transaction a commit. */
import type { Database } from "bun:sqlite";
import type { JournalEvent, LogLine, Sink, StageIndex } from "../core/journal.ts";
import { type Failure, ok, type Result } from "../core/result.ts";
import { redactor } from "../lib/redact.ts";
import { Arrivals, Backlog } from "./backlog.ts";
import { encodeBatch } from "./batch.ts";
import { Compaction } from "./compaction.ts";
import { failureOf, LEVELS, openForWriting } from "./schema.ts";

/** Bounds of what is kept where; the defaults are measured ones. */
export interface Limits {
  /** The tail is compacted when it has that many points or rows: it is what a reader must hold, and read when it comes. */
  tailPoints: number;
  tailRows: number;
  /** How long a commit may go on compacting, once it has begun; as many times longer as the tail is longer, up to MOST_URGENT. */
  compactionMs: number;
  /** What may wait in memory while the disk refuses. */
  backlogBytes: number;
  /** How long to leave a disk alone that refused a write. */
  retryMs: number;
}

/** A tail that grows while it is compacted is what every reader has to hold: tens of megabytes, where there are 50,000 events a second. */
const MOST_URGENT = 5;

const LIMITS: Limits = { tailPoints: 98_304, tailRows: 1024, compactionMs: 4, backlogBytes: 64 << 20, retryMs: 500 };

export class JournalWriter implements Sink {
  readonly #backlog = new Backlog();
  readonly #stages = new Map<StageIndex, Map<string, Arrivals>>();
  /** Series that are not in the database yet. */
  #undeclared: Arrivals[] = [];
  readonly #heads = new Map<StageIndex, number>();
  readonly #changedHeads = new Set<StageIndex>();
  readonly #offsets: ReadonlyMap<string, number>;
  #tail: Tail;
  #revision: number;
  #compaction: Compaction | null = null;
  #failure: { failure: Failure; retryAt: number } | null = null;

  private constructor(
    private readonly path: string,
    private readonly db: Database,
    private readonly limits: Limits,
  ) {
    const number = (sql: string) => db.query<{ n: number | null }, []>(sql).get()?.n ?? 0;
    this.#tail = {
      seq: Math.max(number("SELECT max(seq) AS n FROM tail"), number("SELECT compacted AS n FROM state")),
      rows: number("SELECT count(*) AS n FROM tail"),
      points: number("SELECT sum(points) AS n FROM tail"),
    };
    this.#revision = number("SELECT max(rev) AS n FROM rollup");
    const offsets = db.query<{ file: string; offset: number }, []>("SELECT file, offset FROM source_offset").all();
    this.#offsets = new Map(offsets.map((row) => [row.file, row.offset]));
    const heads = db.query<{ stage: number; step: number }, []>("SELECT stage, step FROM head").all();
    for (const { stage, step } of heads) this.#heads.set(stage, step);
    const metrics = db.query<{ id: number; stage: number; name: string }, []>("SELECT id, stage, name FROM metric ORDER BY id").all();
    for (const { id, stage, name } of metrics) this.#register(new Arrivals(id, stage, name));
  }

  /** Opens or makes the journal. A damaged one is moved aside (an event says where) and a new one is begun. */
  static open(path: string, limits: Partial<Limits> = {}): Result<JournalWriter> {
    const opened = openForWriting(path);
    if (!opened.ok) return opened;
    const { db, movedAside } = opened.value;
    try {
      const writer = new JournalWriter(path, db, { ...LIMITS, ...limits });
      if (movedAside !== null) writer.event(movedAsideEvent(path, movedAside));
      return ok(writer);
    } catch (error) {
      db.close();
      return { ok: false, failure: failureOf(path, error) };
    }
  }

  /** The offsets that were committed before this writer was opened: where sources go on from. */
  offsets(): ReadonlyMap<string, number> {
    return this.#offsets;
  }

  /** Bytes pushed and not stored. Large only while the disk refuses: a good moment to leave files unread. */
  get pendingBytes(): number {
    return this.#backlog.bytes;
  }

  /** A key that is no whole number from 0 up is no key, and is passed over. */
  points(stage: StageIndex, key: number, atMs: number, values: Readonly<Record<string, number>>): void {
    if (!(key >= 0) || !Number.isSafeInteger(key)) return;
    const series = this.#stages.get(stage) ?? this.#newStage(stage);
    let stepped = false;
    let pushed = 0;
    for (const name in values) {
      const arrivals = series.get(name) ?? this.#newSeries(stage, name);
      arrivals.push(key, values[name]!);
      stepped ||= arrivals.stepping;
      pushed++;
    }
    if (stage > 0 && Number.isFinite(atMs)) {
      (series.get("time/wall") ?? this.#newSeries(stage, "time/wall")).push(key, atMs);
      pushed++;
    }
    if (stage > 0 && stepped) this.#advance(stage, key, Number.isFinite(atMs) ? atMs : Date.now());
    this.#backlog.points += pushed;
  }

  /** What a script or a model says may quote a secret: none is stored. */
  event(event: JournalEvent): void {
    this.#backlog.event({ ...event, body: redactor.deep(event.body) });
  }

  log(line: LogLine): void {
    this.#backlog.log({ ...line, text: redactor.text(line.text) });
  }

  offset(file: string, offset: number): void {
    this.#backlog.offsets.set(file, offset);
  }

  /**
   * Stores everything pushed so far, all or nothing. When that fails it stays here and goes with a later commit; when
   * too much waits, the oldest points and lines are given up, and a `gap` event tells so once writing works.
   */
  commit(): Result<void> {
    if (this.#backlog.isEmpty && this.#compaction === null && !this.#isLong(this.#tail)) return ok(undefined);
    if (this.#failure !== null && performance.now() < this.#failure.retryAt) return this.#postpone(this.#failure.failure);
    let tail: Tail;
    try {
      this.db.run("BEGIN IMMEDIATE");
      tail = this.#store();
      this.db.run("COMMIT");
    } catch (error) {
      if (this.db.inTransaction) this.db.run("ROLLBACK");
      this.#compaction = null;
      const failure = failureOf(this.path, error);
      this.#failure = { failure, retryAt: performance.now() + this.limits.retryMs };
      return this.#postpone(failure);
    }
    this.#tail = tail;
    this.#failure = null;
    this.#undeclared = [];
    this.#changedHeads.clear();
    this.#backlog.clear();
    return ok(undefined);
  }

  /** Commits what is there and closes the file. */
  close(): Result<void> {
    this.#failure = null;
    const result = this.commit();
    this.db.close();
    return result;
  }

  #postpone(failure: Failure): Result<void> {
    while (this.#backlog.bytes > this.limits.backlogBytes) this.#backlog.shed();
    return { ok: false, failure };
  }

  #isLong(tail: Tail): boolean {
    return tail.points >= this.limits.tailPoints || tail.rows >= this.limits.tailRows;
  }

  #store(): Tail {
    this.#declareSeries();
    let tail = this.#storePoints();
    this.#storeEvents();
    this.#storeLines();
    this.#storePositions();
    if (this.#compaction === null && this.#isLong(tail)) this.#compaction = new Compaction(this.db, tail.seq);
    const urgency = Math.min(MOST_URGENT, Math.max(1, tail.points / this.limits.tailPoints));
    if (this.#compaction?.step(++this.#revision, performance.now() + this.limits.compactionMs * urgency)) {
      this.#compaction = null;
      const left = this.db.query<{ n: number; points: number | null }, []>("SELECT count(*) AS n, sum(points) AS points FROM tail").get()!;
      tail = { seq: tail.seq, rows: left.n, points: left.points ?? 0 };
    }
    return tail;
  }

  #declareSeries(): void {
    const insert = this.db.query("INSERT INTO metric(id, stage, name) VALUES (?, ?, ?)");
    for (const { metric, stage, name } of this.#undeclared) insert.run(metric, stage, name);
  }

  #storePoints(): Tail {
    const { points } = this.#backlog;
    if (points === 0) return this.#tail;
    const seq = this.#tail.seq + 1;
    this.db.query("INSERT INTO tail(seq, points, body) VALUES (?, ?, ?)").run(seq, points, encodeBatch(this.#backlog.blocks()));
    return { seq, points: this.#tail.points + points, rows: this.#tail.rows + 1 };
  }

  #storeEvents(): void {
    const insert = this.db.query("INSERT INTO event(stage, at, step, kind, body) VALUES (?, ?, ?, ?, ?)");
    const gaps = [...this.#backlog.losses].map(([stage, loss]): JournalEvent => {
      const to = Number.isFinite(loss.to) ? loss.to : Date.now();
      const seconds = Number.isFinite(loss.from) ? (to - loss.from) / 1000 : 0;
      const reason = this.#failure?.failure.why ?? "the journal could not be written";
      return { stage, at: to, step: null, kind: "gap", body: { seconds, reason, points: loss.points, lines: loss.lines } };
    });
    for (const { stage, at, step, kind, body } of [...gaps, ...this.#backlog.events]) {
      insert.run(stage, Math.round(at), step, kind, JSON.stringify(body));
    }
  }

  #storeLines(): void {
    const insert = this.db.query("INSERT INTO log(stage, at, stream, rank, level, text) VALUES (?, ?, ?, ?, ?, ?)");
    for (const { stage, at, stream, rank, level, text } of this.#backlog.lines) {
      insert.run(stage, Math.round(at), stream, rank, LEVELS.indexOf(level), text);
    }
  }

  #storePositions(): void {
    const offset = this.db.query("INSERT OR REPLACE INTO source_offset(file, offset) VALUES (?, ?)");
    for (const [file, bytes] of this.#backlog.offsets) offset.run(file, bytes);
    const head = this.db.query("INSERT OR REPLACE INTO head(stage, step) VALUES (?, ?)");
    for (const stage of this.#changedHeads) head.run(stage, this.#heads.get(stage)!);
  }

  /** Follows the stage's step; when it goes backwards (a resume from an earlier checkpoint) that is an event. */
  #advance(stage: StageIndex, step: number, atMs: number): void {
    const head = this.#heads.get(stage);
    if (head === step) return;
    if (head !== undefined && step < head) {
      this.event({ stage, at: atMs, step, kind: "rewind", body: { from: head, to: step } });
    }
    this.#heads.set(stage, step);
    this.#changedHeads.add(stage);
  }

  #newStage(stage: StageIndex): Map<string, Arrivals> {
    const series = new Map<string, Arrivals>();
    this.#stages.set(stage, series);
    return series;
  }

  #newSeries(stage: StageIndex, name: string): Arrivals {
    const arrivals = new Arrivals(this.#backlog.columns.length + 1, stage, name);
    this.#register(arrivals);
    this.#undeclared.push(arrivals);
    return arrivals;
  }

  #register(arrivals: Arrivals): void {
    this.#backlog.columns.push(arrivals);
    (this.#stages.get(arrivals.stage) ?? this.#newStage(arrivals.stage)).set(arrivals.name, arrivals);
  }
}

interface Tail {
  seq: number;
  points: number;
  rows: number;
}

const movedAsideEvent = (path: string, movedAside: { path: string; why: string }): JournalEvent => ({
  stage: 0,
  at: Date.now(),
  step: null,
  kind: "problem",
  body: {
    source: "journal",
    what: `${path} was damaged and is now ${movedAside.path}`,
    why: movedAside.why,
    remedy: "Nothing: what it held is read again from the files of the run",
  },
});
