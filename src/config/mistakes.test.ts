/** Forty ways to get a prefab or a `--set` wrong: each is refused, or warned of, with a sentence of its own. */
import { describe, expect, test } from "bun:test";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { Value } from "../core/plan.ts";
import { sentence } from "../core/result.ts";
import { type Commit, captured } from "./captures/capture.ts";
import { makePlan } from "./plan.ts";
import { NOTHING_KNOWN, type Surroundings } from "./plan-input.ts";
import type { PrefabStage } from "./prefab.ts";
import { a100, CPU, checkpoint, DATA, h100, stage, testPrefab } from "./rules/fixtures.ts";

interface Mistake {
  title: string;
  commit?: Commit;
  /** Of base_train, unless there are `stages`. */
  set?: Record<string, Value>;
  stages?: PrefabStage[];
  sets?: string[];
  env?: Record<string, string>;
  ranks?: number;
  around?: Partial<Surroundings>;
  /** `refused`: no plan at all. */
  how: "refused" | "error" | "warning";
  /** What the sentence has to name. */
  names: string[];
}

const tinyBatch = { max_seq_len: 512, total_batch_size: 16_384, device_batch_size: 32, eval_tokens: 16_384 };
const made = (...all: Checkpoint[]): Partial<Surroundings> => ({ checkpoints: all });

const TOKEN = `hf_${"x1Y2".repeat(9)}`;

