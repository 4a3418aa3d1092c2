/** What a training stage of a plan comes to, worked out before anything runs. Null = cannot be told, with the reason in `unknown`. */

export interface ModelFigures {
  depth: number;
  dim: number;
  heads: number;
  vocabulary: number;
  /** The tokenizer is not there yet: the vocabulary is what the plan's tokenizer stage, or nanochat's default, would make. */
  vocabularyAssumed: boolean;
  /** Parameters by group, as nanochat itself prints them (`wte`, `value_embeds`, `lm_head`, `transformer_matrices`, `scalars`). */
  groups: Array<{ name: string; parameters: number }>;
  parameters: number;
  /** Those that tokens are counted against (`target_param_data_ratio`). */
  scalingParameters: number;
  flopsPerToken: number;
}

export interface BatchFigures {
  deviceBatch: number;
  sequence: number;
  ranks: number;
  /** Tokens an optimizer step. */
  totalBatch: number;
  /** Whether the script chooses it (`total_batch_size=-1`). */
  totalBatchAutomatic: boolean;
  tokensPerMicroBatch: number;
  /** Micro-batches a step and rank; null when it does not divide, which a rule reports. */
  accumulation: number | null;
}

export interface HorizonFigures {
  steps: number;
  tokens: number;
  /** Tokens for each scaling parameter. */
  ratio: number;
  flops: number;
  /** Shards of data that so many tokens need, about; null where the format is not known. */
  shards: number | null;
}

export interface LearningFigures {
  /** Factors on the learning rates as given: from the batch size, and from the width for AdamW groups. */
  batchScale: number;
  widthScale: number;
  weightDecay: number | null;
}

export interface MemoryFigures {
  /** Of the fullest rank. */
  bytes: number;
  /** What one more sequence in the device batch would add; absent in plans of runs made before it was told. */
  perSequenceBytes?: number;
  capacityBytes: number | null;
  verdict: "fits" | "tight" | "too much" | "unknown";
  /** How sure that is and why, one sentence. */
  sure: string;
}

export interface CostFigures {
  hours: number;
  /** Model FLOPs utilisation assumed, 0 to 1, and where that comes from. */
  mfu: number;
  basis: string;
  /** For all GPUs of the machine; null without a price. */
  dollarsPerHour: number | null;
  dollars: number | null;
}

export interface StageFigures {
  /** `03-base_train` */
  stage: string;
  model: ModelFigures | null;
  batch: BatchFigures | null;
  horizon: HorizonFigures | null;
  learning: LearningFigures | null;
  /** One checkpoint, and how many the stage will write. */
  checkpoint: { modelBytes: number; optimizerBytes: number; count: number } | null;
  memory: MemoryFigures | null;
  cost: CostFigures | null;
  /** Why figures are missing, sentences. */
  unknown: string[];
}
