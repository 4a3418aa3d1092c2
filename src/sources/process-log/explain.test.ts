import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { explainFailure } from "./explain.ts";

const capture = (name: string): string[] => readFileSync(join(import.meta.dir, "captures", name), "utf8").split("\n");

const traceback = (exception: string, code = "do()"): string[] => [
  "Traceback (most recent call last):",
  '  File "/home/user/nanochat/scripts/base_train.py", line 12, in <module>',
  `    ${code}`,
  "    ^^^^",
  exception,
];

const CASES: ReadonlyArray<readonly [lines: string[], sentence: string | null]> = [
  [traceback("AssertionError", "assert depth > 0"), "A check of the script failed at base_train.py:12: assert depth > 0"],
  [traceback("ValueError: no shards"), "It ended with ValueError: no shards (base_train.py:12)"],
  [
    traceback("ModuleNotFoundError: No module named 'torch'"),
    "This Python has no module torch: install it there, or choose another Python with --python",
  ],
  [traceback("ImportError: cannot import name 'x' from 'y'"), "Something could not be imported: cannot import name 'x' from 'y'"],
  [
    traceback("FileNotFoundError: [Errno 2] No such file or directory: '/data/tokenizer/tokenizer.pkl'"),
    "A file is missing: '/data/tokenizer/tokenizer.pkl'",
  ],
  [traceback("PermissionError: [Errno 13] Permission denied: '/data'"), "There is no permission for '/data'"],
  [traceback("OSError: [Errno 28] No space left on device"), "The disk is full: make room, or name another place with --base-dir"],
  [["[Errno 28] No space left on device"], "The disk is full: make room, or name another place with --base-dir"],
  [
    traceback("OSError: [Errno 30] Read-only file system: '/data/tokenizer'"),
    "The disk of '/data/tokenizer' is read-only: name another place with --base-dir",
  ],
  [
    traceback("RuntimeError: [enforce fail at inline_container.cc:664] . unexpected pos 576 vs 470"),
    "A checkpoint could not be written: the disk is full",
  ],
  [
    traceback("wandb.errors.errors.CommError: Run initialization has timed out after 90.0 sec. Please try increasing the timeout."),
    "W&B could not be reached (Run initialization has timed out after 90.0 sec. Please try increasing the timeout). Start it with WANDB_MODE=offline in the environment, or without a W&B name",
  ],
  [
    traceback("wandb.errors.errors.UsageError: api_key not configured (no-tty). call wandb.login(key=[your_api_key])"),
    "W&B did not take the key (api_key not configured (no-tty). call wandb.login(key=[your_api_key])). `secrets check` asks about it; with WANDB_MODE=offline none is needed",
  ],
  [traceback("MemoryError"), "The machine ran out of memory. Lower device_batch_size or max_seq_len"],
  [
    traceback(
      "RuntimeError: [enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.",
    ),
    "The machine ran out of memory. Lower device_batch_size or max_seq_len",
  ],
  [traceback("torch.cuda.OutOfMemoryError: CUDA out of memory."), "The GPU ran out of memory. Lower device_batch_size"],
  [traceback("KeyboardInterrupt"), "It was interrupted"],
  [["/usr/bin/python3: No module named scripts.base_train"], "Python found no module scripts.base_train in the workspace"],
  [
    ["nanochat-cli: /opt/python could not be started: there is no such program."],
    "/opt/python could not be started: there is no such program.",
  ],
  [["Fatal Python error: Segmentation fault"], "Python itself failed: Segmentation fault"],
  [['  File "x.py", line 1', "    def", "       ^", "SyntaxError: invalid syntax"], "It ended with SyntaxError: invalid syntax"],
  [
    ["W1102 x] failed (exitcode: -9) local_rank: 3 (pid: 7) of binary: python"],
    "Rank 3 was killed (SIGKILL): often because the machine ran out of memory",
  ],
  [["E1102 x] failed (exitcode: 3) local_rank: 0 (pid: 7) of binary: python"], "Rank 0 ended with exit code 3"],
  [
    traceback("torch.distributed.DistBackendError: NCCL error"),
    "It ended with torch.distributed.DistBackendError: NCCL error (base_train.py:12)",
  ],
  [["step 00001/00002 (50.00%) | loss: 1.0 |", "all is well"], null],
  [[], null],
];

describe("why a script died", () => {
  test("a check that failed, as it was captured", () => {
    expect(explainFailure(capture("assertion-92d63d4/stderr.log"))).toBe(
      "A check of the script failed: total_batch_size (300) must be a multiple of 256.",
    );
  });

  test("arguments that it refused, as they were captured", () => {
    expect(explainFailure(capture("refused-92d63d4/stderr.log"))).toBe(
      "The script refused its arguments: unrecognized arguments: --depht=2",
    );
  });

  test("of several ranks, the one that failed first by its nature, not those that lost it or torchrun's own end", () => {
    expect(explainFailure(capture("constructed/torchrun-oom.stderr.log"))).toBe(
      "GPU 1 ran out of memory: of its 79.11 GiB there was no room for another 4.00 GiB. Lower device_batch_size",
    );
  });

  test("an exception that changed nothing is no reason", () => {
    expect(explainFailure(capture("chat_rl-92d63d4/stderr.log"))).toBeNull();
  });

  test.each(CASES.map(([lines, sentence]) => ({ lines, sentence })))("$sentence", ({ lines, sentence }) => {
    expect(explainFailure(lines)).toBe(sentence);
  });

  test("the cause is found behind colours and when the beginning of the traceback is out of sight", () => {
    expect(explainFailure(traceback("\x1b[1;31mValueError\x1b[0m: \x1b[31mno shards\x1b[0m").slice(2))).toBe(
      "It ended with ValueError: no shards",
    );
  });

  test("of an exception raised while another one was handled, the last one counts", () => {
    const lines = [
      ...traceback("KeyError: 'a'"),
      "",
      "During handling of the above exception, another exception occurred:",
      "",
      ...traceback("ValueError: b"),
    ];
    expect(explainFailure(lines)).toStartWith("It ended with ValueError: b");
  });

  test("no lines make it throw, and the sentence is never endless", () => {
    fc.assert(fc.property(fc.array(fc.string()), (lines) => (explainFailure(lines)?.length ?? 0) <= 500));
    expect(explainFailure([`ValueError: ${"x".repeat(10_000)}`])?.length).toBe(500);
  });
});
