/** The runs of a home: listed, and found by what a person types. */
import { readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Value } from "../core/plan.ts";
import { fail, ok, type Result, sentence } from "../core/result.ts";
import { beganThen, type Liveness, type Progress, type RunAbout, type RunStatus, runName, staleSince } from "../core/run.ts";
import { errorCode, ioReason, statsOf } from "../lib/files.ts";
import { aboutOrProblem } from "../lib/run-about.ts";
import { runPaths } from "../lib/run-dir.ts";
import { liveness, readPlan, readState } from "../lib/run-files.ts";
import { didYouMean } from "../lib/suggest.ts";
import { stageTitle } from "../panels/data.ts";
import type { Settings } from "../panels/setting-words.ts";
import { DELETED, runsDir } from "./home.ts";

/** One run in a list, as its record says. */
export interface RunSummary {
  id: string;
  dir: string;
  name: string;
  prefab: string;
  status: RunStatus;
  liveness: Liveness;
  /** When the record of a run that goes on was written last, where it is not renewed any more, UTC ISO; else null. */
  asOf: string | null;
  /** UTC ISO */
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  reason: string | null;
  /** Its `etaSeconds` is null where that cannot be told now: of one that has ended, is paused, or whose record is not renewed. */
  progress: Progress | null;
  /** The stage that `progress` tells of: `base_train`; null without one. */
  stage: string | null;
  /** Why the record cannot be read, in a sentence; then the other fields are guesses. */
  problem: string | null;
  /** What people wrote down about it. */
  about: RunAbout;
  /** Why that cannot be read, in a sentence. */
  aboutProblem: string | null;
}

/** Summaries of an earlier listing: of a run that has ended only what has changed since is read again. */
export type RunCache = Map<string, { stamp: string; summary: RunSummary }>;

/** All runs, newest first. Reads two small files of each that `cache` does not know; a home without runs has none. */
export function listRuns(home: string, cache: RunCache = new Map()): Result<RunSummary[]> {
  let ids: string[];
  try {
    ids = readdirSync(runsDir(home));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return ok([]);
    return fail("io", `${runsDir(home)} could not be read`, {
      why: ioReason(error),
      remedy: "Name another place with --home or NANOCHAT_CLI_HOME",
    });
  }
  const present = new Set(ids);
  for (const id of cache.keys()) if (!present.has(id)) cache.delete(id);
  const root = runsDir(home);
  const runs = ids.flatMap((id) => (id.startsWith(DELETED) ? [] : (cached(`${root}/${id}`, id, cache) ?? [])));
  return ok(runs.sort((a, b) => descending(a.createdAt, b.createdAt) || descending(a.id, b.id)));
}

/** Whether its trainer or its supervisor is alive, as far as its record can be read. */
export const goesOn = ({ liveness, problem }: RunSummary): boolean => liveness !== "ended" && problem === null;

/** By code units: a thousandth of what a comparison by language takes, and times and ids are ASCII. */
const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

/** A file system tells times no finer than this: what was written so shortly before may be written again unseen. */
const TELLTALE_MS = 2000;

/** From the cache, when nothing can have changed. One that has not changed is the very same object as before. Null for what is no run. */
function cached(dir: string, id: string, cache: RunCache): RunSummary | null {
  const before = cache.get(id);
  const folder = statsOf(dir);
  if (!folder?.isDirectory()) return null; // .DS_Store and the like
  const stamp = stampOf(dir, folder);
  if (before !== undefined && stamp !== null && before.stamp === stamp && before.summary.liveness === "ended") return before.summary;
  const read = summarize(dir, id);
  if (read === null) return null;
  const summary = before !== undefined && Bun.deepEquals(before.summary, read) ? before.summary : read;
  cache.set(id, { stamp: stamp ?? "", summary });
  return summary;
}

/** Changes with each file that is replaced in the folder, and with about.json being edited; null when that is too fresh to be told. */
function stampOf(dir: string, folder: Stats): string | null {
  const about = statsOf(runPaths(dir).about);
  const newest = Math.max(folder.mtimeMs, about?.mtimeMs ?? 0);
  return Date.now() - newest < TELLTALE_MS ? null : `${folder.ino} ${folder.mtimeMs} ${about?.mtimeMs} ${about?.size}`;
}

