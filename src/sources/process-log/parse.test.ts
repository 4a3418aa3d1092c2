import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { plain } from "../../lib/ansi.ts";
import { LINE_FORMATS } from "./formats.ts";
import { type Meaning, parseLine, unweave } from "./parse.ts";

/** One line or more for each format, after the print statements of the named scripts. */
const FACTS: ReadonlyArray<readonly [line: string, tag: string, fields: Record<string, string | number>]> = [
  // scripts/base_train.py@92d63d4 on GPUs
  ["GPU: NVIDIA H100 80GB HBM3 | Peak FLOPS (BF16): 9.89e+14", "gpu", { name: "NVIDIA H100 80GB HBM3", flops: 9.89e14 }],
  [
    "COMPUTE_DTYPE: torch.bfloat16 (auto-detected: CUDA SM 90 (bf16 supported))",
    "dtype",
    { dtype: "bfloat16", why: "auto-detected: CUDA SM 90 (bf16 supported)" },
  ],
  ["✓ Using Flash Attention 3: efficient, new and awesome.", "attention", {}],
  [
    "WARNING: Flash Attention 3 not available, using PyTorch SDPA fallback",
    "attention",
    { why: "Flash Attention 3 not available, using PyTorch SDPA fallback" },
  ],
  [
    "✓ FP8 training enabled (tensorwise scaling) - converted 48/49 linear layers, skipped 1 (too small)",
    "fp8",
    { recipe: "tensorwise", layers: 48, of: 49 },
  ],
  ["Vocab size: 32,768", "vocabulary", { size: 32_768 }],
  ["Number of parameters: 1,441,792", "parameters", { total: 1_441_792 }],
  ["Number of parameters: 561,000,000 (scaling: 435,000,000)", "parameters", { total: 561_000_000, scaling: 435_000_000 }],
  ["total                   : 1,966,122", "parameters", { total: 1_966_122 }],
  ["transformer_matrices    : 393,228", "parameters", { part: "transformer_matrices", count: 393_228 }],
  ["Estimated FLOPs per token: 5.898456e+06", "flops-per-token", { flops: 5_898_456 }],
  ["Using user-provided number of iterations: 1,000", "iterations", { steps: 1000 }],
  ["Calculated number of iterations from target data:param ratio: 2,520", "iterations", { steps: 2520 }],
  ["Calculated number of iterations from target FLOPs: 12", "iterations", { steps: 12 }],
  ["Calculated number of steps: 467", "iterations", { steps: 467 }],
  ["Total number of training tokens: 1,321,205,760", "training-tokens", { tokens: 1_321_205_760 }],
  ["Tokens : Scaling params ratio: 12.00", "token-ratio", { ratio: 12 }],
  ["Tokens : Params ratio: 20.00", "token-ratio", { ratio: 20 }],
  ["Total training FLOPs estimate: 1.000000e+18", "training-flops", { flops: 1e18 }],
  ["Tokens / micro-batch / rank: 32 x 2048 = 65,536", "micro-batch", { rows: 32, length: 2048, tokens: 65_536 }],
  ["Total batch size 524,288 => gradient accumulation steps: 8", "batch", { tokens: 524_288, accumulation: 8 }],
  ["Resuming optimization from step 1200", "resume", { step: 1200 }],
  ["Overriding: depth = 2", "override", { name: "depth", value: 2 }],
  ["Inherited max_seq_len=2048 from pretrained checkpoint", "inherited", { name: "max_seq_len", value: 2048 }],
  // scripts/base_eval.py@92d63d4, base_loss.py@63bb583, chat_eval.py and chat_sft.py@92d63d4
  [
    "Evaluating: arc_easy (10-shot, type: multiple_choice)... accuracy: 0.7500 | centered: 0.5000 | time: 0.07s",
    "core-task",
    { task: "arc_easy", shots: 10, type: "multiple_choice", accuracy: 0.75, centered: 0.5, seconds: 0.07 },
  ],
  ["  ARC-Easy: 25.50%", "chat-task", { task: "ARC-Easy", percent: 25.5 }],
  ["GSM8K accuracy: 4.50%", "chat-task", { task: "GSM8K", percent: 4.5 }],
  ["ChatCORE metric: 0.1234", "chat-total", { value: 0.1234 }],
  ["Final: 12/24 (50.00%)", "chat-score", { right: 12, of: 24, percent: 50 }],
  ["Evaluating model: base_model (step 2520)", "eval-of", { model: "base_model", step: 2520 }],
  ["Model: base_model (step 2520), train bpb: 0.8123", "split-bpb", { model: "base_model (step 2520)", split: "train", bpb: 0.8123 }],
  ["val bpb: 0.812345", "split-bpb", { split: "val", bpb: 0.812345 }],
  ["CORE metric: 0.2219", "core-total", { value: 0.2219 }],
  // nanochat/dataset.py@92d63d4, scripts/tok_train.py@92d63d4, rustbpe/src/lib.rs@a445144
  ["Downloading 8 shards using 4 workers...", "download", { shards: 8, workers: 4 }],
  ["Done! Downloaded: 7/8 shards to /data/base_data", "download-done", { shards: 7, of: 8, dir: "/data/base_data" }],
  ["Downloading shard_00003.parquet...", "download-begun", { file: "shard_00003.parquet" }],
  ["Successfully downloaded shard_00003.parquet", "downloaded", { file: "shard_00003.parquet" }],
  ["Skipping /data/base_data/shard_00001.parquet (already exists)", "download-skipped", { file: "/data/base_data/shard_00001.parquet" }],
  [
    "Attempt 2/5 failed for shard_00003.parquet: 503 Server Error",
    "download-retry",
    { attempt: 2, of: 5, file: "shard_00003.parquet", why: "503 Server Error" },
  ],
  ["Failed to download shard_00003.parquet after 5 attempts", "download-failed", { file: "shard_00003.parquet", attempts: 5 }],
  ["Progress: 42% (13762/32503 merges) - Last merge: (116, 104) -> 310", "merges", { percent: 42, done: 13_762, of: 32_503 }],
  ["Training time: 61.27s", "tokenizer-time", { seconds: 61.27 }],
  // the end of base_train.py, chat_sft.py and chat_rl.py@92d63d4
  ["Peak memory usage: 34,012.50MiB", "peak-memory", { mib: 34_012.5 }],
  ["Total training time: 4.21m", "training-time", { minutes: 4.21 }],
  ["Minimum validation bpb: 0.8123", "best-bpb", { bpb: 0.8123 }],
  ["✅ Saved model checkpoint to /data/chatrl_checkpoints/d20", "saved-chat", { dir: "/data/chatrl_checkpoints/d20" }],
  // torchrun
  ["scripts.base_train FAILED", "torchrun-failed", { script: "scripts.base_train" }],
  [
    "E1102 09:15:40.630000 4117 torch/distributed/elastic/multiprocessing/api.py:882] failed (exitcode: -9) local_rank: 1 (pid: 4184) of binary: /usr/bin/python3",
    "rank-failed",
    { code: -9, rank: 1, pid: 4184 },
  ],
  [
    "W1102 09:15:40.002000 4117 torch/distributed/elastic/multiprocessing/api.py:908] Sending process 4183 closing signal SIGTERM",
    "rank-ended",
    { pid: 4183, signal: "SIGTERM" },
  ],
  ["  exitcode  : -9 (pid: 4184)", "root-cause", { field: "exitcode", value: "-9 (pid: 4184)" }],
];

