/** Everything that a plan is made from. All of it is data: whoever makes a plan has looked at the world before. */
import type { PatchChange } from "../core/bridge.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { DataFacts, MachineFacts } from "../core/machine.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import type { Plan, Value } from "../core/plan.ts";
import type { Failure } from "../core/result.ts";
import type { Prefab } from "./prefab.ts";
import type { FiguresOf } from "./rules/context.ts";

/** One typed change of a value. `ranks` as name is the stage's number of processes; null = the script's default. */
export interface Edit {
  /** Of the stage, short or whole: a plan has a script only once. */
  script: string;
  name: string;
  value: Value;
  /** An `override` gives way to `--set`, a `fix` does not. */
  layer: "override" | "fix";
}

/** A stage that comes before those of the prefab: what a fix adds. */
export interface InsertedStage {
  script: string;
  set: Readonly<Record<string, Value>>;
}

/** What a plan is checked against. Null = not known, and a rule that needs it says nothing. */
export interface Surroundings {
  machine: MachineFacts | null;
  data: DataFacts | null;
  /** All checkpoints under the base dir. */
  checkpoints: readonly Checkpoint[] | null;
  /** Learning rates that were patched before one of them was saved, looked up where a plan resumes it: that reads a journal. */
  rates?: (one: Checkpoint) => readonly PatchChange[];
  /** Whether a tokenizer lies under the base dir. */
  tokenizer: boolean | null;
  /** Whether the CORE evaluation's data lie there. */
  evalBundle: boolean | null;
  /** Whether the workspace's Python can import wandb, which every trainer does. */
  wandbImport: boolean | null;
  /** Whether a W&B key is at hand. */
  wandbKey: boolean | null;
  /** What the last check of that key said, when it did not say that the key is valid: a sentence. */
  wandbDoubt?: string | null;
  /** Runs that have the name that was given to this one, newest first; null when it was given none. */
  namesakes: ReadonlyArray<{ id: string; going: boolean }> | null;
}

export const NOTHING_KNOWN: Surroundings = {
  machine: null,
  data: null,
  checkpoints: null,
  tokenizer: null,
  evalBundle: null,
  wandbImport: null,
  wandbKey: null,
  namesakes: null,
};

export interface PlanInput {
  prefab: Prefab;
  workspace: WorkspaceInfo;
  /** `failure`: why it will not do; a plan can be looked at without a Python, but not started. */
  python: { argv: string[]; reason: string; failure?: Failure };
  baseDir: string;
  /** As given with `--set`. */
  sets: readonly string[];
  edits?: readonly Edit[];
  inserted?: readonly InsertedStage[];
  name: string;
  /** Folder name of this run's checkpoints, given to each stage that has `--model-tag`. */
  modelTag: string;
  /** Name of the run at W&B when it is to be logged there: given to each stage that has `--run`. */
  wandbName?: string;
  surroundings: Surroundings;
  /** Works out the figures of a stage; absent = a plan without, and rules that need some say nothing. */
  figuresOf?: FiguresOf;
  /** The past run that this one is to be like, and the checkout that it was made with. */
  reproduces?: { run: string; workspace: Plan["workspace"] };
}
