/** What the running TUI holds, and what screens and actions ask of it. What makes it go is `shell.ts`. */
import type { DraftSource } from "../core/draft.ts";
import type { StageIndex } from "../core/journal.ts";
import type { Scene } from "../core/scene.ts";
import type { RunFacts } from "../panels/data.ts";
import { ACTIONS } from "./actions.ts";
import type { AppServices, AttachHow, RunView, TabId } from "./app.ts";
import { Baselines } from "./baselines.ts";
import { ChatSession } from "./chat-session.ts";
import { CheckpointList } from "./checkpoint-list.ts";
import { openDraft } from "./config-actions.ts";
import type { AppContext } from "./context.ts";
import { CurrentRun } from "./current-run.ts";
import { DraftSession } from "./draft-session.ts";
import { Frames } from "./frames.ts";
import { Input } from "./input.ts";
import { type Keymap, keyOfActions, readKeymap } from "./keymap.ts";
import { type Level, Notices } from "./notices.ts";
import { Overlays } from "./overlays.ts";
import { choosePace, type Pace } from "./pace.ts";
import type { Group, Pane } from "./pane.ts";
import { withoutWriting } from "./read-only.ts";
import { RunList } from "./run-list.ts";
import { ScreenSession } from "./screen-session.ts";
import { SetupSession } from "./setup-session.ts";
import type { ShellOptions } from "./shell-options.ts";
import { type AppState, initialState } from "./state.ts";
import { chatWithRun, enterTab } from "./tab-entry.ts";
import { tabOf } from "./tabs.ts";
import type { Terminal } from "./terminal.ts";
import type { TextSelection } from "./text-selection.ts";
import { ThemeChoice } from "./theme-choice.ts";
import { UiMemory } from "./ui-memory.ts";
import { NOTHING_KEPT } from "./ui-state.ts";

export abstract class ShellContext implements AppContext {
  readonly state: AppState;
  readonly actions: AppContext["actions"];
  readonly keyOf: AppContext["keyOf"];
  readonly pace: Pace;
  readonly theme: ThemeChoice;
  readonly notices = new Notices();
  readonly overlays = new Overlays(this);
  readonly runs: RunList;
  readonly baselines: Baselines;
  readonly chat: ChatSession;
  readonly checkpoints: CheckpointList;
  readonly config: DraftSession;
  readonly setup: SetupSession;
  readonly screens: ScreenSession;
  readonly others: Baselines;
  now: number;
  inputAt = 0;
  /** Settles with the exit code when the user leaves or something fails. */
  readonly ended = Promise.withResolvers<{ code: number; error?: unknown }>();

  /** Settles when the first complete frame, with the run that was asked for, is on the screen. */
  readonly settled = Promise.withResolvers<void>();
  isSettled = false;

  protected readonly keymap: Keymap;
  protected readonly clock: () => number;
  protected readonly frames: Frames;
  readonly input: Input;
  protected readonly current: CurrentRun;
  protected readonly memory: UiMemory;
  /** How often something was said to be different. */
  protected touches = 0;

  constructor(
    readonly services: AppServices,
    protected readonly terminal: Terminal,
    protected readonly options: ShellOptions,
  ) {
    this.keymap = readKeymap(options.readOnly ? withoutWriting(ACTIONS, options.readOnlyWhy) : ACTIONS, services.keymapFiles());
    this.actions = this.keymap.actions;
    this.keyOf = keyOfActions(this.actions);
    this.pace = options.pace ?? choosePace({}, false);
    this.clock = options.now ?? Date.now;
    this.now = this.clock();
    const kept = options.kept ?? NOTHING_KEPT;
    this.state = initialState(options.initialTab ?? (options.initialRun === undefined ? (kept.tab ?? "runs") : "train"));
    this.runs = new RunList(services, () => this.changed());
    this.baselines = new Baselines(
      services,
      () => this.changed(),
      () => this.run?.id ?? null,
    );
    this.chat = new ChatSession(
      services,
      () => this.changed(),
      (level, text) => this.notify(level, text),
      () => (this.readOnly ? null : this.keyOf("eval.keep")),
    );
    this.checkpoints = new CheckpointList(services, () => this.changed());
    this.config = new DraftSession(services, () => this.changed());
    this.setup = new SetupSession(services, () => this.changed());
    this.others = new Baselines(services, () => this.changed());
    this.screens = new ScreenSession(services, (level, text, about) => this.notify(level, text, about), this.keyOf);
    this.frames = new Frames(this, terminal, options.ascii, this.clock);
    this.input = new Input(this);
    this.current = new CurrentRun(this, terminal);
    this.theme = new ThemeChoice(this, terminal, options.theme, options.themeChosen ?? false, kept.theme);
    this.memory = new UiMemory(this, kept, () => this.theme.kept);
    this.memory.putBack();
    if (options.initialScreen !== undefined) this.screens.show(options.initialScreen);
  }

