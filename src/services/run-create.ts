/** Makes the folder of a new run: a name of its own, and the record that its first process finds there. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { arch, availableParallelism, hostname, release, totalmem, type } from "node:os";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { loadsStage, writesStage } from "../config/lineage.ts";
import { CHECKPOINT_FOLDERS } from "../core/checkpoint.ts";
import { type Environment, type Plan, type PlannedStage, plannedValue, resumesAt, shortName } from "../core/plan.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { type Liveness, type RunState, writingStill } from "../core/run.ts";
import { errorCode, ioReason, writeAtomic, writeJson } from "../lib/files.ts";
import { takeLock } from "../lib/lock.ts";
import { runPaths } from "../lib/run-dir.ts";
import { firstState, liveness, readPlan, readState } from "../lib/run-files.ts";
import { freeTag } from "./checkpoint-copy.ts";
import { lockOf, prepareHome, runsDir } from "./home.ts";
import { otherHomes } from "./known-homes.ts";

/** A folder that is ours and still empty. */
export interface ReservedRun {
  /** `20261123-161200-pocket`; also a good model tag. */
  id: string;
  dir: string;
}

const LONGEST_NAME = 48;

/**
 * Makes an empty run directory. Of two that ask for one name in the same second both get one: the second's ends in -2.
 * The id comes before the plan, because the plan names the checkpoints after it.
 */
export function reserveRun(home: string, name: string, now: Date = new Date()): Result<ReservedRun> {
  const prepared = prepareHome(home);
  if (!prepared.ok) return prepared;
  const wanted = runIdAt(name, now);
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? wanted : `${wanted}-${attempt}`;
    const dir = join(runsDir(home), id);
    try {
      mkdirSync(dir, { mode: 0o700 });
      return ok({ id, dir });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") return fail("io", `${dir} could not be made`, { why: ioReason(error) });
    }
  }
}

/** The id that a run of this name would get now: also the model tag of its checkpoints when it has no name of its own. */
export const runIdAt = (name: string, now: Date = new Date()): string => `${timestamp(now)}-${folderName(name)}`;

/** Gives a reserved folder back when no run came of it. */
export const abandonRun = ({ dir }: ReservedRun): void => rmSync(dir, { recursive: true, force: true });

/**
 * Writes the record of a run of which nothing has been started. Refused when a run that is still going, of this home or of
 * another one that is known, writes its checkpoints into the same folder. On failure the reserved folder is gone again.
 */
export function createRun(home: string, place: ReservedRun, plan: Plan): Result<RunState> {
  const made = alone(
    home,
    () => refuseSharedTag(home, plan, place.dir) ?? writeRecord(place.dir, plan, environmentOf(plan), firstState(place.dir, plan, now())),
  );
  if (!made.ok) abandonRun(place);
  return made;
}

/** Of two that are made at the same moment, the second must find the first's record: they take turns. */
const TURN_MS = 10_000;

/** Does `work` while no other process of this home does such a thing. */
export function alone<T>(home: string, work: () => Result<T>): Result<T> {
  const path = lockOf(home);
  const taken = takeLock(path, TURN_MS);
  if (!taken.taken)
    return fail("io", `${path} could not be locked`, { why: taken.why, remedy: taken.remedy ?? "Move that file away and try again" });
  try {
    return work();
  } finally {
    taken.lock.release();
  }
}

/** Writes the files that make a reserved folder a run. */
export function writeRecord(dir: string, plan: Plan, environment: Environment, state: RunState): Result<RunState> {
  const paths = runPaths(dir);
  const writings = [
    () => writeAtomic(paths.plan, stringify(plan, { aliasDuplicateObjects: false, lineWidth: 0 })),
    () => writeJson(paths.environment, { version: plan.version, ...environment }),
    () => writeJson(paths.state, state), // last: with it the folder becomes a run
  ];
  for (const write of writings) {
    const written = write();
    if (!written.ok) return written;
  }
  return ok(state);
}

const now = (): string => new Date().toISOString();

