/** The resolved configuration of a run: every value with where it came from, and the exact commands. */
import type { Parameter, WorkspaceInfo } from "./params.ts";

export type Layer = "default" | "prefab" | "user prefab" | "override" | "--set";

export interface Origin {
  layer: Layer;
  /** File and 1-based line for a value from YAML. */
  file?: string;
  line?: number;
  /** The prefab that the value was written in (with `extends`, not always the one asked for). */
  prefab?: string;
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

export interface Finding {
  id: string;
  severity: "error" | "warning" | "info";
  message: string;
  remedy?: string;
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
  commit: string | null;
  dirty: boolean | null;
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
}
