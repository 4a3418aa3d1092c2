/** The running TUI: holds what the user has chosen and what is attached, takes input, and has frames drawn. */
import type { DraftSource } from "../core/draft.ts";
import { sentence } from "../core/result.ts";
import { TERMINAL_STATUSES } from "../core/run.ts";
import type { Scene } from "../core/scene.ts";
import { position, type RunFacts } from "../panels/data.ts";
import { ACTIONS } from "./actions.ts";
import { AlertNews } from "./alert-news.ts";
import type { AppServices, ReplayStart, RunView, TabId, TuiOptions } from "./app.ts";
import { Attached, type Versions } from "./attached.ts";
import { Baselines } from "./baselines.ts";
import { ChatSession } from "./chat-session.ts";
import { CheckpointList } from "./checkpoint-list.ts";
import { openDraft } from "./config-actions.ts";
import type { AppContext } from "./context.ts";
import { Display } from "./display.ts";
import { DraftSession } from "./draft-session.ts";
import { Input } from "./input.ts";
import { type Keymap, keyOfActions, readKeymap } from "./keymap.ts";
import type { RawKey } from "./keys.ts";
import { Loop } from "./loop.ts";
import { type Level, Notices } from "./notices.ts";
import { Overlays } from "./overlays.ts";
import { choosePace, type Pace } from "./pace.ts";
import type { Group, Pane } from "./pane.ts";
import { withoutWriting } from "./read-only.ts";
import { RequestWatch } from "./request-watch.ts";
import { RunList } from "./run-list.ts";
import { ScreenSession } from "./screen-session.ts";
import { screenNeeds } from "./screens/train.ts";
import { SetupSession } from "./setup-session.ts";
import { type AppState, initialState } from "./state.ts";
import { tabOf } from "./tabs.ts";
import type { MouseInput, Terminal } from "./terminal.ts";
import type { TextSelection } from "./text-selection.ts";
import type { Theme } from "./theme.ts";
import { readThemes, type Themes } from "./theme-file.ts";
import { builtIn } from "./themes.ts";
import { putBack, putBackView, UiKeeper } from "./ui-restore.ts";
import { type KeptDraft, NOTHING_KEPT, takeDown, type UiState } from "./ui-state.ts";

/** Nothing of an ended run changes; a toast may expire, and the clock shows minutes. */
const QUIET_TICK_MS = 500;
const LIVE_REDRAW_MS = 1000;
const QUIET_REDRAW_MS = 60_000;
const INPUT_BUDGET_MS = 5;
const NO_VERSIONS: Versions = { points: 0, events: 0, log: 0, state: 0 };

export interface ShellOptions extends Omit<TuiOptions, "theme" | "kept"> {
  theme: Theme;
  /** Somebody has asked for it: what the terminal says of its background changes nothing. */
  themeChosen?: boolean;
  /** Why it is not the one that was asked for. */
  themeProblem?: string;
  /** What was on the screen the last time. */
  kept?: UiState;
  /** Why that cannot be told. */
  keptProblem?: string | null;
  ascii: boolean;
  pace?: Pace;
  /** Epoch milliseconds; tests have a clock of their own. */
  now?: () => number;
  /** How long an input may draw before the rest waits for the next tick; tests give it all the time. */
  inputBudgetMs?: number;
}

export class Shell implements AppContext {
  readonly state: AppState;
  readonly actions: AppContext["actions"];
  readonly keyOf: AppContext["keyOf"];
  readonly pace: Pace;
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
  runProblem: string | null = null;
  now: number;
  /** Settles with the exit code when the user leaves or something fails. */
  readonly ended = Promise.withResolvers<{ code: number; error?: unknown }>();

  /** Settles when the first complete frame, with the run that was asked for, is on the screen. */
  readonly settled = Promise.withResolvers<void>();