const fact = (meaning: Meaning | null): Extract<Meaning, { kind: "fact" }> | null => (meaning?.kind === "fact" ? meaning : null);

describe("a line that means something", () => {
  test.each(FACTS)("is recognised: %s", (line, tag, fields) => {
    const read = fact(parseLine(line).meaning);
    expect(read?.format.tag).toBe(tag);
    expect(read?.fields).toEqual(fields);
  });

  test("is shown for every format of the table", () => {
    const shown = new Set(FACTS.map(([line]) => fact(parseLine(line).meaning)?.format));
    expect(LINE_FORMATS.filter((format) => !shown.has(format)).map(({ tag, pattern }) => `${tag} ${pattern}`)).toEqual([]);
  });

  test("is recognised behind a logger's prefix, though the logger prints bold figures", () => {
    const line = plain(
      "2025-11-02 09:15:40,630 - nanochat.dataset - \x1b[32m\x1b[1mINFO\x1b[0m - Progress: \x1b[1m42%\x1b[0m (13762/32503 merges)",
    );
    expect(fact(parseLine(line).meaning)?.fields["percent"]).toBe(42);
  });

  test.each([
    ["Saved model parameters to: /data/base_checkpoints/d12/model_000020.pt", "model", "model_000020.pt"],
    ["Saved model file to: /data/base_checkpoints/d12/model_000020.pt", "model", "model_000020.pt"],
    ["Saved metadata to: /data/base_checkpoints/d12/meta_000020.json", "meta", "meta_000020.json"],
    ["Saved metadata file to: /data/base_checkpoints/d12/meta_000020.json", "meta", "meta_000020.json"],
    ["Saved optimizer state to: /data/base_checkpoints/d12/optim_000020_rank3.pt", "optim", "optim_000020_rank3.pt"],
  ])("names the file of a checkpoint: %s", (line, part, file) => {
    expect(parseLine(line).meaning).toEqual({ kind: "saved", step: 20, dir: "/data/base_checkpoints/d12", file, part });
  });

  test("may be the model's own text", () => {
    expect(parseLine("<|bos|>The capital of France is Paris").meaning).toEqual({ kind: "sample", text: "The capital of France is Paris" });
  });

  test("that is thousands of characters long is a step or nothing", () => {
    const more = Array.from({ length: 3000 }, (_, i) => `gate_${i}: ${i}.5`).join(" | ");
    const meaning = parseLine(`step 00001/00002 (1.00%) | loss: 1.0 | ${more}`).meaning;
    expect(meaning).toMatchObject({ kind: "step", step: 1, values: { "train/loss": 1, "train/gate_2999": 2999.5 } });
    const saved = "Saved model parameters to: /data/base_checkpoints/d12/model_000020.pt";
    expect(parseLine(saved).meaning).not.toBeNull();
    expect(parseLine(saved.replace("/data", `/${"d".repeat(5000)}`)).meaning).toBeNull();
  });

  test("that is long and no step costs no time", () => {
    const began = performance.now();
    for (const filler of ["a ", "a: ", "aa(", "loss: 1"]) parseLine(`step 00001 | ${filler.repeat(65_536 / filler.length)}`);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("no line at all makes the parser throw", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (line) => unweave(line).every((piece) => parseLine(piece) !== null)));
  });
});

