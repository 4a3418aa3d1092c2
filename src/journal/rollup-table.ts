/**
 * The rollups of one series that are stored. What a long chart asks of them, the sums, is a row of the journal for every 32 chunks
 * and is read in one go; the buckets of a chunk are read when a column cuts it.
 */
import type { Database } from "bun:sqlite";
import { release } from "./batch.ts";
import { grownSums, PAGE_ROWS, Rollup, RollupPage, SUMMED } from "./rollup.ts";

/** Where blobs are summed up. */
const scratch = RollupPage.single();

export interface RollupRow {
  c: number;
  last_key: number;
  buckets: Uint8Array;
}

interface SummaryRow {
  part: number;
  sums: Uint8Array;
}

export class RollupTable {
  readonly #pages = new Map<number, RollupPage>();

  /** Reads what is stored of a series by now. */
  constructor(
    private readonly db: Database,
    private readonly metric: number,
  ) {
    if (!isSummarised(db)) for (const row of rollupsOf(db, metric)) this.put(row);
    else for (const { part, sums } of summariesOf(db, metric)) this.#pages.set(part, this.#page(part, summedOf(sums)));
  }

  get(c: number): Rollup | undefined {
    return this.lastKey(c) < 0 ? undefined : this.#pages.get(partOf(c))!.rollup(c % PAGE_ROWS);
  }

  /** The last key of a chunk; -1 where it is not stored. */
  lastKey(c: number): number {
    return this.#pages.get(partOf(c))?.lastKey(c % PAGE_ROWS) ?? -1;
  }

  /** One of its own as it is stored by now, to lay points over it: those have to know where it ends. */
  copy(c: number): { lastKey: number; rollup: Rollup } | undefined {
    if (this.lastKey(c) < 0) return undefined;
    const { last_key, buckets } = rollupOf(this.db, this.metric, c);
    return { lastKey: last_key, rollup: Rollup.fromBlob(buckets) };
  }

