/** A plan for every rule that breaks it alone, and what its fix sets. */
import type { Value } from "../../core/plan.ts";
import { captured } from "../captures/capture.ts";
import { parameter, script, workspace } from "../fixtures.ts";
import { NOTHING_KNOWN, type PlanInput, type Surroundings } from "../plan-input.ts";
import { a100, CPU, checkpoint, DATA, h100, simpleFigures, stage, testPrefab } from "./fixtures.ts";

export const around = (more: Partial<Surroundings>): Pick<PlanInput, "surroundings"> => ({ surroundings: { ...NOTHING_KNOWN, ...more } });
export const base = (set: Record<string, Value>, ranks?: number) => ({ prefab: testPrefab([stage("scripts.base_train", set, ranks)]) });
export const only = (script: string, set: Record<string, Value> = {}, ranks?: number) => ({
  prefab: testPrefab([stage(script, set, ranks)]),
});
const env = (variables: Record<string, string>) => ({ prefab: testPrefab([stage("scripts.base_train")], { env: variables }) });
const busy = { ...h100(1), gpus: h100(1).gpus.map((gpu) => ({ ...gpu, usedBytes: 40 * 2 ** 30 })) };
const saved = checkpoint("base", "d4", 40);
const pocket = captured("92d63d4", { kind: "pocket" });

export interface Case {
  /** Of the rule. */
  id: string;
  when: string;
  input: Partial<PlanInput>;
  /** What its fix sets, by name; null = it has none. */
  fix: Record<string, Value> | "inserts" | null;
}

