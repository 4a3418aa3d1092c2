/** Batch, horizon and learning of a pretraining, as the checkout's own base_train.py works them out. */
import type { BatchFigures, HorizonFigures, LearningFigures, ModelFigures } from "../../core/figures.ts";
import type { Features } from "../../core/params.ts";
import { type ModelShape, modelFigures } from "./model.ts";

export interface Training {
  deviceBatch: number;
  /** -1 or null = the script's own choice. */
  totalBatch: number | null;
  ranks: number;
  /** -1 or null = not given. */
  steps: number | null;
  targetFlops: number | null;
  ratio: number | null;
  weightDecay: number | null;
}

// The reference of base_train.py@2dffdc8 on: a model of depth 12, for which 2^19 tokens a batch were found to be best.
const REFERENCE_BATCH = 2 ** 19;
const REFERENCE_DEPTH = 12;
const POCKET_REFERENCE_DEPTH = 2;
const REFERENCE_WIDTH = 768;

const given = (value: number | null): number | null => (value !== null && value > 0 ? value : null);

/** Tokens that the reference model would be trained on for the same ratio. */
function referenceTokens(shape: ModelShape, features: Features, ratio: number): number {
  const depth = features["pocket"] === true ? POCKET_REFERENCE_DEPTH : REFERENCE_DEPTH;
  const reference = ratio * modelFigures({ ...shape, depth }, features).scalingParameters;
  return features["pocket"] === true ? Math.floor(reference) : reference;
}

const referenceBatch = (features: Features): number =>
  typeof features["reference_batch"] === "number" ? features["reference_batch"] : REFERENCE_BATCH;

/** Tokens of an optimizer step. Null when the script cannot choose and nobody has. */
function totalBatch(shape: ModelShape, model: ModelFigures, training: Training, features: Features): number | null {
  const own = given(training.totalBatch);
  const exponent = features["batch_exponent"];
  if (own !== null || typeof exponent !== "number" || training.ratio === null) return own;
  const target = Math.floor(training.ratio * model.scalingParameters);
  const predicted = referenceBatch(features) * (target / referenceTokens(shape, features, training.ratio)) ** exponent;
  const chosen = 2 ** Math.round(Math.log2(predicted));
  return features["pocket"] === true ? Math.max(chosen, training.deviceBatch * shape.sequence * training.ranks) : chosen;
}

export function batchFigures(shape: ModelShape, model: ModelFigures, training: Training, features: Features): BatchFigures | null {
  const total = totalBatch(shape, model, training, features);
  if (total === null) return null;
  const micro = training.deviceBatch * shape.sequence;
  const accumulation = total / (micro * training.ranks);
  return {
    deviceBatch: training.deviceBatch,
    sequence: shape.sequence,
    ranks: training.ranks,
    totalBatch: total,
    totalBatchAutomatic: given(training.totalBatch) === null,
    tokensPerMicroBatch: micro,
    accumulation: Number.isInteger(accumulation) ? accumulation : null,
  };
}

/** Steps, FLOPs, or tokens a parameter, in that order (base_train.py, all versions). */
export function horizonFigures(model: ModelFigures, batch: BatchFigures, training: Training): HorizonFigures | null {
  const { totalBatch: each } = batch;
  const flops = given(training.targetFlops);
  const ratio = given(training.ratio);
  const steps =
    given(training.steps) ??
    (flops !== null
      ? Math.round(flops / (model.flopsPerToken * each))
      : ratio === null
        ? null
        : Math.floor(Math.floor(ratio * model.scalingParameters) / each));
  if (steps === null) return null;
  const tokens = steps * each;
  return { steps, tokens, ratio: tokens / model.scalingParameters, flops: tokens * model.flopsPerToken, shards: null };
}

export function learningFigures(
  shape: ModelShape,
  model: ModelFigures,
  batch: BatchFigures,
  training: Training,
  features: Features,
): LearningFigures {
  const share = batch.totalBatch / referenceBatch(features);
  const widthScale = features["pocket"] === true ? 1 : (model.dim / REFERENCE_WIDTH) ** -0.5;
  return {
    batchScale: features["rates_follow_batch"] === true ? Math.sqrt(share) : 1,
    widthScale,
    weightDecay: training.weightDecay === null ? null : training.weightDecay * decayFactor(shape, model, training, features, share),
  };
}

function decayFactor(shape: ModelShape, model: ModelFigures, { ratio }: Training, features: Features, share: number): number {
  if (features["decay_follows_depth"] === true) return (REFERENCE_DEPTH / shape.depth) ** 2;
  const horizon = features["decay_follows_horizon"] === true || features["pocket"] === true;
  if (!horizon || ratio === null) return 1;
  return (Math.sqrt(share) * referenceTokens(shape, features, ratio)) / Math.floor(ratio * model.scalingParameters);
}
