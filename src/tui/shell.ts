/** The running TUI: holds what the user has chosen and what is attached, takes input, and has frames drawn. */
import type { DraftSource } from "../core/draft.ts";
import type { StageIndex } from "../core/journal.ts";
import type { Scene } from "../core/scene.ts";
import { Collector } from "../lib/collector.ts";
import type { RunFacts } from "../panels/data.ts";
import { ACTIONS, runAction } from "./actions.ts";
import type { AppServices, AttachHow, RunView, TabId } from "./app.ts";
import { Baselines } from "./baselines.ts";
import { ChatSession } from "./chat-session.ts";
import { CheckpointList } from "./checkpoint-list.ts";
import { openDraft } from "./config-actions.ts";
import type { AppContext } from "./context.ts";
import { CurrentRun } from "./current-run.ts";
import { DraftSession } from "./draft-session.ts";
import { FollowLatest } from "./follow-latest.ts";
import { Frames } from "./frames.ts";
import { Input } from "./input.ts";
import { InputQueue } from "./input-queue.ts";
import { type Keymap, keyOfActions, readKeymap } from "./keymap.ts";
import type { RawKey } from "./keys.ts";
import { Loop } from "./loop.ts";
import { Lull, PAUSE_MS } from "./lull.ts";
import { type Level, Notices } from "./notices.ts";
import { Overlays } from "./overlays.ts";
import { choosePace, type Pace } from "./pace.ts";
import type { Group, Pane } from "./pane.ts";
import { withoutWriting } from "./read-only.ts";
import { readBeside } from "./reading.ts";
import { rehearse } from "./rehearsal.ts";
import { RunList } from "./run-list.ts";
import { ScreenSession } from "./screen-session.ts";
import { SetupSession } from "./setup-session.ts";
import { type ShellOptions, tellOfFiles } from "./shell-options.ts";
import { type AppState, initialState } from "./state.ts";
import { chatWithRun, enterTab } from "./tab-entry.ts";
import { tabOf } from "./tabs.ts";
import type { MouseInput, Terminal } from "./terminal.ts";
import type { TextSelection } from "./text-selection.ts";
import { ThemeChoice } from "./theme-choice.ts";
import { offerTour } from "./tour.ts";
import { UiMemory } from "./ui-memory.ts";
import { NOTHING_KEPT } from "./ui-state.ts";

/** What input may take of a turn before what is left of it waits for the next. */
const BURST_MS = 8;
/** What is written goes through other processes to whoever reads it: on a busy machine they get no turn as long as we work on. */
const DELIVERY_MS = 1;
/** What the collector takes on a busy machine. */
const TIDY_MS = 10;

export class Shell implements AppContext {
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

  readonly #keymap: Keymap;
  readonly #clock: () => number;
  readonly #frames: Frames;
  readonly #input: Input;
  readonly #queue: InputQueue;
  readonly #loop: Loop;
  readonly #lull = new Lull();
  readonly #collector = new Collector();
  readonly #run: CurrentRun;
  readonly #memory: UiMemory;
  readonly #latest: FollowLatest | null;
  #isStopped = false;
  #touches = 0;
  /** What was done has changed more than an overlay. */
  #isWhole = false;

