/** Cases of rules about checkout, machine and data. */
import { captured } from "../captures/capture.ts";
import { CPU, DATA, h100, simpleFigures, stage, testPrefab } from "./fixtures.ts";
import { around, base, busy, type Case, env, only, pocket, saved } from "./rule-inputs.ts";

export const SETUP_CASES: readonly Case[] = [
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
  {
    id: "cuda-wanted",
    when: "a benchmark of GPUs has none",
    input: { ...around({ machine: CPU }), ...only("scripts.infer_bench") },
    fix: null,
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
    fix: null,
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
];
