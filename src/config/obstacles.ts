/** What keeps trainers of a version from running on a device: one table, so that the doctor and a refused plan use the same words. */
import type { MachineFacts } from "../core/machine.ts";
import type { Features } from "../core/params.ts";

export interface DeviceObstacle {
  id: string;
  /** The short names of the trainers that it holds up; null: all of them. */
  scripts: readonly string[] | null;
  /** One sentence without its full stop. */
  message: string;
  remedy: string;
}

interface Row extends DeviceObstacle {
  devices: ReadonlyArray<MachineFacts["device"]>;
  applies(features: Features): boolean;
}

/** A trainer whose targets stay slices on a CPU, where nothing is copied; gpt.py's loss then fails to view them as one row. */
const sliced = (script: string, feature: string, id: string): Row => ({
  id,
  devices: ["cpu"],
  scripts: [script],
  applies: (features) => features[feature] === true,
  message: `${script} of this version fails on a CPU at its first loss: its targets are slices there, and gpt.py views them as one row`,
  remedy: "Take a machine with a GPU, or a later checkout, which copies them",
});

const OBSTACLES: readonly Row[] = [
  {
    id: "cuda-only",
    devices: ["cpu", "mps"],
    scripts: null,
    // scripts/base_train.py@3a5e0bc: compute_init() asserts that CUDA is there
    applies: (features) => features["runs_on_cpu"] === false,
    message: "The trainers of this version run on CUDA only",
    remedy: "Take a machine with a GPU, or a checkout since 33e8a27, which has device_type",
  },
  // nanochat/dataloader.py:191@63bb583
  sliced("base_train", "targets_sliced", "sliced-targets"),
  // scripts/mid_train.py:215@63bb583
  sliced("mid_train", "mid_targets_sliced", "mid-sliced-targets"),
  // scripts/chat_sft.py:281@2dffdc8
  sliced("chat_sft", "sft_targets_sliced", "sft-sliced-targets"),
  {
    id: "rl-cuda-only",
    devices: ["cpu", "mps"],
    scripts: ["chat_rl"],
    // scripts/chat_rl.py@9a71d13: compute_init() without a device asks for CUDA
    applies: (features) => features["rl_runs_on_cpu"] === false,
    message: "chat_rl of this version runs on CUDA only",
    remedy: "Take a machine with a GPU, or a checkout since eb7bbc1, whose chat_rl has device_type",
  },
  {
    id: "rl-evaluation",
    devices: ["cuda", "mps", "cpu"],
    scripts: ["chat_rl"],
    // scripts/chat_rl.py:177@eb7bbc1: the first evaluation is before the first step, whatever eval_every is
    applies: (features) => features["rl_evaluation_fails"] === true,
    message:
      "chat_rl of this version ends at its first evaluation, before the first step: it takes device_batch_size for a name that it no longer has",
    remedy:
      "Take another checkout (63bb583 and after name it rightly), or write args.device_batch_size in run_gsm8k_eval of scripts/chat_rl.py",
  },
];

/**
 * What is known against running the trainers of a checkout on a device, base training first; empty when nothing is. What
 * holds up all of them is told alone.
 */
export function deviceObstacles(features: Features, device: MachineFacts["device"]): DeviceObstacle[] {
  const found = OBSTACLES.filter((row) => row.devices.includes(device) && row.applies(features));
  const ofAll = found.find(({ scripts }) => scripts === null);
  return ofAll === undefined ? found : [ofAll];
}

/** Why one trainer (its short name, such as base_train) cannot run on a device; null when nothing is known against it. */
export const deviceObstacle = (features: Features, device: MachineFacts["device"], script: string): DeviceObstacle | null =>
  deviceObstacles(features, device).find(({ scripts }) => scripts === null || scripts.includes(script)) ?? null;
