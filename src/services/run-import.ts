/** Makes a run of this home out of files that a run left which was not started here, and goes on with one that grew. */
import { dirname } from "node:path";
import { stringify } from "yaml";
import { failureOf } from "../core/journal.ts";
import { fail, ok, type Result, sentence } from "../core/result.ts";
import { type Imported, RUN_FORMAT, type RunState, type StageState } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { firstBytes, writeAtomic, writeJson } from "../lib/files.ts";
import { sha256 } from "../lib/hash.ts";
import { takeLock } from "../lib/lock.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { firstState, readState } from "../lib/run-files.ts";
import { VERSION } from "../lib/self.ts";
import { prepareHome } from "./home.ts";
import { progressOf } from "./import-end.ts";
import { findImportable, type Importable } from "./import-find.ts";
import { fileKey } from "./import-key.ts";
import { type Reading, type ReadOptions, readInto } from "./import-read.ts";
import { importRecord } from "./import-record.ts";
import { watchSettings } from "./import-watch.ts";
import { abandonRun, alone, reserveRun, writeRecord } from "./run-create.ts";
import { listRuns } from "./runs.ts";

export interface ImportOptions extends ReadOptions {
  /** Instead of the name that the run had. */
  name?: string | undefined;
  /** `base_train`: instead of what the files say. */
  script?: string | undefined;
}

/** A run that was imported, and what this import brought. */
export interface ImportedRun extends Pick<Reading, "read" | "aborted"> {
  id: string;
  dir: string;
  state: RunState;
  /** It had been imported before. */
  again: boolean;
  metrics: number;
  lines: number;
  /** What is wrong with the files, in sentences; found by this import. */
  problems: string[];
}

/** The run that is imported into. */
interface Target {
  id: string;
  dir: string;
  state: RunState;
  imported: Imported;
  again: boolean;
}

const RIVAL_WAIT_MS = 300;

/** Reads `path` into a run of `home`: a new one, or the one that it was read into before, from where that had come to. */
export async function importRun(home: string, path: string, options: ImportOptions = {}): Promise<Result<ImportedRun>> {
  const found = findImportable(path);
  return found.ok ? importFound(home, found.value, options) : found;
}

/** The same for files that have been found. */
export async function importFound(home: string, found: Importable, options: ImportOptions = {}): Promise<Result<ImportedRun>> {
  const prepared = prepareHome(home);
  if (!prepared.ok) return prepared;
  const target = alone(home, () => choose(home, found, options));
  if (!target.ok) return target;
  const { dir, id } = target.value;
  const lock = takeLock(runPaths(dir).owner, RIVAL_WAIT_MS);
  if (!lock.taken) {
    return fail("refused", `${id} cannot be read into`, {
      why: lock.busy ? "another process imports it just now" : lock.why,
      remedy: lock.remedy ?? "Try again when that is done",
    });
  }
  try {
    return await fill(target.value, found, options);
  } finally {
    lock.lock.release();
  }
}

/** The run that these files were read into before, else a new one. Called while nobody else makes a run. */
function choose(home: string, found: Importable, options: ImportOptions): Result<Target> {
  const made = importRecord(found, options, new Date().toISOString());
  const before = earlier(home, made.imported);
  if (!before.ok) return before;
  if (before.value !== null) return renew(before.value, found, options);
  const place = reserveRun(home, made.name, new Date(made.createdAt));
  if (!place.ok) return place;
  const { id, dir } = place.value;
  const first = firstState(dir, made.plan, made.createdAt);
  const state: RunState = { ...first, ...UNREAD, startedAt: made.startedAt, imported: made.imported };
  const written = writeRecord(dir, made.plan, made.environment, state);
  // Only at first: what is written down about it from then on is this home's own.
  if (written.ok && Object.keys(made.about).length > 0) writeJson(runPaths(dir).about, { version: RUN_FORMAT, ...made.about });
  if (written.ok) return ok({ id, dir, state, imported: made.imported, again: false });
  abandonRun(place.value);
  return written;
}

/** Nothing of it runs here: whoever looks sees one that has ended, from the first moment on. */
const UNREAD = { status: "lost", reason: "Its import was broken off. Importing it again goes on from there" } as const;

function earlier(home: string, wanted: Imported): Result<Target | null> {
  const listed = listRuns(home);
  if (!listed.ok) return listed;
  for (const { id, dir } of listed.value) {
    const state = readState(dir);
    const imported = state.ok ? state.value.imported : undefined;
    if (state.ok && imported !== undefined && isSame(imported, wanted)) return ok({ id, dir, state: state.value, imported, again: true });
  }
  return ok(null);
}

const isSame = (a: Imported, b: Imported): boolean =>
  a.wandb !== null && b.wandb !== null
    ? a.wandb.id === b.wandb.id && a.wandb.project === b.wandb.project && a.wandb.entity === b.wandb.entity
    : a.kind === b.kind &&
      a.files[0] === b.files[0] &&
      (a.head === null || headOf(a.files[0] ?? "", a.head.bytes)?.sha256 === a.head.sha256);

const HEAD_BYTES = 64 * 1024;

