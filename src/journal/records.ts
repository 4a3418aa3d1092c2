/** Reading the rows of a journal that are no points: events, log lines, requests. */
import type { Database } from "bun:sqlite";
import type { EventKind, LogLine, LogStream, StageIndex, StoredEvent, StoredLine } from "../core/journal.ts";
import type { RequestKind, RequestPhase, RequestStatus } from "../core/run.ts";
import { choicesOf, fitsWords, hasPattern } from "../lib/wanted.ts";
import { LEVELS } from "./schema.ts";

export interface EventQuery {
  kinds?: readonly EventKind[];
  stage?: StageIndex;
  /** Only those after it; the first `limit` of them. Without it the newest `limit`. */
  afterSeq?: number;
  limit?: number;
  /** Only what had happened by then, in epoch milliseconds. */
  until?: number;
}

export interface LogQuery {
  limit: number;
  /** The newest `limit` before it; without either bound, the newest `limit`. */
  beforeSeq?: number;
  /** The first `limit` after it. */
  afterSeq?: number;
  /** None that is newer than this one. */
  untilSeq?: number;
  stage?: StageIndex;
  /** What the line has in it, in upper or lower case: see lib/wanted.ts. */
  filter?: string;
  /** Regular expressions are tried on so many lines at most; absent = on all. */
  tries?: number;
  minLevel?: LogLine["level"];
  /** Only of these; absent = of all. */
  streams?: readonly LogStream[];
}

type Binding = string | number;

class Conditions {
  readonly #parts: string[] = [];
  readonly values: Binding[] = [];

  /** Adds `sql` with its values when the first of them is given. */
  add(sql: string, ...values: Array<Binding | undefined>): void {
    if (values.some((value) => value === undefined)) return;
    this.#parts.push(sql);
    this.values.push(...(values as Binding[]));
  }

  get where(): string {
    return this.#parts.length === 0 ? "" : ` WHERE ${this.#parts.join(" AND ")}`;
  }
}

interface EventRow {
  seq: number;
  stage: number;
  at: number;
  step: number | null;
  kind: string;
  body: string;
}

/** In the order in which they were stored. */
export function readEvents(db: Database, query: EventQuery): StoredEvent[] {
  const conditions = new Conditions();
  if (query.kinds !== undefined) conditions.add(`kind IN (${query.kinds.map(() => "?").join(", ")})`, ...query.kinds);
  conditions.add("stage = ?", query.stage);
  conditions.add("seq > ?", query.afterSeq);
  conditions.add("at <= ?", query.until);
  const rows = db
    .query<EventRow, Binding[]>(
      `SELECT * FROM event${conditions.where} ORDER BY seq ${query.afterSeq === undefined ? "DESC" : "ASC"} LIMIT ?`,
    )
    .all(...conditions.values, query.limit ?? -1);
  if (query.afterSeq === undefined) rows.reverse();
  return rows.map((row) => ({ ...row, kind: row.kind as EventKind, body: JSON.parse(row.body) as Record<string, unknown> }));
}

interface LogRow {
  seq: number;
  stage: number;
  at: number;
  stream: string;
  rank: number | null;
  level: number;
  text: string;
}

/** What a filter asks of the text of a line, as far as SQL can tell: of a regular expression nothing. */
function conditionOf(choices: ReturnType<typeof choicesOf>): [sql: string, ...values: string[]] {
  const plain = choices.map((words) => words.filter(({ pattern }) => pattern === null));
  const holds = plain.map((words) => ["1", ...words.map(({ isNot }) => `instr(lower(text), lower(?)) ${isNot ? "= 0" : "> 0"}`)]);
  return [`(${holds.map((words) => words.join(" AND ")).join(" OR ")})`, ...plain.flat().map(({ text }) => text)];
}

function firstFitting(rows: Iterable<LogRow>, { filter = "", limit }: LogQuery): LogRow[] {
  const found: LogRow[] = [];
  for (const row of rows) {
    if (found.length >= limit) break;
    if (fitsWords(filter, [row.text])) found.push(row);
  }
  return found;
}

