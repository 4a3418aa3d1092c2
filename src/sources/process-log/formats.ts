/**
 * The lines that nanochat's scripts print and that mean something to us, apart from those that begin with a step
 * (step-line.ts) and from tracebacks (traceback.ts). Wordings from 3a5e0bc (2025-10) to 92d63d4 (2026-07).
 */
import type { DerivedConfig } from "../../core/bridge.ts";
import type { LogLine } from "../../core/journal.ts";
import { NUMBER as N } from "./numbers.ts";

export interface LineFormat {
  tag: string;
  /** A piece of text that every such line has: spares most lines the pattern. */
  has: string;
  pattern: RegExp;
  /**
   * Groups that are values: id of the metric, in which `{group}` stands for that group's text, and what the number is
   * multiplied by.
   */
  metrics?: Readonly<Record<string, readonly [id: string, factor: number]>>;
  /** The step that the values belong to: that of the next line which names one (default), or of the last one. */
  step?: "next" | "last";
  /** Groups that are figures which the script worked out. */
  derived?: Readonly<Record<string, keyof DerivedConfig>>;
  /** The line ends, or begins, a phase. */
  phase?: { name: "data"; state: "begin" | "end" };
  /** Kept as a note: a milestone, or a fact about the run. */
  note?: true;
  level?: LogLine["level"];
}

