/** `runs records`: the raw records of a run, as its journal or a `.wandb` file holds them. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Failure, fail, ok, type Result } from "../../core/result.ts";
import { plain } from "../../lib/ansi.ts";
import { clock, count } from "../../lib/format.ts";
import { spellNonFinite } from "../../lib/non-finite.ts";
import { expandHome } from "../../lib/paths.ts";
import { LOG, POINTS, type Range, type RecordQuery, RecordTail, readRecords, type StoredRecord } from "../../services/run-records.ts";
import type { RunView } from "../../services/run-view.ts";
import { RAW_TYPES, RawFile, type RawRecord } from "../../sources/wandb-file/raw.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { open } from "./run-choice.ts";

type Given = Readonly<Record<string, unknown>>;

const LOOK_EVERY_MS = 200;
const USUAL_LIMIT = 100;

interface Wanted {
  kinds: ReadonlySet<string> | undefined;
  /** Infinity = all. */
  limit: number;
  from: string | undefined;
  to: string | undefined;
  follow: boolean;
}

function readWanted(given: Given): Result<Wanted> {
  const kinds = given["kind"] as string[] | undefined;
  const limit = given["limit"] === "all" ? Number.POSITIVE_INFINITY : Number(given["limit"] ?? USUAL_LIMIT);
  if (!(limit >= 0) || (Number.isFinite(limit) && !Number.isInteger(limit)))
    return fail("usage", `--limit ${given["limit"]} is no number of records`, { remedy: "Give a whole number from 0, or all" });
  const [from, to] = [given["from"] as string | undefined, given["to"] as string | undefined];
  return ok({ kinds: kinds && new Set(kinds), limit, from, to, follow: given["follow"] === true });
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Of a journal: whole numbers are steps, anything else is a time. */
function readRange({ from, to }: Wanted): Result<Range | undefined> {
  const ends = [from, to].filter((end) => end !== undefined);
  if (ends.length === 0) return ok(undefined);
  const steps = ends.filter(isNumber).length;
  if (steps > 0 && steps < ends.length) return fail("usage", "--from and --to are a step and a time", { remedy: "Give two of a kind" });
  const place = (end: string | undefined, other: number): number => (end === undefined ? other : steps > 0 ? Number(end) : Date.parse(end));
  const range: Range = { unit: steps > 0 ? "step" : "time", from: place(from, 0), to: place(to, Number.POSITIVE_INFINITY) };
  if (!Number.isNaN(range.from) && !Number.isNaN(range.to)) return ok(range);
  return fail("usage", `${ends.join(" and ")}: no step, and no time`, { remedy: "Give whole numbers, or times as 2026-05-01T12:30" });
}

const bodyText = (body: unknown): string => plain(JSON.stringify(body, spellNonFinite) ?? "null");

function sayStored({ face }: Context, { at, ...record }: StoredRecord): void {
  const json = { ...record, time: at === null ? null : new Date(at).toISOString() };
  const { kind, stage, step, body } = record;
  const when = at === null ? "       –" : clock(at, true);
  face.line(json, `${when} ${stage} ${kind.padEnd(10)} ${(step === null ? "–" : count(step)).padStart(9)}  ${bodyText(body)}`);
}

async function ofRun(context: Context, view: RunView, wanted: Wanted): Promise<Result<null>> {
  const range = readRange(wanted);
  if (!range.ok) return range;
  const query: RecordQuery = { ...(wanted.kinds && { kinds: wanted.kinds }), ...(range.value && { range: range.value }) };
  const tail = wanted.follow && view.liveness() === "owned" ? new RecordTail(view.reader) : null;
  const newest = Number.isFinite(wanted.limit) ? { newest: wanted.limit } : {};
  if (wanted.limit > 0) for (const record of readRecords(view.reader, { ...query, ...newest })) sayStored(context, record);
  while (tail !== null) {
    const going = view.liveness() === "owned";
    view.refresh();
    for (const record of tail.next(query, !going)) sayStored(context, record);
    if (!going) break;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  return ok(null);
}

function sayRaw({ face }: Context, record: RawRecord): void {
  const { number, type, bytes, body } = record;
  face.line(record, `${String(number).padStart(7)} ${type.padEnd(11)} ${String(bytes).padStart(7)}  ${bodyText(body)}`);
}

/** A `.wandb` file, or the folder of a run, which may have several. */
async function filesOf(path: string): Promise<Result<string[]>> {
  if (statSync(path).isFile()) return ok([path]);
  const { findImportable } = await import("../../services/import-find.ts");
  const found = findImportable(path);
  if (!found.ok) return found;
  return found.value.kind === "wandb" ? ok(found.value.files.map((file) => file.path)) : ok([found.value.path]);
}

async function ofFiles(context: Context, path: string, wanted: Wanted): Promise<Result<null>> {
  const ends = [wanted.from, wanted.to].filter((end) => end !== undefined);
  if (!ends.every(isNumber)) return fail("usage", "--from and --to of a file are numbers of records", { remedy: "Give whole numbers" });
  const [from, to] = [Number(wanted.from ?? 0), Number(wanted.to ?? Number.POSITIVE_INFINITY)];
  const fits = ({ number, type }: RawRecord): boolean => number >= from && number <= to && wanted.kinds?.has(type) !== false;
  const paths = await filesOf(path);
  if (!paths.ok) return paths;
  const files: RawFile[] = [];
  try {
    for (const one of paths.value) {
      const file = RawFile.open(one);
      if (!file.ok) return file;
      files.push(file.value);
    }
    let ended = false;
    const all = function* (): Generator<RawRecord> {
      for (const [i, file] of files.entries()) {
        for (const record of file.records()) {
          ended ||= i === files.length - 1 && record.type === "exit";
          if (fits(record)) yield record;
        }
        if (!wanted.follow) for (const record of file.finish()) if (fits(record)) yield record;
      }
    };
    for (const record of newestOf(all(), wanted.limit)) sayRaw(context, record);
    while (wanted.follow && !ended) {
      await Bun.sleep(LOOK_EVERY_MS);
      for (const record of all()) sayRaw(context, record);
    }
    return ok(null);
  } finally {
    for (const file of files) file.close();
  }
}

/** The last so many; all of them are handed on as they come. */
function* newestOf(records: Iterable<RawRecord>, limit: number): Generator<RawRecord> {
  const kept: RawRecord[] = [];
  for (const record of records) {
    if (limit === Number.POSITIVE_INFINITY) yield record;
    else if (limit > 0) kept.push(record);
    // Cut now and then: to take the first one off at each would move all the others.
    if (kept.length > 2 * limit) kept.splice(0, kept.length - limit);
  }
  yield* kept.slice(-limit);
}

const noSuchKind = (kind: string): Failure => ({
  code: "usage",
  what: `--kind ${kind}: a .wandb file has no such records`,
  remedy: `There are ${RAW_TYPES.join(", ")}`,
});

async function records(context: Context, given: string, options: Given): Promise<Result<null>> {
  const wanted = readWanted(options);
  if (!wanted.ok) return wanted;
  const path = resolve(expandHome(given));
  const view = /[/\\]|\.wandb$/.test(given) && existsSync(path) ? null : open(context, given);
  if (view === null || (!view.ok && view.failure.code === "not-found" && existsSync(path))) {
    const unknown = [...(wanted.value.kinds ?? [])].find((kind) => !RAW_TYPES.includes(kind));
    return unknown === undefined ? ofFiles(context, path, wanted.value) : { ok: false, failure: noSuchKind(unknown) };
  }
  if (!view.ok) return view;
  const said = await ofRun(context, view.value, wanted.value);
  view.value.close();
  return said;
}

export const RECORDS_COMMAND: Command = {
  name: "runs records",
  summary: "Print raw records, one a line: what a run's journal holds, or what is in a .wandb file, which need not be imported",
  args: [["<run-or-path>", "a run, a `.wandb` file, or the folder of a W&B run"]],
  options: [
    {
      flags: "--kind <kind>",
      what: `only these: ${POINTS}, ${LOG}, or a kind of event; of a file history, summary, config, …`,
      many: true,
    },
    { flags: "--limit <number>", what: `how many from the end, or all (${USUAL_LIMIT})` },
    { flags: "--from <place>", what: "from this step or time on (2026-05-01T12:30); of a file from this record on, by its number" },
    { flags: "--to <place>", what: "up to that one" },
    { flags: "--follow", what: "go on while the run does; of a file until it tells of the run's end" },
  ],
  run: (context, [given = ""], options) => records(context, given, options),
};