  abstract attach(runId: string, how?: AttachHow): Promise<void>;
  abstract detach(why: string): void;
  abstract suspend(): Promise<void>;
  abstract runAction(id: string): void;
  /** Has the loop look at once, as something came that nobody pressed a key for. */
  protected abstract wake(): void;

  get echoes(): boolean {
    return this.options.screenReader === true;
  }

  get readOnly(): boolean {
    return this.options.readOnly ?? false;
  }

  get run(): RunView | null {
    return this.current.view;
  }

  get runProblem(): string | null {
    return this.current.problem;
  }

  get versions(): AppContext["versions"] {
    return this.current.versions;
  }

  facts(): RunFacts | null {
    return this.current.facts();
  }

  pane(): Pane {
    return this.frames.display.pane(tabOf(this.state.tab).screen);
  }

  scene(id: string): Scene | null {
    return this.frames.display.scene(id);
  }

  paneRows(): number {
    return this.frames.display.paneRows();
  }

  paneText(): string {
    return this.frames.display.paneText(this.pane().id);
  }

  placed(): ReturnType<AppContext["placed"]> {
    return this.frames.display.placed;
  }

  groups(): readonly Group[] {
    return this.input.groups();
  }

  size(): { width: number; height: number } {
    return this.frames.display.size;
  }

  order(): readonly string[] {
    return this.frames.display.order(tabOf(this.state.tab).screen);
  }

  touch(): void {
    this.touches++;
    this.current.forgetFacts();
    this.frames.touch();
  }

  notify(level: Level, text: string, about?: string, isOfRun = false): void {
    // What is good again is no trouble that waits to be seen any more.
    if (level === "good" && about !== undefined) this.notices.settle(new Set([about]));
    this.notices.add(level, text, this.now, { about, isOfRun });
    this.touch();
  }

  setTab(tab: TabId): void {
    this.state.tab = tab;
    this.state.news.delete(tab);
    this.state.maximised = false;
    this.input.filter = null;
    enterTab(this, this.memory);
    this.touch();
  }

  async openConfig(source: DraftSource): Promise<void> {
    this.setTab("config");
    openDraft(this, source);
  }

  focus(pane: string): void {
    this.state.focus[this.state.tab] = pane;
    this.touch();
  }

  showScreen(name: string): void {
    this.screens.show(name);
    this.touch();
  }

  chatWithRun(stage?: StageIndex): Promise<void> {
    return chatWithRun(this, stage);
  }

  editFilter(): void {
    this.input.editFilter();
    this.touch();
  }

  copy(text: string): boolean {
    return this.terminal.copy(text);
  }

  selectedText(selection: TextSelection): string {
    return this.frames.display.selectedText(selection);
  }

  redraw(): void {
    this.frames.display.forget();
    this.terminal.redraw();
    this.touch();
  }

  leave(code: number): void {
    this.ended.resolve({ code });
  }

  // --- plumbing

  protected changed(): void {
    this.touch();
    this.wake();
  }

  /** Errors of handlers end in one place. */
  protected guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.ended.resolve({ code: 1, error });
    }
  }

  background(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.ended.resolve({ code: 1, error }));
  }
}