export const LINE_FORMATS: readonly LineFormat[] = [
  // the machine and its number formats: nanochat/common.py, scripts/base_train.py
  { tag: "gpu", has: "GPU: ", pattern: rx(`GPU: (?<name>.+?) \\| Peak FLOPS \\(BF16\\): (?<flops>${N})`), note: true },
  { tag: "dtype", has: "COMPUTE_DTYPE: ", pattern: rx("COMPUTE_DTYPE: (?:torch\\.)?(?<dtype>\\w+) \\((?<why>.*)\\)"), note: true },
  { tag: "attention", has: "Using Flash Attention 3", pattern: /^✓ Using Flash Attention 3/, note: true },
  {
    tag: "attention",
    has: "WARNING: ",
    pattern: rx("WARNING: (?<why>(?:Flash Attention 3|Training will be|SDPA has|Recommend).*)"),
    note: true,
    level: "warn",
  },
  {
    tag: "fp8",
    has: "FP8 training enabled",
    pattern: /^✓ FP8 training enabled \((?<recipe>\w+) scaling\) - converted (?<layers>\d+)\/(?<of>\d+) linear layers/,
    note: true,
  },

  // the size of the work: scripts/base_train.py, chat_sft.py, mid_train.py
  { tag: "vocabulary", has: "Vocab size: ", pattern: rx(`Vocab size: (?<size>${N})`), note: true },
  {
    tag: "parameters",
    has: "Number of parameters: ",
    pattern: rx(`Number of parameters: (?<total>${N})(?: \\(scaling: (?<scaling>${N})\\))?`),
    derived: { total: "parameters" },
    note: true,
  },
  { tag: "parameters", has: "total ", pattern: rx(`total *: (?<total>${N})`), derived: { total: "parameters" }, note: true },
  {
    tag: "parameters",
    has: " : ",
    pattern: rx(`(?<part>wte|bigram_embed|value_embeds|lm_head|transformer_matrices|scalars) *: (?<count>${N})`),
    note: true,
  },
  {
    tag: "flops-per-token",
    has: "Estimated FLOPs per token: ",
    pattern: rx(`Estimated FLOPs per token: (?<flops>${N})`),
    derived: { flops: "flopsPerToken" },
  },
  {
    tag: "iterations",
    has: " number of ",
    pattern: rx(
      `(?:Using user-provided number of iterations|Calculated number of (?:iterations from target (?:FLOPs|data:param ratio)|steps)): (?<steps>${N})`,
    ),
    derived: { steps: "totalSteps" },
  },
  {
    tag: "training-tokens",
    has: "Total number of training tokens: ",
    pattern: rx(`Total number of training tokens: (?<tokens>${N})`),
    note: true,
  },
  { tag: "token-ratio", has: "Tokens : ", pattern: rx(`Tokens : (?:Scaling params|Params) ratio: (?<ratio>${N})`), note: true },
  {
    tag: "training-flops",
    has: "Total training FLOPs estimate: ",
    pattern: rx(`Total training FLOPs estimate: (?<flops>${N})`),
    note: true,
  },
  {
    tag: "micro-batch",
    has: "Tokens / micro-batch / rank: ",
    pattern: rx(`Tokens / micro-batch / rank: (?<rows>\\d+) x (?<length>\\d+) = (?<tokens>${N})`),
    note: true,
  },
  {
    tag: "batch",
    has: "=> gradient accumulation steps: ",
    pattern: rx(`Total batch size (?<tokens>${N}) => gradient accumulation steps: (?<accumulation>\\d+)`),
    derived: { tokens: "tokensPerStep" },
    note: true,
  },
  {
    tag: "resume",
    has: "Resuming optimization from step ",
    pattern: rx("Resuming optimization from step (?<step>\\d+)"),
    derived: { step: "startStep" },
  },
  { tag: "override", has: "Overriding: ", pattern: rx("Overriding: (?<name>\\w+) = (?<value>.*)"), note: true },
  { tag: "inherited", has: "Inherited ", pattern: rx("Inherited (?<name>\\w+)=(?<value>\\S+) from pretrained checkpoint"), note: true },

  // evaluations: scripts/base_eval.py, base_loss.py, chat_eval.py, and in between training steps
  {
    tag: "core-task",
    has: "Evaluating: ",
    pattern: rx(
      `Evaluating: (?<task>\\S+) \\((?<shots>\\d+)-shot, type: (?<type>\\w+)\\)\\.\\.\\. *accuracy: (?<accuracy>${N}) \\| centered: (?<centered>${N}) \\| time: (?<seconds>${N})s`,
    ),
    metrics: { centered: ["centered_results/{task}", 1] },
    note: true,
  },
  {
    tag: "chat-task",
    has: "  ",
    pattern: rx(`  (?<task>[\\w-]+): (?<percent>${N})%`),
    metrics: { percent: ["chatcore/{task}", 0.01] },
    note: true,
  },
  { tag: "chat-task", has: " accuracy: ", pattern: rx(`(?<task>[\\w-]+) accuracy: (?<percent>${N})%`), note: true },
  { tag: "chat-total", has: "ChatCORE metric: ", pattern: rx(`ChatCORE metric: (?<value>${N})`), note: true },
  { tag: "chat-score", has: "Final: ", pattern: rx(`Final: (?<right>\\d+)/(?<of>\\d+) \\((?<percent>${N})%\\)`), note: true },
  { tag: "eval-of", has: "Evaluating model: ", pattern: rx("Evaluating model: (?<model>.+?) \\(step (?<step>\\d+)\\)"), note: true },
  {
    tag: "split-bpb",
    has: " bpb: ",
    pattern: rx(`(?:Model: (?<model>.+), )?(?<split>train|val) bpb: (?<bpb>${N})`),
    metrics: { bpb: ["{split}/bpb", 1] },
    step: "last",
    note: true,
  },
  {
    tag: "core-total",
    has: "CORE metric: ",
    pattern: rx(`CORE metric: (?<value>${N})`),
    metrics: { value: ["core/metric", 1] },
    step: "last",
    note: true,
  },

  // data and tokenizer: nanochat/dataset.py, scripts/tok_train.py, rustbpe
  {
    tag: "download",
    has: "Downloading ",
    pattern: rx("Downloading (?<shards>\\d+) shards using (?<workers>\\d+) workers\\.\\.\\."),
    phase: { name: "data", state: "begin" },
    note: true,
  },
  {
    tag: "download-done",
    has: "Done! Downloaded: ",
    pattern: rx("Done! Downloaded: (?<shards>\\d+)/(?<of>\\d+) shards to (?<dir>.*)"),
    phase: { name: "data", state: "end" },
    note: true,
  },
  { tag: "download-begun", has: "Downloading shard_", pattern: rx("Downloading (?<file>shard_\\d+\\.parquet)\\.\\.\\.") },
  { tag: "downloaded", has: "Successfully downloaded ", pattern: rx("Successfully downloaded (?<file>\\S+)"), note: true },
  { tag: "download-skipped", has: "Skipping ", pattern: rx("Skipping (?<file>.*) \\(already exists\\)") },
  {
    tag: "download-retry",
    has: " failed for ",
    pattern: rx("Attempt (?<attempt>\\d+)/(?<of>\\d+) failed for (?<file>\\S+): (?<why>.*)"),
    note: true,
    level: "warn",
  },
  {
    tag: "download-failed",
    has: "Failed to download ",
    pattern: rx("Failed to download (?<file>\\S+) after (?<attempts>\\d+) attempts"),
    note: true,
    level: "error",
  },
  {
    tag: "merges",
    has: "Progress: ",
    pattern: /Progress: (?<percent>\d+)% \((?<done>\d+)\/(?<of>\d+) merges\)/,
    note: true,
  },
  { tag: "tokenizer-time", has: "Training time: ", pattern: rx(`Training time: (?<seconds>${N})s`), note: true },

  // the end: scripts/base_train.py and chat_sft.py
  { tag: "peak-memory", has: "Peak memory usage: ", pattern: rx(`Peak memory usage: (?<mib>${N})MiB`), note: true },
  { tag: "training-time", has: "Total training time: ", pattern: rx(`Total training time: (?<minutes>${N})m`), note: true },
  { tag: "best-bpb", has: "Minimum validation bpb: ", pattern: rx(`Minimum validation bpb: (?<bpb>${N})`), note: true },
  { tag: "saved-chat", has: "Saved model checkpoint to ", pattern: /^✅ Saved model checkpoint to (?<dir>.+)$/, note: true },

  // torchrun, torch/distributed/elastic/multiprocessing/{api,errors}.py@v2.9.1
  { tag: "torchrun-failed", has: " FAILED", pattern: rx("(?<script>\\S+) FAILED"), note: true, level: "error" },
  {
    tag: "rank-failed",
    has: "failed (exitcode: ",
    pattern: /failed \(exitcode: (?<code>-?\d+)\) local_rank: (?<rank>\d+) \(pid: (?<pid>\d+)\)/,
    note: true,
    level: "error",
  },
  {
    tag: "rank-ended",
    has: " closing signal ",
    pattern: /Sending process (?<pid>\d+) closing signal (?<signal>\w+)$/,
    note: true,
    level: "warn",
  },
  { tag: "root-cause", has: "  ", pattern: rx("  (?<field>time|host|rank|exitcode|error_file|traceback) *: (?<value>.*)"), level: "error" },
];

/** `Saved model parameters to: …/model_000020.pt`: nanochat/checkpoint_manager.py, since 3a5e0bc in slightly different words. */
export const SAVED =
  /^Saved (?:model (?:file|parameters)|optimizer (?:file|state)|metadata(?: file)?) to: (?<dir>\S.*?)\/(?<file>(?<part>model|optim|meta)_(?<step>\d{6,})(?:_rank\d+)?\.(?:pt|json))$/;

/** What base_train prints of the model's own text: the tokens of a sample, the first being the document's beginning. */
export const SAMPLE = /^<\|bos\|>(?<text>.*)$/;

/** A whole line. */
function rx(source: string): RegExp {
  return new RegExp(`^${source}$`);
}
