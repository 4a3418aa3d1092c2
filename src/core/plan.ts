/** The resolved configuration of a run: every value with where it came from, and the exact commands. */
import type { StageFigures } from "./figures.ts";
import type { Parameter, WorkspaceInfo } from "./params.ts";

/** Lowest first: a later one wins. `fix`: taken from a finding, by `--fix` or a key. `imported`: told by a run that was not made here. */
export type Layer = "default" | "prefab" | "user prefab" | "override" | "--set" | "fix" | "imported";

export interface Origin {
  layer: Layer;
  /** File and 1-based line for a value from YAML. */
  file?: string;
  line?: number;
  /** The prefab that the value was written in (with `extends`, not always the one asked for). */
  prefab?: string;
  /** Of a resume: it was patched so, where, and what its run began with. */
  patched?: { run: string; step: number | null; began: Value };
}

export type Value = string | number | boolean | null;

export interface ResolvedValue {
  parameter: Parameter;
  value: Value;
  origin: Origin;
}

export interface PlannedStage {
  /** `01-base_train` */
  name: string;
  /** `scripts.base_train` */
  script: string;
  values: ResolvedValue[];
  /** Arguments of the script that differ from its defaults, as the script spells them. */
  args: string[];
  /** Number of processes; 1 = plain python. */
  ranks: number;
  /** How several ranks are started: torchrun, or plain processes (pocket). */
  launcher: "python" | "torchrun" | "plain";
  /** Whether the bridge is attached (trainable scripts) or the plain script runs and its log is read. */
  bridged: boolean;
}

/** What a stage was planned with; undefined when its script has no parameter of that name. */
export const plannedValue = ({ values }: Pick<PlannedStage, "values">, name: string): Value | undefined =>
  values.find(({ parameter }) => parameter.name === name)?.value;

/** A value as people read it: an empty text would not be seen. */
export const shownValue = (value: unknown): string => (value === null ? "none" : value === "" ? '""' : String(value));

/** The step of a checkpoint that a stage goes on from (scripts/base_train.py since 9a71d13); null for one that begins anew. */
export function resumesAt(stage: Pick<PlannedStage, "values">): number | null {
  const step = plannedValue(stage, "resume_from_step");
  return typeof step === "number" && step >= 0 ? step : null;
}

/** A change of the plan that would settle a finding: one key, or `--fix`. */
export interface Fix {
  /** A verb first: `Set device_batch_size to 16`. */
  title: string;
  /** `null` as value = leave it at the script's default. `ranks` as name = the stage's number of processes. */
  set: Array<{ stage: string; name: string; value: Value }>;
  /** Stages that have to come before all others, in this order. */
  insert?: Array<{ script: string; set: Record<string, Value> }>;
}

/** Something wrong with a plan, or worth knowing. Errors refuse to start, warnings ask once. */
export interface Finding {
  /** Of the rule: `batch-divides`. */
  id: string;
  severity: "error" | "warning" | "info";
  message: string;
  remedy?: string;
  /** Name of the planned stage and of the parameter that it is about. */
  stage?: string;
  field?: string;
  fix?: Fix;
  /** An error that not even --force overrides: what it would write would lie where nobody looks. */
  final?: true;
  /** A warning that is told and not asked about: what it tells of was somebody's wish. */
  toldOnly?: true;
}

/** What is kept of the machine and the checkout with each run. */
export interface Environment {
  host: string;
  os: string;
  cpus: number;
  memoryBytes: number;
  python: string;
  pythonVersion: string | null;
  torchVersion: string | null;
  /** Of tokenizer.pkl, short SHA-256; null until a trainer has loaded it, and in the pocket. */
  tokenizer: string | null;
  commit: string | null;
  dirty: boolean | null;
  /** Only of an imported run: `8 × NVIDIA H100 80GB HBM3`, the version of CUDA, and what `pip freeze` said. */
  gpus?: string;
  cuda?: string;
  packages?: string;
}

/** The machine that a prefab was made for. */
export interface Hardware {
  /** As `--on` names it; null = no GPU is needed, or only `words` say. */
  gpu: string | null;
  count: number;
  memoryGb: number | null;
  /** `8×H100 80 GB` */
  words: string;
}

/** What somebody measured and published. */
export interface PublishedCost {
  hours: number | null;
  /** As published, or by the published price of an hour. */
  dollars: number | null;
  /** `pretraining`; null = the whole prefab. */
  covers: string | null;
  /** `README.md@92d63d4` */
  source: string;
}

/** What the prefab says of machine and cost, beside this plan's own figures. */
export interface Expectation {
  hardware: Hardware | null;
  cost: PublishedCost | null;
  /** The machine of this plan where it is another: `1×RTX 4090`, `a CPU`; null = the same, or not known. */
  differs: string | null;
}

export interface Plan {
  version: number;
  name: string;
  prefab: string;
  workspace: Pick<WorkspaceInfo, "dir" | "kind" | "commit" | "dirty" | "package">;
  python: string[];
  /** Why this Python: `--python`, `.venv`, `uv run`, `python3`. */
  pythonReason: string;
  baseDir: string;
  /** Variables added to the trainer's environment. Never secrets. */
  env: Record<string, string>;
  stages: PlannedStage[];
  findings: Finding[];
  /** Derived figures, one a stage that trains; absent in plans of runs made before there were any. */
  figures?: StageFigures[];
  /** Absent when the prefab says nothing of it. */
  expected?: Expectation;
}

/** `base_train`: a script's name without its package. */
export const shortName = (module: string): string => module.slice(module.lastIndexOf(".") + 1);
