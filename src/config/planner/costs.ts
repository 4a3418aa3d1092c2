/** Memory, checkpoints, hours and dollars of a pretraining: estimates, each saying what it rests on. */
import type { BatchFigures, CostFigures, HorizonFigures, MemoryFigures, ModelFigures } from "../../core/figures.ts";
import type { MachineFacts } from "../../core/machine.ts";
import { findGpu } from "./gpus.ts";

const groupOf = (model: ModelFigures, name: string): number => model.groups.find((group) => group.name === name)?.parameters ?? 0;

/**
 * Bytes of a number of the embeddings: they are cast to the type that is computed in, unless that is float16 (gpt.py:265@92d63d4,
 * on CUDA only before a445144), which is bfloat16 where the GPU has units for it, else float32 (common.py:17). `dtype` is
 * NANOCHAT_DTYPE. Where the machine is not known, a GPU of today is assumed.
 */
export function embeddingBytes(machine: MachineFacts | null, device: string | null, dtype: string | undefined): 2 | 4 {
  if (dtype !== undefined && dtype !== "") return dtype === "bfloat16" ? 2 : 4;
  const kind = device ?? machine?.device ?? "cuda";
  const old = machine?.gpus.some(({ capability }) => capability !== null && capability[0] < 8) ?? false;
  return kind === "cuda" && !old ? 2 : 4;
}

/** Embeddings, which may be kept in fewer bytes a number, and everything else, in four. */
function weights(model: ModelFigures): { small: number; large: number } {
  const small = groupOf(model, "wte") + groupOf(model, "value_embeds");
  return { small, large: model.parameters - small };
}

/** A model file, and one rank's optimizer file: a moment or two for each number, shared between the ranks. */
export function checkpointBytes(model: ModelFigures, ranks: number, embedding: 2 | 4): { modelBytes: number; optimizerBytes: number } {
  const { small, large } = weights(model);
  const matrices = groupOf(model, "transformer_matrices");
  const moments = 4 * matrices + 2 * (embedding * small + 4 * (large - matrices));
  return { modelBytes: embedding * small + 4 * large, optimizerBytes: moments / ranks };
}

// Bytes for each token and layer's width, and for each token and entry of the vocabulary. Fitted to what is known of 80 GB
// cards: device batch 32 fits below d20, 16 for d20 to d27, 8 from d28 (runs/miniseries.sh); d32 at 8 takes 78 GB and at 16
// does not fit; d12 takes 34 GB (dev/LOG.md).
const ACTIVATION_BYTES = 36;
const LOGIT_BYTES = 9;
const FP8_SAVES = 9e9;
const TIGHT = 0.8;
const FULL = 0.95;

export function memoryFigures(
  model: ModelFigures,
  batch: BatchFigures,
  machine: MachineFacts | null,
  fp8: boolean,
  embedding: 2 | 4,
): MemoryFigures {
  const { small, large } = weights(model);
  const { optimizerBytes } = checkpointBytes(model, batch.ranks, embedding);
  const tokens = batch.tokensPerMicroBatch;
  const full = tokens * (model.dim * model.depth * ACTIVATION_BYTES + model.vocabulary * LOGIT_BYTES);
  const activations = full - (fp8 ? Math.min(FP8_SAVES, full / 4) : 0);
  // Weights and their gradients, the moments of this rank.
  const all = 2 * (embedding * small + 4 * large) + optimizerBytes + activations;
  const capacity = machine === null ? null : machine.device === "cuda" ? smallest(machine) : machine.memoryBytes || null;
  const share = capacity === null ? null : all / capacity;
  const onGpu = machine?.device === "cuda";
  return {
    bytes: all,
    perSequenceBytes: batch.deviceBatch > 0 ? activations / batch.deviceBatch : undefined,
    capacityBytes: capacity,
    verdict: share === null || !onGpu ? "unknown" : share > FULL ? "too much" : share > TIGHT ? "tight" : "fits",
    sure:
      onGpu || machine === null
        ? "fitted to seven published points on 80 GB cards, up to a third off"
        : "a model of GPU memory: on this device it is a rough guess",
  };
}

const smallest = ({ gpus }: MachineFacts): number | null => {
  const sizes = gpus.flatMap(({ memoryBytes }) => memoryBytes ?? []);
  return sizes.length === 0 ? null : Math.min(...sizes);
};

/** Utilisation of published runs on 8×H100 (dev/LOG.md, README.md@92d63d4), by depth; fp8 counts against the BF16 peak. */
const UTILISATION: ReadonlyArray<readonly [deepest: number, mfu: number, basis: string]> = [
  [14, 0.41, "as d12 was measured on 8×H100"],
  [19, 0.46, "as d18 was measured on 8×H100"],
  [Number.POSITIVE_INFINITY, 0.5, "as d24 was measured on 8×H100"],
];
const FP8_UTILISATION = 0.59;

export interface Prices {
  /** Dollars for one GPU and hour, by the names of the table; what the user says wins. */
  [gpu: string]: number;
}

/** Null where there is no figure to go by: a CPU, an unknown GPU. */
export function costFigures(
  model: ModelFigures,
  horizon: HorizonFigures,
  ranks: number,
  machine: MachineFacts | null,
  fp8: boolean,
  prices: Prices,
): CostFigures | string {
  const [first] = machine?.gpus ?? [];
  if (machine === null) return "hours and dollars: it is not known which machine this runs on (--on 8xH100 plans for one)";
  if (machine.device !== "cuda" || first === undefined)
    return `hours: there are no published figures for ${machine.device === "mps" ? "Apple GPUs" : "a CPU"}`;
  const known = findGpu(first.name);
  if (known === null) return `hours: nothing is known of a ${first.name}`;
  const [, usual, basis] = UTILISATION.find(([deepest]) => model.depth <= deepest) ?? UTILISATION[0]!;
  const mfu = fp8 ? FP8_UTILISATION : usual;
  const seconds = horizon.flops / (mfu * known.peakFlops * ranks);
  const price = prices[known.name] ?? known.dollarsPerHour;
  const dollarsPerHour = price === null ? null : price * ranks;
  const hours = seconds / 3600;
  const measured = known.name.startsWith("H100") ? basis : `${basis}; on a ${known.name} it is assumed`;
  return {
    hours,
    mfu,
    basis: fp8 ? "as d24 with fp8 was measured on 8×H100" : measured,
    dollarsPerHour,
    dollars: dollarsPerHour === null ? null : dollarsPerHour * hours,
  };
}
