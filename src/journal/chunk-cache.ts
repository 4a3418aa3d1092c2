/** What was read last of the chunks in a journal. */
import type { Database } from "bun:sqlite";
import { Chunk } from "./chunk.ts";

/** Decoded chunks of all series, the least recently used let go first. */
export class ChunkCache {
  readonly #chunks = new Map<string, Chunk>();
  #bytes = 0;

  constructor(
    private readonly db: Database,
    private readonly limitBytes: number,
  ) {}

  get(metric: number, c: number): Chunk | null {
    const id = `${metric}:${c}`;
    const known = this.#chunks.get(id);
    const chunk = known ?? this.#load(metric, c);
    if (chunk === null) return null;
    this.#chunks.delete(id);
    this.#chunks.set(id, chunk);
    if (known === undefined) this.#bytes += weight(chunk);
    while (this.#bytes > this.limitBytes && this.#chunks.size > 1) this.#drop(this.#chunks.keys().next().value!);
    return chunk;
  }

  forget(metric: number, c: number): void {
    this.#drop(`${metric}:${c}`);
  }

  #drop(id: string): void {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined) return;
    this.#chunks.delete(id);
    this.#bytes -= weight(chunk);
  }

  #load(metric: number, c: number): Chunk | null {
    const row = this.db
      .query<{ first_key: number; offsets: Uint8Array | null; vals: Uint8Array }, [number, number]>(
        "SELECT first_key, offsets, vals FROM chunk WHERE metric = ? AND c = ?",
      )
      .get(metric, c);
    return row === null ? null : Chunk.fromRow(c, row.first_key, row.offsets, row.vals);
  }
}

const weight = (chunk: Chunk): number => chunk.values.byteLength + (chunk.offsets?.byteLength ?? 0) + 100;
