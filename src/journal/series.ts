/** One series as a reader sees it: what is stored in chunks, with the tail laid over it. */
import type { Database } from "bun:sqlite";
import { Average } from "./average.ts";
import type { Block } from "./batch.ts";
import { CHUNK_KEYS, Chunk, chunkOf } from "./chunk.ts";
import type { ChunkCache } from "./chunk-cache.ts";
import { Column } from "./column.ts";
import { Rollup } from "./rollup.ts";
import { type RollupRow, RollupTable } from "./rollup-table.ts";

/** What the table `metric` says of it. */
export interface MetricRow {
  id: number;
  stage: number;
  name: string;
  first_key: number | null;
  last_key: number | null;
  latest_key: number | null;
  latest_value: number | null;
}

export interface SeriesPoint {
  key: number;
  value: number;
}

/** Decays that are kept up at once. */
const MOST_AVERAGES = 4;

export class Series {
  /** Points that are in no chunk yet. */
  tail = new Column();
  #latest: SeriesPoint | null = null;
  /** No point with a larger key is there, as far as anybody can tell who asks. */
  #limit = Number.POSITIVE_INFINITY;
  /** Rollups that are stored; null until somebody asks for them. */
  #table: RollupTable | null = null;
  /** Chunks that the tail reaches into, made when asked for. */
  #rollups = new Map<number, Rollup>();
  #points = new Map<number, Chunk>();
  /** What there is below the limit of the chunk that it lies in, once it was asked for. */
  #cut: { chunk: Chunk | null } | null = null;
  #order: readonly number[] | null = null;
  /** Of the first chunks in that order, their rollups as they are stored. */
  #inOrder: Rollup[] = [];
  #count: number | null = null;
  readonly #averages = new Map<number, Average>();

  constructor(
    public row: MetricRow,
    private readonly db: Database,
    private readonly cache: ChunkCache,
  ) {
    this.describe(row);
  }

  /** Takes over what the table says after a compaction. */
  describe(row: MetricRow): void {
    this.row = row;
    if (row.latest_key !== null) this.#latest = { key: row.latest_key, value: row.latest_value ?? Number.NaN };
  }

  /** The newest point by arrival, not by key: after a resume the newest is not the rightmost. Under a limit the last below it. */
  get latest(): SeriesPoint | null {
    return this.#limit === Number.POSITIVE_INFINITY ? this.#latest : this.around(this.#limit).before;
  }