/** Null for a folder that is no run (yet). */
function summarize(dir: string, id: string): RunSummary | null {
  const read = readState(dir);
  if (!read.ok && read.failure.code === "not-found") return null;
  const words = aboutOrProblem(dir);
  if (!read.ok) return { ...UNREADABLE, ...words, id, dir, name: id, problem: sentence(read.failure) };
  const { name, prefab, status, createdAt, startedAt, endedAt, reason, progress, stages } = read.value;
  const stage = progress === null ? null : stageTitle(stages[progress.stage - 1]?.name ?? "") || null;
  const alive = liveness(read.value);
  const asOf = staleSince(read.value, alive, Date.now());
  const goes = alive === "owned" && status !== "paused" && asOf === null;
  const far = progress === null || goes ? progress : { ...progress, etaSeconds: null };
  const found = { id, dir, name, prefab, status, createdAt, startedAt, endedAt, reason, progress: far, stage, problem: null };
  return { ...found, liveness: alive, asOf, ...words };
}

const UNREADABLE = {
  prefab: "",
  status: "lost",
  liveness: "unattended",
  asOf: null,
  createdAt: "",
  startedAt: null,
  endedAt: null,
  reason: null,
  progress: null,
  stage: null,
} as const;

/** The values that a run's stages were planned with, by the setting's name; none when its plan cannot be read. */
export function settingsOf(runDir: string): Settings {
  const plan = readPlan(runDir);
  const found = new Map<string, Value[]>();
  for (const { parameter, value } of plan.ok ? plan.value.stages.flatMap(({ values }) => values) : []) {
    found.set(parameter.name, [...(found.get(parameter.name) ?? []), value]);
  }
  return found;
}

/** In the order in which they are tried; the first that fits any run decides. */
const WAYS: ReadonlyArray<(run: RunSummary, wanted: string) => boolean> = [
  ({ id }, wanted) => id === wanted,
  // Whoever resumes a run under its name goes on to call it so.
  (run, wanted) => runName(run) === wanted && run.liveness !== "ended",
  (run, wanted) => runName(run) === wanted,
  ({ name }, wanted) => name === wanted,
  ({ id }, wanted) => id.startsWith(wanted),
  ({ id }, wanted) => id.includes(wanted),
];

/** The run that `wanted` names: an id, a name, a part of an id that only one has, or `last`. */
export function findRun(home: string, wanted: string): Result<RunSummary> {
  // Most of what asks knows the id: it does not wait for a look into two thousand others.
  const exact = /^[\w.-]+$/.test(wanted) ? summarize(join(runsDir(home), wanted), wanted) : null;
  if (exact !== null) return ok(exact);
  const listed = listRuns(home);
  if (!listed.ok) return listed;
  const runs = listed.value;
  if (runs.length === 0) {
    return fail("not-found", `There are no runs in ${home}`, { remedy: "Start one with `nanochat-cli train PREFAB`, or name its --home" });
  }
  if (wanted === "last") return ok(runs.find(beganThen) ?? runs[0]!);
  for (const fits of WAYS) {
    const found = runs.filter((run) => fits(run, wanted));
    if (found.length === 1) return ok(found[0]!);
    if (found.length > 1) return ambiguous(wanted, found);
  }
  return fail("not-found", `There is no run ${wanted} in ${home}`, {
    remedy: didYouMean(
      wanted,
      runs.flatMap((run) => [run.id, run.name, runName(run)]),
      "`nanochat-cli runs list` shows what there is",
    ),
  });
}

function ambiguous(wanted: string, found: readonly RunSummary[]): Result<never> {
  const ids = found.map(({ id }) => id);
  const shown = ids.slice(0, 5).join(", ") + (ids.length > 5 ? ", …" : "");
  return fail("usage", `${wanted} may be any of ${ids.length} runs`, { why: shown, remedy: "Name one by its id", details: ids.join("\n") });
}