/** A log is written over by the next training, as a rule under the same name: only its content tells which one it is. */
function headOf(path: string, bytes: number): Imported["head"] {
  try {
    const head = firstBytes(path, Math.min(bytes, HEAD_BYTES));
    return { bytes: head.length, sha256: sha256(head) };
  } catch {
    return null; // gone meanwhile
  }
}

/** What the files say by now: a log may hold one training more, a run of W&B one file more, and other settings. */
function renew(target: Target, found: Importable, options: ImportOptions): Result<Target> {
  const { state, dir } = target;
  if (options.name !== undefined && options.name !== state.name) {
    return fail("usage", `It was imported before, as ${state.name}`, { remedy: "Leave --name away to read on" });
  }
  const made = importRecord(found, { ...options, name: state.name }, target.imported.at);
  const now = made.imported.files;
  const others = target.imported.files.filter((file) => !now.some((other) => fileKey(other) === fileKey(file)));
  const imported = { ...target.imported, files: [...others, ...now], complete: false };
  const given = options.script !== undefined;
  const planned = made.plan.stages.map((stage, i) => (given ? stage : { ...stage, ...namesOf(state.stages[i]) }));
  const fresh = firstState(dir, { ...made.plan, stages: planned }, state.createdAt).stages;
  const renewed: RunState = { ...state, stages: fresh.map((stage, i) => ({ ...stage, ...state.stages[i], ...namesOf(stage) })), imported };
  const plan = writeAtomic(
    runPaths(dir).plan,
    stringify({ ...made.plan, stages: planned }, { aliasDuplicateObjects: false, lineWidth: 0 }),
  );
  if (!plan.ok) return plan;
  // GPUs and packages are told of a moment after the run has begun.
  const machine = writeJson(runPaths(dir).environment, { version: RUN_FORMAT, ...made.environment });
  if (!machine.ok) return machine;
  const written = writeJson(runPaths(dir).state, renewed);
  return written.ok ? ok({ ...target, state: renewed, imported }) : written;
}

/** What a stage is called stays, unless the person calls it something else. */
const namesOf = (stage: Pick<StageState, "name" | "script"> | undefined) => stage && { name: stage.name, script: stage.script };

async function fill(target: Target, found: Importable, options: ImportOptions): Promise<Result<ImportedRun>> {
  const { id, dir, again, state } = target;
  const { journal } = runPaths(dir);
  const seen = lastProblem(journal);
  const settings = await watchSettings(dirname(dirname(dir)));
  const run = { stages: state.stages, settings, watched: target.imported.watched ?? [] };
  const reading = await readInto(journal, found, run, options);
  if (!reading.ok) return reading;
  const { read, aborted, stages, torn, reached, watched } = reading.value;
  const opened = JournalReader.open(journal);
  if (!opened.ok) return opened;
  const { metrics, lines, problems, progress } = summary(opened.value, stages.length, seen);
  opened.value.close();
  if (metrics === 0 && lines === 0 && !aborted && !again && !options.follow) {
    abandonRun({ id, dir });
    return nothing(found);
  }
  const last = stages.at(-1)!;
  const head = found.kind === "log" ? headOf(found.path, reached) : null;
  const imported = { ...target.imported, head, readAt: new Date().toISOString(), complete: !aborted, watched };
  const end = aborted ? UNREAD : { status: last.status as RunState["status"], reason: last.reason };
  const owner = end.status === "running" ? ownerNow() : null;
  // What does not go on has no end to come.
  const far = progress === null || end.status === "running" ? progress : { ...progress, etaSeconds: null };
  const now: RunState = { ...state, ...end, stages, progress: far, imported, owner, endedAt: last.endedAt };
  const written = writeJson(runPaths(dir).state, now);
  if (!written.ok) return written;
  return ok({ id, dir, state: now, again, read, aborted, metrics, lines, problems: [...problems, ...torn] });
}

const ownerNow = (): RunState["owner"] => ({
  pid: process.pid,
  startTicks: startTicks(process.pid),
  startedAt: new Date().toISOString(),
  version: VERSION,
});

function lastProblem(journal: string): number {
  const reader = JournalReader.open(journal);
  if (!reader.ok) return 0;
  const seq = reader.value.events({ kinds: ["problem"], limit: 1 }).at(-1)?.seq ?? 0;
  reader.value.close();
  return seq;
}

function summary(reader: JournalReader, stages: number, seen: number) {
  reader.refresh();
  const names = new Set(Array.from({ length: stages }, (_, i) => reader.metrics(i + 1)).flat());
  names.delete("time/wall");
  // What the script itself stumbled over is the run's own story, and no fault of its files.
  const told = reader.events({ kinds: ["problem"], afterSeq: seen }).filter(({ body }) => body["source"] !== "process-log");
  return {
    metrics: names.size,
    lines: reader.logCount(),
    problems: told.map((event) => sentence(failureOf(event))),
    progress: progressOf(reader, stages) ?? null,
  };
}

function nothing(found: Importable): Result<never> {
  const path = found.kind === "log" ? found.path : found.files.map((file) => file.path).join(", ");
  return fail("refused", `${path} holds no history`, {
    why: "nothing has been logged or printed yet",
    remedy: "Import it again when the run has made a step",
  });
}
