/** Everything that the user has set or chosen; data of runs is not in here. */
import type { ChartOptions } from "../panels/series.ts";
import type { TabId } from "./app.ts";

/** Lists that have a selection and a filter. */
export type ListId = "runs" | "config" | "models";

export interface AppState {
  tab: TabId;
  /** The panel that has the focus, on each tab. */
  focus: Record<TabId, string>;
  /** The focused panel takes the whole body. */
  maximised: boolean;
  /** The stage that is looked at; null = the one that runs. */
  stage: number | null;
  chart: ChartOptions;
  log: { filter: string; bottom: number | null };
  selected: Record<ListId, number>;
  filter: Record<ListId, string>;
  /** Rows that a panel of text is scrolled by, by panel. */
  scroll: Record<string, number>;
}

export const initialState = (tab: TabId): AppState => ({
  tab,
  focus: { train: "loss", runs: "runs", config: "config", chat: "prompt" },
  maximised: false,
  stage: null,
  chart: { axis: "step", scale: "linear", smoothing: "script", zoom: 0 },
  log: { filter: "", bottom: null },
  selected: { runs: 0, config: 0, models: 0 },
  filter: { runs: "", config: "", models: "" },
  scroll: {},
});
