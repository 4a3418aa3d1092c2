/** Going from screen to screen, and making them: every change is seen at once, kept until it is saved, and can be undone. */
import { basename } from "node:path";
import type { Action } from "../core/action.ts";
import { sentence } from "../core/result.ts";
import { shellWord } from "../lib/shell-word.ts";
import { duplicatePanel, removePanel } from "../screens/edit.ts";
import type { AppContext } from "./context.ts";
import { chooseInstead, chooseToAdd, directional, fixedFlow, onPanel, openForm, whyNoPanel, whyNotFixFlow } from "./panel-edits.ts";
import { beginScreen, CHANGES, remove, reset, retitle, saveAs, saveOwn, whyNotDelete } from "./screen-files.ts";
import type { BrokenFile } from "./screen-services.ts";
import { aboutFile } from "./screen-session.ts";

type AppAction = Action<AppContext>;

const whyNoRun = (app: AppContext): string | null => (app.run === null ? "there is no run to look at" : null);

// --- which screen

/** Those whose file is broken last: whoever looks for his own finds out why it is not there. */
function chooseScreen(app: AppContext): void {
  app.overlays.choose("screens", [
    ...app.screens.list.map(({ name, title }) => ({
      title,
      detail: [name, ...marksOf(app, name)].join(" · "),
      choose: () => app.showScreen(name),
    })),
    ...app.screens.broken.map((one) => ({
      title: one.name,
      alias: basename(one.file),
      detail: `broken: ${one.why}`,
      choose: () => tellBroken(app, one),
    })),
  ]);
}

const marksOf = ({ screens }: AppContext, name: string): string[] => [
  ...(screens.fileOf(name)?.overOurs === true ? ["replaces the shipped one"] : []),
  ...(screens.isChanged(name) ? ["unsaved changes"] : []),
  ...(name === screens.name ? ["shown"] : []),
];

function tellBroken(app: AppContext, { name, file, why }: BrokenFile): void {
  const remedy = `Mend it there; \`nanochat-cli screens validate ${shellWord(file)}\` tells every mistake`;
  app.notify("warn", sentence({ code: "corrupt", what: `${file} cannot be used`, why, remedy }), aboutFile(name));
}

const numbered: AppAction[] = Array.from({ length: 9 }, (_, index) => ({
  id: `screen.${index + 1}`,
  title: `Screen ${index + 1}`,
  keys: [`alt+${index + 1}`],
  group: "screen" as const,
  disabled: (app) => (app.screens.list[index] === undefined ? `there are ${app.screens.list.length} screens` : null),
  run: (app) => app.showScreen(app.screens.list[index]?.name ?? app.screens.name),
}));

// --- editing

function startEditing(app: AppContext): void {
  app.state.maximised = false;
  app.screens.edit(true);
  if (app.readOnly) app.notify("info", FOR_NOW, CHANGES);
  app.touch();
}

/** Said when it begins: who is told at the end has worked for nothing. */
const FOR_NOW = "This window is read-only: what you change of the screen is for this window only, and cannot be saved";

function createScreen(app: AppContext): void {
  beginScreen(app);
  startEditing(app);
}

function stopEditing(app: AppContext): void {
  app.screens.edit(false);
  if (app.screens.isChanged() && !app.readOnly)
    app.notify("info", `${app.screens.spec.title} has unsaved changes: ${app.keyOf("screen.save")} keeps them in a file`, CHANGES);
  app.touch();
}

const whyUnchanged = (app: AppContext): string | null => (app.screens.isChanged() ? null : "nothing has been changed");

const travel = (app: AppContext, way: "undo" | "redo"): void => {
  app.screens[way]();
  app.touch();
};

