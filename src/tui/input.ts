/** Who gets a key: what lies on top first, then a field that is typed into, then the action table. */
import type { Action } from "../core/action.ts";
import { ACTIONS, actionFor } from "./actions.ts";
import type { AppContext } from "./context.ts";
import { LineEditor } from "./editor.ts";
import { movedKey } from "./keymap.ts";
import { escAndAlt, escAndKey, escapesIn, type Key, type RawKey, rawKeyOf, toKey } from "./keys.ts";
import { goesOn, leave } from "./leaving.ts";
import { refuse } from "./notices.ts";
import type { Group } from "./pane.ts";
import { tabOf } from "./tabs.ts";
import { closeTour } from "./tour.ts";

/** Within this, a second ctrl+c leaves. */
const TWICE_MS = 2000;
const INTERRUPTED = 130;
/** What is narrowed can be gone through while one types: these edit no line. */
const MOVES: ReadonlySet<string> = new Set(["up", "down", "pageup", "pagedown"]);

export class Input {
  /** The filter that is being typed. */
  filter: LineEditor | null = null;
  #interruptedAt = Number.NEGATIVE_INFINITY;
  /** Whether the last ctrl+c wanted to leave. */
  #asked = false;

  /** Keys of ours that a keymap file has taken away, and that this was said of. */
  readonly #toldMoved = new Set<string>();

  constructor(private readonly app: AppContext) {}

  /** Groups of actions that keys reach now, nearest first. */
  groups(): Group[] {
    // While a screen is edited its panels are things to be moved, not to be used.
    if (this.app.screens.editing && this.app.state.tab === "train") return ["edit", "global"];
    const replay: Group[] = this.app.run?.replay !== undefined && this.app.state.tab === "train" ? ["replay"] : [];
    return [...this.app.pane().groups, ...replay, ...tabOf(this.app.state.tab).groups, "global"];
  }

  key(raw: RawKey): void {
    const key = toKey(raw);
    const withAlt = escAndAlt(raw);
    const escapes = withAlt?.escapes ?? escapesIn(raw);
    for (let i = 0; i < escapes; i++) this.#give(toKey(rawKeyOf("esc")));
    // What it means depends on where those have led.
    if (withAlt !== null) this.key(withAlt.key);
    if (escapes > 0) return;
    const apart = escAndKey(raw);
    if (apart === null || this.#isMeant(key)) this.#give(key);
    else for (const one of apart) this.#give(toKey(one));
  }

  #give(key: Key): void {
    closeTour(this.app);
    if (key.name === "ctrl+c") this.#interrupt();
    else if (this.app.overlays.current !== null) this.app.overlays.current.key(key);
    else if (this.filter !== null) this.#filterKey(key, this.filter);
    // Keys that write or edit belong to a focused field before they mean anything else.
    else if (!this.app.pane().editor?.key(key)) this.#actionKey(key);
  }

  /** Whether a key is taken as it is: it may edit what is typed into, or is that of an action. */
  #isMeant({ name }: Key): boolean {
    const { overlays, actions } = this.app;
    const { current } = overlays;
    if (current !== null) return current.isTyped ?? current.paste !== undefined;
    const isTyped = this.filter !== null || this.app.pane().editor !== undefined;
    return isTyped || actionFor(actions, name, this.groups()) !== undefined;
  }

  paste(text: string): void {
    if (this.app.overlays.current !== null) this.app.overlays.current.paste?.(text);
    else if (this.filter === null) this.#pasteHere(text);
    else {
      this.filter.insert(text);
      setFilter(this.app, this.filter.text);
    }
  }

  /** Where the panel takes no text, into the field of its tab that does. */
  #pasteHere(text: string): void {
    const { pasteInto } = tabOf(this.app.state.tab).screen;
    if (this.app.pane().editor === undefined && pasteInto !== undefined) this.app.focus(pasteInto);
    this.app.pane().editor?.insert(text);
  }

  editFilter(): void {
    const { state } = this.app;
    this.filter = new LineEditor(this.app.pane().filter?.text ?? state.filter[tabOf(state.tab).list]);
  }

  #actionKey(key: Key): void {
    const groups = this.groups();
    // The keys of a replay are no others' on this tab: outside of one they say that there is none.
    const isTrain = this.app.state.tab === "train" && this.app.run !== null && !groups.includes("edit");
    const action: Action<AppContext> | undefined = actionFor(this.app.actions, key.name, isTrain ? [...groups, "replay"] : groups);
    if (action !== undefined) this.app.runAction(action.id);
    else this.#tellOfMoved(key.name);
  }

  /** Once of each key: who has learnt it elsewhere waits for it to do something, and who wrote the file knows. */
  #tellOfMoved(key: string): void {
    const was = actionFor(ACTIONS, key, this.groups());
    const why = was === undefined ? null : movedKey(was, this.app.actions, key);
    if (was === undefined || why === null || this.#toldMoved.has(key)) return;
    this.#toldMoved.add(key);
    refuse(this.app, was.title, why);
  }

  #filterKey(key: Key, filter: LineEditor): void {
    if (MOVES.has(key.name)) {
      this.#actionKey(key);
      return;
    }
    if (key.name === "esc") filter.text = "";
    else if (key.name !== "enter") filter.key(key);
    setFilter(this.app, filter.text);
    if (key.name === "esc" || key.name === "enter") this.filter = null;
  }

  /** Ends the long operation; the second time within two seconds, leaves, once more in spite of unsaved edits. */
  #interrupt(): void {
    const { app } = this;
    const isAgain = app.now - this.#interruptedAt < TWICE_MS;
    this.#interruptedAt = app.now;
    const insists = isAgain && this.#asked;
    this.#asked = isAgain;
    if (insists) app.leave(INTERRUPTED);
    if (isAgain) {
      leave(app, INTERRUPTED);
      return;
    }
    app.overlays.current = null;
    if (!app.chat.cancel()) app.notify("info", `ctrl+c again leaves${goesOn(app.run) ? "; the run goes on" : ""}`);
  }
}

function setFilter(app: AppContext, text: string): void {
  const { state } = app;
  const own = app.pane().filter;
  const { list } = tabOf(state.tab);
  if (own !== undefined) own.set(text);
  else if (state.filter[list] !== text) {
    state.selected[list] = 0;
    if (list === "log") state.logBottom = null;
    state.filter[list] = text;
  }
}