describe("the level of a line", () => {
  test.each([
    ["just a line", "info"],
    ["2025-11-02 09:15:40,630 - nanochat.common - WARNING - Peak flops undefined for: X", "warn"],
    ["2025-11-02 09:15:40,630 - nanochat.common - ERROR - it broke", "error"],
    ["2025-11-02 09:15:40,630 - nanochat.common - DEBUG - detail", "debug"],
    ["[W1123 20:33:39.347141837 AllocatorConfig.cpp:28] Warning: PYTORCH_CUDA_ALLOC_CONF is deprecated", "warn"],
    ["E1102 09:15:40.630000 4117 torch/x.py:882] something", "error"],
    ["/home/user/x.py:12: UserWarning: this is old", "warn"],
    ["WARNING: optimizer checkpoint not found", "warn"],
    ["Traceback (most recent call last):", "error"],
    ["torch.OutOfMemoryError: CUDA out of memory.", "error"],
    ["base_train.py: error: unrecognized arguments: --depht=2", "error"],
    ["no Error: in the middle of a sentence", "info"],
  ] as const)("%s", (line, level) => {
    expect(parseLine(line).level).toBe(level);
  });

  test("a prefix tells the rank and is not repeated in the text", () => {
    expect(parseLine("[rank3]:   File x")).toMatchObject({ rank: 3, text: "  File x" });
    expect(parseLine("[default1]:hello")).toMatchObject({ rank: 1, text: "hello" });
  });
});

describe("a line that two processes have written", () => {
  const STEP = "step 00012/00020 (60.00%) | loss: 8.314847 | total time: 0.50m";
  test.each([
    [`${STEP}${STEP}`, [STEP, STEP]],
    [
      "Saved optimizer state to: /d/optim_000020_rank0.ptSaved optimizer state to: /d/optim_000020_rank1.pt",
      ["Saved optimizer state to: /d/optim_000020_rank0.pt", "Saved optimizer state to: /d/optim_000020_rank1.pt"],
    ],
    ["[rank0]: ValueError: x[rank1]: ValueError: y", ["[rank0]: ValueError: x", "[rank1]: ValueError: y"]],
    [
      "2025-11-02 09:15:40,630 - a - INFO - b2025-11-02 09:15:40,631 - a - INFO - c",
      ["2025-11-02 09:15:40,630 - a - INFO - b", "2025-11-02 09:15:40,631 - a - INFO - c"],
    ],
    [`GPU: 1${STEP}`, ["GPU: 1", STEP]],
  ])("is taken apart: %s", (line, pieces) => {
    expect(unweave(line)).toEqual(pieces);
  });

  test.each([
    STEP,
    "Resuming optimization from step 00012 (of 20)",
    "see step 00012/00020 (60%)",
    "a Saved model parameters to: /d/model_000020.pt",
  ])("another one is left whole: %s", (line) => {
    expect(unweave(line)).toEqual([line]);
  });
});
