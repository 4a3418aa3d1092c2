/** What the help lists, in which order: first what the focused panel can do, then its tab, then everywhere, then elsewhere. */
import type { Action } from "../core/action.ts";
import { MARKS, type MarkSign } from "../panels/plot-marks.ts";
import { keysHere } from "./actions.ts";
import { NEWS } from "./chrome.ts";
import type { AppContext } from "./context.ts";
import type { Group } from "./pane.ts";

type AppAction = Action<AppContext>;

/** Groups as they are called in the help, in the order of a table of all. */
export const GROUP_TITLES: ReadonlyArray<readonly [group: Group, title: string]> = [
  ["setup", "Setup"],
  ["ledger", "Stages on disk"],
  ["checks", "Checks"],
  ["config", "Config"],
  ["form", "A parameter"],
  ["checkpoints", "Checkpoints"],
  ["train", "Train"],
  ["replay", "Replay"],
  ["chart", "Charts"],
  ["log", "Log"],
  ["stage", "Stages of the run"],
  ["screen", "Screens"],
  ["edit", "Editing a screen"],
  ["eval", "Eval"],
  ["models", "Models to talk to"],
  ["presets", "Presets"],
  ["runs", "Runs"],
  ["list", "Lists and long text"],
  ["global", "Everywhere"],
];

export interface HelpSection {
  title: string;
  /** Its keys do something else here, or nothing. */
  elsewhere: boolean;
  entries: ReadonlyArray<{ action: AppAction; keys: readonly string[] } | MarkSign>;
}

/** Of a chart that has the focus: nothing else tells what is drawn on its axis. */
const MARK_SECTION: HelpSection = { title: "Marks on the axis", elsewhere: false, entries: Object.values(MARKS) };

/** What a tab in the first row may have behind its name. */
const TAB_SECTION: HelpSection = {
  title: "Marks on tabs",
  elsewhere: false,
  entries: [{ glyph: NEWS, tone: "good", means: "new there: a checkpoint" }],
};

/** All sections, those of `near` first in its order; `keysOf`: the keys that are told of an action. */
export function helpSections(
  actions: readonly AppAction[],
  near: readonly Group[],
  keysOf: (action: AppAction) => readonly string[] = ({ keys }) => keys,
): HelpSection[] {
  const nearest = [...new Set(near)];
  const others = GROUP_TITLES.map(([group]) => group).filter((group) => !nearest.includes(group));
  return [...nearest, ...others].flatMap((group) => {
    const elsewhere = !nearest.includes(group);
    const entries = actions
      .filter((action) => action.group === group)
      .map((action) => ({ action, keys: elsewhere ? action.keys : keysOf(action) }));
    const signs = group === "chart" && group === nearest[0] ? [MARK_SECTION] : [];
    return entries.length === 0 ? [] : [{ title: titleOf(group), elsewhere, entries }, ...signs];
  });
}

/** The sections of where one is, with the keys that work there. */
export function helpHere(app: Pick<AppContext, "actions" | "groups" | "pane" | "state">): HelpSection[] {
  const near = app.groups();
  const typing = app.pane().editor !== undefined;
  const sections = helpSections(app.actions, near, (action) => keysHere(app.actions, action, near, typing));
  // Explained while there is one.
  const own = sections.filter(({ elsewhere }) => !elsewhere);
  return app.state.news.size === 0 ? sections : [...own, TAB_SECTION, ...sections.slice(own.length)];
}

const titleOf = (group: Group): string => GROUP_TITLES.find(([id]) => id === group)?.[1] ?? group;
