/** Reads the files of an imported run into its journal, as far as there is something new, and says how its stages stand. */
import { statSync } from "node:fs";
import { metricId } from "../core/metrics.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { StageState, WatchedTo } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { bytes, count } from "../lib/format.ts";
import { SUMMARY_TAG, summaryOf } from "../panels/data.ts";
import { PlainLogSource } from "../sources/process-log/plain-log.ts";
import { WandbFileSource } from "../sources/wandb-file/source.ts";
import type { WatchSettings } from "../watches/settings.ts";
import { endOfLog, endOfWandb, GOES_ON } from "./import-end.ts";
import type { Importable } from "./import-find.ts";
import { fileKey } from "./import-key.ts";
import { watchImported } from "./import-watch.ts";

export interface Reading {
  /** Bytes that were new. */
  read: number;
  /** The signal came before everything was read. */
  aborted: boolean;
  /** How the stages stand now. */
  stages: StageState[];
  /** How far the newest file has been read, in bytes. */
  reached: number;
  /** What is at the end of a file and not whole, in sentences. */
  torn: string[];
  /** How far each stage has been watched. */
  watched: WatchedTo[];
}

/** What is known of the run that is read into. */
interface ReadRun {
  stages: readonly StageState[];
  /** What the watches are told to look for. */
  settings: WatchSettings;
  /** How far they have heard each stage before. */
  watched: readonly WatchedTo[];
}

export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** This process goes on reading: until its end is there, or its files rest for long, the run is one that goes on. */
  follow?: boolean | undefined;
  /** Called now and then with the bytes that were read, and those of all files. */
  onProgress?: ((read: number, of: number) => void) | undefined;
}

/** What one turn may take: between turns a signal is seen, and what was read is kept. */
const TURN_MS = 50;
/** Nobody reads along while a file is read that is there already, so the tail may be long, and compacted all at once. */
const LIMITS = { tailPoints: 1_000_000, tailRows: 100_000, compactionMs: Number.POSITIVE_INFINITY };
/** A log that nobody has written to for so long ends where it ends: its last line is whole, even without a line feed. */
const IDLE_MS = 60_000;

interface FollowedFile {
  path: string;
  key: string;
  source: WandbFileSource | PlainLogSource;
}

/** Everything that is read stays, whatever ends it. */
export async function readInto(
  journalPath: string,
  found: Importable,
  { stages, settings, watched }: ReadRun,
  options: ReadOptions,
): Promise<Result<Reading>> {
  const opened = JournalWriter.open(journalPath, LIMITS);
  if (!opened.ok) return opened;
  const journal = opened.value;
  const files = filesOf(found);
  try {
    const taken = await take(journal, files, options);
    if (!taken.ok) return taken;
    const reader = JournalReader.open(journalPath);
    if (!reader.ok) return reader;
    reader.value.refresh();
    const now = stages.map((stage) =>
      stageNow(stage, { of: stages.length, found, files, reader: reader.value, follow: options.follow ?? false }),
    );
    const { aborted } = taken.value;
    // One without an end may go on, unless its file has rested for long.
    const mayGoOn = ({ status, index }: StageState): boolean =>
      aborted || status === "running" || (status === "lost" && index === stages.length && !rests(files));
    for (const { source } of files) if (source instanceof WandbFileSource) tellSummary(journal, reader.value, source);
    const heard = now.map((stage, i) =>
      watchImported({ reader: reader.value, settings, stage, from: watched[i], mayGoOn: mayGoOn(stage) }),
    );
    for (const event of heard.flatMap(({ said }) => said)) journal.event(event);
    reader.value.close();
    if (!aborted) tellChanges(journal, stages, now);
    const reached = files.at(-1)?.source.offset ?? 0;
    return ok({ ...taken.value, stages: now, reached, torn: files.flatMap(tornEnd), watched: heard.map(({ to }) => to) });
  } finally {
    for (const { source } of files) source.stop();
    journal.close();
  }
}

function filesOf(found: Importable): FollowedFile[] {
  if (found.kind === "wandb") {
    return found.files.map(({ path }) => ({
      path,
      key: fileKey(path),
      source: new WandbFileSource({ stage: 1, path, key: fileKey(path) }),
    }));
  }
  const { path, trainings } = found;
  const begins = trainings.map(({ begin }) => begin);
  return [{ path, key: fileKey(path), source: new PlainLogSource({ path, key: fileKey(path), begins }) }];
}

