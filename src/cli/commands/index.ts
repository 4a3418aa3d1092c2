/** Every command, in the order in which `--help` lists them. */
import type { Command } from "../command.ts";
import { ALERT_COMMANDS } from "./alerts.ts";
import { CHECKPOINT_COMMANDS } from "./checkpoints.ts";
import { EVAL_COMMANDS } from "./eval.ts";
import { MACHINE_COMMAND } from "./machine.ts";
import { PANEL_COMMANDS } from "./panels.ts";
import { PREFAB_COMMANDS } from "./prefabs.ts";
import { PRESET_COMMANDS } from "./presets.ts";
import { RUN_ALERT_COMMANDS } from "./run-alerts.ts";
import { RUN_CHART_COMMAND } from "./run-chart.ts";
import { RUN_DATA_COMMANDS } from "./run-data.ts";
import { RECORDS_COMMAND } from "./run-records.ts";
import { RUN_COMMANDS } from "./runs.ts";
import { SCREEN_COMMANDS } from "./screens.ts";
import { SECRET_COMMANDS } from "./secrets.ts";
import { SETUP_COMMANDS } from "./setup.ts";
import { TRAIN_COMMANDS } from "./train.ts";
import { TUI_COMMANDS } from "./tui.ts";
import { WORKSPACE_COMMANDS } from "./workspace.ts";

export const COMMANDS: readonly Command[] = [
  ...TUI_COMMANDS,
  ...TRAIN_COMMANDS,
  ...SETUP_COMMANDS,
  MACHINE_COMMAND,
  ...WORKSPACE_COMMANDS,
  ...PREFAB_COMMANDS,
  ...RUN_COMMANDS,
  ...RUN_DATA_COMMANDS,
  RECORDS_COMMAND,
  ...PANEL_COMMANDS,
  ...RUN_ALERT_COMMANDS,
  RUN_CHART_COMMAND,
  ...CHECKPOINT_COMMANDS,
  ...EVAL_COMMANDS,
  ...SCREEN_COMMANDS,
  ...SECRET_COMMANDS,
  ...PRESET_COMMANDS,
  ...ALERT_COMMANDS,
];
