/** Going from panel to panel, and narrowing what one of them shows. */
import type { Action } from "../core/action.ts";
import { leaves } from "../screens/tree.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./notices.ts";
import { tabOf } from "./tabs.ts";

const always = (): null => null;

function step(app: AppContext, by: 1 | -1): void {
  const here = app.pane().id;
  const { screen } = tabOf(app.state.tab);
  const order = app.order().filter((id) => id === here || screen.pane(app, id).isPassedBy !== true);
  app.focus(order[(order.indexOf(here) + by + order.length) % order.length] ?? here);
}

/** Where it is another panel that is narrowed, its name as well; nothing where there is none. */
function filterHint(app: AppContext): string | null {
  const { filter, id } = app.pane();
  const { list } = tabOf(app.state.tab);
  if (filter !== undefined || id === list) return "filter";
  return app.placed().some(({ slot }) => slot.includes(list)) ? `filter ${list}` : null;
}

/** Nothing where there is no other: of one that is maximised the others lie behind. */
function nextPanelHint(app: AppContext): string | null {
  return app.state.maximised || app.placed().flatMap(({ slot }) => slot).length > 1 ? "next panel" : null;
}

/** Of the focused panel where it has a filter of its own, else of the list of the tab. */
function startFilter(app: AppContext): void {
  if (app.pane().filter !== undefined) {
    app.editFilter();
    return;
  }
  const { list } = tabOf(app.state.tab);
  if (!app.order().includes(list) && !goToLog(app)) {
    refuse(app, "Filter", `this screen has no ${list} panel`);
    return;
  }
  app.focus(list);
  app.editFilter();
}

/** What is typed after the key is meant for a field: where none opened, its letters would steer the run. */
function goToLog(app: AppContext): boolean {
  const { screens } = app;
  if (app.state.tab !== "train" || app.run === null || screens.editing) return false;
  const withLog = screens.list.filter(({ layout }) => leaves(layout).some(({ id }) => id === "log"));
  const found = withLog.find(({ name }) => name === "logs") ?? withLog[0];
  if (found === undefined) return false;
  const from = screens.spec.title;
  app.showScreen(found.name);
  app.notify("info", `${from} has nothing to filter: this is the log on the screen ${found.title}`, "what is filtered");
  return true;
}

export const focusActions: ReadonlyArray<Action<AppContext>> = [
  {
    id: "focus.next",
    title: "Next panel",
    keys: ["tab"],
    group: "global",
    disabled: always,
    run: (app) => step(app, 1),
    footer: 80,
    hint: { title: nextPanelHint },
  },
  { id: "focus.previous", title: "Previous panel", keys: ["shift+tab"], group: "global", disabled: always, run: (app) => step(app, -1) },
  {
    id: "filter",
    title: "Filter",
    keys: ["/"],
    group: "global",
    disabled: always,
    run: startFilter,
    footer: 33,
    hint: { title: filterHint },
  },
];
