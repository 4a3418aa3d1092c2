/** What somebody means who names a path to import: the files of one W&B run, or a plain log. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail, ok, type Result } from "../core/result.ts";
import { errorCode, firstBytes, ioReason } from "../lib/files.ts";
import { count } from "../lib/format.ts";
import { expandHome } from "../lib/paths.ts";
import { shellWord } from "../lib/shell-word.ts";
import { parseStepLine } from "../sources/process-log/step-line.ts";
import { findTrainings, type Training } from "../sources/process-log/trainings.ts";
import { type KnownAbout, readAbout } from "../sources/wandb-file/about.ts";

export interface WandbFile {
  path: string;
  about: KnownAbout;
}

export type Importable = { kind: "wandb"; files: WandbFile[] } | { kind: "log"; path: string; trainings: readonly Training[] };

/** Looks at what is there; nothing is written. Every refusal says what to name instead. */
export function findImportable(given: string): Result<Importable> {
  if (/^https?:\/\//.test(given)) {
    return fail("usage", `${given} is no file`, {
      why: "runs are imported from this machine's files",
      remedy: "Name the run's folder under wandb/, or a log",
    });
  }
  const path = resolve(expandHome(given));
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? inFolder(path, real) : inFile(real);
  } catch (error) {
    const missing = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
    return missing
      ? fail("not-found", `There is nothing at ${path}`, { remedy: "Name a .wandb file, a wandb folder, or a log" })
      : fail("io", `${path} could not be read`, {
          why: ioReason(error),
          remedy: "Change its permissions, or copy it to where you may read it",
        });
  }
}

const SNIFFED_BYTES = 64 * 1024;
/** A step's line as `runs logs` tells it. */
const WITH_TIMES = /^\d\d:\d\d:\d\d step \d+/m;

const hasSteps = (head: Uint8Array): boolean =>
  Buffer.from(head)
    .toString("latin1")
    .split("\n")
    .some((line) => parseStepLine(line) !== null);

function inFile(path: string): Result<Importable> {
  const head = firstBytes(path, SNIFFED_BYTES);
  if (path.endsWith(".wandb") || head[0] === 0x3a) {
    const about = readAbout(path);
    if (about.ok) return ok({ kind: "wandb", files: [{ path, about: about.value }] });
    if (path.endsWith(".wandb")) return about;
  }
  if (head.length === 0)
    return fail("refused", `${path} is empty`, { remedy: "Name a log that a training script has written", soon: true });
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  // A machine that went down leaves zeros at the end of a log.
  const other = packed ? "it is compressed" : head.includes(0) && !hasSteps(head) ? "it is no text" : null;
  if (other !== null) {
    return fail("refused", `${path} is neither a .wandb file nor a log`, {
      why: other,
      remedy: other === "it is compressed" ? "Unpack it first (gunzip)" : "Name a .wandb file, or what a training script printed",
    });
  }
  const trainings = findTrainings(path);
  if (trainings.some(({ lastStep }) => lastStep !== null)) return ok({ kind: "log", path, trainings });
  if (WITH_TIMES.test(head.toString("latin1"))) {
    return fail("refused", `${path} has the time before each line`, {
      why: "that is how `nanochat-cli runs logs` prints them, and no training does",
      remedy: `Take it away: sed 's/^[0-9:]* //' ${shellWord(path)} > without-times.log`,
    });
  }
  return fail("refused", `${path} has no steps`, {
    why: "no line in it is one that nanochat's training scripts print for a step",
    remedy: "Name the log of a training, as `python -m scripts.base_train > FILE` writes it",
    soon: true,
  });
}

/** Every run in W&B's folder, the oldest first: of each what `findImportable` would find, or why it cannot be imported. */
export function findAllIn(given: string): Result<ReadonlyArray<Result<Importable>>> {
  const path = resolve(expandHome(given));
  try {
    const files = filesIn(path, realpathSync(path));
    if (!files.ok) return files;
    const byRun = Map.groupBy(files.value.sort(byStart), identity);
    return ok([...byRun.values()].map((ofRun) => oneRun(path, ofRun)));
  } catch (error) {
    return fail("io", `${path} is no folder that can be read`, { why: ioReason(error), remedy: "Name the folder that W&B calls wandb/" });
  }
}

