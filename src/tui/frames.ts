/** When there is a new frame: after what the user does at once, else with the tick, and only when something is different. */
import type { AppContext } from "./context.ts";
import { Display } from "./display.ts";
import type { LineEditor } from "./editor.ts";
import { PAUSE_MS } from "./lull.ts";
import { screenNeeds } from "./screens/train.ts";
import { tabOf } from "./tabs.ts";
import type { Terminal } from "./terminal.ts";

/** Nothing of an ended run changes; a toast may expire, and the clock shows minutes. Each look costs up to 20 ms of code that is never warm. */
const QUIET_TICK_MS = 3000;
/** Runs that stand beside it may go on, and what was asked for may be on its way. */
const EXPECTING_TICK_MS = 1000;
const ASKED_MS = 10_000;
/** While keys come, data come less often: each look at them is what the next key may have to wait for. */
const TYPING_TICK_MS = 250;
/** What panels may take before a key is answered: one is always drawn (see Painter), the others come a moment later. */
const ANSWER_MS = 0;
/** Of another screen nothing is to be seen yet: all of it is there sooner in few frames than in many. */
const OTHER_SCREEN_MS = 12;
/** What lies under an overlay that is typed into is not what one looks at. */
const OVERLAY_TICK_MS = 1000;
const LIVE_REDRAW_MS = 1000;
const QUIET_REDRAW_MS = 60_000;

export class Frames {
  readonly display: Display;
  /** Something is different from what the terminal shows, and not only an overlay. */
  #dirty = true;
  /** Panels stand where they belong by all that is known: not asked for each piece of a tick's work. */
  #isPlaced = false;
  /** When what lies under an overlay that keys went to is to be looked at again, in epoch milliseconds. */
  #lookAgainAt = Number.POSITIVE_INFINITY;
  #beatShown = 0;
  /** Tab and screen of the last answer. */
  #answered = "";

  constructor(
    private readonly app: AppContext,
    terminal: Terminal,
    ascii: boolean,
    /** Epoch milliseconds at this very moment; `app.now` is that of the frame. */
    private readonly clock: () => number,
  ) {
    this.display = new Display(app, terminal, ascii);
  }

  /** Something is different: the next frame must be made. */
  touch(): void {
    this.#dirty = true;
    this.#isPlaced = false;
  }

  /** A tick has read what is new: panels are asked again what they are. */
  read(): void {
    this.#isPlaced = false;
  }

  /** Touches what changes by itself: ages and clock with each beat, toasts as they expire. */
  beat(): void {
    const { now, notices, pace } = this.app;
    const beat = Math.floor(now / (this.#isQuiet() ? QUIET_REDRAW_MS : LIVE_REDRAW_MS));
    const expiry = notices.nextExpiry(now - pace.tickMs);
    if (beat !== this.#beatShown || (expiry !== null && expiry <= now) || this.#lookAgainAt <= now) this.#dirty = true;
    this.#beatShown = beat;
  }

  /** Which panels are where, by what has been done since: what comes next is for them. */
  place(): void {
    this.display.place(tabOf(this.app.state.tab).screen);
  }

  /** What panels may take before the key that is being answered is. */
  answerMs(): number {
    const { state, screens } = this.app;
    const before = this.#answered;
    this.#answered = `${state.tab} ${screens.name}`;
    return before === this.#answered ? ANSWER_MS : OTHER_SCREEN_MS;
  }

  /** Draws panels for at most so long; whether all are up to date. See Painter. */
  update(budgetMs: number, urgent: boolean): boolean {
    const held = this.display.budget.waitMs(this.app.now) > 0;
    if (urgent || !this.#isPlaced) this.place();
    this.#isPlaced = true;
    const { done, drew } = this.display.update(budgetMs, urgent || held);
    if (drew) this.#dirty = true;
    return done;
  }

  /** Puts the frame on the terminal when it is another one than the last. */
  present(filter: LineEditor | null): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#lookAgainAt = Number.POSITIVE_INFINITY;
    const groups = this.app.groups();
    const actions = this.app.actions.filter(({ group }) => groups.includes(group));
    this.display.present({ filter, actions }, this.app.overlays.current);
  }

  /** The same after a key that went to an overlay: that is drawn anew, and what lies under it when the keys pause. */
  presentOver(filter: LineEditor | null): void {
    this.#lookAgainAt = this.app.now + PAUSE_MS;
    if (this.display.fits) this.display.presentOver(this.app.overlays.current);
    else {
      this.touch();
      this.update(0, true);
      this.present(filter);
    }
  }

  /** Nobody asked for what the tick has found: it comes when the link is free again. */
  presentWhenFree(filter: LineEditor | null): void {
    if (this.display.budget.waitMs(this.clock()) === 0) this.present(filter);
  }

  /** Milliseconds to the next tick. */
  interval(): number {
    return Math.max(this.#usual(), this.#whileTyping(), this.display.budget.waitMs(this.clock()));
  }

  #usual(): number {
    const { pace, baselines, others, state, screens, now, inputAt } = this.app;
    if (!this.#isQuiet() || this.display.waiting) return pace.tickMs;
    const areBeside = baselines.goOn || others.goOn || (state.tab === "train" && screenNeeds(screens.spec).list);
    const expects = areBeside || now - inputAt < ASKED_MS;
    return Math.max(pace.tickMs, expects ? EXPECTING_TICK_MS : QUIET_TICK_MS);
  }

  #whileTyping(): number {
    const { now, inputAt, overlays } = this.app;
    if (now - inputAt >= PAUSE_MS) return 0;
    return overlays.current === null ? TYPING_TICK_MS : OVERLAY_TICK_MS;
  }

  #isQuiet(): boolean {
    const { run, chat, state } = this.app;
    const live = run !== null && run.liveness() !== "ended" && !run.replay?.paused;
    return !live && chat.busy === null && state.tab !== "runs";
  }
}
