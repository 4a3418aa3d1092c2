/**
 * Parameters and scripts that came, went or changed their names in karpathy/nanochat, so that what was written for one
 * version runs on another, or is told why not. Commits are of its first-parent history up to 92d63d4.
 */
import type { ScriptInfo } from "../core/params.ts";
import { shortName, type Value } from "../core/plan.ts";

/** A number of steps that a share of the run comes to, and back, needs the run's length. */
type Convert = (value: Value, numberOf: (name: string) => number | null) => Value | undefined;

export interface ParameterChange {
  /** Short name of the script. */
  script: string;
  /** The name that some versions do not have. */
  name: string;
  /** What it is called where `name` is missing; absent = there is nothing like it. */
  to?: string;
  convert?: Convert;
  /** The commit that brought it in, took it out or renamed it. */
  since: string;
  /** Values that come to what scripts without the parameter do anyway. */
  same?: readonly Value[];
  /** It has no bearing on what is trained or measured: dropped with a word, whatever its value. */
  harmless?: true;
  /** One clause: what is there in place of it. */
  reason: string;
}

type Row = Omit<ParameterChange, "script">;

const DEVICE: Row = { name: "device_type", since: "33e8a27", same: ["", "cuda"], reason: "this version runs on CUDA only" };
const FOUND_DEVICE: Row = { name: "device_type", since: "eb7bbc1", harmless: true, reason: "this version takes the device that it finds" };
const DTYPE: Row = { name: "dtype", since: "1076f97", same: ["bfloat16"], reason: "the GPU decides the number format, or NANOCHAT_DTYPE" };
const HF_PATH: Row = { name: "hf_path", since: "4186540", reason: "models of Hugging Face can no longer be measured" };
const STEP_NAMES: readonly Row[] = [
  { name: "step", to: "model_step", since: "eb7bbc1", reason: "renamed" },
  { name: "model_step", to: "step", since: "eb7bbc1", reason: "renamed" },
];

const ratioToSteps: Convert = (ratio, numberOf) => {
  const steps = numberOf("num_iterations");
  if (ratio === 0) return 0;
  return typeof ratio === "number" && steps !== null && steps > 0 ? Math.round(ratio * steps) : undefined;
};
const stepsToRatio: Convert = (warmup, numberOf) => {
  const steps = numberOf("num_iterations");
  if (warmup === 0) return 0;
  return typeof warmup === "number" && steps !== null && steps > 0 ? Math.min(1, warmup / steps) : undefined;
};

