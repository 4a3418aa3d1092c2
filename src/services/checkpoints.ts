/** Checkpoints under NANOCHAT_BASE_DIR, of every stage; files are looked at, never unpickled. */
import { readdirSync, readFileSync, type Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CHECKPOINT_FOLDERS, type Checkpoint, type CheckpointStage } from "../core/checkpoint.ts";
import { statsOf } from "../lib/files.ts";
import { cacheDir } from "../lib/paths.ts";
import { parsePythonJson } from "../lib/python-json.ts";
import { isRecord } from "../lib/shape.ts";
import { type CheckpointCache, type CheckpointContent, openCheckpointCache } from "./checkpoint-cache.ts";
import { knownDamage } from "./checkpoint-verdicts.ts";
import { hasEnd } from "./torch-zip.ts";

// Layout: nanochat/checkpoint_manager.py@92d63d4; optim without a rank until c6abcdf.
const CHECKPOINT_FILE = /^(model|meta|optim)_(\d{6,})(?:_rank(\d+))?\.(pt|json)$/;

/** How the name of a folder begins that a copy is being made in: no model is in it yet. */
export const UNFINISHED_COPY = ".copying-";

/** Models of a folder that belong to no step: what somebody has kept as `model_best.pt`. */
export const strayModels = (dir: string): string[] =>
  list(dir).filter((name) => /^model_.*\.pt$/.test(name) && !CHECKPOINT_FILE.test(name));

/** Steps of a folder that anything is there of. */
export const stepsIn = (dir: string): number[] =>
  list(dir)
    .flatMap((name) => CHECKPOINT_FILE.exec(name)?.[2] ?? [])
    .map(Number);

type Figures = Pick<CheckpointContent, "valBpb" | "trainLoss">;

/** The figures that the checkpoint of a step carries; each is null where there is none, or no meta file that can be read. */
export function figuresIn(dir: string, step: number): Figures {
  const name = list(dir).find((each) => Number(/^meta_(\d{6,})\.json$/.exec(each)?.[1]) === step);
  return figuresOf(name === undefined ? null : readMeta(join(dir, name)));
}

/** `loop_state` is base_train's alone (scripts/base_train.py@92d63d4). */
function figuresOf(meta: Record<string, unknown> | null): Figures {
  const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
  const loop = meta?.["loop_state"];
  return { valBpb: number(meta?.["val_bpb"]), trainLoss: isRecord(loop) ? number(loop["smooth_train_loss"]) : null };
}

interface CheckpointFile {
  name: string;
  kind: string;
  rank: number | null;
  stats: Stats;
}

/**
 * All checkpoints, newest first, of one model by step. A folder that is not there, or vanishes meanwhile, has none. What is inside of files that
 * have not changed since the last look comes from `cacheFolder`.
 */
export function listCheckpoints(baseDir: string, cacheFolder: string = cacheDir()): Checkpoint[] {
  const known = openCheckpointCache(baseDir, cacheFolder);
  const found: Checkpoint[] = [];
  for (const [stage, folder] of Object.entries(CHECKPOINT_FOLDERS) as Array<[CheckpointStage, string]>) {
    for (const tag of list(join(baseDir, folder)).filter((name) => !name.startsWith(UNFINISHED_COPY)))
      found.push(...inFolder(known, stage, tag, join(baseDir, folder, tag)));
  }
  known.keep();
  const damage = knownDamage(cacheFolder);
  for (const one of found) one.broken ??= damage(one);
  return newestFirst(found);
}

/**
 * By time, and the steps of one model in their order, whenever their files were written: those of a copied folder may have any time, and
 * what a script loads is the highest step (find_last_step in nanochat/checkpoint_manager.py@92d63d4).
 */
function newestFirst(found: readonly Checkpoint[]): Checkpoint[] {
  const byTime = found.toSorted((a, b) => compare(b.writtenAt, a.writtenAt));
  const steps = Map.groupBy(
    found.toSorted((a, b) => a.step - b.step),
    ({ dir }) => dir,
  );
  // Each model keeps the places that it has by time.
  return byTime.flatMap(({ dir }) => steps.get(dir)?.pop() ?? []);
}

