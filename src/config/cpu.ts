/** What keeps the trainers of a version from running without CUDA: one table, so that the doctor and a refused plan use the same words. */
import type { MachineFacts } from "../core/machine.ts";

type Features = Readonly<Record<string, string | number | boolean | null>>;

export interface DeviceObstacle {
  id: string;
  /** One sentence without its full stop. */
  message: string;
  remedy: string;
}

interface Row extends DeviceObstacle {
  devices: ReadonlyArray<MachineFacts["device"]>;
  applies(features: Features): boolean;
}

const OBSTACLES: readonly Row[] = [
  {
    id: "cuda-only",
    devices: ["cpu", "mps"],
    // scripts/base_train.py@3a5e0bc: compute_init() asserts that CUDA is there
    applies: (features) => features["pocket"] !== true && features["runs_on_cpu"] === false,
    message: "The trainers of this version run on CUDA only",
    remedy: "Take a machine with a GPU, or a checkout since 33e8a27, which has device_type",
  },
  {
    id: "sliced-targets",
    devices: ["cpu"],
    // nanochat/dataloader.py:191@63bb583: copying to a GPU makes them whole, on the CPU nothing is copied
    applies: (features) => features["targets_sliced"] === true,
    message:
      "The trainers of this version fail on the CPU at their first loss: the data loader hands out slices there, and gpt.py views them as one row",
    remedy: "Take a machine with a GPU, or a later checkout (2dffdc8 and after copy the slices)",
  },
];

/** Why the trainers of a checkout cannot run on a device; null when nothing is known against it. */
export const deviceObstacle = (features: Features, device: MachineFacts["device"]): DeviceObstacle | null =>
  OBSTACLES.find((row) => row.devices.includes(device) && row.applies(features)) ?? null;
