/** What one number may be by itself, whatever the others are. */
import type { Parameter } from "../../core/params.ts";
import type { Value } from "../../core/plan.ts";
import { count } from "../../lib/format.ts";
import type { StageContext } from "./context.ts";
import { rule, shown } from "./rule.ts";

interface Range {
  min?: number;
  /** The value itself is not allowed. */
  above?: number;
  max?: number;
  below?: number;
  /** The value by which the script takes the setting for "not given". */
  off?: number;
  /** `off` means "choose one", which a script can only do where it is the default. */
  automatic?: boolean;
  /** Ends the sentence "it must be at least 1, …". */
  why: string;
}

const one = (why: string): Range => ({ min: 1, why });
const oneOrOff = (why: string): Range => ({ min: 1, off: -1, why });
const rate: Range = { min: 0, why: "a negative learning rate climbs the loss" };
const fraction = (why: string): Range => ({ min: 0, max: 1, why });
const beta: Range = { min: 0, below: 1, why: "it is the share of the past that an average keeps" };

/** By Python name; the same name means the same in every script. */
const RANGES: Readonly<Record<string, Range>> = {
  depth: one("a model has at least one layer"),
  aspect_ratio: one("it is multiplied with depth to the width of the model"),
  head_dim: { min: 2, why: "rotary embeddings turn pairs of channels" },
  max_seq_len: { min: 2, why: "the model learns to tell a token from the one before" },
  device_batch_size: one("each process takes at least one sequence"),
  total_batch_size: { min: 1, off: -1, automatic: true, why: "a step takes tokens" },
  num_iterations: oneOrOff("there would be nothing to do"),
  max_iterations: oneOrOff("no step would be made"),
  target_flops: { above: 0, off: -1, why: "it is an amount of work" },
  target_param_data_ratio: { above: 0, off: -1, why: "it is tokens for each parameter" },
  num_epochs: one("the data are gone through at least once"),
  mmlu_epochs: { min: 0, why: "it is how often MMLU is in the mixture" },
  gsm8k_epochs: { min: 0, why: "it is how often GSM8K is in the mixture" },
  target_examples_per_step: one("a step takes examples"),
  examples_per_step: one("a step is made of examples"),
  num_samples: one("a question gets at least one answer"),
  max_new_tokens: one("an answer has at least one token"),
  max_tokens: one("a reply has at least one token"),
  temperature: { min: 0, why: "0 already takes the likeliest token" },
  top_k: { min: 0, why: "0 already turns it off" },
  embedding_lr: rate,
  unembedding_lr: rate,
  matrix_lr: rate,
  scalar_lr: rate,
  init_lr_frac: { above: 0, why: "all learning rates are multiplied with it" },
  weight_decay: { min: 0, why: "a negative one lets the weights grow without end" },
  grad_clip: { min: 0, why: "0 already turns clipping off" },
  adam_beta1: beta,
  adam_beta2: beta,
  warmup_ratio: fraction("it is a share of the run"),
  warmdown_ratio: fraction("it is the last share of the run"),
  final_lr_frac: { min: 0, why: "it is the share of the learning rate that is left at the end" },
  warmup_steps: { min: 0, why: "it counts steps" },
  eval_tokens: one("an evaluation reads tokens"),
  eval_steps: one("an evaluation reads batches"),
  eval_examples: one("an evaluation asks questions"),
  split_tokens: one("the loss is measured on tokens"),
  core_metric_max_per_task: oneOrOff("a task has examples"),
  max_per_task: oneOrOff("each task has examples"),
  max_problems: oneOrOff("a task has problems"),
  eval_metrics_max_problems: one("each metric needs problems"),
  chatcore_max_cat: oneOrOff("a categorical task has problems"),
  chatcore_max_sample: oneOrOff("a generative task has problems"),
  load_optimizer: { min: 0, max: 1, why: "0 is no and 1 is yes" },
  resume_from_step: { min: 0, off: -1, why: "it is the step of a checkpoint" },
  model_step: { min: 0, why: "it names the step of a checkpoint" },
  step: { min: 0, why: "it names a checkpoint's step" },
  num_files: oneOrOff("there is no half a shard"),
  num_workers: one("somebody has to download"),
  max_chars: one("the tokenizer learns from text"),
  doc_cap: one("a document has characters"),
  vocab_size: { min: 265, why: "256 bytes and 9 special tokens are always in it (nanochat/tokenizer.py)" },
  batch_size: one("a batch holds a problem"),
  prompt_tokens: one("a prompt has tokens"),
  decode_tokens: one("something has to be decoded"),
  port: { min: 1, max: 65_535, why: "it is a TCP port" },
  num_gpus: one("somebody has to answer"),
};

function fits(value: number, { min, above, max, below }: Range): boolean {
  return (
    (min === undefined || value >= min) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (below === undefined || value < below)
  );
}

/** `at least 1`, `above 0 and at most 1` */
function wanted({ min, above, max, below }: Range): string {
  const lower = min === undefined ? (above === undefined ? "" : `above ${above}`) : `at least ${shown(min)}`;
  const upper = max === undefined ? (below === undefined ? "" : `below ${below}`) : `at most ${shown(max)}`;
  return [lower, upper].filter(Boolean).join(" and ");
}