  constructor(
    readonly services: AppServices,
    private readonly terminal: Terminal,
    private readonly options: ShellOptions,
  ) {
    this.#keymap = readKeymap(options.readOnly ? withoutWriting(ACTIONS, options.readOnlyWhy) : ACTIONS, services.keymapFiles());
    this.actions = this.#keymap.actions;
    this.keyOf = keyOfActions(this.actions);
    this.pace = options.pace ?? choosePace({}, false);
    this.#clock = options.now ?? Date.now;
    this.now = this.#clock();
    const kept = options.kept ?? NOTHING_KEPT;
    this.state = initialState(options.initialTab ?? (options.initialRun === undefined ? (kept.tab ?? "runs") : "train"));
    this.runs = new RunList(services, () => this.#changed());
    this.baselines = new Baselines(
      services,
      () => this.#changed(),
      () => this.run?.id ?? null,
    );
    this.chat = new ChatSession(
      services,
      () => this.#changed(),
      (level, text) => this.notify(level, text),
      () => (this.readOnly ? null : this.keyOf("eval.keep")),
    );
    this.checkpoints = new CheckpointList(services, () => this.#changed());
    this.config = new DraftSession(services, () => this.#changed());
    this.setup = new SetupSession(services, () => this.#changed());
    this.others = new Baselines(services, () => this.#changed());
    this.screens = new ScreenSession(services, (level, text, about) => this.notify(level, text, about), this.keyOf);
    this.#frames = new Frames(this, terminal, options.ascii, this.#clock);
    this.#input = new Input(this);
    this.#queue = new InputQueue(
      options.inputBudgetMs ?? BURST_MS,
      () => this.#guard(() => this.#answer()),
      () => this.#guard(() => this.#frames.place()),
    );
    this.#run = new CurrentRun(this, terminal);
    this.#latest = options.followLatest === true ? new FollowLatest() : null;
    this.theme = new ThemeChoice(this, terminal, options.theme, options.themeChosen ?? false, kept.theme);
    this.#memory = new UiMemory(this, kept, () => this.theme.kept);
    this.#memory.putBack();
    if (options.initialScreen !== undefined) this.screens.show(options.initialScreen);
    this.#loop = new Loop({
      refresh: (budget) => this.refresh(budget),
      draw: (budget) => this.#frames.update(budget, false),
      present: () => this.#frames.presentWhenFree(this.#input.filter),
      idle: () => terminal.idle(),
      lull: this.#lull,
      tidy: () => this.#tidy(),
      settled: () => this.#settle(),
      interval: () => this.#frames.interval(),
    });
    terminal.listen({
      key: (key) => this.key(key),
      paste: (text) => this.paste(text),
      mouse: (mouse) => this.mouse(mouse),
      resize: () => this.#guard(() => this.draw()),
      background: (kind) => this.#guard(() => (this.theme.fit(kind) ? this.draw() : undefined)),
      failed: (error) => this.ended.resolve({ code: 1, error }),
    });
  }

  /** Draws the first frame at once, attaches, and ticks until the end. */
  async start(): Promise<void> {
    const { initialRun = this.#memory.kept.run } = this.options;
    const { tab } = this.state;
    if (initialRun !== null) this.#run.problem = `Opening ${initialRun}`;
    this.draw();
    tellOfFiles(this, this.options, this.#keymap);
    if (initialRun !== null) await this.attach(initialRun, this.#memory.howAttached(initialRun, this.options.replay));
    this.#memory.putBackView();
    if (this.options.initialRun === undefined) this.state.tab = tab;
    this.#memory.isBack = true;
    enterTab(this, this.#memory);
    await this.#loop.run();
  }

  /** The first complete frame is on the screen. */
  #settle(): void {
    this.settled.resolve();
    this.isSettled = true;
    this.touch();
  }

  stop(): void {
    this.#isStopped = true;
    this.#queue.clear();
    this.#memory.flush();
    this.#loop.stop();
    this.chat.cancel();
    this.runs.closePreview();
    this.baselines.clear();
    this.#run.close();
    this.others.clear();
  }

  // --- what screens and actions ask

  get echoes(): boolean {
    return this.options.screenReader === true;
  }

  get readOnly(): boolean {
    return this.options.readOnly ?? false;
  }

  get run(): RunView | null {
    return this.#run.view;
  }

  get runProblem(): string | null {
    return this.#run.problem;
  }

  get versions(): AppContext["versions"] {
    return this.#run.versions;
  }

  facts(): RunFacts | null {
    return this.#run.facts();
  }

  pane(): Pane {
    return this.#frames.display.pane(tabOf(this.state.tab).screen);
  }

  scene(id: string): Scene | null {
    return this.#frames.display.scene(id);
  }

  paneRows(): number {
    return this.#frames.display.paneRows();
  }

  paneText(): string {
    return this.#frames.display.paneText(this.pane().id);
  }

  placed(): ReturnType<AppContext["placed"]> {
    return this.#frames.display.placed;
  }

  groups(): readonly Group[] {
    return this.#input.groups();
  }

  size(): { width: number; height: number } {
    return this.#frames.display.size;
  }

  order(): readonly string[] {
    return this.#frames.display.order(tabOf(this.state.tab).screen);
  }

  touch(): void {
    this.#touches++;
    this.#run.forgetFacts();
    this.#frames.touch();
  }

  notify(level: Level, text: string, about?: string): void {
    // What is good again is no trouble that waits to be seen any more.
    if (level === "good" && about !== undefined) this.notices.settle(new Set([about]));
    this.notices.add(level, text, this.now, { about });
    this.touch();
  }

  setTab(tab: TabId): void {
    this.state.tab = tab;
    this.state.news.delete(tab);
    this.state.maximised = false;
    this.#input.filter = null;
    enterTab(this, this.#memory);
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

  async attach(runId: string, how?: AttachHow): Promise<void> {
    await this.#run.attach(runId, how);
    this.#loop.wake();
  }

  detach(why: string): void {
    this.#run.detach(why);
    this.#loop.wake();
  }

  chatWithRun(stage?: StageIndex): Promise<void> {
    return chatWithRun(this, stage);
  }

  editFilter(): void {
    this.#input.editFilter();
    this.touch();
  }

  copy(text: string): boolean {
    return this.terminal.copy(text);
  }

  selectedText(selection: TextSelection): string {
    return this.#frames.display.selectedText(selection);
  }

  redraw(): void {
    this.#frames.display.forget();
    this.terminal.redraw();
    this.touch();
  }

  suspend(): Promise<void> {
    // A read that is not at its end would hold on to the journal for as long as we are stopped.
    this.refresh();
    return this.terminal.suspend();
  }

  leave(code: number): void {
    this.ended.resolve({ code });
  }

  runAction(id: string): void {
    const working = runAction(this, id);
    if (working === null) return;
    // What is typed on is for the box that it opens, and nothing for the panels behind.
    if (this.actions.find((action) => action.id === id)?.asks) this.#queue.hold(working, () => this.overlays.current !== null);
    // What it has laid over the screen in the meantime does not wait for the next tick.
    this.background(working.then(() => this.#changed()));
  }

  // --- input

  key(raw: RawKey): void {
    this.#take(() => this.#input.key(raw));
  }

  paste(text: string): void {
    this.#take(() => this.#input.paste(text));
  }

  mouse(mouse: MouseInput): void {
    this.#take(() => this.#frames.display.zones.mouse(mouse));
  }

  /** `input` returns false where nothing is different. */
  #take(input: () => unknown): void {
    this.#queue.take(() => {
      this.#lull.key();
      this.now = this.#clock();
      this.inputAt = this.now;
      const over = this.overlays.current;
      const touches = this.#touches;
      let changed = true;
      this.#guard(() => {
        changed = input() !== false;
      });
      // What an overlay takes changes nothing but itself, unless it says so or goes away.
      const isOverlays = over !== null && over === this.overlays.current && touches === this.#touches;
      if (changed && !isOverlays) this.#isWhole = true;
      if (!changed) this.#lull.answered(this.#lull.last);
      return changed;
    });
  }

  // --- drawing

  /** Draws now what the user's doing has changed: all of it, or only the overlay that took the keys. */
  #answer(): void {
    if (this.#isWhole) this.draw();
    else this.#frames.presentOver(this.#input.filter);
    this.background(this.#answered(this.#lull.last));
  }

  async #answered(key: number): Promise<void> {
    await this.terminal.idle();
    await Bun.sleep(DELIVERY_MS);
    this.#lull.answered(key);
    this.#tidy();
  }

  #tidy(): void {
    if (this.#lull.hasRoom(TIDY_MS)) this.#collector.tidy(this.#frames.display.drawings);
  }

  draw(): void {
    this.#isWhole = false;
    this.touch();
    if (!this.#frames.update(this.options.inputBudgetMs ?? this.#frames.answerMs(), true)) this.#loop.wake();
    this.#frames.present(this.#input.filter);
  }

  /** Reads what is new of everything that is on the screen; false when the budget was not enough for all of the run's. */
  refresh(budgetMs = Number.POSITIVE_INFINITY): boolean {
    this.now = this.#clock();
    const changed = this.#run.refreshWithin(budgetMs);
    if (changed === null) return false;
    this.#frames.read();
    if (readBeside(this, (id) => this.#frames.display.isVisible(id)) || changed) this.#frames.touch();
    this.#frames.beat();
    this.#latest?.look(this);
    this.#memory.poll(this.now, this.now - this.inputAt < PAUSE_MS);
    if (this.options.tour === true && this.#memory.isBack) offerTour(this);
    return true;
  }

  /** See rehearsal.ts; ends with the first key. */
  rehearse(): void {
    this.background(rehearse(this, this.terminal, () => this.inputAt > 0 || this.#isStopped));
  }

  // --- plumbing

  #changed(): void {
    this.touch();
    this.#loop.wake();
  }

  /** Errors of handlers end in one place. */
  #guard(work: () => void): void {
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