const BY_SCRIPT: Readonly<Record<string, readonly Row[]>> = {
  base_train: [
    DEVICE,
    { name: "grad_clip", since: "061f83c", same: [0], reason: "gradients are no longer clipped" },
    { name: "warmup_ratio", to: "warmup_steps", convert: ratioToSteps, since: "6ed7d1d", reason: "the warm-up is counted in steps" },
    { name: "warmup_ratio", since: "81597cd", same: [0], reason: "this version has no warm-up" },
    { name: "warmup_steps", to: "warmup_ratio", convert: stepsToRatio, since: "6ed7d1d", reason: "the warm-up was a share of the run" },
    { name: "warmup_steps", since: "81597cd", same: [0], reason: "this version does not warm up" },
    { name: "warmdown_ratio", since: "81597cd", same: [0.2], reason: "the last fifth of the run is fixed for it" },
    { name: "final_lr_frac", since: "81597cd", same: [0], reason: "the learning rate always falls to 0" },
    { name: "adam_beta1", since: "6ed7d1d", same: [0.8], reason: "each group of parameters has its own, fixed" },
    { name: "adam_beta2", since: "6ed7d1d", same: [0.95], reason: "each group has a fixed one" },
    { name: "resume_from_step", since: "c6abcdf", same: [-1], reason: "this version cannot resume" },
    { name: "save_every", since: "c6abcdf", harmless: true, reason: "this version saves at the end; `runs save` saves at any time" },
    { name: "aspect_ratio", since: "ccf4b7f", same: [64], reason: "the width is 64 for each layer" },
    { name: "head_dim", since: "ccf4b7f", same: [128], reason: "heads are about 128 wide" },
    { name: "scalar_lr", since: "aa530cd", harmless: true, reason: "this version has no scalars with a rate of their own" },
    { name: "window_pattern", since: "fbc1484", same: ["L", "l"], reason: "every layer sees the whole context" },
    { name: "fp8", since: "6079f78", same: [false], reason: "this version trains in bfloat16" },
    { name: "fp8_recipe", since: "6079f78", harmless: true, reason: "this version has no fp8" },
  ],
  mid_train: [
    DEVICE,
    ...STEP_NAMES,
    { name: "final_lr_frac", since: "b8076dd", same: [0], reason: "the learning rate falls to 0" },
    { name: "dry_run", since: "b8076dd", same: [0, false], reason: "this version always writes its checkpoint" },
    { name: "num_iterations", since: "33e8a27", same: [-1], reason: "this version goes through all data once" },
  ],
  base_loss: [DEVICE, { ...HF_PATH, since: "21608ec", reason: "only nanochat's own models can be measured" }],
  base_eval: [
    HF_PATH,
    { name: "max_per_task", since: "33e8a27", same: [-1], reason: "this version takes all examples" },
    { name: "model_tag", since: "088726a", same: [null], reason: "this version measures the model of the largest depth" },
    { name: "step", since: "088726a", same: [null], reason: "this version measures the last step" },
    { name: "eval", since: "0307997", same: ["core"], reason: "this version measures CORE only; base_loss does the rest" },
    { name: "device_batch_size", since: "0307997", harmless: true, reason: "it belongs to base_loss" },
    { name: "split_tokens", since: "0307997", harmless: true, reason: "that is base_loss's" },
    { ...FOUND_DEVICE, since: "0307997" },
  ],
  chat_sft: [
    DEVICE,
    ...STEP_NAMES,
    { name: "max_iterations", to: "num_iterations", since: "33e8a27", reason: "renamed" },
    { name: "num_iterations", to: "max_iterations", since: "33e8a27", reason: "renamed" },
    { name: "source", since: "1ddaad1", same: ["base"], reason: "there is no mid-training any more, so it starts from the base model" },
    {
      name: "num_epochs",
      since: "1ddaad1",
      same: [1],
      reason: "the data are gone through once; mmlu_epochs and gsm8k_epochs repeat parts",
    },
    { name: "target_examples_per_step", since: "1ddaad1", reason: "a step is counted in tokens (total_batch_size)" },
    { name: "eval_steps", since: "1ddaad1", harmless: true, reason: "evaluations are counted in tokens (eval_tokens)" },
    { name: "eval_metrics_every", to: "chatcore_every", since: "788dade", reason: "ChatCORE took its place" },
    { name: "eval_metrics_every", since: "1ddaad1", harmless: true, reason: "no such metrics are taken" },
    { name: "eval_metrics_max_problems", to: "chatcore_max_cat", since: "788dade", reason: "ChatCORE has it under this name" },
    { name: "eval_metrics_max_problems", since: "1ddaad1", harmless: true, reason: "there are no such metrics to limit" },
    { ...DTYPE, since: "788dade" },
    { name: "weight_decay", since: "788dade", same: [0], reason: "fine-tuning has no weight decay" },
    { name: "dry_run", since: "788dade", same: [0, false], reason: "the checkpoint is always written" },
    { name: "max_seq_len", since: "1ddaad1", same: [null], reason: "conversations are as long as they are" },
    { name: "total_batch_size", since: "1ddaad1", same: [null], reason: "a step was counted in examples (target_examples_per_step)" },
    { name: "eval_tokens", since: "1ddaad1", harmless: true, reason: "evaluations were counted in batches (eval_steps)" },
    { name: "load_optimizer", since: "788dade", same: [0], reason: "the optimizer always starts afresh" },
    { name: "warmup_ratio", since: "788dade", same: [0], reason: "the learning rate starts at its height" },
    { name: "warmdown_ratio", since: "788dade", same: [1], reason: "the learning rate falls over the whole run" },
    { name: "final_lr_frac", since: "788dade", same: [0], reason: "it falls to 0" },
    { name: "chatcore_every", to: "eval_metrics_every", since: "788dade", reason: "other metrics were taken before" },
    { name: "chatcore_every", since: "788dade", harmless: true, reason: "ChatCORE is not measured" },
    { name: "chatcore_max_cat", to: "eval_metrics_max_problems", since: "788dade", reason: "the metrics had one limit" },
    { name: "chatcore_max_cat", since: "788dade", harmless: true, reason: "there is no ChatCORE" },
    { name: "chatcore_max_sample", since: "788dade", harmless: true, reason: "ChatCORE came later" },
    { name: "mmlu_epochs", since: "8180e1d", same: [0], reason: "MMLU is not in its data" },
    { name: "gsm8k_epochs", since: "8180e1d", same: [1], reason: "GSM8K is in its data once" },
  ],
  chat_rl: [
    { ...FOUND_DEVICE, same: ["", "cuda"], harmless: undefined, reason: "reinforcement learning ran on CUDA only" },
    ...STEP_NAMES,
    { name: "model_step", since: "088726a", same: [null], reason: "this version takes the last step" },
    { name: "model_tag", since: "088726a", same: [null], reason: "this version takes the model of the largest depth" },
    { name: "source", since: "72b9064", same: ["sft"], reason: "it always starts from the fine-tuned model" },
    DTYPE,
  ],
  chat_eval: [{ ...FOUND_DEVICE, since: "33e8a27" }, DTYPE],
  chat_cli: [{ ...FOUND_DEVICE, since: "33e8a27" }, DTYPE],
  chat_web: [{ ...FOUND_DEVICE, since: "33e8a27" }, DTYPE, { name: "num_gpus", since: "01fb290", same: [1], reason: "one GPU answers" }],
};