/** `given`: as it was named, for what is said; a folder of a run, W&B's folder of all runs, or the one that it is in. */
function inFolder(given: string, folder: string): Result<Importable> {
  const files = filesIn(given, folder);
  return files.ok ? oneRun(given, files.value) : files;
}

function filesIn(given: string, folder: string): Result<WandbFile[]> {
  const paths = wandbFiles(folder);
  if (paths.length === 0) {
    return fail("not-found", `There is no .wandb file in ${given}`, {
      why: "neither in it nor in its run folders",
      remedy: "Name the folder that W&B calls wandb/, a run's folder in it, or a log",
      soon: true,
    });
  }
  const files: WandbFile[] = [];
  for (const path of paths) {
    const about = readAbout(path);
    // One run that has only just begun, or is torn, must not keep the others from being found.
    if (about.ok) files.push({ path, about: about.value });
    else if (paths.length === 1) return about;
  }
  if (files.length === 0)
    return fail("refused", `No .wandb file in ${given} says whose run it is`, { details: paths.join("\n"), soon: true });
  return ok(files);
}

const RUN_FILE = /^run-.+\.wandb$/;

/** Of a run's own folder, else of the folders in it, else of `wandb/` or `.wandb/` in it. `latest-run` is one of them twice. */
function wandbFiles(folder: string): string[] {
  const own = runFilesIn(folder);
  if (own.length > 0) return own;
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const nested = inner.flatMap(({ name }) => runFilesIn(join(folder, name)));
  if (nested.length > 0) return nested.sort();
  return inner.filter(({ name }) => name === "wandb" || name === ".wandb").flatMap(({ name }) => wandbFiles(join(folder, name)));
}

function runFilesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => RUN_FILE.test(name));
    return names.sort().map((name) => join(folder, name));
  } catch {
    return []; // a folder that one may not look into
  }
}

const identity = ({ about: { run } }: WandbFile): string => `${run.entity}/${run.project}/${run.id}`;
const startOf = ({ about: { run } }: WandbFile): number => run.startedAt ?? 0;
const byStart = (a: WandbFile, b: WandbFile): number => startOf(a) - startOf(b) || a.path.localeCompare(b.path);

function oneRun(given: string, files: readonly WandbFile[]): Result<Importable> {
  const ids = new Set(files.map(identity));
  const sorted = [...files].sort(byStart);
  if (ids.size > 1) return several(given, sorted, ids.size);
  const rival = sorted.findIndex((file, i) => i > 0 && startOf(file) < (sorted[i - 1]?.about.lastAt ?? 0));
  if (rival < 0) return ok({ kind: "wandb", files: sorted });
  return fail("refused", `Two files of run ${files[0]?.about.run.id} were written at the same time`, {
    why: "they are of several processes, and would overwrite each other's steps",
    remedy: `Name one of them: ${sorted[rival - 1]?.path}, ${sorted[rival]?.path}`,
  });
}

const LISTED = 8;

function several(given: string, files: readonly WandbFile[], runs: number): Result<never> {
  const newest = [...files].reverse();
  const shown = newest.slice(0, LISTED).map(listed);
  const more = files.length > LISTED ? `, and ${count(files.length - LISTED)} more files` : "";
  return fail("usage", `${given} holds ${runs} runs`, {
    why: shown.join(", ") + more,
    remedy: `Name the folder of one, such as ${newest[0]?.path.replace(/\/[^/]+$/, "")}, or take --all`,
    details: newest.map((file) => `${listed(file)}  ${file.path}`).join("\n"),
  });
}

function listed(file: WandbFile): string {
  const { id, name, project } = file.about.run;
  const start = startOf(file);
  const when = start > 0 ? ` of ${new Date(start).toISOString().slice(0, 16).replace("T", " ")} UTC` : "";
  return `${id} (${name || project}${when})`;
}
