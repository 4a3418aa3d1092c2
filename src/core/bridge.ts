/** What the bridge and the supervisor tell each other (docs/bridge-protocol.md, version 1), after parsing. */

export const BRIDGE_PROTOCOL = 1;

/** Rank 0 makes a command known so many steps ahead: ranks are at most one apart, so all of them act at the same one. */
export const AGREEMENT_STEPS = 2;

/** Values by name; non-finite ones, strings on the wire, are numbers here. */
export type Values = Readonly<Record<string, number>>;

/** Whether something can be done with this script, and if not, why: a sentence. */
export interface Capability {
  available: boolean;
  reason: string | null;
  /** The way it is done: `save_every`, `save block`, `num_iterations`, … */
  how: string;
  /** Metrics that it does not come to with this script, and why: a sentence. */
  missing?: Readonly<Record<string, string>>;
}

export type CapabilityName = "metrics" | "timers" | "save" | "stop" | "evaluate" | "sample" | "pause" | "patch";
export type BridgePhase = "compile" | "eval" | "core" | "sample" | "save" | "pause";
export type CheckpointTrigger = "schedule" | "request" | "final";
export type BridgeCommandKind = "save" | "stop" | "evaluate" | "sample" | "pause" | "resume" | "patch";
export type BridgeCommandState = "seen" | "applied" | "done" | "refused";

interface Common {
  /** Epoch seconds, with a fraction. */
  t: number;
}

export interface HelloEvent extends Common {
  kind: "hello";
  protocol: number;
  rank: number;
  world: number;
  pid: number;
  script: string;
  /** Version of the interpreter. */
  python: string;
  torch: string | null;
  /** Name of the package that plays nanochat's part, or null when that was not found out. */
  package: string | null;
  /** One that is missing is one that the bridge does not know of. */
  capabilities: Partial<Record<CapabilityName, Capability>>;
}

/** Figures that the script worked out; absent = not known (yet). */
export interface DerivedConfig {
  totalSteps?: number;
  tokensPerStep?: number;
  flopsPerToken?: number;
  parameters?: number;
  checkpointDir?: string;
  startStep?: number;
  /** What the script calls its first step, where it counts one before it tells of it (chat_sft); absent = 0. */
  countsFrom?: number;
  torch?: string;
}

/** One setting as far as a running loop can be made to take another value for it. */
export interface PatchField {
  /** As on the command line, Python's spelling: `eval_every`, `matrix_lr`, `weight_decay`; `lr_scale` for all at once. */
  name: string;
  type: "int" | "float";
  /** As it is now; null when the loop has not set it. */
  value: number | null;
  /** What it is where that is no number, from the trainer's settings: never told by a field itself. */
  text?: string;
  /** Smallest and largest value that makes sense, null = no limit. */
  min: number | null;
  max: number | null;
  /** What a new value does and from when, one sentence. */
  effect: string;
  /** What 0 and less do instead, where an interval is switched off by them. */
  off?: string;
  /** Null when it can be patched, else why it is frozen, one sentence. */
  frozen: string | null;
}

export interface ConfigEvent extends Common {
  kind: "config";
  settings: Record<string, unknown>;
  derived: DerivedConfig;
  /** What can be patched, and what cannot with the reason; sent again after each patch. */
  fields?: PatchField[];
}

/** A value that a patch has changed. */
export interface PatchChange {
  name: string;
  from: number | null;
  to: number;
}

/** What a field was before its first patch and before its last one. */
export interface ValueBefore {
  first: number;
  last: number;
}
/** Of those that were patched, by name. */
export type ValuesBefore = ReadonlyMap<string, ValueBefore>;

/** One step's values, named as in core/metrics.ts. */
export interface StepEvent extends Common {
  kind: "step";
  step: number;
  m: Values;
}

/** Evaluations and whatever else the script logs, names as the script gives them. */
export interface MetricsEvent extends Common {
  kind: "metrics";
  step: number;
  m: Values;
}

export interface PhaseEvent extends Common {
  kind: "phase";
  name: BridgePhase;
  state: "begin" | "end";
  step: number | null;
  /** On end. */
  seconds?: number;
}

export interface SampleEvent extends Common {
  kind: "sample";
  step: number;
  prompt: string;
  text: string;
}

export interface CheckpointEvent extends Common {
  kind: "checkpoint";
  step: number;
  dir: string;
  files: Array<{ name: string; bytes: number }>;
  bytes: number;
  seconds: number;
  trigger: CheckpointTrigger;
}

export interface CommandEvent extends Common {
  kind: "command";
  id: string;
  command: BridgeCommandKind;
  state: BridgeCommandState;
  step: number | null;
  /** On seen: the step at which all ranks apply it. */
  at?: number;
  /** On applied. */
  how?: string;
  /** On applied, of a patch. */
  changes?: PatchChange[];
  /** On done, of a save or stop. */
  dir?: string;
  bytes?: number;
  /** On refused: why, a sentence. */
  reason?: string;
}

/** Something of the bridge's own failed; training goes on. */
export interface ProblemEvent extends Common {
  kind: "problem";
  what: string;
  why: string;
}

export interface ByeEvent extends Common {
  kind: "bye";
  step: number | null;
  code: number;
  overhead: { hooks: number; microsecondsPerHook: number };
}

/** A whole line that is no event of this protocol version; kept, so that it can be told. */
export interface UnknownEvent extends Common {
  kind: "unknown";
  /** The line, cut to a length that is safe to show. */
  line: string;
  /** Why it is not known, a sentence: no JSON, a kind of a newer bridge, a field of the wrong type. */
  why: string;
}

export type BridgeEvent =
  | HelloEvent
  | ConfigEvent
  | StepEvent
  | MetricsEvent
  | PhaseEvent
  | SampleEvent
  | CheckpointEvent
  | CommandEvent
  | ProblemEvent
  | ByeEvent
  | UnknownEvent;

/** Turns one line of an events file, without its LF, into an event. Never throws: what it does not know is `unknown`. */
export type ParseEventLine = (line: string) => BridgeEvent;

/** `control.json`: all commands of the stage so far, in order. */
export interface ControlDocument {
  version: number;
  /** `values` belongs to a patch: new values by field name. */
  commands: Array<{ id: string; command: BridgeCommandKind; values?: Record<string, number> }>;
}
