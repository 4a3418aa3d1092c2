/** The run that is attached: taken, read as it grows, watched for what is to be told of it, and let go. */
import type { StageIndex } from "../core/journal.ts";
import { sentence } from "../core/result.ts";
import { TERMINAL_STATUSES } from "../core/run.ts";
import { awaited } from "../panels/activity.ts";
import { chosenStage, currentStage, position, type RunFacts, stageTitle } from "../panels/data.ts";
import { AlertNews } from "./alert-news.ts";
import type { AttachHow, RunView } from "./app.ts";
import { Attached, type Versions } from "./attached.ts";
import { atAll, looksAtPlace } from "./chart-view.ts";
import type { AppContext } from "./context.ts";
import { deletedLater, deletedNow } from "./deleted-run.ts";
import { OwnerNews } from "./owner-news.ts";
import { ProblemNews } from "./problem-news.ts";
import { paceText } from "./replay-actions.ts";
import { PACE } from "./replay-step.ts";
import { RequestWatch } from "./request-watch.ts";
import { ShownBefore } from "./run-before.ts";
import { hasCheckpoint } from "./run-chat.ts";
import type { Terminal } from "./terminal.ts";
import { wayTo } from "./way.ts";

const NO_VERSIONS: Versions = { points: 0, events: 0, log: 0, state: 0 };

export class CurrentRun {
  /** Why there is none, in a sentence. */
  problem: string | null = null;
  readonly #requests = new RequestWatch();
  readonly #alerts: AlertNews;
  readonly #owner: OwnerNews;
  readonly #problems: ProblemNews;
  readonly #shownBefore: ShownBefore;
  #attached: Attached | null = null;
  #facts: RunFacts | null = null;
  #toldEnd = false;
  /** Of those of the run that is attached, the one that ran last. */
  #stage: StageIndex | null = null;

  constructor(
    private readonly app: AppContext,
    terminal: Pick<Terminal, "signal">,
  ) {
    this.#alerts = new AlertNews(app, terminal);
    this.#owner = new OwnerNews(app);
    this.#problems = new ProblemNews(app);
    this.#shownBefore = new ShownBefore(app);
  }

  get view(): RunView | null {
    return this.#attached?.view ?? null;
  }

  get versions(): Readonly<Versions> {
    return this.#attached?.versions ?? NO_VERSIONS;
  }

  /** At the stage that is looked at; made once for all that ask before something changes. */
  facts(): RunFacts | null {
    const { state, now, readOnly: isReadOnly } = this.app;
    this.#facts ??= this.#attached === null ? null : { ...this.#attached.facts(state.stage, now), isReadOnly };
    return this.#facts;
  }

  forgetFacts(): void {
    this.#facts = null;
  }

  async attach(runId: string, { replay, beside, before }: AttachHow = {}): Promise<void> {
    const { services } = this.app;
    const opened = await (replay === undefined ? services.openRun(runId) : services.openReplay(runId, replay));
    if (!opened.ok) {
      this.problem = this.view === null ? sentence(opened.failure) : null;
      this.app.notify("bad", sentence(opened.failure));
      return;
    }
    const isAnother = this.view?.id !== opened.value.id;
    this.#take(opened.value);
    this.app.notices.settle(new Set([PACE]));
    if (beside !== undefined) this.#shownBefore.layBeside(beside, before);
    else if (isAnother) this.#shownBefore.look();
    if (this.app.state.tab === "runs") this.app.setTab("train");
    this.app.touch();
    const shown = opened.value.replay;
    if (shown !== undefined && replay?.speed === undefined) this.app.notify("info", paceText(shown, this.app.keyOf), PACE);
    const facts = this.facts();
    if (facts === null || replay !== undefined) return;
    this.#alerts.look(facts);
    this.#problems.look(facts);
  }

  detach(why: string): void {
    this.close();
    this.#attached = null;
    this.problem = why;
    // What else goes on is told in its place.
    this.app.background(this.app.runs.poll(this.app.now, true));
    this.app.touch();
  }

  close(): void {
    this.view?.close();
  }

