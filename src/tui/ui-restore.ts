/** Puts back what was on the screen when the program was left or died, and has it taken down as it changes. */
import type { Result } from "../core/result.ts";
import { sentence } from "../core/result.ts";
import type { AppContext } from "./context.ts";
import type { UiMerge } from "./ui-merge.ts";
import type { UiState, UnsavedScreen } from "./ui-state.ts";

/** What needs no run: before the first frame. */
export function putBack(app: AppContext, kept: UiState): void {
  const { state } = app;
  const { focus, selected, filter, recent } = kept.state;
  merge(state.focus, focus);
  merge(state.selected, selected);
  merge(state.filter, filter);
  // Lines of another run would be hidden by it.
  state.filter.log = "";
  state.logTurned = kept.state.logTurned ?? false;
  state.recent = recent ?? [];
  state.toured = kept.toured;
  state.left = kept.left;
  const { axis = state.chart.axis, scale = state.chart.scale, smoothing = state.chart.smoothing, guides = state.chart.guides } = kept.chart;
  state.chart = { ...state.chart, axis, scale, smoothing, guides };
  app.screens.restore(apart(app, kept.screens));
  if (kept.screen !== null) app.screens.show(kept.screen);
  app.chat.editor.text = kept.prompt;
}

/** Of a screen that two windows have changed, the second one's changes are a screen of their own. */
function apart(app: AppContext, unsaved: readonly UnsavedScreen[]): UnsavedScreen[] {
  const taken = new Set(unsaved.map(({ spec }) => spec.name));
  // Asked only where that is needed: it reads the files, and of a broken one what is put back here is all that there is.
  const isTaken = (name: string): boolean => taken.has(name) || app.screens.list.some((screen) => screen.name === name);
  const seen = new Set<string>();
  return unsaved.map((screen) => {
    const { name, title } = screen.spec;
    if (!seen.has(name)) {
      seen.add(name);
      return screen;
    }
    let number = 2;
    while (isTaken(`${name}-${number}`)) number++;
    const spec = { ...screen.spec, name: `${name}-${number}`, title: `${title} (${number})` };
    taken.add(spec.name);
    app.notify("warn", `Two windows had changed ${title}: what the other one made of it is the screen ${spec.title}, in no file yet`);
    return { spec, kept: spec };
  });
}

/** How the run was looked at, once it is attached again; of another run nothing of it would be right. */
export function putBackView(app: AppContext, kept: UiState): void {
  if (app.run === null || app.run.id !== kept.run) return;
  const { state } = app;
  const { window, cursor } = kept.chart;
  state.chart = { ...state.chart, ...(window === undefined ? {} : { window }), ...(cursor === undefined ? {} : { cursor }) };
  state.stage = kept.state.stage ?? null;
  state.panelFilter = { ...kept.state.panelFilter };
  state.filter.log = kept.state.filter?.log ?? "";
  state.maximised = kept.state.maximised ?? false;
  app.touch();
}

/** Only what there is: a file of a later version may know more lists, and an older one fewer. */
function merge<T extends Record<string, unknown>>(into: T, from: T | undefined): void {
  for (const key of Object.keys(into) as Array<keyof T>) if (from?.[key] !== undefined) into[key] = from[key];
}

const EVERY_MS = 1000;
/** While keys come: a file takes as long as a frame. */
const TYPING_EVERY_MS = 5000;

/** Writes it when it has changed, at most once a second, or in five while keys come: a program that is killed loses no more. */
export class UiKeeper {
  #written = "";
  #lookedAt = Number.NEGATIVE_INFINITY;
  #told = false;

  constructor(
    private readonly take: () => Record<string, unknown>,
    private readonly save: (value: unknown) => Result<void>,
    private readonly tell: (problem: string) => void,
    /** Other windows of the home; absent = there are none. */
    private readonly others?: { merge: UiMerge; changed: () => Record<string, unknown> | null },
  ) {}

  poll(now: number, typing = false): void {
    if (now - this.#lookedAt < (typing ? TYPING_EVERY_MS : EVERY_MS)) return;
    this.#lookedAt = now;
    this.flush();
  }

  flush(): void {
    const value = this.take();
    const text = JSON.stringify(value);
    const changed = this.others?.changed() ?? null;
    const isPassedOver = changed !== null && this.others?.merge.lacks(changed, value) === true;
    if (text === this.#written && !isPassedOver) return;
    this.#written = text;
    const saved = this.save(this.others?.merge.merge(value, changed) ?? value);
    if (saved.ok || this.#told) return;
    this.#told = true;
    this.tell(`What is on the screen is not kept: ${sentence(saved.failure)}`);
  }
}
