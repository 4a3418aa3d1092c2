/** Cases of rules about what checkpoints there are. */
import { captured } from "../captures/capture.ts";
import { checkpoint, DATA, stage, testPrefab } from "./fixtures.ts";
import { around, base, type Case, only, saved } from "./rule-inputs.ts";

export const CHECKPOINT_CASES: readonly Case[] = [
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
    id: "broken-source",
    when: "a model was saved with a loss that is no number",
    input: { ...around({ checkpoints: [{ ...saved, trainLoss: Number.NaN }] }), ...only("scripts.chat_sft", { model_tag: "d4" }) },
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
    id: "patched-rates",
    when: "a learning rate was patched before the checkpoint",
    input: {
      ...around({ checkpoints: [saved], rates: () => [{ name: "matrix_lr", from: 0.02, to: 0.01 }] }),
      ...base({ resume_from_step: 40, model_tag: "d4" }),
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