  /** Shows only points with keys up to this one: how the series was at an earlier moment. True when that is different. */
  limitTo(key: number): boolean {
    if (key === this.#limit) return false;
    const from = Math.min(key, this.#limit);
    this.#limit = key;
    this.#order = null;
    this.#forget();
    this.#forgetAverages(chunkOf(Math.max(0, from)));
    return true;
  }

  get firstKey(): number | null {
    const tail = this.tail.length > 0 ? this.tail.keys[0]! : Number.POSITIVE_INFINITY;
    const first = Math.min(this.row.first_key ?? Number.POSITIVE_INFINITY, tail);
    return Number.isFinite(first) && first <= this.#limit ? first : null;
  }

  get lastKey(): number | null {
    const last = Math.max(this.row.last_key ?? -1, this.tail.lastKey);
    if (last > this.#limit) return this.around(this.#limit).before?.key ?? null;
    return last < 0 ? null : last;
  }

  /** How many points there are, finite or not. */
  countPoints(): number {
    if (this.#count === null) {
      let count = 0;
      for (const c of this.chunks()) count += this.rollup(c).points;
      this.#count = count;
    }
    return this.#count;
  }

  /** New points, in the order in which they came. */
  append(blocks: readonly Pick<Block, "keys" | "values">[]): void {
    const count = blocks.reduce((sum, { keys }) => sum + keys.length, 0);
    if (count === 0) return;
    this.tail.reserve(count);
    let first = Number.POSITIVE_INFINITY;
    for (const { keys, values } of blocks) {
      first = Math.min(first, this.tail.setAll(keys, values));
      if (keys.length > 0) this.#latest = { key: keys[keys.length - 1]!, value: values[keys.length - 1]! };
    }
    this.#forget(chunkOf(first));
    this.#forgetAverages(chunkOf(first));
    if (this.#order !== null) this.#order = this.#extended(this.#order, first);
  }

  /** The chunks that there were, and those of points that came since; null when they lie elsewhere than at the end. */
  #extended(order: readonly number[], firstKey: number): readonly number[] | null {
    const last = order.at(-1) ?? -1;
    if (this.#limit !== Number.POSITIVE_INFINITY || chunkOf(firstKey) < last) return null;
    const more = this.#tailChunks(this.tail.lowerBound((last + 1) * CHUNK_KEYS));
    return more.length === 0 ? order : [...order, ...more];
  }

  /** Numbers of the chunks that the tail reaches into from there on, ascending. */
  #tailChunks(from: number): number[] {
    const numbers: number[] = [];
    for (let i = from; i < this.tail.length; ) {
      const c = chunkOf(this.tail.keys[i]!);
      numbers.push(c);
      i = this.tail.lowerBound((c + 1) * CHUNK_KEYS);
    }
    return numbers;
  }

  /** What was in the tail is in chunks now. */
  clearTail(): void {
    if (this.tail.length > 0) this.#forgetAverages(chunkOf(this.tail.keys[0]!));
    this.tail.clear();
    this.#forget();
  }

  /** A chunk of this series was written since. */
  replaceStored(row: RollupRow): void {
    this.cache.forget(this.row.id, row.c);
    this.#table?.put(row);
    this.#forget(row.c, row.c);
    if (this.#order !== null && this.#order.lastIndexOf(row.c) < 0) this.#order = null;
    this.#forgetAverages(row.c);
  }

  /** Numbers of the chunks that have points, ascending. */
  chunks(): readonly number[] {
    this.#order ??= this.#chunksInOrder();
    return this.#order;
  }

  /** Apart from where it is asked for, once a chunk: what has a function within it makes room for that at each call. */
  #chunksInOrder(): number[] {
    const numbers = new Set([...this.#stored().chunks(), ...this.#tailChunks(0)]);
    const order = [...numbers].filter((c) => c * CHUNK_KEYS <= this.#limit).sort((a, b) => a - b);
    // In the chunk of the limit there may be nothing below it.
    if (order.at(-1) === chunkOf(this.#limit) && this.points(order.at(-1)!) === null) order.pop();
    this.#inOrder = [];
    return order;
  }

  /** The last key up to `to` with a finite value, where the tail alone tells; null when it does not. */
  lastFinite(to: number): number | null {
    const stored = this.row.last_key ?? -1;
    for (let i = this.tail.lowerBound(Math.min(to, this.#limit) + 1) - 1; i >= 0 && this.tail.keys[i]! >= stored; i--) {
      if (Number.isFinite(this.tail.values[i]!)) return this.tail.keys[i]!;
    }
    return null;
  }

  /** The rollup of the i-th of the chunks. */
  rollupAt(i: number): Rollup {
    const c = this.chunks()[i]!;
    const isLive = this.tail.length > 0 && (c + 1) * CHUNK_KEYS > this.tail.keys[0]!;
    const known = this.#inOrder[i];
    if (known !== undefined && !isLive && c < chunkOf(this.#limit)) return known;
    const rollup = this.rollup(c);
    if (!isLive && i === this.#inOrder.length) this.#inOrder.push(rollup);
    return rollup;
  }

  rollup(c: number): Rollup {
    if (c >= chunkOf(this.#limit)) return this.#limitedRollup(c);
    const made = this.#rollups.get(c);
    if (made !== undefined) return made;
    const [from, to] = this.#tailOf(c);
    if (from === to) return this.#stored().get(c) ?? Rollup.empty();
    const rollup = this.#overlaid(c, from, to);
    this.#rollups.set(c, rollup);
    return rollup;
  }

  /** Reads in one go what the rollups of these chunks are going to be asked for bucket by bucket. */
  readRollups(chunks: readonly number[]): void {
    this.#stored().readAll(chunks);
  }

  points(c: number): Chunk | null {
    if (c >= chunkOf(this.#limit)) return this.#limitedPoints(c);
    return this.#allPoints(c);
  }

  #allPoints(c: number): Chunk | null {
    const made = this.#points.get(c);
    if (made !== undefined) return made;
    const [from, to] = this.#tailOf(c);
    if (from === to) return this.cache.get(this.row.id, c);
    const chunk = Chunk.merged(c, this.#tailCovers(c, from) ? null : this.cache.get(this.row.id, c), this.tail, from, to);
    this.#points.set(c, chunk);
    return chunk;
  }

  /** The value at exactly this key, or undefined. */
  at(key: number): number | undefined {
    if (key > this.#limit) return undefined;
    const i = this.tail.lowerBound(key);
    if (i < this.tail.length && this.tail.keys[i] === key) return this.tail.values[i];
    const chunk = this.points(chunkOf(key));
    if (chunk === null) return undefined;
    const j = chunk.lowerBound(key);
    return j < chunk.length && chunk.key(j) === key ? chunk.values[j] : undefined;
  }

  /** Its average of that decay, made when first asked for and kept up since. */
  average(decay: number): Average {
    let average = this.#averages.get(decay);
    if (average === undefined) {
      if (this.#averages.size >= MOST_AVERAGES) this.#averages.delete(this.#averages.keys().next().value!);
      average = new Average(this, decay);
      this.#averages.set(decay, average);
    }
    return average;
  }

  /** The last point at or before `key`, and the first one after it. */
  around(key: number): { before: SeriesPoint | null; after: SeriesPoint | null } {
    const chunks = this.chunks();
    const c = chunkOf(key);
    let before: SeriesPoint | null = null;
    for (let n = chunks.length - 1; n >= 0 && before === null; n--) if (chunks[n]! <= c) before = this.#pointBefore(chunks[n]!, key);
    let after: SeriesPoint | null = null;
    for (let n = 0; n < chunks.length && after === null; n++) if (chunks[n]! >= c) after = this.#pointAfter(chunks[n]!, key);
    return { before, after };
  }

  #pointBefore(c: number, key: number): SeriesPoint | null {
    const points = this.points(c);
    const i = points === null ? 0 : points.lowerBound(key);
    if (points === null) return null;
    if (i < points.length && points.key(i) === key) return { key, value: points.values[i]! };
    return i === 0 ? null : { key: points.key(i - 1), value: points.values[i - 1]! };
  }

  #pointAfter(c: number, key: number): SeriesPoint | null {
    const points = this.points(c);
    if (points === null) return null;
    let i = points.lowerBound(key);
    if (i < points.length && points.key(i) === key) i++;
    return i < points.length ? { key: points.key(i), value: points.values[i]! } : null;
  }

  #limitedPoints(c: number): Chunk | null {
    if (c > chunkOf(this.#limit)) return null;
    this.#cut ??= { chunk: this.#allPoints(c)?.upTo(this.#limit) ?? null };
    return this.#cut.chunk;
  }

  #limitedRollup(c: number): Rollup {
    let rollup = this.#rollups.get(c);
    if (rollup === undefined) {
      const points = this.#limitedPoints(c);
      rollup = points === null ? Rollup.empty() : Rollup.of(points);
      this.#rollups.set(c, rollup);
    }
    return rollup;
  }

  #forgetAverages(chunk: number): void {
    for (const average of this.#averages.values()) average.forget(chunk);
  }

  #overlaid(c: number, from: number, to: number): Rollup {
    const covered = this.#tailCovers(c, from);
    const stored = covered ? undefined : this.#stored().copy(c);
    if (stored !== undefined && this.tail.keys[from]! <= stored.lastKey) return Rollup.of(this.points(c)!);
    const rollup = stored?.rollup ?? Rollup.empty();
    const start = c * CHUNK_KEYS;
    for (let i = from; i < to; i++) rollup.add(this.tail.keys[i]! - start, this.tail.values[i]!);
    return rollup;
  }

  /**
   * The tail, from there on, has every key of a chunk up to the last that is stored: while a compaction goes on nearly every
   * chunk is both stored and in the tail, and need not be read to be known.
   */
  #tailCovers(c: number, from: number): boolean {
    const lastKey = this.#stored().lastKey(c);
    const start = c * CHUNK_KEYS;
    // Keys are whole and ascend: as many as fit between two of them are all that fit.
    if (lastKey < 0) return true;
    const last = from + lastKey - start;
    return this.tail.keys[from] === start && last < this.tail.length && this.tail.keys[last] === lastKey;
  }

  #tailOf(c: number): [from: number, to: number] {
    if (this.tail.length === 0 || (c + 1) * CHUNK_KEYS <= this.tail.keys[0]!) return [0, 0];
    return [this.tail.lowerBound(c * CHUNK_KEYS), this.tail.lowerBound((c + 1) * CHUNK_KEYS)];
  }

  #stored(): RollupTable {
    this.#table ??= new RollupTable(this.db, this.row.id);
    return this.#table;
  }

  /** What was made of these chunks. The others of a long tail are as they were, and made anew they would cost most of a look. */
  #forget(from = 0, to = Number.POSITIVE_INFINITY): void {
    for (const made of [this.#rollups, this.#points]) for (const c of made.keys()) if (c >= from && c <= to) made.delete(c);
    this.#cut = null;
    this.#count = null;
  }
}
