/** The exact processes of a stage, as launch.py is told to start them (`command.json`, docs/run-directory.md). */
import { join } from "node:path";
import type { Plan, PlannedStage } from "../core/plan.ts";
import { RUN_FORMAT } from "../core/run.ts";
import { BRIDGE_DIR } from "../lib/self.ts";

export interface CommandDocument {
  version: number;
  cwd: string;
  argv: string[];
  env: Record<string, string>;
  ranks: number;
  launcher: PlannedStage["launcher"];
}

/** `bridgeFolder` is the stage's own `bridge/`, where events are written and commands are read. */
export function stageCommand(plan: Plan, stage: PlannedStage, bridgeFolder: string): CommandDocument {
  return {
    version: RUN_FORMAT,
    cwd: plan.workspace.dir,
    argv: [...plan.python, ...torchrun(stage), ...moduleOf(stage), ...stage.args],
    env: {
      ...plan.env,
      NANOCHAT_BASE_DIR: plan.baseDir,
      NANOCHAT_BRIDGE_DIR: bridgeFolder,
      // A pipe or file makes Python hold back its lines, and stderr would overtake them.
      PYTHONUNBUFFERED: "1",
      PYTHONPATH: pythonPath(plan.env["PYTHONPATH"] ?? process.env["PYTHONPATH"]),
    },
    ranks: stage.ranks,
    launcher: stage.launcher,
  };
}

/** How this stage's `launch.py` is started. It needs nothing but a Python, so the trainer's own does. */
export const launcherCommand = (plan: Plan, stageDir: string): string[] => [
  ...plan.python,
  join(BRIDGE_DIR, "nanochat_bridge", "launch.py"),
  stageDir,
];

const torchrun = (stage: PlannedStage): string[] =>
  stage.launcher === "torchrun" ? ["-m", "torch.distributed.run", "--standalone", `--nproc_per_node=${stage.ranks}`] : [];

const moduleOf = (stage: PlannedStage): string[] =>
  stage.bridged ? ["-m", "nanochat_bridge", "train", stage.script] : ["-m", stage.script];

const pythonPath = (before: string | undefined): string => (before ? `${BRIDGE_DIR}:${before}` : BRIDGE_DIR);
