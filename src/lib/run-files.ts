/** Readers of the files of a run directory: checked, and refused in a sentence when newer or broken. */

import { basename } from "node:path";
import type { Plan, Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { type Liveness, RUN_FORMAT, type RunEnvironment, type RunRequest, type RunState, TERMINAL_STATUSES } from "../core/run.ts";
import { readJson, readText } from "./files.ts";
import { NON_FINITE } from "./non-finite.ts";
import { isAlive } from "./process.ts";
import { runPaths } from "./run-dir.ts";
import {
  type Check,
  faultyField,
  isBoolean,
  isNumber,
  isRecord,
  isString,
  listOf,
  oneOf,
  optional,
  orNull,
  recordOf,
  shaped,
} from "./shape.ts";

/** `launch.json`: the processes of a stage, as bridge/nanochat_bridge/launch.py writes it. */
export interface Launch {
  version: number;
  pid: number;
  startTicks: number | null;
  startedAt: string;
  children: Array<{ pid: number; startTicks: number | null; rank: number }>;
}

/** `exit.json`: how a stage ended, as bridge/nanochat_bridge/launch.py writes it. */
export interface Exit {
  version: number;
  code: number | null;
  signal: string | null;
  oomKilled: boolean;
  endedAt: string;
  maxRssBytes: number | null;
  ranks: Array<{ rank: number; code: number | null; signal: string | null }>;
}

type Shape = Readonly<Record<string, Check>>;

const STAGE: Shape = {
  index: isNumber,
  name: isString,
  script: isString,
  status: oneOf("pending", "running", "done", "failed", "stopped", "lost"),
  pid: orNull(isNumber),
  startTicks: orNull(isNumber),
  ranks: optional(listOf(shaped({ pid: isNumber, startTicks: orNull(isNumber) }))),
  startedAt: orNull(isString),
  endedAt: orNull(isString),
  exitCode: orNull(isNumber),
  signal: orNull(isString),
  reason: orNull(isString),
};

const PROGRESS: Shape = {
  stage: isNumber,
  step: isNumber,
  totalSteps: orNull(isNumber),
  loss: orNull(isNumber),
  valBpb: orNull(isNumber),
  tokensPerSecond: orNull(isNumber),
  usualTokensPerSecond: optional(isNumber),
  etaSeconds: orNull(isNumber),
  share: optional(isNumber),
  countsFrom: optional(isNumber),
};

const IMPORTED: Shape = {
  kind: oneOf("wandb", "log"),
  files: listOf(isString),
  wandb: orNull(shaped({ id: isString, project: isString, entity: isString })),
  head: orNull(shaped({ bytes: isNumber, sha256: isString })),
  at: isString,
  readAt: isString,
  complete: isBoolean,
  watched: optional(listOf(shaped({ step: orNull(isNumber), at: isNumber }))),
};

const STATE: Shape = {
  id: isString,
  name: isString,
  prefab: isString,
  status: oneOf("starting", "running", "paused", "stopping", "done", "failed", "stopped", "lost"),
  createdAt: isString,
  startedAt: orNull(isString),
  endedAt: orNull(isString),
  reason: orNull(isString),
  stages: listOf(shaped(STAGE)),
  owner: orNull(shaped({ pid: isNumber, startTicks: orNull(isNumber), startedAt: isString, version: isString })),
  heartbeatAt: orNull(isString),
  progress: orNull(shaped(PROGRESS)),
  imported: optional(shaped(IMPORTED)),
};

const PLANNED_STAGE: Shape = {
  name: isString,
  script: isString,
  values: listOf(isRecord),
  args: listOf(isString),
  ranks: isNumber,
  launcher: oneOf("python", "torchrun", "plain"),
  bridged: isBoolean,
};

const PLAN: Shape = {
  name: isString,
  prefab: isString,
  workspace: shaped({ dir: isString, kind: isString }),
  python: (value) => listOf(isString)(value) && (value as string[]).length > 0,
  baseDir: isString,
  env: (value) => isRecord(value) && Object.values(value).every(isString),
  stages: listOf(shaped(PLANNED_STAGE)),
  findings: listOf(isRecord),
};

const REQUEST: Shape = {
  id: isString,
  kind: oneOf("save", "stop", "stop-now", "evaluate", "sample", "pause", "resume", "patch", "acknowledge"),
  at: isString,
  from: isString,
  values: optional(recordOf(isNumber)),
  forStage: optional(isNumber),
  key: optional(isString),
};

const LAUNCH: Shape = {
  pid: isNumber,
  startTicks: orNull(isNumber),
  startedAt: isString,
  children: listOf(shaped({ pid: isNumber, startTicks: orNull(isNumber), rank: isNumber })),
};

const EXIT: Shape = {
  code: orNull(isNumber),
  signal: orNull(isString),
  oomKilled: isBoolean,
  endedAt: isString,
  ranks: listOf(shaped({ rank: isNumber, code: orNull(isNumber), signal: orNull(isString) })),
};

/** Puts numbers in the place of the words for those that JSON cannot hold: a loss that is NaN is told as that. */
function withNumbers({ progress, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (!isRecord(progress)) return { progress, ...rest };
  return { ...rest, progress: Object.fromEntries(Object.entries(progress).map(([name, value]) => [name, NON_FINITE.get(value) ?? value])) };
}

/** `state.json` of a run: `not-found`, `corrupt` or `newer-version` when it cannot be used. */
export function readState(runDir: string): Result<RunState> {
  const path = runPaths(runDir).state;
  const document = readDocument<RunState>(path, STATE, withNumbers);
  if (!document.ok && document.failure.code === "corrupt") return { ok: false, failure: { ...document.failure, remedy: remake(runDir) } };
  if (!document.ok) return document;
  if (document.value !== null) return ok(withoutReader(document.value));
  return fail("not-found", `There is no run in ${runDir}`, { why: "it has no state.json" });
}

/** An imported run goes on as long as somebody reads on; when that was killed, nobody has written down how it stands. */
function withoutReader(state: RunState): RunState {
  const { imported, status, stages } = state;
  if (imported === undefined || TERMINAL_STATUSES.has(status) || liveness(state) === "owned") return state;
  const end = { status: "lost", reason: UNREAD, endedAt: imported.readAt } as const;
  return { ...state, ...end, owner: null, stages: stages.map((stage) => (stage.status === "running" ? { ...stage, ...end } : stage)) };
}

const UNREAD = "Nobody reads its files any more, and they have no end. Importing it again reads what is new";

/** What to do about a damaged part of a run that its other files can make anew. */
export const remake = (runDir: string): string =>
  `\`nanochat-cli runs adopt ${basename(runDir)}\` makes it anew from the run's other files`;

/** `plan.yaml` of a run. Read with Bun's own parser: fifteen times faster than the one that keeps comments. */
export function readPlan(runDir: string): Result<Plan> {
  const path = runPaths(runDir).plan;
  const text = readText(path);
  if (!text.ok) return text;
  if (text.value === null) return fail("not-found", `There is no run in ${runDir}`, { why: "it has no plan.yaml" });
  try {
    return checked<Plan>(path, Bun.YAML.parse(text.value), PLAN);
  } catch (error) {
    return broken(path, error instanceof Error ? error.message : String(error));
  }
}

/** The plain values of `environment.json`; empty when there is none, or it cannot be read. */
export function readEnvironment(runDir: string): RunEnvironment {
  const read = readJson(runPaths(runDir).environment);
  const isValue = (value: unknown): value is Value => value === null || ["string", "number", "boolean"].includes(typeof value);
  const all = read.ok && read.value !== null ? Object.entries(read.value) : [];
  return Object.fromEntries(all.filter((entry): entry is [string, Value] => entry[0] !== "version" && isValue(entry[1])));
}

export const readRequest = (path: string): Result<RunRequest | null> => readDocument<RunRequest>(path, REQUEST);
export const readLaunch = (path: string): Result<Launch | null> => readDocument<Launch>(path, LAUNCH);
export const readExit = (path: string): Result<Exit | null> => readDocument<Exit>(path, EXIT);

/** Whether somebody looks after the run, and whether it goes on. Who is gone is seen at once by pid and start time. */
export function liveness({ status, owner, imported, stages }: Pick<RunState, "status" | "owner" | "imported" | "stages">): Liveness {
  if (TERMINAL_STATUSES.has(status)) return "ended";
  if (owner !== null && isAlive(owner.pid, owner.startTicks)) return "owned";
  if (imported !== undefined) return "ended";
  return livingTrainer(stages) === null ? "gone" : "unattended";
}

/** A process of a run's stages that is alive: what started the trainer, else the trainer itself, which may outlive that. */
export function livingTrainer(stages: ReadonlyArray<Pick<RunState["stages"][number], "pid" | "startTicks" | "ranks">>): number | null {
  const processes = stages.flatMap(({ pid, startTicks, ranks = [] }) => [{ pid, startTicks }, ...ranks]);
  return processes.find(({ pid, startTicks }) => isAlive(pid, startTicks))?.pid ?? null;
}

function readDocument<T>(path: string, shape: Shape, revive = (value: Record<string, unknown>) => value): Result<T | null> {
  const document = readJson(path);
  if (!document.ok || document.value === null) return document as Result<null>;
  return checked<T>(path, revive(document.value), shape);
}

function checked<T>(path: string, value: unknown, shape: Shape): Result<T> {
  if (!isRecord(value)) return broken(path, "it holds no fields");
  if (typeof value["version"] !== "number") return broken(path, "its version is missing");
  if (value["version"] > RUN_FORMAT) {
    return fail("newer-version", `${path} has format version ${value["version"]}, and this nanochat-cli knows up to ${RUN_FORMAT}`, {
      why: "it was written by a newer nanochat-cli",
      remedy: "Update nanochat-cli to work with this run",
    });
  }
  const fault = faultyField(value, shape);
  return fault === null ? ok(value as T) : broken(path, `its field ${fault} is missing or of the wrong type`);
}

const broken = (path: string, why: string): Result<never> =>
  fail("corrupt", `${path} is not usable`, { why, remedy: "Move it away, or restore it from a copy" });

/** The state of a run of which nothing has happened yet. Its id is its folder's name. */
export function firstState(runDir: string, plan: Plan, createdAt: string): RunState {
  return {
    version: RUN_FORMAT,
    id: basename(runDir),
    name: plan.name,
    prefab: plan.prefab,
    status: "starting",
    createdAt,
    startedAt: null,
    endedAt: null,
    reason: null,
    stages: plan.stages.map(({ name, script }, i) => ({ ...PENDING, index: i + 1, name, script })),
    owner: null,
    heartbeatAt: null,
    progress: null,
  };
}

const PENDING = {
  status: "pending",
  pid: null,
  startTicks: null,
  startedAt: null,
  endedAt: null,
  exitCode: null,
  signal: null,
  reason: null,
} as const;