export const CASES: readonly Case[] = [
  {
    id: "prefab-workspace",
    when: "a pocket prefab meets a checkout",
    input: { prefab: testPrefab([stage("scripts.base_train")], { workspace: "pocket" }) },
    fix: null,
  },
  {
    id: "python",
    when: "no Python will do",
    input: { python: { argv: ["python3"], reason: "", failure: { code: "refused", what: "python3 has no torch" } } },
    fix: null,
  },
  { id: "wandb-import", when: "wandb is not installed", input: around({ wandbImport: false }), fix: null },
  {
    id: "base-dir",
    when: "the base dir is on a read-only disk",
    input: around({ data: { ...DATA, readOnly: "the file system is read-only" } }),
    fix: null,
  },
  { id: "base-dir", when: "the base dir is on a full disk", input: around({ data: { ...DATA, diskFreeBytes: 4096 } }), fix: null },
  { id: "dirty", when: "the checkout has changes", input: { workspace: captured("92d63d4", { dirty: true }) }, fix: null },
  {
    id: "other-checkout",
    when: "a past run was made with another commit",
    input: { reproduces: { run: "r", workspace: { dir: "/c", kind: "nanochat", commit: "3a5e0bc", dirty: false, package: "nanochat" } } },
    fix: null,
  },
  { id: "model-tag", when: "a prefab names a tag of its own", input: base({ model_tag: "theirs" }), fix: null },
  { id: "run-name", when: "a run of that name has ended", input: around({ namesakes: [{ id: "r1", going: false }] }), fix: null },
  { id: "wandb-idle", when: "there is a key and the run has no name", input: around({ wandbKey: true }), fix: { run: "mine" } },
  {
    id: "wandb-key",
    when: "the run has a name and there is no key",
    input: { ...around({ wandbKey: false }), ...base({ run: "x" }) },
    fix: { run: "dummy" },
  },
  {
    id: "wandb-doubt",
    when: "W&B could not be asked about the key",
    input: { ...around({ wandbKey: true, wandbDoubt: "it could not be asked" }), ...base({ run: "x" }) },
    fix: { run: "dummy" },
  },
  {
    id: "environment",
    when: "one thread is left for the CPU",
    input: { ...around({ machine: CPU }), ...env({ OMP_NUM_THREADS: "1" }) },
    fix: null,
  },
  { id: "range", when: "a number is out of range", input: base({ depth: -2 }), fix: { depth: null } },
  {
    id: "range",
    when: "a value of the prefab was set over by a wrong one",
    input: { ...base({ depth: 6 }), sets: ["depth=0"] },
    fix: { depth: 6 },
  },
  {
    id: "word",
    when: "a word of the prefab was set over by one that is none",
    input: { ...base({ device_type: "cpu" }), sets: ["device_type=tpu"] },
    fix: { device_type: "cpu" },
  },
  { id: "implausible-rate", when: "a rate is beyond all sense", input: base({ matrix_lr: 1e9 }), fix: { matrix_lr: null } },
  { id: "far-rate", when: "a rate is far above its default", input: base({ matrix_lr: 5 }), fix: { matrix_lr: null } },
  { id: "far-rate", when: "a rate is far below its default", input: base({ matrix_lr: 0.0001 }), fix: { matrix_lr: null } },
  { id: "zero-rate", when: "a rate is 0", input: base({ scalar_lr: 0 }), fix: { scalar_lr: null } },
  { id: "word", when: "a device is none", input: base({ device_type: "gpu" }), fix: { device_type: null } },
  {
    id: "listed-word",
    when: "a fork's comment lists other words",
    input: {
      workspace: workspace([script("scripts.base_train", [parameter("pooling", "str", "mean", { help: "mean | query | cls" })])]),
      ...base({ pooling: "max" }),
    },
    fix: { pooling: null },
  },
  { id: "folder-name", when: "a tag is a path", input: base({ model_tag: "a/b" }), fix: null },
  { id: "folder-name", when: "a tag is empty", input: base({ model_tag: "" }), fix: null },
  { id: "folder-name", when: "a tag is blank", input: base({ model_tag: " " }), fix: null },
  { id: "required", when: "a required parameter is missing", input: only("scripts.chat_eval"), fix: null },
  {
    id: "heads-divide",
    when: "a depth has no even heads",
    input: { workspace: captured("3a5e0bc"), ...base({ depth: 11 }) },
    fix: { depth: 12 },
  },
  { id: "width-nudged", when: "the width is no whole number of heads", input: base({ depth: 5 }), fix: null },
  { id: "head-dim-even", when: "a head is odd", input: base({ head_dim: 63 }), fix: { head_dim: 64 } },
  {
    id: "head-dim-flash",
    when: "a head is none that Flash Attention takes",
    input: { ...around({ machine: h100(1) }), ...base({ head_dim: 100 }) },
    fix: { head_dim: 104 },
  },
  {
    id: "longer-context",
    when: "fine-tuning wants more context than there was",
    input: { prefab: testPrefab([stage("scripts.base_train"), stage("scripts.chat_sft", { max_seq_len: 4096 })]) },
    fix: { max_seq_len: null },
  },
  {
    id: "cuda-wanted",
    when: "a benchmark of GPUs has none",
    input: { ...around({ machine: CPU }), ...only("scripts.infer_bench") },
    fix: null,
  },
  { id: "window-letters", when: "a window has other letters", input: base({ window_pattern: "SX" }), fix: { window_pattern: "L" } },
  { id: "window-attention", when: "short windows run on a CPU", input: around({ machine: CPU }), fix: { window_pattern: "L" } },
  { id: "fp8-gpu", when: "fp8 runs on an A100", input: { ...around({ machine: a100(1) }), ...base({ fp8: true }) }, fix: { fp8: null } },
  { id: "fp8-recipe-idle", when: "a recipe is chosen without fp8", input: base({ fp8_recipe: "rowwise" }), fix: { fp8_recipe: null } },
  {
    id: "batch-divides",
    when: "a batch does not divide",
    input: base({ total_batch_size: 524_288, device_batch_size: 24 }),
    fix: { device_batch_size: 16 },
  },
  {
    id: "split-divides",
    when: "a split does not divide",
    input: {
      workspace: captured("eb7bbc1"),
      prefab: testPrefab([stage("scripts.base_train"), stage("scripts.base_loss", { split_tokens: 70_000 })]),
    },
    fix: { split_tokens: 65_536 },
  },
  {
    id: "examples-divide",
    when: "examples do not divide",
    input: { workspace: captured("eb7bbc1"), ...only("scripts.chat_sft", { device_batch_size: 5 }) },
    fix: { device_batch_size: 4 },
  },
  {
    id: "examples-share",
    when: "ranks cannot share examples",
    input: only("scripts.chat_rl", { examples_per_step: 15 }, 2),
    fix: { examples_per_step: 16 },
  },
  {
    id: "samples-batch",
    when: "samples are fewer than a batch",
    input: only("scripts.chat_rl", { num_samples: 3 }),
    fix: { device_batch_size: 3 },
  },
  {
    id: "samples-rest",
    when: "samples are no whole batches",
    input: only("scripts.chat_rl", { num_samples: 12 }),
    fix: { num_samples: 8 },
  },
  {
    id: "micro-batches",
    when: "fine-tuning accumulates",
    input: only("scripts.chat_sft", { num_iterations: 100, total_batch_size: 4096, device_batch_size: 2, max_seq_len: 512 }),
    fix: null,
  },
  { id: "no-horizon", when: "nothing ends the run", input: base({ target_param_data_ratio: -1 }), fix: { target_param_data_ratio: null } },
  {
    id: "horizons-conflict",
    when: "two things end the run",
    input: base({ num_iterations: 9, target_flops: 1e9, warmup_steps: 1 }),
    fix: { target_flops: null },
  },
  {
    id: "no-steps",
    when: "the run has less than a step",
    input: { figuresOf: simpleFigures, ...base({ target_param_data_ratio: 0.001 }) },
    fix: { target_param_data_ratio: null },
  },
  { id: "past-the-end", when: "a resume lies behind the end", input: base({ num_iterations: 100, resume_from_step: 200 }), fix: null },
  { id: "endless-warmup", when: "the warm-up never ends", input: base({ num_iterations: 20 }), fix: { warmup_steps: 2 } },
  {
    id: "schedule-overlaps",
    when: "warm-up and warm-down overlap",
    input: only("scripts.chat_sft", { warmup_ratio: 0.7 }),
    fix: { warmdown_ratio: 0.3 },
  },
  { id: "final-rate-rises", when: "the rate rises at the end", input: base({ final_lr_frac: 3 }), fix: { final_lr_frac: null } },
  {
    id: "interval-zero",
    when: "an interval is divided by",
    input: only("scripts.chat_rl", { save_every: 0 }),
    fix: { save_every: 999_999_999 },
  },
  {
    id: "interval-negative",
    when: "off is not understood",
    input: only("scripts.chat_rl", { eval_every: -1 }),
    fix: { eval_every: 999_999_999 },
  },
  { id: "eval-nothing", when: "an evaluation has no batch", input: base({ eval_tokens: 1000 }), fix: { eval_tokens: 65_536 } },
  { id: "eval-rest", when: "an evaluation has a rest", input: base({ eval_tokens: 100_000 }), fix: null },
  {
    id: "split-nothing",
    when: "a loss is measured on nothing",
    input: { prefab: testPrefab([stage("scripts.base_train"), stage("scripts.base_eval", { split_tokens: 1000 })]) },
    fix: { split_tokens: 65_536 },
  },
  {
    id: "eval-bundle",
    when: "the evaluation's data are missing and nobody fetches them",
    input: { ...around({ evalBundle: false }), workspace: captured("92d63d4", { features: { eval_bundle_downloads: false } }) },
    fix: { core_metric_every: -1 },
  },
  {
    id: "device",
    when: "a device is not there",
    input: { ...around({ machine: CPU }), ...base({ device_type: "cuda", window_pattern: "L" }) },
    fix: { device_type: null },
  },
  {
    id: "device-idle",
    when: "a GPU stands idle",
    input: { ...around({ machine: h100(1) }), ...base({ device_type: "cpu" }) },
    fix: { device_type: null },
  },
  {
    id: "device-obstacle",
    when: "the first version meets a CPU",
    input: { ...around({ machine: CPU }), workspace: captured("3a5e0bc") },
    fix: null,
  },
  {
    id: "ranks-device",
    when: "ranks meet a CPU",
    input: { ...around({ machine: CPU }), ...base({ window_pattern: "L" }, 2) },
    fix: { ranks: 1 },
  },
  { id: "ranks-gpus", when: "there are fewer GPUs", input: { ...around({ machine: h100(2) }), ...base({}, 8) }, fix: { ranks: 2 } },
  { id: "gpus-idle", when: "GPUs stand idle", input: around({ machine: h100(8) }), fix: null },
  {
    id: "ranks-cores",
    when: "pocket ranks share a core",
    input: { ...around({ machine: { ...CPU, cpus: 1 } }), workspace: pocket, ...base({}, 4) },
    fix: { ranks: 1 },
  },
  {
    id: "vocabulary-divides",
    when: "ranks do not share the vocabulary",
    input: { ...around({ machine: h100(8), data: DATA }), ...base({}, 6) },
    fix: { ranks: 4 },
  },
  {
    id: "memory",
    when: "the batch is too large",
    input: { ...around({ machine: h100(1) }), figuresOf: simpleFigures, ...base({ device_batch_size: 128 }) },
    fix: { device_batch_size: 64 },
  },
  {
    id: "memory-tight",
    when: "the batch is nearly too large",
    input: { ...around({ machine: h100(1) }), figuresOf: simpleFigures, ...base({ device_batch_size: 72, total_batch_size: 147_456 }) },
    fix: { device_batch_size: 36 },
  },
  { id: "gpu-busy", when: "a GPU is taken", input: around({ machine: busy }), fix: null },
  { id: "no-data", when: "there are no shards", input: around({ data: { ...DATA, shards: 1 } }), fix: "inserts" },
  {
    id: "few-shards",
    when: "there are too few shards",
    input: { ...around({ data: { ...DATA, shards: 2 } }), figuresOf: simpleFigures },
    fix: "inserts",
  },
  { id: "no-tokenizer", when: "there is no tokenizer", input: around({ tokenizer: false }), fix: "inserts" },
  {
    id: "tokenizer-replaced",
    when: "a tokenizer would be replaced",
    input: { ...around({ data: DATA, checkpoints: [saved] }), ...only("scripts.tok_train", { vocab_size: 65_536 }) },
    fix: { vocab_size: 32_768 },
  },
  {
    id: "tokenizer-kept",
    when: "a tokenizer is there already",
    input: { ...around({ data: DATA }), ...only("scripts.tok_train") },
    fix: null,
  },
  {
    id: "disk",
    when: "checkpoints fill the disk",
    input: { ...around({ data: { ...DATA, diskFreeBytes: 4 * 2 ** 30 } }), figuresOf: simpleFigures, ...base({ save_every: 10 }) },
    fix: { save_every: null },
  },
  {
    id: "no-source",
    when: "a model is not there",
    input: { ...around({ checkpoints: [saved] }), ...only("scripts.chat_sft", { model_tag: "d5" }) },
    fix: { model_tag: "d4" },
  },
  {
    id: "source-guessed",
    when: "a model is not named",
    input: {
      ...around({ checkpoints: [saved, checkpoint("base", "d6", 9)] }),
      workspace: captured("3a5e0bc"),
      ...only("scripts.mid_train", { model_tag: null }),
    },
    fix: null,
  },
  {
    id: "broken-source",
    when: "a model is torn",
    input: { ...around({ checkpoints: [{ ...saved, broken: "its end is missing" }] }), ...only("scripts.chat_sft", { model_tag: "d4" }) },
    fix: null,
  },
  {
    id: "vocabulary",
    when: "a model has other tokens",
    input: { ...around({ checkpoints: [saved], data: { ...DATA, vocabulary: 999 } }), ...only("scripts.chat_sft", { model_tag: "d4" }) },
    fix: null,
  },
  {
    id: "no-such-step",
    when: "a step was not saved",
    input: { ...around({ checkpoints: [saved] }), ...base({ resume_from_step: 41, model_tag: "d4" }) },
    fix: { resume_from_step: 40 },
  },
  {
    id: "resume-ranks",
    when: "a resume has other ranks",
    input: { ...around({ checkpoints: [checkpoint("base", "d4", 40, 2)] }), ...base({ resume_from_step: 40, model_tag: "d4" }) },
    fix: { ranks: 2 },
  },
  {
    id: "resume-shape",
    when: "a resume would build another model",
    input: {
      ...around({ checkpoints: [checkpoint("base", "d4", 40, 1, { userConfig: { depth: 4, head_dim: 128, aspect_ratio: 64 } })] }),
      ...base({ resume_from_step: 40, model_tag: "d4", depth: 6, head_dim: 64 }),
    },
    fix: { depth: 4, head_dim: 128 },
  },
  {
    id: "resume-shape",
    when: "only the model's own config tells how deep it is",
    input: { ...around({ checkpoints: [saved] }), ...base({ resume_from_step: 40, model_tag: "d4", depth: 6 }) },
    fix: { depth: 4 },
  },
  {
    id: "resume-use",
    when: "a resume looks at another context",
    input: {
      ...around({ checkpoints: [checkpoint("base", "d4", 40, 1, { userConfig: { depth: 4, max_seq_len: 512, window_pattern: "L" } })] }),
      ...base({ resume_from_step: 40, model_tag: "d4", depth: 4, max_seq_len: 512, window_pattern: "SL" }),
    },
    fix: { window_pattern: "L" },
  },
  {
    id: "resume-length",
    when: "a resume trains longer than it was made to",
    input: {
      ...around({ checkpoints: [checkpoint("base", "d4", 40, 1, { userConfig: { depth: 4, num_iterations: 50 } })] }),
      ...base({ resume_from_step: 40, model_tag: "d4", depth: 4, num_iterations: 100 }),
    },
    fix: { num_iterations: 50 },
  },
  {
    id: "resume-patched",
    when: "a setting was patched before the checkpoint",
    input: {
      prefab: testPrefab([
        {
          ...stage("scripts.base_train"),
          set: new Map([["eval_every", { value: 5, origin: { layer: "prefab", patched: { run: "r1", step: 7, began: 10 } } }]]),
        },
      ]),
    },
    fix: null,
  },
  {
    id: "resume-data",
    when: "a checkpoint is resumed",
    input: { ...around({ checkpoints: [saved] }), ...base({ resume_from_step: 40, model_tag: "d4", depth: 4 }) },
    fix: null,
  },
  {
    id: "resume-rates",
    when: "a resume has another learning rate than it was saved with",
    input: {
      ...around({ checkpoints: [checkpoint("base", "d4", 40, 1, { userConfig: { matrix_lr: 0.05, embedding_lr: 0.3 } })] }),
      ...base({ resume_from_step: 40, model_tag: "d4", matrix_lr: 0.01 }),
    },
    fix: { matrix_lr: 0.05 },
  },
  {
    id: "optimizer-ranks",
    when: "fine-tuning has other ranks",
    input: { prefab: testPrefab([stage("scripts.base_train", {}, 4), stage("scripts.chat_sft", {}, 2)]) },
    fix: { load_optimizer: 0 },
  },
  {
    id: "resume-over-newer",
    when: "there are newer checkpoints at steps that it saves again",
    input: {
      ...around({ checkpoints: [saved, checkpoint("base", "d4", 60)] }),
      ...base({ resume_from_step: 40, model_tag: "d4", depth: 4, num_iterations: 60 }),
    },
    fix: null,
  },
  { id: "tag-in-use", when: "a folder has checkpoints", input: { ...around({ checkpoints: [checkpoint("base", "mine", 1)] }) }, fix: null },
];
