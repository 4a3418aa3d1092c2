/** All figures of a planned stage. Pure, well below a millisecond: made anew with every key that is typed. */
import type { StageFigures } from "../../core/figures.ts";
import type { Changes, StageContext } from "../rules/context.ts";
import { checkpointBytes, costFigures, embeddingBytes, memoryFigures, type Prices } from "./costs.ts";
import { type ModelShape, modelFigures } from "./model.ts";
import { batchFigures, horizonFigures, learningFigures, type Training } from "./training.ts";

/** What tok_train makes when it is not told: 2^15 since 2dffdc8, 2^16 before; a plan with a tok_train stage says it itself. */
const USUAL_VOCABULARY = 32_768;

/** About 250M characters a shard, 4.8 characters a token, of which the best-fit loader keeps about two thirds (dev/LOG.md). */
const TOKENS_PER_SHARD: Readonly<Record<string, number>> = { base_data: 47e6, base_data_climbmix: 47e6 };

const empty = (stage: string, why: string): StageFigures => ({
  stage,
  model: null,
  batch: null,
  horizon: null,
  learning: null,
  checkpoint: null,
  memory: null,
  cost: null,
  unknown: [why],
});

/** Figures of `base_train`; of other training stages what their settings tell. Null for stages that do not train. */
export function figuresOf(prices: Prices = {}) {
  return (stage: StageContext, changes: Changes): StageFigures | null => {
    if (!stage.script.trainable) return null;
    if (stage.short !== "base_train") return laterFigures(stage);
    const number = (name: string): number | null => {
      const value = name in changes ? changes[name] : stage.value(name);
      return typeof value === "number" && Number.isFinite(value) ? value : null;
    };
    return pretraining(stage, changes, number, prices);
  };
}

function pretraining(stage: StageContext, changes: Changes, number: (name: string) => number | null, prices: Prices): StageFigures {
  const name = stage.stage.name;
  const { features } = stage.input.workspace;
  const [depth, sequence, deviceBatch] = [number("depth"), number("max_seq_len"), number("device_batch_size")];
  if (depth === null || sequence === null || deviceBatch === null || depth < 1 || sequence < 1 || deviceBatch < 1)
    return empty(name, "its depth, sequence length or device batch size is not known");
  const pattern = "window_pattern" in changes ? changes["window_pattern"] : stage.value("window_pattern");
  const vocabulary = vocabularyOf(stage);
  const shape: ModelShape = {
    depth,
    aspectRatio: number("aspect_ratio"),
    headDim: number("head_dim"),
    sequence,
    windowPattern: typeof pattern === "string" ? pattern : "L",
    ...vocabulary,
  };
  if ((shape.aspectRatio ?? 1) < 1 || (shape.headDim ?? 1) < 1) return empty(name, "its aspect ratio or head dimension is below 1");
  const training: Training = {
    deviceBatch,
    totalBatch: number("total_batch_size"),
    ranks: typeof changes["ranks"] === "number" ? changes["ranks"] : stage.ranks,
    steps: number("num_iterations"),
    targetFlops: number("target_flops"),
    ratio: number("target_param_data_ratio"),
    weightDecay: number("weight_decay"),
  };
  return assemble(stage, shape, training, fp8Of(stage, changes), number("save_every"), prices, features);
}

const fp8Of = (stage: StageContext, changes: Changes): boolean => ("fp8" in changes ? changes["fp8"] : stage.value("fp8")) === true;

function assemble(
  stage: StageContext,
  shape: ModelShape,
  training: Training,
  fp8: boolean,
  saveEvery: number | null,
  prices: Prices,
  features: StageContext["input"]["workspace"]["features"],
): StageFigures {
  const model = modelFigures(shape, features);
  const batch = batchFigures(shape, model, training, features);
  const horizon = batch === null ? null : horizonFigures(model, batch, training);
  const pocket = features["pocket"] === true;
  const embedding = embeddingBytes(stage.machine, stage.device, stage.input.prefab.env["NANOCHAT_DTYPE"]);
  const cost = horizon === null || pocket ? null : costFigures(model, horizon, training.ranks, stage.machine, fp8, prices);
  const folder = String(features["shards_folder"] ?? "");
  const perShard = TOKENS_PER_SHARD[folder];
  const saves = horizon !== null && saveEvery !== null && saveEvery > 0 ? Math.floor((horizon.steps - 1) / saveEvery) + 1 : 1;
  return {
    stage: stage.stage.name,
    model,
    batch,
    horizon: horizon === null || perShard === undefined ? horizon : { ...horizon, shards: Math.ceil(horizon.tokens / perShard) + 1 },
    learning: batch === null ? null : learningFigures(shape, model, batch, training, features),
    checkpoint: pocket ? null : { ...checkpointBytes(model, training.ranks, embedding), count: saves },
    memory: batch === null || pocket ? null : memoryFigures(model, batch, stage.machine, fp8, embedding),
    cost: typeof cost === "string" ? null : cost,
    unknown: typeof cost === "string" ? [cost] : [],
  };
}

/** The tokenizer that is there, else the one that an earlier stage of the plan makes, else nanochat's usual one. */
function vocabularyOf(stage: StageContext): { vocabulary: number; vocabularyAssumed: boolean } {
  const maker = stage.before.findLast(({ short }) => short === "tok_train");
  const made = maker?.number("vocab_size") ?? null;
  const known = stage.input.surroundings.data?.vocabulary ?? null;
  if (maker === undefined && known !== null) return { vocabulary: known, vocabularyAssumed: false };
  return { vocabulary: made ?? known ?? USUAL_VOCABULARY, vocabularyAssumed: made === null };
}

/** mid_train, chat_sft, chat_rl start from a model that is not made yet: their batch is known, their length often is not. */
function laterFigures(stage: StageContext): StageFigures {
  const micro = stage.tokensPerMicroBatch;
  const [total, deviceBatch, sequence] = [stage.inherited("total_batch_size"), stage.inherited("device_batch_size"), stage.sequence];
  const base = empty(stage.stage.name, "its length follows from the data and is known when it runs");
  if (micro === null || total === null || deviceBatch === null || sequence === null || total < 1) return base;
  const accumulation = total / micro;
  const batch = {
    deviceBatch,
    sequence,
    ranks: stage.ranks,
    totalBatch: total,
    totalBatchAutomatic: false,
    tokensPerMicroBatch: deviceBatch * sequence,
    accumulation: Number.isInteger(accumulation) ? accumulation : null,
  };
  return { ...base, batch };
}
