/** What a run's journal holds, record by record and as it is stored: points of a step, events, log lines, by time. */
import type { StageIndex } from "../core/journal.ts";
import type { JournalReader } from "../journal/reader.ts";
import { type Row, rowsOf } from "./run-export.ts";

/** Of points and of log lines; events have kinds of their own. */
export const POINTS = "points";
export const LOG = "log";

export interface StoredRecord {
  kind: string;
  stage: StageIndex;
  step: number | null;
  /** Epoch milliseconds; null when it was not kept. */
  at: number | null;
  body: Record<string, unknown>;
}

/** A part of the run: of its steps (which log lines and some events have none of), or of its time in epoch milliseconds. */
export interface Range {
  unit: "step" | "time";
  from: number;
  to: number;
}

export interface RecordQuery {
  /** Only of these; absent = of all. */
  kinds?: ReadonlySet<string>;
  range?: Range;
  /** Only so many, the newest ones; absent = all. */
  newest?: number;
}

/** In the order of their time; what has none stays behind what was stored before it. */
export function* readRecords(reader: JournalReader, query: RecordQuery): Generator<StoredRecord> {
  const merged = byTime([...reader.stages().map((stage) => points(reader, stage, query)), events(reader, query), lines(reader, query)]);
  if (query.newest === undefined) yield* merged;
  else yield* [...merged].slice(-query.newest);
}

/** Records that come while somebody looks. A step is told once the next one has come: until then values may be added to it. */
export class RecordTail {
  #event: number;
  #line: number;
  readonly #keys = new Map<StageIndex, number>();

  /** Begins behind what there is now. */
  constructor(private readonly reader: JournalReader) {
    this.#event = reader.events({ limit: 1 }).at(-1)?.seq ?? 0;
    this.#line = reader.log({ limit: 1 }).at(-1)?.seq ?? 0;
    for (const stage of reader.stages()) this.#keys.set(stage, newestKey(reader, stage) - 1);
  }

  /** Those that came since the last call; `last`: also steps that nothing has followed. */
  next(query: RecordQuery, last = false): StoredRecord[] {
    const { reader } = this;
    const happened = reader.events({ afterSeq: this.#event });
    const said = reader.log({ afterSeq: this.#line, limit: -1 });
    // A resume goes back: its steps are told again.
    for (const { kind, stage, body } of happened)
      if (kind === "rewind") this.#keys.set(stage, Math.min(this.#keys.get(stage) ?? -1, Number(body["to"]) - 1));
    this.#event = happened.at(-1)?.seq ?? this.#event;
    this.#line = said.at(-1)?.seq ?? this.#line;
    const found = [
      ...reader.stages().map((stage) => this.#points(stage, last)),
      happened.map(({ kind, stage, step, at, body }) => ({ kind, stage, step, at, body })),
      said.map(lineRecord),
    ];
    return [...byTime(found.map((list) => list.filter((record) => fits(record, query))))];
  }

  #points(stage: StageIndex, last: boolean): StoredRecord[] {
    const to = newestKey(this.reader, stage) - (last ? 0 : 1);
    const from = (this.#keys.get(stage) ?? -1) + 1;
    if (to < from) return [];
    this.#keys.set(stage, to);
    return [...rowsOf(this.reader, stage, from, to)].map(pointRecord);
  }
}

const newestKey = (reader: JournalReader, stage: StageIndex): number => reader.extent(stage, "step")?.to ?? -1;

const isWanted = ({ kinds }: RecordQuery, kind: string): boolean => kinds?.has(kind) !== false;

function fits({ kind, step, at }: StoredRecord, query: RecordQuery): boolean {
  const { range } = query;
  const place = range?.unit === "step" ? step : at;
  return isWanted(query, kind) && (range === undefined || (place !== null && place >= range.from && place <= range.to));
}

const pointRecord = ({ stage, step, time, values }: Row): StoredRecord => ({
  kind: POINTS,
  stage,
  step,
  at: time === null ? null : Date.parse(time),
  body: values,
});

function lineRecord({ stage, at, stream, rank, level, text }: ReturnType<JournalReader["log"]>[number]): StoredRecord {
  return { kind: LOG, stage, step: null, at, body: { stream, rank, level, text } };
}

/** Keys of the first window that is looked into for the newest points. */
const FIRST_WINDOW = 1024;

function* points(reader: JournalReader, stage: StageIndex, query: RecordQuery): Generator<StoredRecord> {
  const extent = reader.extent(stage, "step");
  const within = keysWithin(reader, stage, query.range);
  if (!isWanted(query, POINTS) || extent === null || within === null) return;
  const [from, to] = [Math.max(within.from, extent.from), Math.min(within.to, extent.to)];
  const start = query.newest === undefined ? from : startOfNewest(reader, stage, from, to, query.newest);
  for (const row of rowsOf(reader, stage, start, to)) yield pointRecord(row);
}

/** Where the newest so many begin, or a little before: steps may be far apart, so that the window grows until it holds them. */
function startOfNewest(reader: JournalReader, stage: StageIndex, from: number, to: number, newest: number): number {
  for (let width = Math.max(FIRST_WINDOW, newest); to - width > from; width *= 4) {
    let found = 0;
    for (const _ of rowsOf(reader, stage, to - width, to)) if (++found >= newest) return to - width;
  }
  return from;
}

/** Keys of a stage are steps, and of the run itself (stage 0) seconds, which are no steps. */
function keysWithin(reader: JournalReader, stage: StageIndex, range: Range | undefined): { from: number; to: number } | null {
  if (range === undefined) return { from: 0, to: Number.POSITIVE_INFINITY };
  if (range.unit === "step") return stage === 0 ? null : range;
  return { from: reader.keyUntil(stage, range.from - 1) + 1, to: reader.keyUntil(stage, range.to) };
}

function* events(reader: JournalReader, query: RecordQuery): Generator<StoredRecord> {
  // Without a range the newest rows are the newest records; kinds are few, and looked through.
  const limit = query.range === undefined && query.kinds === undefined && query.newest !== undefined ? { limit: query.newest } : {};
  for (const { kind, stage, step, at, body } of reader.events(limit)) {
    const record = { kind, stage, step, at, body };
    if (fits(record, query)) yield record;
  }
}

const LINES_AT_ONCE = 4096;

function* lines(reader: JournalReader, query: RecordQuery): Generator<StoredRecord> {
  if (!isWanted(query, LOG) || query.range?.unit === "step") return;
  if (query.range === undefined && query.newest !== undefined) {
    for (const line of reader.log({ limit: query.newest })) yield lineRecord(line);
    return;
  }
  for (let after = 0; ; ) {
    const some = reader.log({ afterSeq: after, limit: LINES_AT_ONCE });
    for (const line of some) {
      const record = lineRecord(line);
      if (fits(record, query)) yield record;
    }
    if (some.length < LINES_AT_ONCE) return;
    after = some.at(-1)!.seq;
  }
}

/** Merges lists that are each in order. */
function* byTime(lists: ReadonlyArray<Iterable<StoredRecord>>): Generator<StoredRecord> {
  const heads = lists.flatMap((list) => {
    const rest = list[Symbol.iterator]();
    const first = rest.next();
    return first.done ? [] : [{ rest, record: first.value, at: first.value.at ?? Number.NEGATIVE_INFINITY }];
  });
  while (heads.length > 0) {
    const next = heads.reduce((best, head) => (head.at < best.at ? head : best));
    yield next.record;
    const after = next.rest.next();
    if (after.done) heads.splice(heads.indexOf(next), 1);
    else {
      next.record = after.value;
      next.at = after.value.at ?? next.at;
    }
  }
}
