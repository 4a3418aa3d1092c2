/** THE table of what one can do: footer, help, palette and keys are all made from it. */
import type { Action } from "../core/action.ts";
import { counted } from "../lib/format.ts";
import { sceneTsv } from "../panels/plot-table.ts";
import { wordsOfAction } from "./action-words.ts";
import { alertActions } from "./alert-actions.ts";
import { back, layerWords, maximiseHint } from "./back.ts";
import { chartActions } from "./chart-actions.ts";
import { sceneForTable } from "./chart-export.ts";
import { whyOutOfScope } from "./chart-scope.ts";
import { picture } from "./chart-view.ts";
import { checkpointActions } from "./checkpoint-actions.ts";
import { configActions } from "./config-actions.ts";
import type { AppContext } from "./context.ts";
import { evalActions } from "./eval-actions.ts";
import { focusActions } from "./focus-actions.ts";
import { leave } from "./leaving.ts";
import { answered, refuse } from "./notices.ts";
import { replayActions } from "./replay-actions.ts";
import { runActions } from "./run-actions.ts";
import { runCareActions } from "./run-care-actions.ts";
import { screenActions } from "./screen-actions.ts";
import { setupActions } from "./setup-actions.ts";
import { focusName, TABS } from "./tabs.ts";
import { NO_CLIPBOARD } from "./text-selection.ts";

type AppAction = Action<AppContext>;

const always = (): null => null;

const tabActions: AppAction[] = TABS.map(({ id, title }, index) => ({
  id: `tab.${id}`,
  title: `Go to ${title}`,
  keys: [String(index + 1), `alt+${index + 1}`],
  group: "global",
  disabled: always,
  run: (app) => app.setTab(id),
}));

const globalActions: AppAction[] = [
  ...focusActions,
  {
    id: "palette",
    title: "Palette",
    keys: [":", "ctrl+p"],
    group: "global",
    disabled: always,
    run: (app) => app.overlays.palette(),
    footer: 90,
  },
  { id: "help", title: "Help", keys: ["?", "f1"], group: "global", disabled: always, run: (app) => app.overlays.help(), footer: 91 },
  { id: "jump", title: "Jump…", keys: ["'", "ctrl+g", "f2"], group: "global", disabled: always, run: (app) => app.overlays.jump() },
  { id: "leave", title: "Leave", keys: ["q", "ctrl+q"], group: "global", disabled: always, run: (app) => leave(app, 0), footer: 92 },
  {
    id: "back",
    title: "One layer out",
    keys: ["esc"],
    group: "global",
    disabled: always,
    run: back,
    footer: 8,
    hint: { title: layerWords },
  },
  {
    id: "maximise",
    title: "Maximise",
    keys: ["z"],
    group: "global",
    disabled: always,
    run: maximise,
    footer: 30,
    hint: { title: maximiseHint },
  },
  {
    id: "tour",
    title: "Show the tour",
    keys: [],
    group: "global",
    disabled: always,
    run: (app) => {
      app.state.tour = true;
      app.touch();
    },
  },
  { id: "notices", title: "Notices", keys: ["n"], group: "global", disabled: always, run: (app) => app.overlays.notices() },
  { id: "theme", title: "Next theme", keys: ["t"], group: "global", disabled: always, run: (app) => app.theme.next() },
  { id: "theme.choose", title: "Choose a theme", keys: [], group: "global", disabled: always, run: chooseTheme },
  { id: "copy", title: "Copy this panel", keys: ["y"], group: "global", disabled: always, run: copy },
  { id: "redraw", title: "Redraw", keys: ["ctrl+l"], group: "global", disabled: always, run: (app) => app.redraw() },
  { id: "suspend", title: "Suspend", keys: ["ctrl+z"], group: "global", disabled: always, run: (app) => app.suspend() },
];

function chooseTheme(app: AppContext): void {
  app.overlays.choose(
    "theme",
    app.theme.all().all.map(({ name, title }) => ({
      title: name,
      detail: name === app.theme.name ? `${title} · shown` : title,
      choose: () => app.theme.use(name),
    })),
  );
}

function maximise(app: AppContext): void {
  app.state.maximised = !app.state.maximised;
  app.touch();
}

/** Of a chart its numbers, of a conversation the last reply, else what stands there. */
function copied(app: AppContext): string {
  const { id } = app.pane();
  if (id === "transcript") return app.chat.lastReply() ?? app.paneText();
  const scene = picture(app.scene(id)) === undefined ? null : sceneForTable(app);
  return (scene === null ? null : sceneTsv(scene)) ?? app.paneText();
}

/** What ends a text begins no line. */
const linesIn = (text: string): number => text.replace(/\n$/, "").split("\n").length;

function copy(app: AppContext): void {
  const text = copied(app);
  const sent = app.copy(text);
  app.notify(sent ? "info" : "warn", sent ? `Copied ${focusName(app)}: ${counted(linesIn(text), "line")}` : NO_CLIPBOARD, "copied");
}

