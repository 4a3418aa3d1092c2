/** THE table of tabs: their order gives the numbers, and each says what its keys reach and what `/` narrows. */
import type { TabId } from "./app.ts";
import type { AppContext } from "./context.ts";
import type { Group, Screen } from "./pane.ts";
import { checkpointsScreen } from "./screens/checkpoints.ts";
import { configScreen } from "./screens/config.ts";
import { evalScreen } from "./screens/eval.ts";
import { runsScreen } from "./screens/runs.ts";
import { setupScreen } from "./screens/setup.ts";
import { trainScreen } from "./screens/train.ts";
import type { ListId } from "./state.ts";

export interface Tab {
  id: TabId;
  title: string;
  screen: Screen;
  /** Groups of actions besides those of the focused panel. */
  groups: readonly Group[];
  /** The list, and panel of the same name, that `/` narrows. */
  list: ListId;
}

export const TABS: readonly Tab[] = [
  { id: "setup", title: "Setup", screen: setupScreen, groups: ["setup"], list: "checks" },
  { id: "config", title: "Config", screen: configScreen, groups: ["config"], list: "config" },
  { id: "checkpoints", title: "Checkpoints", screen: checkpointsScreen, groups: ["checkpoints"], list: "checkpoints" },
  { id: "train", title: "Train", screen: trainScreen, groups: ["train", "chart", "screen", "stage", "log"], list: "log" },
  { id: "eval", title: "Eval", screen: evalScreen, groups: ["eval"], list: "models" },
  { id: "runs", title: "Runs", screen: runsScreen, groups: ["runs"], list: "runs" },
];

export const tabOf = (id: TabId): Tab => TABS.find((tab) => tab.id === id)!;

/** What the focused panel is called. */
export function focusName(app: AppContext): string {
  const { id } = app.pane();
  return tabOf(app.state.tab).screen.nameOf?.(app, id) ?? id;
}
