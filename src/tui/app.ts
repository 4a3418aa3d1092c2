/** What the TUI needs from outside: the run-time of the program implements this, tests give it a few objects. */
import type { ChatMessage, GeneratedReply, GenerateOptions, LoadedModel, Preset, RecordedReply, ReplyPart } from "../core/chat.ts";
import type { Checkpoint, Fit } from "../core/checkpoint.ts";
import type { Draft, DraftSource } from "../core/draft.ts";
import type { Plan } from "../core/plan.ts";
import type { Result } from "../core/result.ts";
import type { Liveness, RequestDetails, RequestKind, RunAbout, RunBefore, RunState } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import type { Check, LedgerStage, LedgerStageId, SetupFix } from "../core/setup.ts";
import type { PanelData, PictureOf, PictureRead, RunDisk, RunFacts } from "../panels/data.ts";
import type { RunRow } from "../panels/runs.ts";
import type { Settings } from "../panels/setting-words.ts";
import type { Replay } from "../services/replay-view.ts";
import type { UserFile } from "../services/user-files.ts";
import type { RunCareServices } from "./run-care-actions.ts";
import type { ScreenServices } from "./screen-services.ts";

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
  /** What people wrote down about it. */
  about?(): RunAbout;
  /** A picture that the files of an imported run name. */
  picture?(of: PictureOf): PictureRead;
  /** The disk that its directory is on, while it goes on. */
  disk?(): RunDisk | null;
  /** Looks at the processes of this machine, while it goes on on it. */
  processes?(): RunFacts["processes"] | null;
  /** Of a run that is shown again as it went: its clock. Nothing can be asked of such a run. */
  readonly replay?: Replay;
  /** Whether there is a run behind it, which goes on by itself; absent = yes. */
  readonly isRun?: boolean;
  /** Shows no values beyond a step of the stage of that script; absent = it has no steps to tell that by. */
  showUntil?(until: Pick<RunBefore, "script" | "step">): void;
  /** Reads what is new, however much that is. */
  refresh(): RunChanges;
  /** The same for so many milliseconds at most; null when that was not enough: until all is read everything is as it was. */
  refreshWithin(budgetMs: number): RunChanges | null;
  /** Whether the last refresh found it deleted. */
  isGone?(): boolean;
  /** What of it lives now: the process that its trainer hangs on, and whether its supervisor does. */
  remains?(): { trainer: number | null; isOwned: boolean };
  close(): void;
}

/** How a replay begins. */
export interface ReplayStart {
  /** Seconds of the run in one; absent: so that all of it takes about a minute. */
  speed?: number | undefined;
  /** The step that it begins at, of the first stage that has come so far. */
  step?: number | undefined;
}

export interface AttachHow {
  /** As it went, instead of as it is. */
  replay?: ReplayStart;
  /** Exactly these runs are laid beside it; absent = those that are already, and those that it goes on from. */
  beside?: readonly string[];
  /** Which of them the run goes on from: each is shown up to where the next one did. */
  before?: readonly RunBefore[];
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

export interface AppServices extends ScreenServices, RunCareServices {
  listRuns(): Promise<Result<RunRow[]>>;
  /** What a run was planned with; none when that cannot be read. */
  settingsOf(runId: string): Settings;
  openRun(id: string): Promise<Result<RunView>>;
  /** The run that this one was resumed from; null when it begins anew, or that one is not known any more. */
  runBefore(run: RunView): Promise<RunBefore | null>;
  /** The run as it went, with a clock of its own. */
  openReplay(id: string, start: ReplayStart): Promise<Result<RunView>>;
  /** From now on the other tabs work with the checkout, the Python and the base dir of this run. */
  attached(run: RunView): void;
  /** Writes the request, of a patch with its new values; how it goes on is in the run's journal. */
  request(runId: string, kind: RequestKind, details?: RequestDetails): Promise<Result<void>>;
  /** Says that an alert of the run is known; refused ones are told in its journal. */
  acknowledge(runId: string, key: string): Promise<Result<void>>;
  /** What this terminal is to do when an alert is raised now, by alerts.yaml and its quiet hours. */
  alertManners(): Promise<{ bell: boolean; desktop: boolean }>;
  /** Starts a supervisor for a run whose own one died, and says what became of the run. */
  adopt(runId: string): Promise<Result<string>>;
  /** Newest first. Of the base directory that the run writes to; without a run, of the workspace. */
  checkpoints(runId: string | null): Promise<Result<Checkpoint[]>>;
  /** Changes when files of those come or go. */
  checkpointsStamp(runId: string | null): Promise<string>;
  /** The base directory of the attached run, else of the workspace; null when there is none. */
  baseDir(): string | null;
  /** What a checkpoint fits: all purposes, with reasons. */
  fit(checkpoint: Checkpoint): Promise<Result<Fit[]>>;
  /** Reads every byte: null when all is well, else what is wrong, a sentence. */
  verify(checkpoint: Checkpoint, onProgress: (text: string) => void): Promise<Result<string | null>>;
  removeCheckpoints(checkpoints: readonly Checkpoint[]): Promise<Result<void>>;
  /** Of its stage and tag, all but the best and the last. */
  prunable(checkpoint: Checkpoint, all: readonly Checkpoint[]): Checkpoint[];
  /** What that leaves, and as what. */
  keptText(checkpoint: Checkpoint, all: readonly Checkpoint[]): string;
  /** A tag that a copy of it can have. */
  freeTag(checkpoint: Checkpoint): string;
  /** Why there can be no copy of it under that tag, a sentence; null when there can. */
  whyNoCopy(checkpoint: Checkpoint, tag: string): string | null;