const noRun = (app: AppContext): string | null => (app.run === null ? "there is no run to look at" : null);

const move =
  (by: (rows: number) => number) =>
  (app: AppContext): void => {
    const rows = app.paneRows();
    app.pane().move?.(by(rows), rows);
    app.touch();
  };
const immovable = (app: AppContext): string | null => (app.pane().move === undefined ? "this panel shows all it has" : null);

const FAR = 1_000_000_000;

const listActions: AppAction[] = [
  { id: "move.up", title: "Up", keys: ["up", "k"], group: "list", disabled: immovable, run: move(() => -1) },
  { id: "move.down", title: "Down", keys: ["down", "j"], group: "list", disabled: immovable, run: move(() => 1) },
  { id: "move.page-up", title: "Page up", keys: ["pageup"], group: "list", disabled: immovable, run: move((rows) => -rows) },
  { id: "move.page-down", title: "Page down", keys: ["pagedown"], group: "list", disabled: immovable, run: move((rows) => rows) },
  { id: "move.first", title: "To the beginning", keys: ["home"], group: "list", disabled: immovable, run: move(() => -FAR) },
  { id: "move.last", title: "To the end", keys: ["end"], group: "list", disabled: immovable, run: move(() => FAR) },
];

/** Why the log is not followed though it is scrolled nowhere; null = it is. */
function atCursor(app: AppContext): string | null {
  const { cursor } = app.state.chart;
  const goes = app.placed().some(({ pane: { shows } }) => shows?.kind === "log" && shows.options?.["jump"] !== false);
  return cursor === null || !goes ? null : `the log stands at the cursor: ${app.keyOf("back")} takes that away`;
}

const logActions: AppAction[] = [
  {
    id: "log.follow",
    title: "Follow",
    keys: ["f"],
    group: "log",
    footer: 13,
    disabled: (app) =>
      noRun(app) ?? whyOutOfScope(app, "log") ?? (app.state.logBottom !== null ? null : (atCursor(app) ?? "the log is followed already")),
    run: (app) => {
      app.state.logBottom = null;
      const held = atCursor(app);
      if (held !== null) app.notify("info", `Follow: ${held}`);
      app.touch();
    },
  },
  {
    id: "log.wrap",
    title: "Wrap long lines",
    keys: ["W"],
    group: "log",
    footer: 13,
    rare: true,
    disabled: (app) =>
      noRun(app) ?? (app.pane().groups.includes("log") ? null : `the log has not the focus: ${app.keyOf("focus.next")} goes to it`),
    run: (app) => {
      app.state.logTurned = !app.state.logTurned;
      app.touch();
    },
  },
];

/** In the order of help and palette, with the keys that they have unless a keymap file says otherwise. */
export const ACTIONS: readonly AppAction[] = [
  ...runActions,
  ...runCareActions,
  ...replayActions,
  ...screenActions,
  ...alertActions,
  ...chartActions,
  ...logActions,
  ...setupActions,
  ...configActions,
  ...checkpointActions,
  ...evalActions,
  ...listActions,
  ...tabActions,
  ...globalActions,
].map((action) => ({ ...action, words: wordsOfAction(action.id) }));

/** Of each list of actions, those of a key: asked for by every hint of every frame. */
const byKey = new WeakMap<readonly AppAction[], ReadonlyMap<string, readonly AppAction[]>>();

function actionsByKey(actions: readonly AppAction[]): ReadonlyMap<string, readonly AppAction[]> {
  const known = byKey.get(actions);
  if (known !== undefined) return known;
  const found = new Map<string, AppAction[]>();
  for (const action of actions) for (const key of action.keys) found.set(key, [...(found.get(key) ?? []), action]);
  byKey.set(actions, found);
  return found;
}

/** The action that a key means, in the first of the groups that has one. */
export function actionFor(actions: readonly AppAction[], key: string, groups: readonly AppAction["group"][]): AppAction | undefined {
  const all = actionsByKey(actions).get(key) ?? [];
  for (const group of groups) {
    const found = all.find((action) => action.group === group);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The keys of an action that do it where `groups` are reached. Of two actions on one key the nearer one gets it, and while a
 * text is typed letters do none.
 */
export const keysHere = (
  actions: readonly AppAction[],
  action: AppAction,
  groups: readonly AppAction["group"][],
  typing: boolean,
): readonly string[] => action.keys.filter((key) => (!typing || key.length > 1) && actionFor(actions, key, groups) === action);

/** Does what an action says, or tells why not; what goes on after that, or null. */
export function runAction(app: AppContext, id: string): Promise<void> | null {
  const action = app.actions.find((one) => one.id === id);
  if (action === undefined) return null;
  const reason = action.disabled(app);
  if (reason === null) {
    answered(app);
    return action.run(app) ?? null;
  }
  refuse(app, action.title, reason);
  return null;
}
