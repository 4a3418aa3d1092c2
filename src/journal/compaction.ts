/** Moves the tail into chunks, a few at a time, so that no commit takes long. */
import type { Database } from "bun:sqlite";
import { decodeBatch } from "./batch.ts";
import { CHUNK_KEYS, Chunk, chunkOf } from "./chunk.ts";
import { Column } from "./column.ts";
import { Rollup } from "./rollup.ts";
import { type StoredRollup, summarise } from "./rollup-table.ts";

interface Work {
  metric: number;
  c: number;
  column: Column;
  from: number;
  to: number;
}

interface ChunkRow {
  first_key: number;
  offsets: Uint8Array | null;
  vals: Uint8Array;
}

/**
 * One pass over everything that was in the tail up to `upto`. Until the pass is done the tail stays: chunks that are
 * already written say the same as the tail that lies over them, so a reader (or a crash) in between sees no difference.
 * All calls belong into a transaction; after a rollback the pass must be thrown away and begun again.
 */
export class Compaction {
  readonly #work: Work[] = [];
  readonly #columns = new Map<number, Column>();
  /** By order of arrival, not by key. */
  readonly #latest = new Map<number, { key: number; value: number }>();

  constructor(
    private readonly db: Database,
    readonly upto: number,
  ) {
    const rows = db.query<{ body: Uint8Array }, [number]>("SELECT body FROM tail WHERE seq <= ? ORDER BY seq").all(upto);
    for (const row of rows) this.#collect(row.body);
    for (const [metric, column] of this.#columns) this.#plan(metric, column);
  }

  /** Works until `deadline` (performance.now()), at least one chunk; true when all is done and the tail is gone. */
  step(rev: number, deadline: number): boolean {
    const written: StoredRollup[] = [];
    for (let work = this.#work.pop(); work !== undefined; work = this.#work.pop()) {
      written.push(this.#writeChunk(work, rev));
      if (performance.now() >= deadline && this.#work.length > 0) break;
    }
    summarise(this.db, written, rev);
    if (this.#work.length > 0) return false;
    this.#finish();
    return true;
  }

  #collect(body: Uint8Array): void {
    for (const { metric, keys, values } of decodeBatch(body)) {
      if (keys.length === 0) continue;
      let column = this.#columns.get(metric);
      if (column === undefined) {
        column = new Column();
        this.#columns.set(metric, column);
      }
      column.setAll(keys, values);
      this.#latest.set(metric, { key: keys[keys.length - 1]!, value: values[values.length - 1]! });
    }
  }

  #plan(metric: number, column: Column): void {
    for (let from = 0; from < column.length; ) {
      const c = chunkOf(column.keys[from]!);
      const to = column.lowerBound((c + 1) * CHUNK_KEYS);
      this.#work.push({ metric, c, column, from, to });
      from = to;
    }
  }

  #writeChunk({ metric, c, column, from, to }: Work, rev: number): StoredRollup {
    const row = this.db
      .query<ChunkRow, [number, number]>("SELECT first_key, offsets, vals FROM chunk WHERE metric = ? AND c = ?")
      .get(metric, c);
    const old = row === null ? null : Chunk.fromRow(c, row.first_key, row.offsets, row.vals);
    const chunk = Chunk.merged(c, old, column, from, to);
    this.db
      .query("INSERT OR REPLACE INTO chunk(metric, c, first_key, offsets, vals) VALUES (?, ?, ?, ?, ?)")
      .run(metric, c, chunk.firstKey, chunk.offsets, chunk.values);
    const rollup = Rollup.of(chunk);
    this.db
      .query("INSERT OR REPLACE INTO rollup(metric, c, rev, last_key, buckets) VALUES (?, ?, ?, ?, ?)")
      .run(metric, c, rev, chunk.lastKey, rollup.bytes);
    return { metric, c, lastKey: chunk.lastKey, rollup };
  }

  #finish(): void {
    const update = this.db.query(
      `UPDATE metric SET first_key = min(coalesce(first_key, ?2), ?2), last_key = max(coalesce(last_key, ?3), ?3),
         latest_key = ?4, latest_value = ?5 WHERE id = ?1`,
    );
    for (const [metric, column] of this.#columns) {
      const latest = this.#latest.get(metric)!;
      update.run(metric, column.keys[0]!, column.lastKey, latest.key, latest.value);
    }
    this.db.query("DELETE FROM tail WHERE seq <= ?").run(this.upto);
    this.db.query("UPDATE state SET compacted = ?").run(this.upto);
  }
}