  /** By name alone: what is in them is not read. */
  prefabNames(): string[];
  prefabs(): Promise<Result<PrefabChoice[]>>;
  openDraft(source: DraftSource): Promise<Result<Draft>>;

  ledger(): Promise<Result<LedgerStage[]>>;
  /** Runs all checks; `onChecks` gets those that have answered, in their order, and how many have not. */
  doctor(onChecks: (checks: Check[], looking: number) => void): Promise<void>;
  runFix(fix: SetupFix, onLine: (line: string) => void): Promise<Result<void>>;
  /** Starts a run of these stages, or of all that are missing on the way to a chat; its id. */
  runStages(stages: LedgerStageId[] | "missing", ask: (warnings: readonly string[]) => Promise<boolean>): Promise<Result<string>>;

  /** Keeps a token and asks the service about it. What comes back never holds it. */
  setSecret(account: "wandb" | "hf", value: string): Promise<Result<Said>>;
  /** Tokens that lie elsewhere on this machine. */
  secretSources(): Promise<SecretSource[]>;

  /** Themes of the user's own, as they are in their files. */
  themeFiles(): UserFile[];
  /** keymap.yaml of the user, and of the home. */
  keymapFiles(): UserFile[];

  /** Keeps what is on the screen; null where nothing is to be written. */
  saveUi: ((value: unknown) => Result<void>) | null;
  /** What another window has kept since; null = none has. */
  changedUi(): Record<string, unknown> | null;

  chat: ChatService;
  /** What loading this one would cost a training that is going on, a sentence, or null. */
  costBeside(checkpoint: Checkpoint): Promise<string | null>;
  presets(): Promise<Preset[]>;
  /** Refused when there is one of that name, unless it may be written over. */
  savePreset(preset: Preset, overwrite: boolean): Promise<Result<{ file: string }>>;
  /** Writes what is shown, as the ending of the name says; refused when there is such a file, unless it may be replaced. */
  saveChart(scene: Scene, file: string, replace: boolean): Promise<Result<string>>;
  deletePreset(name: string): Promise<Result<void>>;
  /** Keeps a conversation beside the run, or in the home. */
  saveTranscript(
    checkpoint: Checkpoint,
    replies: RecordedReply[],
    model: { device: string; pocket: boolean },
    runId: string | null,
  ): Promise<Result<{ markdown: string }>>;
}

/** Something to be told, and how it is meant. */
export interface Said {
  level: "good" | "warn" | "bad";
  text: string;
}

export interface SecretSource {
  /** `W&B key in ~/.netrc` */
  title: string;
  /** Its last four characters. */
  detail: string;
  take(): Promise<Result<Said>>;
}

export interface PrefabChoice {
  name: string;
  /** Title, hardware, cost. */
  detail: string;
  /** Why it cannot be used here, or null. */
  problem: string | null;
}

export type TabId = "setup" | "config" | "checkpoints" | "train" | "eval" | "runs";

export interface TuiOptions {
  /** Attach to it at once. */
  initialRun?: string;
  /** Show that run again as it went. */
  replay?: ReplayStart;
  initialTab?: TabId;
  /** The screen of the Train tab that is shown first. */
  initialScreen?: string;
  /** Its name, when one was asked for. */
  theme?: string;
  /** As NO_COLOR: no colours, until a theme is chosen by its name. */
  noColor?: boolean;
  ascii?: boolean;
  /** Nothing is to be written: actions that would say so. */
  readOnly?: boolean;
  /** Why, to follow a colon; absent = it was asked for. */
  readOnlyWhy?: string;
  /** Under 10 kB a second are written. */
  lowBandwidth?: boolean;
  /** Lines to be read aloud instead of a screen. */
  screenReader?: boolean;
  /** Show the first-run tour to who has not seen it. */
  tour?: boolean;
  /** What `saveUi` was given the last time, and why it cannot be told. */
  kept?: { value: Record<string, unknown> | null; problem: string | null };
  /** Go on to a newer run when one begins. */
  followLatest?: boolean;
}