/** What can be told without running Python; the supervisor adds the versions when the trainer tells them. */
const environmentOf = (plan: Plan): Environment => ({
  host: hostname(),
  os: `${type()} ${release()} ${arch()}`,
  cpus: availableParallelism(),
  memoryBytes: totalmem(),
  python: plan.python.join(" "),
  pythonVersion: null,
  torchVersion: null,
  tokenizer: null,
  commit: plan.workspace.commit,
  dirty: plan.workspace.dirty,
});

/** Why a run of this plan would be refused now for where it writes; null when nothing that goes on writes there. `own`: its folder. */
export function refuseSharedTag(home: string, plan: Plan, own: string | null = null): { ok: false; failure: Failure } | null {
  const ours = checkpointFolders(plan);
  if (ours.size === 0) return null;
  const others = [home, ...otherHomes(home)].flatMap((each) => runFolders(each).filter((dir) => dir !== own));
  for (const dir of others) {
    const state = readState(dir);
    const alive = state.ok ? livenessOf(state.value) : "ended";
    if (alive === "ended") continue;
    const other = readPlan(dir);
    const shared = other.ok ? [...checkpointFolders(other.value).keys()].find((folder) => ours.has(folder)) : undefined;
    const stage = shared === undefined ? undefined : ours.get(shared);
    if (!other.ok || stage === undefined) continue;
    const where = other.value.workspace.dir === plan.workspace.dir ? "" : ` of ${other.value.workspace.dir}`;
    const { does, until } = writingStill(basename(dir), alive);
    return fail("refused", `Run ${basename(dir)}${where} ${does} its checkpoints to the same place (${shared})`, {
      why: "one would overwrite the other's",
      remedy: otherPlace(plan, stage, until),
    });
  }
  return null;
}

/** How it could write elsewhere: by another tag, which of a stage that begins with a model names that model too. */
function otherPlace(plan: Plan, stage: PlannedStage, until: string): string {
  const from = folderOfSource(plan, stage);
  return from === null
    ? `Choose another --set model_tag, or ${until}`
    : `${until[0]?.toUpperCase()}${until.slice(1)}, or copy the folder of its model, ${from}, beside it as ${freeTag({ dir: from })}, and begin with that`;
}

/** Where the model of its own tag lies that a stage resumes or loads; null where it begins anew, or an earlier stage makes that model. */
function folderOfSource({ baseDir, stages }: Plan, stage: PlannedStage): string | null {
  const short = shortName(stage.script);
  const kind = resumesAt(stage) === null ? loadsStage(short, plannedValue(stage, "source")) : writesStage(short);
  const isMade = stages.slice(0, stages.indexOf(stage)).some(({ script }) => writesStage(shortName(script)) === kind);
  return kind === null || isMade ? null : join(baseDir, CHECKPOINT_FOLDERS[kind], String(plannedValue(stage, "model_tag")));
}

/** What its supervisor may take to be there. */
const BEGINS_MS = 60_000;

/** Of a run that was made a moment ago nobody is gone: its supervisor is on its way. */
function livenessOf(state: RunState): Liveness {
  const begins = state.owner === null && Date.now() - Date.parse(state.createdAt) < BEGINS_MS;
  const now = liveness(state);
  return now === "gone" && begins ? "owned" : now;
}

/** Of another home too: one that cannot be read has nothing that could be found. */
function runFolders(home: string): string[] {
  try {
    return readdirSync(runsDir(home)).map((id) => join(runsDir(home), id));
  } catch {
    return [];
  }
}

/** Where the stages put checkpoints, as far as it can be told before they run: base dir, script and model tag. */
function checkpointFolders(plan: Plan): Map<string, PlannedStage> {
  const tagged = plan.stages.flatMap((stage) => {
    const tag = plannedValue(stage, "model_tag") ?? "";
    return tag === "" || !stage.bridged ? [] : [[`${stage.script}, model tag ${tag}, in ${plan.baseDir}`, stage] as const];
  });
  return new Map(tagged);
}

const folderName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, LONGEST_NAME) || "run";

/** `20261123-161200` on the local clock. */
function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