/** In the order in which they were stored. */
export function readLog(db: Database, query: LogQuery): StoredLine[] {
  const conditions = new Conditions();
  conditions.add("stage = ?", query.stage);
  conditions.add("seq < ?", query.beforeSeq);
  conditions.add("seq > ?", query.afterSeq);
  conditions.add("seq <= ?", query.untilSeq);
  conditions.add("level >= ?", query.minLevel === undefined ? undefined : LEVELS.indexOf(query.minLevel));
  if (query.streams !== undefined) conditions.add(`stream IN (${query.streams.map(() => "?").join(", ")})`, ...query.streams);
  const choices = choicesOf(query.filter ?? "");
  if (choices.length > 0) conditions.add(...conditionOf(choices));
  const forward = query.afterSeq !== undefined;
  const statement = db.query<LogRow, Binding[]>(`SELECT * FROM log${conditions.where} ORDER BY seq ${forward ? "ASC" : "DESC"} LIMIT ?`);
  const rows = hasPattern(query.filter ?? "")
    ? firstFitting(statement.iterate(...conditions.values, query.tries ?? -1), query)
    : statement.all(...conditions.values, query.limit);
  if (!forward) rows.reverse();
  return rows.map((row) => ({ ...row, stream: row.stream as LogStream, level: LEVELS[row.level] ?? "info" }));
}

/** The newest line that was there at a time, by its number, found by halves: lines are stored as they come. Null before the first. */
export function lineAt(db: Database, at: number): number | null {
  const look = db.query<{ seq: number; at: number }, [number]>("SELECT seq, at FROM log WHERE seq >= ? ORDER BY seq LIMIT 1");
  let [low, high] = [0, countLog(db)];
  let found: number | null = null;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const line = look.get(middle);
    if (line !== null && line.at <= at) {
      found = line.seq;
      low = Math.max(middle, line.seq);
    } else high = middle - 1;
  }
  return found;
}

/** How many events there had been by then, in epoch milliseconds. */
export const countEvents = (db: Database, until: number): number =>
  db.query<{ n: number }, [number]>("SELECT count(*) AS n FROM event WHERE at <= ?").get(until)?.n ?? 0;

/** How many lines there are. */
export const countLog = (db: Database): number => db.query<{ n: number | null }, []>("SELECT max(seq) AS n FROM log").get()?.n ?? 0;

/** The state of each request after all its events, in the order in which they were made. */
export function reduceRequests(events: readonly StoredEvent[]): RequestStatus[] {
  const requests = new Map<string, RequestStatus>();
  for (const { at, step, stage, body } of events) {
    const id = String(body["id"] ?? "");
    if (id === "") continue;
    const before = requests.get(id);
    const when = stringOr(body["at"], null) ?? new Date(at).toISOString();
    const applied = body["phase"] === "applied" ? { appliedAt: before?.appliedAt ?? when } : {};
    requests.set(id, {
      id,
      kind: (body["kind"] ?? before?.kind ?? "save") as RequestKind,
      phase: later(before?.phase, (body["phase"] ?? "requested") as RequestPhase),
      step: numberOr(body["step"], step ?? before?.step ?? null),
      path: stringOr(body["path"], before?.path ?? null),
      bytes: numberOr(body["bytes"], before?.bytes ?? null),
      reason: stringOr(body["reason"], before?.reason ?? null),
      at: when,
      stage: stage === 0 ? (before?.stage ?? 0) : stage,
      ...asked({ ...applied, ...body }, before),
    });
  }
  return [...requests.values()];
}

type Asked = Pick<RequestStatus, "askedAt" | "from" | "appliedAt" | "values" | "changes" | "forStage" | "key">;
const ASKED = ["askedAt", "from", "appliedAt", "values", "changes", "forStage", "key"] as const satisfies ReadonlyArray<keyof Asked>;

/** What only some events of a request tell. */
function asked(body: Record<string, unknown>, before: RequestStatus | undefined): Asked {
  const known = ASKED.map((field) => [field, body[field] ?? before?.[field]] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined)) as Asked;
}

const PHASES: readonly RequestPhase[] = ["requested", "seen", "applied", "done", "refused"];

/** Phases only go forward, in whatever order their events were stored. */
const later = (a: RequestPhase | undefined, b: RequestPhase): RequestPhase =>
  a !== undefined && PHASES.indexOf(a) > PHASES.indexOf(b) ? a : b;

const numberOr = (value: unknown, other: number | null): number | null => (typeof value === "number" ? value : other);
const stringOr = (value: unknown, other: string | null): string | null => (typeof value === "string" ? value : other);
