/** What actions and screens may use of the running TUI. */
import type { Action } from "../core/action.ts";
import type { DraftSource } from "../core/draft.ts";
import type { StageIndex } from "../core/journal.ts";
import type { KeyOf } from "../core/keys.ts";
import type { Scene } from "../core/scene.ts";
import type { RunFacts, Size } from "../panels/data.ts";
import type { Rect } from "../screens/arrange.ts";
import type { AppServices, AttachHow, RunView, TabId } from "./app.ts";
import type { Versions } from "./attached.ts";
import type { Baselines } from "./baselines.ts";
import type { ChatSession } from "./chat-session.ts";
import type { CheckpointList } from "./checkpoint-list.ts";
import type { DraftSession } from "./draft-session.ts";
import type { Level, Notices } from "./notices.ts";
import type { Overlays } from "./overlays.ts";
import type { Pace } from "./pace.ts";
import type { Group, Pane } from "./pane.ts";
import type { RunList } from "./run-list.ts";
import type { ScreenSession } from "./screen-session.ts";
import type { SetupSession } from "./setup-session.ts";
import type { AppState } from "./state.ts";
import type { TextSelection } from "./text-selection.ts";
import type { ThemeChoice } from "./theme-choice.ts";

export interface AppContext {
  readonly state: AppState;
  readonly services: AppServices;
  /** All there are, with the keys that work here. */
  readonly actions: readonly Action<AppContext>[];
  /** The key of an action, for sentences. */
  readonly keyOf: KeyOf;
  readonly notices: Notices;
  readonly overlays: Overlays;
  readonly runs: RunList;
  readonly baselines: Baselines;
  readonly chat: ChatSession;
  readonly checkpoints: CheckpointList;
  readonly config: DraftSession;
  readonly setup: SetupSession;
  readonly screens: ScreenSession;
  /** Runs that panels of the screen name themselves. */
  readonly others: Baselines;
  /** The run that is attached, or null. */
  readonly run: RunView | null;
  /** Nothing is to be written. */
  readonly readOnly: boolean;
  /** Of the attached run. */
  readonly versions: Readonly<Versions>;
  /** What is typed is shown by the terminal itself, whatever we draw: nothing secret may be asked for. */
  readonly echoes: boolean;
  /** Why there is no run to show, in a sentence. */
  readonly runProblem: string | null;
  readonly pace: Pace;
  readonly theme: Pick<ThemeChoice, "name" | "isLight" | "colours" | "all" | "next" | "use">;
  /** Epoch milliseconds of this frame. */
  readonly now: number;
  /** False until the first complete frame is on the screen, which shows nothing that takes its time to be found out. */
  readonly isSettled: boolean;
  /** When somebody last pressed, pasted or clicked; epoch milliseconds, 0 = never. */
  readonly inputAt: number;
  /** The attached run at the stage that is looked at. */
  facts(): RunFacts | null;
  /** The focused panel. */
  pane(): Pane;
  /** A panel as it was drawn last, or null. */
  scene(id: string): Scene | null;
  /** Rows that the focused panel has for its content. */
  paneRows(): number;
  /** Where the panels that can be seen stand, each with all that share its place. */
  placed(): ReadonlyArray<{ pane: Pane; rect: Rect; slot: readonly string[] }>;
  /** Groups of actions that keys reach now, nearest first. */
  groups(): readonly Group[];
  /** The terminal, in cells. */
  size(): Size;
  /** Ids of the panels that tab walks through, in order. */
  order(): readonly string[];

  /** Something changed: draw. */
  touch(): void;
  /** Lets work go on in the background; what it throws ends the program as any error of ours does. */
  background(work: Promise<unknown>): void;
  /** `about`: what this is the newest word of; it takes the place of the one before. `isOfRun`: of the one on the screen. */
  notify(level: Level, text: string, about?: string, isOfRun?: boolean): void;
  setTab(tab: TabId): void;
  focus(pane: string): void;
  /** Shows another screen of the Train tab. */
  showScreen(name: string): void;
  attach(runId: string, how?: AttachHow): Promise<void>;
  /** Lets the attached run go; what is said in its place, a sentence. */
  detach(why: string): void;
  /** Goes to the Config tab with a plan that begins so. */
  openConfig(source: DraftSource): Promise<void>;
  /** Goes to the chat with the newest checkpoint of the attached run, or of one stage of it. */
  chatWithRun(stage?: StageIndex): Promise<void>;
  editFilter(): void;
  copy(text: string): boolean;
  /** What was chosen of a panel with the mouse. */
  selectedText(selection: TextSelection): string;
  /** The focused panel's content as plain text. */
  paneText(): string;
  redraw(): void;
  suspend(): Promise<void>;
  leave(exitCode: number): void;
  runAction(id: string): void;
}