async function take(
  journal: JournalWriter,
  files: readonly FollowedFile[],
  options: ReadOptions,
): Promise<Result<Pick<Reading, "read" | "aborted">>> {
  const offsets = journal.offsets();
  for (const { path, key } of files) if (statSync(path).size < (offsets.get(key) ?? 0)) return shorter(path);
  const of = files.reduce((sum, { path }) => sum + statSync(path).size, 0);
  const began = files.reduce((sum, { key }) => sum + (offsets.get(key) ?? 0), 0);
  const aborted = () => options.signal?.aborted ?? false;
  let before = 0;
  for (const { path, source } of files) {
    source.start(journal, offsets);
    for (let more = true; more && !aborted(); await Bun.sleep(0)) {
      more = source.poll(TURN_MS);
      if (!more && isOver(path, source)) source.finish();
      const stored = journal.commit();
      if (!stored.ok) return stored;
      options.onProgress?.(before + source.offset, of);
    }
    before += source.offset;
  }
  return ok({ read: before - began, aborted: aborted() });
}

const shorter = (path: string): Result<never> =>
  fail("refused", `${path} is shorter than what was read of it before`, {
    why: "it was cut off, or is another file by now",
    remedy: "Nothing of the run is lost. To import it as a new run, give the file another name",
  });

const isOver = (path: string, source: FollowedFile["source"]): boolean =>
  source instanceof WandbFileSource ? source.about.exit !== null : Date.now() - statSync(path).mtimeMs > IDLE_MS;

/** So long the file of a run that goes on may rest: W&B's client writes whole blocks, evaluations and compilation take their time. */
const RESTS_MS = 15 * 60_000;

const rests = (files: readonly FollowedFile[]): boolean => Date.now() - statSync(files.at(-1)!.path).mtimeMs >= RESTS_MS;

interface ReadSoFar {
  /** How many stages there are. */
  of: number;
  found: Importable;
  files: readonly FollowedFile[];
  reader: JournalReader;
  follow: boolean;
}

function stageNow(stage: StageState, { of, found, files, reader, follow }: ReadSoFar): StageState {
  const newest = files.at(-1)!;
  const { isGuess, ...end } =
    newest.source instanceof WandbFileSource
      ? endOfWandb(newest.source.about)
      : endOfLog(reader, stage.index, new Date(statSync(newest.path).mtimeMs).toISOString());
  const startedAt = found.kind === "wandb" ? isoOrNull(found.files[0]?.about.run.startedAt) : null;
  // Of several trainings in one log only the last one can go on.
  if (end.status === "lost" && stage.index < of) return { ...stage, ...end, reason: end.reason?.replace(GOES_ON, "") ?? null, startedAt };
  const goesOn = follow && isGuess && stage.index === of && !rests(files);
  return goesOn ? { ...stage, status: "running", exitCode: null, reason: null, endedAt: null, startedAt } : { ...stage, ...end, startedAt };
}

const isoOrNull = (ms: number | null | undefined): string | null => (ms ? new Date(ms).toISOString() : null);

/** As the supervisor of a run tells how its stages go. */
export function tellChanges(journal: JournalWriter, before: readonly StageState[], now: readonly StageState[]): void {
  for (const [i, stage] of now.entries()) {
    const { index, name, status, exitCode, signal, reason, endedAt } = stage;
    if (before[i]?.status === status && before[i]?.endedAt === endedAt) continue;
    const at = endedAt === null ? Date.now() : Date.parse(endedAt);
    journal.event({ stage: index, at, step: null, kind: "stage", body: { name, status, exitCode, signal, reason } });
  }
}

/** What the summary says that was not known before: an event, as far as it is no metric. */
function tellSummary(journal: JournalWriter, reader: JournalReader, source: WandbFileSource): void {
  const [metrics, known] = [new Set(reader.metrics(1)), summaryOf(reader.events({ kinds: ["note"], stage: 1 }))];
  const told = Object.entries(source.summary()).filter(([name, value]) => !metrics.has(metricId(name)) && known[name] !== value);
  if (told.length === 0) return;
  const body = { tag: SUMMARY_TAG, fields: Object.fromEntries(told) };
  journal.event({ stage: 1, at: source.about.lastAt ?? Date.now(), step: null, kind: "note", body });
}

function tornEnd({ path, source }: FollowedFile): string[] {
  const left = statSync(path).size - source.offset;
  if (left <= 0) return [];
  const what = source instanceof WandbFileSource ? "a record that is not whole, or damaged" : "a line that has no end";
  return [`The last ${left < 1024 ? `${count(left)} bytes` : bytes(left)} of ${path} are ${what}: they are read once the rest is there`];
}