  /** Reads the buckets of those of neighbouring chunks that were not read yet: in one go takes a fifth of each by itself. */
  readAll(chunks: readonly number[]): void {
    const lacking = chunks.filter((c) => this.#pages.get(partOf(c))?.lacks(c % PAGE_ROWS) === true);
    const [first, last] = [lacking[0], lacking.at(-1)];
    if (first === undefined || last === undefined) return;
    const range = "SELECT c, last_key, buckets FROM rollup WHERE metric = ? AND c BETWEEN ? AND ?";
    for (const row of this.db.query<RollupRow, [number, number, number]>(range).all(this.metric, first, last)) {
      this.#pages.get(partOf(row.c))?.write(row.c % PAGE_ROWS, row.buckets, row.last_key);
      release(row.buckets);
    }
  }

  /** Numbers of the chunks that are stored, in no order. */
  chunks(): number[] {
    const numbers: number[] = [];
    for (const [part, page] of this.#pages)
      for (let row = 0; row < page.rows; row++) if (page.lastKey(row) >= 0) numbers.push(part * PAGE_ROWS + row);
    return numbers;
  }

  /** A chunk was written since; throws a RangeError when its blob is none. */
  put({ c, last_key, buckets }: RollupRow): void {
    const [part, row] = [partOf(c), c % PAGE_ROWS];
    let page = this.#pages.get(part);
    if (page === undefined) {
      page = this.#page(part, new Float64Array(0));
      this.#pages.set(part, page);
    }
    scratch.write(0, buckets, last_key);
    page.put(row, scratch.rollup(0).sums(last_key));
  }

  #page(part: number, summed: Float64Array): RollupPage {
    return new RollupPage(summed, (row) => rollupOf(this.db, this.metric, part * PAGE_ROWS + row));
  }
}

const partOf = (c: number): number => Math.floor(c / PAGE_ROWS);

const rollupsOf = (db: Database, metric: number): RollupRow[] =>
  db.query<RollupRow, [number]>("SELECT c, last_key, buckets FROM rollup WHERE metric = ?").all(metric);

const summariesOf = (db: Database, metric: number): SummaryRow[] =>
  db.query<SummaryRow, [number]>("SELECT part, sums FROM summary WHERE metric = ?").all(metric);

function rollupOf(db: Database, metric: number, c: number): RollupRow {
  const one = "SELECT c, last_key, buckets FROM rollup WHERE metric = ? AND c = ?";
  const row = db.query<RollupRow, [number, number]>(one).get(metric, c);
  if (row === null) throw new RangeError(`chunk ${c} of series ${metric} has sums and no rollup`);
  return row;
}

function summedOf(blob: Uint8Array): Float64Array {
  if (blob.byteLength % (SUMMED * 8) !== 0) throw new RangeError(`sums of ${blob.byteLength} bytes are cut off`);
  return blob.byteOffset % 8 === 0 && blob.buffer instanceof ArrayBuffer
    ? new Float64Array(blob.buffer, blob.byteOffset, blob.byteLength / 8)
    : new Float64Array(blob.slice().buffer);
}

/** Whether sums tell of every rollup: a writer of an earlier version keeps none. */
export function isSummarised(db: Database): boolean {
  const table = db.query("SELECT 1 FROM sqlite_master WHERE name = 'summary'").get();
  if (table === null) return false;
  const stands = "SELECT value = (SELECT coalesce(max(rev), 0) FROM rollup) AS n FROM meta WHERE key = 'summarised'";
  return db.query<{ n: number }, []>(stands).get()?.n === 1;
}

/** A rollup that was written. */
export interface StoredRollup {
  metric: number;
  c: number;
  lastKey: number;
  rollup: Rollup;
}

/** Writes the sums of chunks, which tell of all rollups up to that revision then. Belongs into the transaction that writes those. */
export function summarise(db: Database, written: readonly StoredRollup[], rev: number): void {
  const stored = db.query<SummaryRow, [number, number]>("SELECT part, sums FROM summary WHERE metric = ? AND part = ?");
  const parts = new Map<string, { metric: number; part: number; sums: Float64Array }>();
  for (const { metric, c, lastKey, rollup } of written) {
    const [part, row] = [partOf(c), c % PAGE_ROWS];
    const id = `${metric}:${part}`;
    const sums = parts.get(id)?.sums ?? summedOf(stored.get(metric, part)?.sums ?? new Uint8Array(0));
    const room = sums.length > row * SUMMED ? sums : grownSums(sums, row + 1);
    room.set(rollup.sums(lastKey), row * SUMMED);
    parts.set(id, { metric, part, sums: room });
  }
  const store = db.query("INSERT OR REPLACE INTO summary(metric, part, sums) VALUES (?, ?, ?)");
  for (const { metric, part, sums } of parts.values()) store.run(metric, part, sums);
  db.query("INSERT OR REPLACE INTO meta VALUES ('summarised', ?)").run(rev);
}

/** Makes all sums anew where a writer of an earlier version has kept none. */
export function summariseAll(db: Database): void {
  db.transaction(() => {
    db.run(
      "CREATE TABLE IF NOT EXISTS summary(metric INTEGER NOT NULL, part INTEGER NOT NULL, sums BLOB NOT NULL, PRIMARY KEY(metric, part)) WITHOUT ROWID",
    );
    db.run("DELETE FROM summary");
    const { rev } = db.query<{ rev: number }, []>("SELECT coalesce(max(rev), 0) AS rev FROM rollup").get()!;
    const metrics = db.query<{ metric: number }, []>("SELECT DISTINCT metric FROM rollup").all();
    for (const { metric } of metrics) {
      const rows = rollupsOf(db, metric);
      summarise(
        db,
        rows.map(({ c, last_key, buckets }) => ({ metric, c, lastKey: last_key, rollup: Rollup.fromBlob(buckets) })),
        rev,
      );
    }
    if (metrics.length === 0) summarise(db, [], rev);
  })();
}