export const screenActions: readonly AppAction[] = [
  {
    id: "screen.next",
    title: "Next screen",
    keys: ["]"],
    group: "screen",
    footer: 33,
    disabled: whyNoRun,
    run: (app) => stepScreen(app, 1),
  },
  {
    id: "screen.previous",
    title: "Previous screen",
    keys: ["["],
    group: "screen",
    footer: 54,
    disabled: whyNoRun,
    run: (app) => stepScreen(app, -1),
  },
  { id: "screen.choose", title: "Choose a screen", keys: ["w"], group: "screen", disabled: whyNoRun, run: chooseScreen },
  ...numbered,
  {
    id: "screen.save",
    title: "Save the screen",
    keys: ["ctrl+s"],
    group: "screen",
    footer: 12,
    rare: true,
    disabled: whyUnchanged,
    run: saveOwn,
  },
  { id: "screen.edit", title: "Edit screen", keys: ["e"], group: "screen", footer: 31, disabled: whyNoRun, run: startEditing },
  { id: "screen.new", title: "New empty screen", keys: ["N"], group: "screen", disabled: whyNoRun, run: createScreen },
  { id: "edit.add", title: "Add", keys: ["a"], group: "edit", footer: 10, disabled: () => null, run: chooseToAdd("after") },
  {
    id: "edit.add-beside",
    title: "Add beside",
    keys: ["A"],
    group: "edit",
    footer: 15,
    disabled: whyNoPanel,
    run: chooseToAdd("beside"),
  },
  {
    id: "edit.add-below",
    title: "Add below",
    keys: ["b"],
    group: "edit",
    footer: 16,
    disabled: whyNoPanel,
    run: chooseToAdd("below"),
  },
  { id: "edit.options", title: "Options", keys: ["enter"], group: "edit", footer: 13, disabled: whyNoPanel, run: openForm },
  { id: "edit.instead", title: "Other panel", keys: ["i"], group: "edit", footer: 20, disabled: whyNoPanel, run: chooseInstead },
  {
    id: "edit.duplicate",
    title: "Duplicate",
    keys: ["d"],
    group: "edit",
    footer: 19,
    disabled: whyNoPanel,
    run: onPanel((app, path) => duplicatePanel(app.screens.spec.layout, path)),
  },
  {
    id: "edit.remove",
    title: "Remove",
    keys: ["delete", "backspace"],
    group: "edit",
    footer: 12.3,
    disabled: whyNoPanel,
    run: onPanel((app, path) => removePanel(app.screens.spec.layout, path)),
  },
  {
    id: "edit.fix-flow",
    title: "Make resizable",
    keys: ["F"],
    group: "edit",
    // Only where it is what a panel cannot be resized without.
    footer: 12.5,
    rare: true,
    disabled: whyNotFixFlow,
    run: onPanel(fixedFlow),
  },
  ...directional,
  {
    id: "edit.undo",
    title: "Undo",
    keys: ["u"],
    group: "edit",
    footer: 12.2,
    disabled: (app) => (app.screens.canUndo ? null : "there is nothing to undo"),
    run: (app) => travel(app, "undo"),
  },
  {
    id: "edit.redo",
    title: "Do again",
    keys: ["ctrl+r"],
    group: "edit",
    footer: 22,
    disabled: (app) => (app.screens.canRedo ? null : "there is nothing to do again"),
    run: (app) => travel(app, "redo"),
  },
  {
    id: "edit.save",
    title: "Save the screen",
    keys: ["ctrl+s"],
    group: "edit",
    footer: 12,
    hint: { title: "save" },
    disabled: whyUnchanged,
    run: saveOwn,
  },
  {
    id: "edit.save-as",
    title: "Save the screen as…",
    keys: ["s"],
    group: "edit",
    footer: 17,
    hint: { title: "save as…" },
    disabled: () => null,
    run: saveAs,
  },
  { id: "edit.title", title: "Title…", keys: ["t"], group: "edit", footer: 21, disabled: () => null, run: retitle },
  {
    id: "edit.new",
    title: "New empty screen",
    keys: ["N"],
    group: "edit",
    footer: 16,
    hint: { title: "empty screen" },
    disabled: () => null,
    run: createScreen,
  },
  {
    id: "edit.reset",
    title: "Give up changes…",
    keys: ["R"],
    group: "edit",
    footer: 22,
    disabled: whyUnchanged,
    run: reset,
  },
  { id: "edit.delete", title: "Delete the screen…", keys: ["D"], group: "edit", footer: 24, disabled: whyNotDelete, run: remove },
  { id: "edit.next", title: "Next screen", keys: ["]"], group: "edit", disabled: () => null, run: (app) => stepScreen(app, 1) },
  { id: "edit.previous", title: "Previous screen", keys: ["["], group: "edit", disabled: () => null, run: (app) => stepScreen(app, -1) },
  { id: "edit.done", title: "Done", keys: ["esc", "e"], group: "edit", footer: 90, disabled: () => null, run: stopEditing },
];

function stepScreen(app: AppContext, by: 1 | -1): void {
  app.screens.step(by);
  app.touch();
}