/** Changes when files of checkpoints come or go. It asks for the time of each folder, of which there are far fewer than of files. */
export async function checkpointsStamp(baseDir: string): Promise<string> {
  const stages = Object.values(CHECKPOINT_FOLDERS).map(async (folder) => {
    const dir = join(baseDir, folder);
    const tags = await readdir(dir).catch(() => []);
    const times = await Promise.all(tags.map(async (tag) => (await stat(join(dir, tag)).catch(() => null))?.mtimeMs ?? 0));
    return tags.map((tag, i) => `${tag} ${times[i]}`).join("/");
  });
  return (await Promise.all(stages)).join("//");
}

/** ISO times sort as text; by their bytes, not by a language's rules. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function list(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

function inFolder(known: CheckpointCache, stage: CheckpointStage, tag: string, dir: string): Checkpoint[] {
  const steps = new Map<number, CheckpointFile[]>();
  for (const name of list(dir)) {
    const match = CHECKPOINT_FILE.exec(name);
    const stats = match && statsOf(join(dir, name));
    if (!match || !stats) continue;
    const step = Number(match[2]);
    const file = { name, kind: match[1] ?? "", rank: match[3] === undefined ? null : Number(match[3]), stats };
    steps.set(step, [...(steps.get(step) ?? []), file]);
  }
  return [...steps].map(([step, files]) => ({
    stage,
    tag,
    step,
    dir,
    files: files.map(({ name, stats }) => ({ name, bytes: stats.size })),
    bytes: files.reduce((sum, { stats }) => sum + stats.size, 0),
    writtenAt: new Date(Math.max(...files.map(({ stats }) => stats.mtimeMs))).toISOString(),
    ...known.of(join(dir, String(step)), stampOf(files), () => lookInto(dir, files)),
  }));
}

/** Changes whenever one of the files does. */
const stampOf = (files: readonly CheckpointFile[]): string =>
  files.map(({ name, stats }) => `${name} ${stats.size} ${stats.mtimeMs} ${stats.ino}`).join("\n");

function lookInto(dir: string, files: readonly CheckpointFile[]): CheckpointContent {
  const metaFile = files.find(({ kind }) => kind === "meta");
  const meta = metaFile ? readMeta(join(dir, metaFile.name)) : null;
  const object = (key: string) => (isRecord(meta?.[key]) ? (meta[key] as Record<string, unknown>) : null);
  return {
    ...figuresOf(meta),
    modelConfig: object("model_config"),
    userConfig: object("user_config"),
    broken: whatIsBroken(dir, files, meta),
  };
}

function readMeta(path: string): Record<string, unknown> | null {
  try {
    const meta = parsePythonJson(readFileSync(path, "utf8"));
    return isRecord(meta) ? meta : null;
  } catch {
    return null;
  }
}

function whatIsBroken(dir: string, files: readonly CheckpointFile[], meta: Record<string, unknown> | null): string | null {
  const model = files.find(({ kind }) => kind === "model");
  if (model === undefined) return "its model file is missing: a save was cut off, or the file was deleted";
  if (!files.some(({ kind }) => kind === "meta")) return "its meta file is missing: a save was cut off";
  if (meta === null) return "its meta file is no readable JSON: a save was cut off";
  const torn = files.find(({ kind, name }) => kind !== "meta" && !hasEnd(join(dir, name)));
  if (torn) return `${torn.name} is torn: it has no end, a save was cut off`;
  return missingRanks(files);
}

/** Optimizer files of all ranks or none: without them one can chat and evaluate, but with some missing a resume fails late. */
function missingRanks(files: readonly CheckpointFile[]): string | null {
  const ranks = files.flatMap(({ kind, rank }) => (kind === "optim" && rank !== null ? [rank] : [])).sort((a, b) => a - b);
  const gap = ranks.findIndex((rank, index) => rank !== index);
  return gap < 0 ? null : `the optimizer file of rank ${gap} is missing`;
}
