/** What the TUI needs from outside: the run-time of the program implements this, tests give it a few objects. */
import type { ChatMessage, GeneratedReply, GenerateOptions, LoadedModel, Preset, RecordedReply, ReplyPart } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { Plan } from "../core/plan.ts";
import type { Result } from "../core/result.ts";
import type { Liveness, RequestKind, RunState } from "../core/run.ts";
import type { PanelData } from "../panels/data.ts";
import type { RunRow } from "../panels/runs.ts";
import type { ThemeName } from "./theme.ts";

/** What a refresh found new. */
export interface RunChanges {
  points: boolean;
  events: boolean;
  log: boolean;
  /** state.json was replaced. */
  state: boolean;
}

/** One run, open for reading. Everything it answers is what the last `refresh` read. */
export interface RunView {
  readonly id: string;
  readonly plan: Plan;
  readonly reader: PanelData;
  state(): RunState;
  liveness(): Liveness;
  /** Reads what is new: bounded work, a few milliseconds. */
  refresh(): RunChanges;
  close(): void;
}

/** An inference worker: one model at a time, one reply at a time. */
export interface ChatService {
  load(checkpoint: Checkpoint, onProgress: (text: string) => void): Promise<Result<LoadedModel>>;
  /** `onToken` gets whole characters as they come. A cancelled reply is no failure: its reason says so. */
  send(
    messages: readonly ChatMessage[],
    options: GenerateOptions,
    onToken: (text: string, part: ReplyPart) => void,
    onProgress?: (text: string) => void,
  ): Promise<Result<GeneratedReply>>;
  /** Ends the reply that is being written, if there is one. */
  cancel(): void;
  /** Where models are loaded from now on (`cpu`, `cuda:1`, …; null = what nanochat chooses). Ends the worker. */
  setDevice(device: string | null): Result<void>;
}

export interface AppServices {
  listRuns(): Promise<Result<RunRow[]>>;
  openRun(id: string): Promise<Result<RunView>>;
  /** Writes the request; how it goes on is in the run's journal. */
  request(runId: string, kind: RequestKind): Promise<Result<void>>;
  /** Starts a supervisor for a run whose own one died. */
  adopt(runId: string): Promise<Result<void>>;
  /** Newest first. Of the base directory that the run writes to; without a run, of the workspace. */
  checkpoints(runId: string | null): Promise<Result<Checkpoint[]>>;
  chat: ChatService;
  /** What loading this one would cost a training that is going on, a sentence, or null. */
  costBeside(checkpoint: Checkpoint): Promise<string | null>;
  presets(): Promise<Preset[]>;
  /** Refused when there is one of that name, unless it may be written over. */
  savePreset(preset: Preset, overwrite: boolean): Promise<Result<{ file: string }>>;
  deletePreset(name: string): Promise<Result<void>>;
  /** Keeps a conversation beside the run, or in the home. */
  saveTranscript(
    checkpoint: Checkpoint,
    replies: RecordedReply[],
    model: { device: string; pocket: boolean },
    runId: string | null,
  ): Promise<Result<{ markdown: string }>>;
}

export type TabId = "setup" | "config" | "checkpoints" | "train" | "eval" | "runs";

export interface TuiOptions {
  /** Attach to it at once. */
  initialRun?: string;
  initialTab?: TabId;
  theme?: ThemeName;
  ascii?: boolean;
  /** Go to the chat by itself when the attached run ends well: what `try` does. */
  afterRun?: "chat";
}