  readonly #keymap: Keymap;
  readonly #clock: () => number;
  readonly #display: Display;
  readonly #input: Input;
  readonly #loop: Loop;
  readonly #requests = new RequestWatch();
  readonly #alerts: AlertNews;
  #attached: Attached | null = null;
  #facts: RunFacts | null = null;
  #theme: Theme;
  #themeChosen: boolean;
  readonly #kept: UiState;
  readonly #keeper: UiKeeper | null;
  /** The plan of the last time, until one is open. */
  #keptDraft: KeptDraft | null;
  /** Everything of the last time has been put back: from now on it may be written over. */
  #isBack = false;
  #dirty = true;
  #beatShown = 0;
  #wentToChat = false;

  constructor(
    readonly services: AppServices,
    private readonly terminal: Terminal,
    private readonly options: ShellOptions,
  ) {
    this.#keymap = readKeymap(options.readOnly ? withoutWriting(ACTIONS) : ACTIONS, services.keymapFiles());
    this.actions = this.#keymap.actions;
    this.keyOf = keyOfActions(this.actions);
    this.pace = options.pace ?? choosePace({}, false);
    this.#clock = options.now ?? Date.now;
    this.now = this.#clock();
    this.#kept = options.kept ?? NOTHING_KEPT;
    this.#keptDraft = this.#kept.draft;
    this.state = initialState(options.initialTab ?? (options.initialRun === undefined ? (this.#kept.tab ?? "runs") : "train"));
    this.runs = new RunList(services, () => this.#changed());
    this.baselines = new Baselines(services, () => this.#changed());
    this.chat = new ChatSession(services, () => this.#changed());
    this.checkpoints = new CheckpointList(services, () => this.#changed());
    this.config = new DraftSession(services, () => this.#changed());
    this.setup = new SetupSession(services, () => this.#changed());
    this.others = new Baselines(services, () => this.#changed());
    this.screens = new ScreenSession(services, (level, text) => this.notify(level, text), this.keyOf);
    this.#display = new Display(this, terminal, options.ascii);
    this.#input = new Input(this);
    this.#alerts = new AlertNews(this, terminal);
    this.#theme = options.theme;
    this.#themeChosen = options.themeChosen ?? false;
    const { saveUi } = services;
    this.#keeper =
      saveUi === null
        ? null
        : new UiKeeper(
            () => this.#takeDown(),
            saveUi,
            (problem) => this.notify("warn", problem),
          );
    putBack(this, this.#kept);
    this.#loop = new Loop({
      refresh: () => this.refresh(),
      draw: (budget) => this.#update(budget, false),
      // Nobody asked for what the tick has found: it comes when the link is free again.
      present: () => (this.#display.budget.waitMs(this.#clock()) === 0 ? this.#present() : undefined),
      idle: () => terminal.idle(),
      settled: () => this.settled.resolve(),
      interval: () => this.#interval(),
    });
    terminal.listen({
      key: (key) => this.#guard(() => this.key(key)),
      paste: (text) => this.#guard(() => this.paste(text)),
      mouse: (mouse) => this.#guard(() => this.mouse(mouse)),
      resize: () => this.#guard(() => this.draw()),
      background: (kind) => this.#guard(() => this.#background(kind)),
      failed: (error) => this.ended.resolve({ code: 1, error }),
    });
  }

  /** Draws the first frame at once, attaches, and ticks until the end. */
  async start(): Promise<void> {
    const { initialRun = this.#kept.run } = this.options;
    const { tab } = this.state;
    if (initialRun !== null) this.runProblem = `Opening ${initialRun}`;
    this.draw();
    this.#tellOfFiles();
    if (initialRun !== null) await this.attach(initialRun, this.options.replay);
    putBackView(this, this.#kept);
    if (this.options.initialRun === undefined) this.state.tab = tab;
    this.#isBack = true;
    this.#enterTab();
    await this.#loop.run();
  }

  stop(): void {
    if (this.#isBack) this.#keeper?.flush();
    this.#loop.stop();
    this.chat.cancel();
    this.runs.closePreview();
    this.baselines.clear();
    this.run?.close();
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
    return this.#attached?.view ?? null;
  }

  get versions(): Readonly<Versions> {
    return this.#attached?.versions ?? NO_VERSIONS;
  }

  facts(): RunFacts | null {
    this.#facts ??= this.#attached?.facts(this.state.stage, this.now) ?? null;
    return this.#facts;
  }

  pane(): Pane {
    return this.#display.pane(tabOf(this.state.tab).screen);
  }

  scene(id: string): Scene | null {
    return this.#display.scene(id);
  }

  paneRows(): number {
    return this.#display.paneRows();
  }

  paneText(): string {
    return this.#display.paneText(this.pane().id);
  }

  placed(): ReturnType<AppContext["placed"]> {
    return this.#display.placed;
  }

  groups(): readonly Group[] {
    return this.#input.groups();
  }

  size(): { width: number; height: number } {
    return this.#display.size;
  }

  order(): readonly string[] {
    return this.#display.order(tabOf(this.state.tab).screen);
  }

  touch(): void {
    this.#facts = null;
    this.#dirty = true;
  }

  notify(level: Level, text: string): void {
    this.notices.add(level, text, this.now);
    this.touch();
  }

  setTab(tab: TabId): void {
    this.state.tab = tab;
    this.state.maximised = false;
    this.#input.filter = null;
    this.#enterTab();
    this.touch();
  }

  /** Looks at what the tab shows, when it is come to. */
  #enterTab(): void {
    const runId = this.run?.id ?? null;
    const looks: Readonly<Record<TabId, () => Promise<void> | null>> = {
      setup: () => this.setup.look(),
      config: () => {
        if (this.config.draft === null && this.#keptDraft !== null) return this.#resumeDraft(this.#keptDraft);
        if (this.config.draft === null && runId !== null) openDraft(this, { run: runId });
        return null;
      },
      checkpoints: () => this.checkpoints.find(runId),
      train: () => null,
      eval: () => (this.chat.busy === null ? this.chat.findCheckpoints(runId) : null),
      runs: () => this.runs.poll(this.now, true),
    };
    const looking = looks[this.state.tab]();
    if (looking !== null) this.background(looking);
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

  async attach(runId: string, replay?: ReplayStart): Promise<void> {
    const opened = await (replay === undefined ? this.services.openRun(runId) : this.services.openReplay(runId, replay));
    if (!opened.ok) {
      this.runProblem = this.run === null ? sentence(opened.failure) : null;
      this.notify("bad", sentence(opened.failure));
      return;
    }
    this.run?.close();
    this.services.attached(opened.value);
    this.baselines.remove(opened.value.id);
    this.#attached = new Attached(opened.value);
    this.runProblem = null;
    this.state.stage = null;
    this.state.logBottom = null;
    this.state.filter.log = "";
    this.state.chart = { ...this.state.chart, window: { kind: "all" }, cursor: null, selection: null };
    this.#requests.forget();
    this.#alerts.forget();
    // A run that had ended when it was attached is looked at, not waited for.
    this.#attached.refresh();
    this.#wentToChat = TERMINAL_STATUSES.has(opened.value.state().status);
    if (this.state.tab === "runs") this.setTab("train");
    this.#changed();
    const facts = this.facts();
    if (facts !== null && replay === undefined) this.#alerts.look(facts);
  }

  detach(why: string): void {
    this.run?.close();
    this.#attached = null;
    this.runProblem = why;
    this.#changed();
  }

  async chatWithRun(): Promise<void> {
    this.state.filter.models = "";
    this.setTab("eval");
    this.focus("prompt");
    await this.chat.findCheckpoints(this.run?.id ?? null);
    const newest = this.chat.checkpoints?.findIndex(({ broken }) => broken === null) ?? -1;
    const checkpoint = this.chat.checkpoints?.[newest];
    if (checkpoint === undefined) return this.notify("warn", "No whole checkpoint was found");
    this.state.selected.models = newest;
    if (this.chat.loaded?.dir !== checkpoint.dir || this.chat.loaded.step !== checkpoint.step) await this.chat.load(checkpoint);
  }

  editFilter(): void {
    this.#input.editFilter();
    this.touch();
  }

  themes(): Themes {
    return readThemes(this.services.themeFiles());
  }

  nextTheme(): void {
    const { all } = this.themes();
    const at = all.findIndex(({ name }) => name === this.#theme.name);
    this.useTheme(all[(at + 1) % all.length]!.name);
  }

  useTheme(name: string): void {
    const { all, files } = this.themes();
    const theme = all.find((one) => one.name === name);
    if (theme === undefined) return;
    this.#themeChosen = true;
    this.#setTheme(theme);
    this.notify("info", `Theme ${theme.name}: ${theme.title}`);
    const [warning] = files.find((one) => one.theme === theme)?.warnings ?? [];
    if (warning !== undefined) this.notify("warn", `Theme ${theme.name} is hard to read: ${warning}`);
  }

  copy(text: string): boolean {
    return this.terminal.copy(text);
  }

  selectedText(selection: TextSelection): string {
    return this.#display.selectedText(selection);
  }

  redraw(): void {
    this.#display.forget();
    this.terminal.redraw();
    this.touch();
  }

  suspend(): Promise<void> {
    return this.terminal.suspend();
  }

  leave(code: number): void {
    this.ended.resolve({ code });
  }

  runAction(id: string): void {
    const action = this.actions.find((one) => one.id === id);
    if (action === undefined) return;
    const reason = action.disabled(this);
    if (reason !== null) {
      this.notify("warn", `${action.title}: ${reason}`);
      return;
    }
    const result = action.run(this);
    // What it has laid over the screen in the meantime does not wait for the next tick.
    if (result instanceof Promise) this.background(result.then(() => this.#changed()));
  }

  // --- input

  key(raw: RawKey): void {
    this.now = this.#clock();
    this.#input.key(raw);
    this.draw();
  }

  paste(text: string): void {
    this.#input.paste(text);
    this.draw();
  }

  mouse(mouse: MouseInput): void {
    this.now = this.#clock();
    if (this.#display.zones.mouse(mouse)) this.draw();
  }

  #background(kind: "dark" | "light"): void {
    // What the user or the environment has set stays; a guess gives way to what the terminal says itself.
    if (this.#themeChosen || this.#theme.background === "any" || this.#theme.background === kind) return;
    this.#setTheme(builtIn(kind));
    this.draw();
  }

  async #resumeDraft({ source, work }: KeptDraft): Promise<void> {
    await this.config.open(source, work);
    if (this.config.problem !== null) return this.notify("bad", this.config.problem);
    this.#keptDraft = null;
    if (work.count > 0) this.notify("info", `${this.config.draft?.title} with its unsaved edits is open again`);
  }

  /** Once, and not before there is something to be seen of the run that one came for. */
  #offerTour(): void {
    const { state } = this;
    if (this.options.tour !== true || state.toured || state.tour || !this.#isBack) return;
    const facts = this.facts();
    if (facts !== null && position(facts) === null) return;
    state.tour = true;
    this.touch();
  }

  #takeDown(): Record<string, unknown> {
    const theme = this.#themeChosen ? this.#theme.name : null;
    return takeDown(this, { theme, draft: this.#keptDraft });
  }

  /** What the user's own files say that cannot be used. */
  #tellOfFiles(): void {
    if (typeof this.options.keptProblem === "string") this.notify("warn", this.options.keptProblem);
    if (this.options.themeProblem !== undefined) this.notify("warn", this.options.themeProblem);
    for (const { file, mistakes } of this.themes().files)
      if (mistakes.length > 0) this.notify("warn", `${file} is left out: ${mistakes[0]}`);
    for (const { file, mistakes } of this.#keymap.files) for (const mistake of mistakes) this.notify("warn", `${file}: ${mistake}`);
  }

  #setTheme(theme: Theme): void {
    this.#theme = theme;
    this.terminal.setTheme(theme);
    this.touch();
  }

  // --- drawing

  /** Draws now what the user's doing has changed. */
  draw(): void {
    this.touch();
    if (!this.#update(this.options.inputBudgetMs ?? INPUT_BUDGET_MS, true)) this.#loop.wake();
    this.#present();
  }

  /** Reads what is new of everything that is on the screen. */
  refresh(): void {
    this.now = this.#clock();
    this.#facts = null;
    if (this.#attached?.refresh()) {
      this.#dirty = true;
      this.#watchRun();
    }
    if (this.run?.isGone?.()) this.#letGoneGo(this.run.id);
    if (this.state.tab === "train") this.#refreshScreen();
    const beside = this.baselines.version;
    this.baselines.refresh(this.now);
    if (this.baselines.version !== beside) this.#dirty = true;
    if (this.state.tab === "runs") {
      this.background(this.runs.poll(this.now));
      const selected = this.runs.shown(this.state.filter.runs)[this.state.selected.runs];
      if (this.#display.isVisible("preview")) this.background(this.runs.look(selected?.problem === null ? selected.id : null, this.now));
      this.runs.refreshPreview();
    }
    const beat = Math.floor(this.now / (this.#isQuiet() ? QUIET_REDRAW_MS : LIVE_REDRAW_MS));
    const expiry = this.notices.nextExpiry(this.now - this.pace.tickMs);
    if (beat !== this.#beatShown || (expiry !== null && expiry <= this.now)) this.#dirty = true;
    this.#beatShown = beat;
    if (this.#isBack) this.#keeper?.poll(this.now);
    this.#offerTour();
  }

  /** What the screen is made of besides the attached run. */
  #refreshScreen(): void {
    if (this.screens.poll(this.now)) this.#dirty = true;
    const needs = screenNeeds(this.screens.spec);
    const opening = this.others.want(needs.runs);
    if (opening !== null) this.background(opening);
    const before = this.others.version;
    this.others.refresh(this.now);
    if (this.others.version !== before) this.#dirty = true;
    if (needs.list) this.background(this.runs.poll(this.now));
  }

  /** Another window or command has deleted the run that is looked at. */
  #letGoneGo(id: string): void {
    this.notify("warn", `${id} was deleted by somebody else`);
    this.detach(`${id} was deleted by somebody else`);
  }

  #watchRun(): void {
    const facts = this.facts();
    // What happens in a replay has happened: nobody is called for it.
    if (facts === null || this.run?.replay !== undefined) return;
    for (const { level, text } of this.#requests.changes(facts.data.requests())) this.notify(level, text);
    this.#alerts.look(facts);
    if (facts.state.status !== "done" || this.#wentToChat || this.options.afterRun !== "chat" || this.state.tab !== "train") return;
    this.#wentToChat = true;
    this.background(this.chatWithRun());
  }

  #update(budgetMs: number, urgent: boolean): boolean {
    const held = this.#display.budget.waitMs(this.now) > 0;
    const { done, drew } = this.#display.update(tabOf(this.state.tab).screen, budgetMs, urgent || held);
    if (drew) this.#dirty = true;
    return done;
  }

  #present(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    const groups = this.#input.groups();
    const actions = this.actions.filter(({ group }) => groups.includes(group));
    this.#display.present({ overlay: this.overlays.current, filter: this.#input.filter, actions });
  }

  #interval(): number {
    const { tickMs } = this.pace;
    const usual = this.#isQuiet() && !this.#display.waiting ? Math.max(tickMs, QUIET_TICK_MS) : tickMs;
    return Math.max(usual, this.#display.budget.waitMs(this.#clock()));
  }

  #isQuiet(): boolean {
    const live = this.run !== null && this.run.liveness() !== "ended" && !this.run.replay?.paused;
    return !live && this.chat.busy === null && this.state.tab !== "runs";
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
