/** The sources of a stage. */
import { parseEventLine } from "../bridge/protocol.ts";
import type { Source } from "../core/journal.ts";
import type { Plan, PlannedStage } from "../core/plan.ts";
import type { StagePaths } from "../lib/run-dir.ts";
import { BridgeEventsSource } from "../sources/bridge-events/source.ts";
import { CatchUp } from "../sources/catch-up.ts";
import { HostSource } from "../sources/host/source.ts";
import { ProcessLogSource } from "../sources/process-log/source.ts";

/**
 * What tells of a stage by its files. Under the bridge its events are the record and the log is only read along;
 * without it the log is all there is.
 */
export function fileSources(index: number, stage: PlannedStage, paths: StagePaths): Source[] {
  // torchrun is one process to launch.py, so all its ranks share one pair of files.
  const logs = stage.launcher === "plain" ? stage.ranks : 1;
  if (!stage.bridged) return [new ProcessLogSource({ stage: index, dir: paths.dir, ranks: logs, metricsFromLog: true })];
  const catchUp = new CatchUp();
  return [
    new BridgeEventsSource({ stage: index, dir: paths.bridge, ranks: stage.ranks, parse: parseEventLine, catchUp }),
    new ProcessLogSource({ stage: index, dir: paths.dir, ranks: logs, metricsFromLog: false, catchUp }),
  ];
}

/** What is measured while a stage runs. `trainerPid` is launch.py, whose tree is the trainer; null while it is not known. */
export const hostSource = (plan: Plan, trainerPid: () => number | null): Source => new HostSource({ baseDir: plan.baseDir, trainerPid });