export const PARAMETER_CHANGES: readonly ParameterChange[] = Object.entries(BY_SCRIPT).flatMap(([script, rows]) =>
  rows.map((row) => ({ script, ...row })),
);

export interface ScriptChange {
  /** The module that some versions do not have. */
  script: string;
  /** The one that does its work there, with what makes it do only that; absent = the stage is left out. */
  to?: { script: string; set: Readonly<Record<string, Value>> };
  since: string;
  severity: "info" | "warning";
  reason: string;
}

export const SCRIPT_CHANGES: readonly ScriptChange[] = [
  {
    script: "scripts.base_loss",
    to: { script: "scripts.base_eval", set: { eval: "bpb" } },
    since: "0307997",
    severity: "info",
    reason: "base_eval measures the loss too",
  },
  {
    script: "scripts.mid_train",
    since: "1ddaad1",
    severity: "warning",
    reason: "there is no mid-training any more: chat_sft starts from the base model",
  },
  { script: "scripts.chat_web", since: "da32e1d", severity: "info", reason: "the web chat was taken out; `eval chat` talks to a model" },
  { script: "nanochat.report", since: "f10bd75", severity: "info", reason: "the report was taken out; `runs show` has what was in it" },
  { script: "scripts.infer_bench", since: "eb16d01", severity: "info", reason: "this version has no such benchmark" },
];

/** What becomes of a parameter that a script does not have. */
export type Translation = { kind: "renamed"; change: ParameterChange; to: string } | { kind: "dropped"; change: ParameterChange };

/** Null = nothing is known of it: a name that never was. */
export function translate(script: ScriptInfo, name: string): Translation | null {
  const rows = PARAMETER_CHANGES.filter((change) => change.script === shortName(script.module) && change.name === name);
  const renamed = rows.find(({ to }) => to !== undefined && script.parameters.some((parameter) => parameter.name === to));
  if (renamed?.to !== undefined) return { kind: "renamed", change: renamed, to: renamed.to };
  const dropped = rows.find(({ to }) => to === undefined);
  return dropped === undefined ? null : { kind: "dropped", change: dropped };
}

/** Whether leaving the value out comes to the same. */
export const isTheSame = ({ same = [], harmless }: ParameterChange, value: Value): boolean => harmless === true || same.includes(value);
