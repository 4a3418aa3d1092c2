/** THE table of panels: what a screen can be made of. */
import { aboutKind } from "./about.ts";
import { alertsKind } from "./alert-list.ts";
import { bigKind } from "./big.ts";
import { chartKind } from "./chart.ts";
import { checkpointsKind } from "./checkpoints.ts";
import { diffKind } from "./diff.ts";
import { eventsKind } from "./events.ts";
import { gpusKind } from "./gpus.ts";
import { gridKind } from "./grid.ts";
import { heatKind } from "./heat.ts";
import { hostKind } from "./host.ts";
import type { PanelKind } from "./kind.ts";
import { logKind } from "./log.ts";
import { lossKind } from "./loss.ts";
import { metricsKind } from "./metrics.ts";
import { noteKind } from "./note.ts";
import { picturesKind } from "./pictures.ts";
import { processesKind } from "./processes.ts";
import { progressKind } from "./progress.ts";
import { quantilesKind } from "./quantiles.ts";
import { recordsKind } from "./records.ts";
import { runsKind } from "./runs.ts";
import { samplesKind } from "./samples.ts";
import { throughputKind } from "./throughput.ts";
import { timersKind } from "./timers.ts";
import { validationKind } from "./validation.ts";

/** In the order of the list from which one is added. */
export const PANELS: readonly PanelKind[] = [
  progressKind,
  lossKind,
  validationKind,
  throughputKind,
  timersKind,
  chartKind,
  gridKind,
  quantilesKind,
  heatKind,
  samplesKind,
  picturesKind,
  gpusKind,
  hostKind,
  processesKind,
  alertsKind,
  eventsKind,
  checkpointsKind,
  logKind,
  metricsKind,
  recordsKind,
  runsKind,
  diffKind,
  aboutKind,
  noteKind,
  bigKind,
];

const byKind = new Map(PANELS.map((panel) => [panel.kind, panel]));

export const findPanel = (kind: string): PanelKind | undefined => byKind.get(kind);
