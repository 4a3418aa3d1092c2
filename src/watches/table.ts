/** THE table of built-in watches: alerts.yaml, the command line and the documents are made from it. */
import type { WatchDefinition } from "./contract.ts";
import { disk } from "./disk.ts";
import { divergence } from "./divergence.ts";
import { failed } from "./failed.ts";
import { gpuIdle, gpuMemory, gpuTemperature } from "./gpus.ts";
import { logErrors } from "./log-errors.ts";
import { nonFinite } from "./non-finite.ts";
import { plateau } from "./plateau.ts";
import { saveFailed } from "./save-failed.ts";
import { spike } from "./spike.ts";
import { stalled } from "./stalled.ts";
import { throughput } from "./throughput.ts";
import { validation } from "./validation.ts";

export const WATCHES: readonly WatchDefinition[] = [
  nonFinite,
  spike,
  divergence,
  validation,
  plateau,
  throughput,
  stalled,
  gpuIdle,
  gpuMemory,
  gpuTemperature,
  disk,
  saveFailed,
  logErrors,
  failed,
];
