/** The record of a run that was not started here, made from what its files say: plan, environment, state. */
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Parameter, ParamType } from "../core/params.ts";
import type { Environment, Plan, PlannedStage, ResolvedValue, Value } from "../core/plan.ts";
import { IMPORTED, type Imported, RUN_FORMAT, type RunAbout } from "../core/run.ts";
import { plain } from "../lib/ansi.ts";
import { firstBytes } from "../lib/files.ts";
import { LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, oneLine } from "../lib/run-about.ts";
import type { Importable, WandbFile } from "./import-find.ts";

/** What is in place of the prefab in lists. */

export interface ImportRecord {
  name: string;
  plan: Plan;
  environment: Environment;
  imported: Imported;
  /** What people wrote down about it there. */
  about: RunAbout;
  /** When the run began, UTC ISO; of a log, which has no times, null. */
  startedAt: string | null;
  /** When it began, else when its file was written last, UTC ISO: where it stands in lists. */
  createdAt: string;
}

/** `name` and `script`: as the person wants them instead of what the files say. */
export function importRecord(
  found: Importable,
  given: { name?: string | undefined; script?: string | undefined },
  now: string,
): ImportRecord {
  return found.kind === "wandb" ? ofWandb(found.files, given, now) : ofLog(found, given, now);
}

type Given = Parameters<typeof importRecord>[1];

function ofWandb(files: readonly WandbFile[], { name, script }: Given, now: string): ImportRecord {
  const [first, newest] = [files[0]!, files.at(-1)!];
  const { run, environment, settings } = newest.about;
  const module = script ?? scriptOf(newest);
  const values = Object.entries(settings).map(([key, value]) => resolved(key, value, newest.path));
  const startedAt = isoOrNull(first.about.run.startedAt);
  const packages = packagesBeside(newest.path);
  return {
    name: name ?? (run.name || run.id),
    plan: {
      ...emptyPlan(environment.root ?? dirname(newest.path), name ?? (run.name || run.id)),
      stages: [plannedStage(1, module, values)],
      workspace: {
        dir: environment.root ?? dirname(newest.path),
        kind: "nanochat",
        commit: run.commit || environment.commit || null,
        dirty: null,
        package: "nanochat",
      },
    },
    environment: {
      host: run.host,
      os: environment.os ?? "",
      cpus: environment.cpus ?? 0,
      memoryBytes: environment.memoryBytes ?? 0,
      python: environment.python ?? "",
      pythonVersion: environment.python?.replace(/^\w+ /, "") ?? null,
      torchVersion: /^torch==(.+)$/m.exec(packages)?.[1] ?? null,
      tokenizer: null,
      commit: run.commit || environment.commit || null,
      dirty: null,
      ...(environment.gpus && { gpus: environment.gpus }),
      ...(environment.cuda && { cuda: environment.cuda }),
      ...(packages && { packages }),
    },
    imported: {
      kind: "wandb",
      files: files.map(({ path }) => path),
      wandb: { id: run.id, project: run.project, entity: run.entity },
      head: null,
      at: now,
      readAt: now,
      complete: false,
    },
    about: aboutOf(run.notes, run.tags),
    startedAt,
    createdAt: startedAt ?? now,
  };
}

const MOST_PACKAGE_BYTES = 256 * 1024;

/** The list that the client keeps beside a run, empty when there is none. */
function packagesBeside(file: string): string {
  try {
    const path = join(dirname(file), "files", "requirements.txt");
    return statSync(path).isFile() ? firstBytes(path, MOST_PACKAGE_BYTES).toString("utf8").trim() : "";
  } catch {
    return "";
  }
}

function ofLog(found: Extract<Importable, { kind: "log" }>, { name, script }: Given, now: string): ImportRecord {
  const { path, trainings } = found;
  const own = name ?? basename(path).replace(/\.(?:log|txt|out)$/, "");
  const written = new Date(statSync(path).mtimeMs).toISOString();
  const environment = { host: "", os: "", cpus: 0, memoryBytes: 0, python: "", pythonVersion: null, torchVersion: null };
  return {
    name: own,
    plan: { ...emptyPlan(dirname(path), own), stages: trainings.map((training, i) => plannedStage(i + 1, script ?? training.script, [])) },
    environment: { ...environment, tokenizer: null, commit: null, dirty: null },
    imported: { kind: "log", files: [path], wandb: null, head: null, at: now, readAt: now, complete: false },
    about: {},
    startedAt: null,
    createdAt: written,
  };
}

/** As much of it as a run of ours may have. */
function aboutOf(notes: string, tags: readonly string[]): RunAbout {
  const own = [...new Set(tags.map((tag) => oneLine(tag).slice(0, LONGEST_TAG).trim()))].filter((tag) => tag !== "").slice(0, MOST_TAGS);
  const note = plain(notes.slice(0, LONGEST_NOTE)).trimEnd();
  return { ...(own.length === 0 ? {} : { tags: own }), ...(note === "" ? {} : { note }) };
}

const emptyPlan = (dir: string, name: string): Omit<Plan, "stages"> => ({
  version: RUN_FORMAT,
  name,
  prefab: IMPORTED,
  workspace: { dir, kind: "nanochat", commit: null, dirty: null, package: "nanochat" },
  python: ["python"],
  pythonReason: "it ran elsewhere",
  baseDir: "",
  env: {},
  findings: [],
});

const plannedStage = (number: number, script: string, values: ResolvedValue[]): PlannedStage => ({
  name: `${String(number).padStart(2, "0")}-${script}`,
  script: `scripts.${script}`,
  values,
  args: [],
  ranks: 1,
  launcher: "python",
  bridged: false,
});

/** Projects that the scripts name themselves (docs of nanochat's W&B use: scripts/*.py, 3a5e0bc to 92d63d4). */
const PROJECTS: Readonly<Record<string, string>> = {
  nanochat: "base_train",
  "nanochat-mid": "mid_train",
  "nanochat-sft": "chat_sft",
  "nanochat-rl": "chat_rl",
};

const TRAINER = /(?:train|sft|_rl|mid)/;

/** The script by the module that was run (`-m scripts.base_train`, `scripts/base_train.py`), else by the project. */
function scriptOf({ about: { environment, run } }: WandbFile): string {
  const module = /(\w+)$/.exec((environment.program ?? "").replace(/\.py$/, ""))?.[1] ?? "";
  return TRAINER.test(module) ? module : (PROJECTS[run.project] ?? (module || "base_train"));
}

/** A setting of the run as a parameter's value, so that it is shown, compared and planned with like any other. */
function resolved(name: string, setting: unknown, file: string): ResolvedValue {
  const value = plainValue(setting);
  return { parameter: parameter(name, typeOf(value)), value, origin: { layer: "imported", file } };
}

const plainValue = (setting: unknown): Value =>
  setting === null || typeof setting === "string" || typeof setting === "number" || typeof setting === "boolean"
    ? setting
    : JSON.stringify(setting);

function typeOf(value: Value): ParamType {
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "str" : "any";
}

const parameter = (name: string, type: ParamType): Parameter => ({
  name,
  flag: `--${name.replaceAll("_", "-")}`,
  aliases: [],
  type,
  default: null,
  defaultKnown: false,
  defaultExpr: "",
  nullable: true,
  required: false,
  isFlag: type === "bool",
  nargs: null,
  choices: null,
  help: null,
  section: null,
  line: 0,
});

const isoOrNull = (ms: number | null): string | null => (ms === null || ms <= 0 ? null : new Date(ms).toISOString());