const MISTAKES: readonly Mistake[] = [
  { title: "a name that never was", sets: ["dept=4"], how: "refused", names: ["--set dept=4", "dept", "depth"] },
  { title: "no assignment", sets: ["depth"], how: "refused", names: ["--set depth", "NAME=VALUE"] },
  { title: "a stage that is not there", sets: ["chat_tune.depth=4"], how: "refused", names: ["chat_tune", "base_train"] },
  { title: "a word for a number", sets: ["depth=four"], how: "refused", names: ["depth", '"four"'] },
  { title: "a fraction for a whole number", sets: ["device_batch_size=1.5"], how: "refused", names: ["device_batch_size", '"1.5"'] },
  { title: "a number with commas", sets: ["eval_tokens=524,288"], how: "refused", names: ["eval_tokens", "Write it as 524288"] },
  { title: "a sum for a number", sets: ["eval_tokens=20*524288"], how: "refused", names: ["eval_tokens", '"20*524288"'] },
  { title: "no finite number", sets: ["matrix_lr=nan"], how: "refused", names: ["matrix_lr", '"nan"'] },
  { title: "nothing after the sign", sets: ["warmup_steps="], how: "refused", names: ["warmup_steps", '""'] },
  { title: "another answer than yes or no", sets: ["fp8=maybe"], how: "refused", names: ["fp8", '"maybe"'] },
  { title: "a choice that is none", sets: ["fp8_recipe=rowise"], how: "refused", names: ["fp8_recipe", "rowwise"] },
  {
    title: "a secret by its name",
    sets: ["WANDB_API_KEY=sesame-open"],
    how: "refused",
    names: ["--set WANDB_API_KEY", "secrets set wandb"],
  },
  { title: "a secret by its look", sets: [`run=${TOKEN}`], how: "refused", names: ["--set run", "Hugging Face token", "secrets set hf"] },
  { title: "a secret in YAML", set: { run: TOKEN }, how: "refused", names: ["run", "Hugging Face token", "secrets set hf"] },
  { title: "no number of processes", sets: ["ranks=0"], how: "refused", names: ["ranks", '"0"'] },
  { title: "a text in YAML where a number belongs", set: { depth: "4" }, how: "refused", names: ["depth", '"4"'] },
  { title: "nothing in YAML where a number belongs", set: { depth: null }, how: "refused", names: ["depth", "cannot be empty"] },
  { title: "a stage of no script", stages: [stage("scripts.base_trian")], how: "refused", names: ["scripts.base_trian"] },
  { title: "an equals sign for the configurator", commit: "3a5e0bc", sets: ["run=a=b"], how: "refused", names: ["run", '"="'] },
  { title: "a depth of nothing", set: { depth: 0 }, how: "error", names: ["depth is 0"] },
  { title: "a negative learning rate", set: { matrix_lr: -0.02 }, how: "error", names: ["matrix_lr is -0.02"] },
  { title: "a learning rate of nothing", set: { embedding_lr: 0 }, how: "warning", names: ["embedding_lr is 0"] },
  { title: "a share above the whole", set: { warmdown_ratio: 1.5 }, how: "error", names: ["warmdown_ratio is 1.5", "at most 1"] },
  { title: "a device that is none", set: { device_type: "gpu" }, how: "error", names: ["device_type", '"gpu"'] },
  { title: "a window of other letters", set: { window_pattern: "SSXL" }, how: "error", names: ["window_pattern SSXL"] },
  { title: "a tag that is a path", set: { model_tag: "../d4" }, how: "error", names: ["model_tag", "../d4"] },
  {
    title: "a batch that does not divide",
    set: { ...tinyBatch, device_batch_size: 30 },
    how: "error",
    names: ["total_batch_size is 16,384", "15,360"],
  },
  { title: "an evaluation of nothing", set: { ...tinyBatch, eval_tokens: 100 }, how: "error", names: ["eval_tokens is 100", "16,384"] },
  {
    title: "no horizon",
    set: { num_iterations: -1, target_param_data_ratio: -1 },
    how: "error",
    names: ["num_iterations", "target_flops", "target_param_data_ratio"],
  },
  {
    title: "two horizons",
    set: { num_iterations: 100, target_flops: 1e18 },
    how: "warning",
    names: ["num_iterations=100", "target_flops=1,000,000,000,000,000,000"],
  },
  { title: "a warm-up longer than the run", set: { num_iterations: 30 }, how: "warning", names: ["warmup_steps is 40", "30 steps"] },
  { title: "a learning rate that rises at the end", set: { final_lr_frac: 2 }, how: "warning", names: ["final_lr_frac is 2"] },
  { title: "an odd head", set: { head_dim: 65 }, how: "error", names: ["head_dim is 65"] },
  {
    title: "a depth that the first versions cannot divide",
    commit: "3a5e0bc",
    set: { depth: 11 },
    how: "error",
    names: ["depth 11", "704"],
  },
  {
    title: "off where there is no off",
    commit: "3a5e0bc",
    set: { core_metric_every: -1 },
    how: "error",
    names: ["core_metric_every is -1"],
  },
  {
    title: "an interval of nothing",
    stages: [stage("scripts.chat_rl", { eval_every: 0 })],
    how: "error",
    names: ["eval_every is 0", "chat_rl"],
  },
  { title: "a parameter of later versions", commit: "eb7bbc1", set: { fp8: true }, how: "error", names: ["fp8=true", "6079f78"] },
  { title: "a parameter of earlier versions", set: { grad_clip: 1 }, how: "error", names: ["grad_clip=1", "061f83c"] },
  { title: "fp8 on an A100", set: { fp8: true, window_pattern: "L" }, around: { machine: a100(1) }, how: "error", names: ["fp8", "A100"] },
  { title: "short windows without Flash Attention", around: { machine: a100(1) }, how: "warning", names: ["window_pattern SSSL", "A100"] },
  { title: "more processes than GPUs", ranks: 8, around: { machine: h100(4) }, how: "error", names: ["8 processes", "4"] },
  {
    title: "processes that share no vocabulary",
    ranks: 3,
    set: { total_batch_size: 196_608, eval_tokens: 196_608 },
    around: { machine: h100(4), data: DATA },
    how: "error",
    names: ["32,768", "3 processes"],
  },
  {
    title: "processes on a CPU",
    ranks: 2,
    set: { window_pattern: "L" },
    around: { machine: CPU },
    how: "error",
    names: ["2 processes on cpu"],
  },
  {
    title: "examples that processes cannot share",
    stages: [stage("scripts.chat_rl", { examples_per_step: 9 }, 2)],
    how: "error",
    names: ["examples_per_step is 9", "2 processes"],
  },
  {
    title: "fewer answers than a batch",
    stages: [stage("scripts.chat_rl", { num_samples: 4 })],
    how: "error",
    names: ["num_samples is 4", "device_batch_size of 8"],
  },
  {
    title: "a step that was never saved",
    set: { resume_from_step: 7, model_tag: "d4" },
    around: made(checkpoint("base", "d4", 40)),
    how: "error",
    names: ["resume_from_step is 7", "40"],
  },
  {
    title: "a resume with other processes",
    set: { resume_from_step: 40, model_tag: "d4", depth: 4 },
    around: made(checkpoint("base", "d4", 40, 2)),
    how: "error",
    names: ["base/d4@40", "2 processes"],
  },
  {
    title: "a folder that has checkpoints",
    around: made(checkpoint("base", "mine", 40)),
    how: "error",
    names: ["model tag mine", "/base/base_checkpoints/mine"],
  },
  {
    title: "a model that is not there",
    stages: [stage("scripts.chat_sft", { model_tag: "d5" })],
    around: made(checkpoint("base", "d4", 40)),
    how: "error",
    names: ["base/d5", "d4"],
  },
  {
    title: "a model of another vocabulary",
    stages: [stage("scripts.chat_sft", { model_tag: "d4" })],
    around: { ...made(checkpoint("base", "d4", 40)), data: { ...DATA, vocabulary: 65_536 } },
    how: "error",
    names: ["32,768", "65,536"],
  },
  { title: "an evaluation that is not told of what", stages: [stage("scripts.chat_eval")], how: "error", names: ["chat_eval", "source"] },
  { title: "no tokenizer", around: { tokenizer: false }, how: "error", names: ["tokenizer", "/base"] },
  { title: "no data", around: { data: { ...DATA, shards: 0 } }, how: "error", names: ["shards", "/base"] },
  {
    title: "a base dir that cannot be written",
    around: { data: { ...DATA, readOnly: "it is a read-only file system" } },
    how: "error",
    names: ["/base", "read-only"],
  },
  { title: "a rank in the environment", env: { RANK: "0" }, how: "error", names: ["RANK", "WORLD_SIZE"] },
  { title: "a number format that is none", env: { NANOCHAT_DTYPE: "fp16" }, how: "error", names: ["NANOCHAT_DTYPE", '"fp16"'] },
  { title: "threads that are no number", env: { OMP_NUM_THREADS: "all" }, how: "error", names: ["OMP_NUM_THREADS", '"all"'] },
  { title: "a name that is taken", around: { namesakes: [{ id: "r7", going: true }] }, how: "error", names: ["r7", "mine", "--name"] },
  {
    title: "a name that was taken",
    around: { namesakes: [{ id: "r7", going: false }] },
    how: "warning",
    names: ["Run r7 is called mine too", "--name"],
  },
  { title: "a W&B name without a key", set: { run: "first" }, around: { wandbKey: false }, how: "error", names: ["run is first", "W&B"] },
];

