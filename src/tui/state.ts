/** Everything that the user has set or chosen; data of runs is not in here. */
import { type ChartView, INITIAL_CHART } from "../panels/view.ts";
import type { TabId } from "./app.ts";
import type { Anchor } from "./selection.ts";
import type { TextSelection } from "./text-selection.ts";

/** Lists that have a selection and a filter. */
export type ListId = "checks" | "ledger" | "sections" | "config" | "checkpoints" | "log" | "models" | "presets" | "runs";

const lists = <T>(value: T): Record<ListId, T> => ({
  checks: value,
  ledger: value,
  sections: value,
  config: value,
  checkpoints: value,
  log: value,
  models: value,
  presets: value,
  runs: value,
});

export interface AppState {
  tab: TabId;
  /** The panel that has the focus, on each tab. */
  focus: Record<TabId, string>;
  /** The focused panel takes the whole body. */
  maximised: boolean;
  /** The stage that is looked at; null = the one that runs. */
  stage: number | null;
  chart: ChartView;
  /** The last line that the log shows, by its number; null = the newest. */
  logBottom: number | null;
  /** Its long lines are shown the other way than its option says. */
  logTurned: boolean;
  selected: Record<ListId, number>;
  /** What stood there (selection.ts). */
  anchor: Partial<Record<ListId, Anchor>>;
  filter: Record<ListId, string>;
  /** What panels of a screen are filtered by: by screen and panel. */
  panelFilter: Record<string, string>;
  /** Rows that a panel of text is scrolled by, by panel. */
  scroll: Record<string, number>;
  /** The list of the Setup tab whose selection the evidence is of. */
  evidenceOf: "checks" | "ledger";
  /** Text that is being chosen with the mouse. */
  textSelection: TextSelection | null;
  /** The last click at a row of a list that picked one: a second one there is what enter is. */
  picked: { pane: string; y: number; at: number } | null;
  /** What was taken from the palette last, the newest first. */
  recent: string[];
  /** Tabs that have something new for who has not been there since. */
  news: Set<TabId>;
  /** The tour is on the screen; it has been, now or at another time. */
  tour: boolean;
  toured: boolean;
  /** Marks of what was in no file when one was asked about it and left (leaving.ts). */
  left: readonly string[];
}

export const initialState = (tab: TabId): AppState => ({
  tab,
  focus: { setup: "ledger", config: "config", checkpoints: "checkpoints", train: "", eval: "prompt", runs: "runs" },
  maximised: false,
  stage: null,
  chart: INITIAL_CHART,
  logBottom: null,
  logTurned: false,
  selected: lists(0),
  anchor: {},
  filter: lists(""),
  panelFilter: {},
  scroll: {},
  evidenceOf: "ledger",
  textSelection: null,
  picked: null,
  recent: [],
  news: new Set(),
  tour: false,
  toured: false,
  left: [],
});