  /** Reads what is new for so many milliseconds at most. Whether there was anything; null when there is more to read. */
  refreshWithin(budgetMs: number): boolean | null {
    const changed = this.#attached === null ? false : this.#attached.refreshWithin(budgetMs);
    if (changed === null) return null;
    this.#facts = null;
    const { view } = this;
    if (view === null) return changed;
    this.#followStage(view);
    if (changed) this.#watch();
    this.#wonder(view);
    if (view.isGone?.()) this.#lose(view);
    else if (view.replay === undefined && this.#owner.look(view)) return true;
    return changed;
  }

  #lose(view: RunView): void {
    const now = deletedNow(view, this.app.keyOf);
    this.app.notify(now.level, now.text);
    this.detach(now.text);
    this.app.background(
      deletedLater(view).then((later) => {
        if (later === null) return;
        this.app.notify(later.level, later.text);
        if (this.problem === now.text) this.problem = later.text;
        this.app.touch();
      }),
    );
  }

  #take(view: RunView): void {
    const { state, services, baselines } = this.app;
    this.close();
    services.attached(view);
    baselines.setAside(view.id);
    this.#attached = new Attached(view);
    this.problem = null;
    // Whoever goes to another run comes to look at it.
    this.app.screens.edit(false);
    state.stage = null;
    state.logBottom = null;
    state.filter.log = "";
    const axis = view.isRun === false ? "wall" : state.chart.axis;
    state.chart = atAll({ ...state.chart, axis });
    this.#requests.forget();
    this.#alerts.forget();
    this.#problems.forget();
    // A run that had ended when it was attached is looked at, not waited for.
    this.#attached.refresh();
    this.#stage = currentStage(view.state());
    this.#toldEnd = TERMINAL_STATUSES.has(view.state().status);
  }

  #watch(): void {
    const facts = this.facts();
    // What happens in a replay has happened: nobody is called for it.
    if (facts === null || this.view?.replay !== undefined) return;
    for (const { level, text, about } of this.#requests.changes(facts.data.requests())) this.app.notify(level, text, about, true);
    this.#alerts.look(facts);
    this.#problems.look(facts);
    if (facts.state.status === "done" && !this.#toldEnd) this.#tellOfEnd(facts);
  }

  /** A trainer that stands still answers nothing: whoever asked is told what that waits for. Of a paused run it was told at once. */
  #wonder(view: RunView): void {
    if (view.replay !== undefined || view.state().status === "paused") return;
    const why = (): string => {
      const facts = this.facts();
      return facts === null ? "" : awaited(facts, position(facts));
    };
    for (const { text, about } of this.#requests.wonder(this.app.now, why)) this.app.notify("info", text, about, true);
  }

  /** What the end of a run has brought is told and marked, not gone to: nobody loses what is being looked at or typed. */
  #tellOfEnd(facts: RunFacts): void {
    const { app } = this;
    const { state, keyOf } = app;
    this.#toldEnd = true;
    if (state.tab === "eval" || !hasCheckpoint(facts.data)) return;
    state.news.add("eval");
    const [chat, tab] = [wayTo(app, "run.chat"), `${keyOf("tab.eval")} Eval`];
    // Where an earlier stage is looked at, that key goes to what that one has written.
    const way = chosenStage(facts) !== undefined ? tab : state.tab === "train" ? chat : `${tab}, or on Train ${chat},`;
    app.notify("good", `The run is done and the model can talk: ${way} goes to it`);
  }

  #followStage(view: RunView): void {
    const stage = currentStage(view.state());
    if (stage !== this.#stage && this.#stage !== null && this.app.state.stage === null) this.#leaveStage(view, this.#stage);
    this.#stage = stage;
  }

  /** Whoever looks at a place of a stage stays there; else its zoom is nothing of the next one, and its cursor would show old figures as new. */
  #leaveStage(view: RunView, left: StageIndex): void {
    const { state } = this.app;
    if (state.tab !== "train" || !looksAtPlace(state.chart)) {
      state.chart = atAll(state.chart);
      return;
    }
    state.stage = left;
    const next = view.state().stages.find(({ index }) => index === currentStage(view.state()));
    this.app.notify("info", `${stageTitle(next?.name ?? "the next stage")} has begun: ${wayTo(this.app, "stage.next")} goes to it`);
  }
}
