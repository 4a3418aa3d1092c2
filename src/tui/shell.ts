/** The running TUI: begins, takes input, reads what is new, has frames drawn, and ends. What it holds is in `shell-context.ts`. */
import { runAction } from "./actions.ts";
import { Answers } from "./answers.ts";
import type { AppServices, AttachHow } from "./app.ts";
import { FollowLatest } from "./follow-latest.ts";
import type { RawKey } from "./keys.ts";
import { Loop } from "./loop.ts";
import { PAUSE_MS } from "./lull.ts";
import { tellOfOthers } from "./others-going.ts";
import { readBeside } from "./reading.ts";
import { rehearse } from "./rehearsal.ts";
import { ShellContext } from "./shell-context.ts";
import { type ShellOptions, tellOfFiles } from "./shell-options.ts";
import { enterTab } from "./tab-entry.ts";
import type { MouseInput, Terminal } from "./terminal.ts";
import { offerTour } from "./tour.ts";

export class Shell extends ShellContext {
  readonly #answers: Answers;
  readonly #loop: Loop;
  readonly #latest: FollowLatest | null;
  #isStopped = false;

  constructor(services: AppServices, terminal: Terminal, options: ShellOptions) {
    super(services, terminal, options);
    this.#latest = options.followLatest === true ? new FollowLatest() : null;
    this.#answers = this.#makeAnswers();
    this.#loop = this.#makeLoop();
    terminal.listen({
      key: (key) => this.key(key),
      paste: (text) => this.paste(text),
      mouse: (mouse) => this.mouse(mouse),
      resize: () => this.guard(() => this.draw()),
      background: (kind) => this.guard(() => (this.theme.fit(kind) ? this.draw() : undefined)),
      failed: (error) => this.ended.resolve({ code: 1, error }),
    });
  }

  #makeAnswers(): Answers {
    const hooks = {
      began: () => {
        this.now = this.clock();
        this.inputAt = this.now;
      },
      overlay: () => this.overlays.current,
      touches: () => this.touches,
      draw: () => this.draw(),
      drawOver: () => this.frames.presentOver(this.input.filter),
      place: () => this.frames.place(),
      idle: () => this.terminal.idle(),
      drawings: () => this.frames.display.drawings,
      guard: (work: () => void) => this.guard(work),
      background: (work: Promise<unknown>) => this.background(work),
    };
    return new Answers(hooks, this.options.inputBudgetMs);
  }

  #makeLoop(): Loop {
    return new Loop({
      refresh: (budget) => this.refresh(budget),
      draw: (budget) => this.frames.update(budget, false),
      present: () => this.frames.presentWhenFree(this.input.filter),
      idle: () => this.terminal.idle(),
      lull: this.#answers.lull,
      tidy: () => this.#answers.tidy(),
      settled: () => this.#settle(),
      interval: () => this.frames.interval(),
    });
  }

  /** Draws the first frame at once, attaches, and ticks until the end. */
  async start(): Promise<void> {
    const { initialRun = this.memory.kept.run } = this.options;
    const { tab } = this.state;
    if (initialRun !== null) this.current.problem = `Opening ${initialRun}`;
    this.draw();
    tellOfFiles(this, this.options, this.keymap);
    if (initialRun !== null) await this.attach(initialRun, this.memory.howAttached(initialRun, this.options.replay));
    this.memory.putBackView();
    if (this.options.initialRun === undefined) this.state.tab = tab;
    this.memory.isBack = true;
    enterTab(this, this.memory);
    if (this.options.initialRun === undefined) this.background(this.settled.promise.then(() => tellOfOthers(this)));
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
    this.#answers.clear();
    this.memory.flush();
    this.#loop.stop();
    this.chat.cancel();
    this.runs.closePreview();
    this.baselines.clear();
    this.current.close();
    this.others.clear();
  }

  // --- what actions set going

  async attach(runId: string, how?: AttachHow): Promise<void> {
    await this.current.attach(runId, how);
    this.#loop.wake();
  }

  detach(why: string): void {
    this.current.detach(why);
    this.#loop.wake();
  }

  suspend(): Promise<void> {
    // A read that is not at its end would hold on to the journal for as long as we are stopped.
    this.refresh();
    return this.terminal.suspend();
  }

  runAction(id: string): void {
    const working = runAction(this, id);
    if (working === null) return;
    if (this.actions.find((action) => action.id === id)?.asks) this.#answers.hold(working);
    // What it has laid over the screen in the meantime does not wait for the next tick.
    this.background(working.then(() => this.changed()));
  }

  protected wake(): void {
    this.#loop.wake();
  }

  // --- input

  key(raw: RawKey): void {
    this.#answers.take(() => this.input.key(raw));
  }

  paste(text: string): void {
    this.#answers.take(() => this.input.paste(text));
  }

  mouse(mouse: MouseInput): void {
    this.#answers.take(() => this.frames.display.zones.mouse(mouse));
  }

  // --- drawing

  draw(): void {
    this.#answers.drawn();
    this.touch();
    if (!this.frames.update(this.options.inputBudgetMs ?? this.frames.answerMs(), true)) this.#loop.wake();
    this.frames.present(this.input.filter);
  }

  /** Reads what is new of everything that is on the screen; false when the budget was not enough for all of the run's. */
  refresh(budgetMs = Number.POSITIVE_INFINITY): boolean {
    this.now = this.clock();
    const changed = this.current.refreshWithin(budgetMs);
    if (changed === null) return false;
    this.frames.read();
    if (readBeside(this, (id) => this.frames.display.isVisible(id)) || changed) this.frames.touch();
    this.frames.beat();
    this.#latest?.look(this);
    this.memory.poll(this.now, this.now - this.inputAt < PAUSE_MS);
    if (this.options.tour === true && this.memory.isBack) offerTour(this);
    return true;
  }

  /** See rehearsal.ts; ends with the first key. */
  rehearse(): void {
    this.background(rehearse(this, this.terminal, () => this.inputAt > 0 || this.#isStopped));
  }
}