function sentencesOf(mistake: Mistake): Array<{ how: Mistake["how"]; text: string }> {
  const { commit = "92d63d4", set = {}, stages, sets = [], env = {}, ranks = 1, around = {} } = mistake;
  const plan = makePlan({
    prefab: testPrefab(stages ?? [stage("scripts.base_train", set)], { env, ranks }),
    workspace: captured(commit),
    python: { argv: ["python3"], reason: "test" },
    baseDir: "/base",
    sets,
    name: "mine",
    modelTag: "mine",
    surroundings: { ...NOTHING_KNOWN, ...around },
  });
  if (!plan.ok) return [{ how: "refused", text: sentence(plan.failure) }];
  return plan.value.findings.flatMap(({ severity, message, remedy }) =>
    severity === "info" ? [] : [{ how: severity, text: `${message}. ${remedy ?? ""}` }],
  );
}

describe("each mistake has one sentence, which names what it is about", () => {
  const all: string[] = [];
  for (const mistake of MISTAKES) {
    test(mistake.title, () => {
      const said = sentencesOf(mistake);
      expect(said.map(({ how }) => how)).toEqual([mistake.how]);
      for (const name of mistake.names) expect(said[0]?.text).toContain(name);
      expect(said[0]?.text).toMatch(/\. \S/); // and says what to do
      for (const secret of [TOKEN, "sesame"]) expect(said[0]?.text).not.toContain(secret);
      all.push(said[0]?.text ?? "");
    });
  }
  test("no two sentences are alike, numbers aside", () => {
    const bare = all.map((text) => text.replaceAll(/[\d.,]+/g, "#"));
    expect(bare.filter((text, index) => bare.indexOf(text) !== index)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(40);
  });
});