/** Why a number is none for this parameter, and the nearest that is; null when it is. For forms too, as one types. */
export function outOfRange(parameter: Parameter, value: number): { wanted: string; why: string; nearest: number | null } | null {
  const range = RANGES[parameter.name];
  if (range === undefined || fits(value, range)) return null;
  if (value === range.off && (!range.automatic || parameter.default === value)) return null;
  const { min = Number.NEGATIVE_INFINITY, max } = range;
  return { wanted: wanted(range), why: range.why, nearest: value < min ? min : (max ?? null) };
}

/** What can hardly be meant by a larger one, by the end of its name. */
const IMPLAUSIBLE: ReadonlyArray<{ end: string; most: number; why: string }> = [
  // nanochat's largest is 0.5 (scalar_lr); with ten a step moves every weight by more than a model's weights are large.
  { end: "_lr", most: 10, why: "the loss will very likely become NaN" },
  // All rates at once, against those that the run began with.
  { end: "lr_scale", most: 100, why: "the loss will very likely become NaN" },
  // nanochat's largest is 0.28, which it scales by depth or length; each step takes off this times the rate of every weight.
  { end: "weight_decay", most: 10, why: "the weights shrink away, or the loss becomes NaN" },
];

/** So many times the default, or as small a part of it, is no usual trial any more. */
const FAR = 20;

const isCompared = (name: string): boolean => name.endsWith("_lr") || name === "weight_decay";

/** How far a rate is from its default, `250 × the default of 0.02`; null when it is near it or there is none to compare with. */
function farFromDefault(value: number, usual: Value): string | null {
  if (typeof usual !== "number" || usual <= 0 || value <= 0) return null;
  const times = value / usual;
  if (times < FAR && times > 1 / FAR) return null;
  return `${times > 1 ? `${count(times)} ×` : `1/${count(1 / times)} of`} the default of ${shown(usual)}`;
}

/** A rate, or all of them at once (a field of a patch). */
export const isRate = (name: string): boolean => name.endsWith("_lr") || name === "lr_scale";

/** Why a learning rate or a weight decay is hardly meant, the end of a sentence; null when it may be. For plans and for patches. */
export function implausibleRate(name: string, value: number): string | null {
  const limit = IMPLAUSIBLE.find(({ end }) => name.endsWith(end));
  return limit !== undefined && value > limit.most ? `which is more than ${limit.most}: ${limit.why}` : null;
}

/** What the prefab says underneath, else the script's own default, when they will do; else the nearest value that does. */
function remedyValue(stage: StageContext, { name, nearest }: { name: string; nearest: number | null }): number | null | undefined {
  const parameter = [...stage.values].find((value) => value.parameter.name === name)?.parameter;
  const below = stage.underneath(name);
  if (typeof below === "number" && parameter !== undefined && outOfRange(parameter, below) === null) return below;
  const usual = stage.defaultOf(name);
  const usable = parameter !== undefined && (typeof usual !== "number" || outOfRange(parameter, usual) === null);
  return usable ? null : (nearest ?? undefined);
}

export const RANGE_RULES = [
  rule({
    id: "range",
    appliesTo: "all",
    needs: [],
    check: (stage) =>
      [...stage.values].flatMap(({ parameter, value }) => {
        const found = typeof value === "number" ? outOfRange(parameter, value) : null;
        return found === null ? [] : [{ ...found, name: parameter.name, value: value as number }];
      }),
    severity: "error",
    field: ({ name }) => name,
    message: ({ name, value, wanted, why }) => `${name} is ${shown(value)}, and must be ${wanted}: ${why}`,
    fix: (found, stage) => {
      const value = remedyValue(stage, found);
      return value === undefined ? null : { set: { [found.name]: value } };
    },
  }),
  rule({
    id: "implausible-rate",
    appliesTo: "training",
    needs: [],
    check: (stage) =>
      [...stage.values].flatMap(({ parameter: { name }, value }) => {
        const why = typeof value === "number" ? implausibleRate(name, value) : null;
        return why === null ? [] : [{ name, value: value as number, why }];
      }),
    severity: "warning",
    field: ({ name }) => name,
    message: ({ name, value, why }) => `${name} is ${shown(value)}, ${why}`,
    fix: ({ name }, stage) => (typeof stage.defaultOf(name) === "number" ? { set: { [name]: null } } : null),
  }),
  rule({
    id: "far-rate",
    appliesTo: "training",
    needs: [],
    check: (stage) =>
      [...stage.values].flatMap(({ parameter: { name }, value }) => {
        if (typeof value !== "number" || !isCompared(name) || implausibleRate(name, value) !== null) return [];
        const far = farFromDefault(value, stage.defaultOf(name));
        return far === null ? [] : [{ name, value, far }];
      }),
    severity: "info",
    field: ({ name }) => name,
    message: ({ name, value, far }) => `${name} is ${shown(value)}, ${far}`,
    fix: ({ name }) => ({ set: { [name]: null } }),
  }),
  rule({
    id: "zero-rate",
    appliesTo: "training",
    needs: [],
    check: (stage) =>
      ["embedding_lr", "unembedding_lr", "matrix_lr", "scalar_lr"].filter((name) => stage.number(name) === 0).map((name) => ({ name })),
    severity: "warning",
    field: ({ name }) => name,
    message: ({ name }) => `${name} is 0: the parameters that it belongs to stay as they were at the start`,
    fix: ({ name }, stage) => (stage.defaultOf(name) === 0 ? null : { set: { [name]: null } }),
  }),
];
