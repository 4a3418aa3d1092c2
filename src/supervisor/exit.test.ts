import { expect, test } from "bun:test";
import type { RequestStatus } from "../core/run.ts";
import type { Exit } from "../lib/run-files.ts";
import { type Ending, judge, lastWords } from "./exit.ts";

const exit = (change: Partial<Exit>): Exit => ({
  version: 1,
  code: 0,
  signal: null,
  oomKilled: false,
  endedAt: "2026-11-23T12:00:00Z",
  maxRssBytes: null,
  ranks: [],
  ...change,
});
const STOP: RequestStatus = { id: "a", kind: "stop", phase: "done", step: 812, path: "/base/d4", bytes: 1, reason: null, at: "" };
const ending = (change: Partial<Ending>): Ending => ({
  script: "scripts.base_train",
  exit: exit({}),
  stopped: null,
  stopNow: false,
  explanation: null,
  undone: null,
  progress: null,
  checkpoint: null,
  spoilt: null,
  saidLastWords: false,
  ...change,
});

const CASES: Array<[string, Partial<Ending>, string, RegExp | null]> = [
  ["a clean end", {}, "done", null],
  ["an end that leaves work undone", { undone: "Only 0 of 3 shards were downloaded" }, "failed", /as if all were well\. Only 0 of 3 .*\.$/],
  ["a stop with checkpoint", { stopped: STOP }, "stopped", /at step 812; its checkpoint is in \/base\/d4\.$/],
  ["a stop, and then a failure", { stopped: STOP, exit: exit({ code: 1 }) }, "failed", /exit code 1/],
  ["a stop at once", { stopNow: true, exit: exit({ code: null, signal: "SIGTERM" }) }, "stopped", /no checkpoint/],
  ["an exception", { exit: exit({ code: 1 }), explanation: "ValueError: no shards." }, "failed", /exit code 1\. ValueError: no shards\.$/],
  [
    "a kill",
    { exit: exit({ code: null, signal: "SIGKILL" }) },
    "failed",
    /SIGKILL\. If nobody did that, the machine ran out of memory\. Lower /,
  ],
  ["a signal", { exit: exit({ code: null, signal: "SIGSEGV" }) }, "failed", /was ended by SIGSEGV/],
  [
    "out of memory",
    { exit: exit({ code: null, signal: "SIGKILL", oomKilled: true }) },
    "failed",
    /SIGKILL\. The machine ran out of memory/,
  ],
  [
    "one rank of two",
    {
      exit: exit({
        code: 3,
        ranks: [
          { rank: 0, code: 0, signal: null },
          { rank: 1, code: 3, signal: null },
        ],
      }),
    },
    "failed",
    /^Rank 1 of scripts\.base_train ended with exit code 3/,
  ],
  ["no exit recorded", { exit: null }, "lost", /no exit was recorded: [^.]*\.$/],
  [
    "no exit recorded, after its last step and checkpoint",
    { exit: null, progress: { step: 600, totalSteps: 601 }, checkpoint: STOP },
    "lost",
    /\. All of its 601 steps were made\. Its newest checkpoint is of step 812: \/base\/d4\.$/,
  ],
  ["no exit recorded, after its last words", { exit: null, saidLastWords: true, progress: { step: 600, totalSteps: 601 } }, "done", null],
  [
    "no exit recorded, after what it says at each checkpoint",
    { exit: null, saidLastWords: true, progress: { step: 300, totalSteps: 601 } },
    "lost",
    /no exit was recorded/,
  ],
  [
    "no exit recorded, last words and an error",
    { exit: null, saidLastWords: true, explanation: "OSError: no space." },
    "lost",
    /OSError: no space\.$/,
  ],
  ["no exit recorded, after a stop with checkpoint", { exit: null, stopped: STOP }, "stopped", /at step 812/],
  [
    "no exit recorded, on the way",
    { exit: null, progress: { step: 300, totalSteps: 601 }, checkpoint: STOP },
    "lost",
    /launcher was killed\. Its newest checkpoint is of step 812: \/base\/d4\.$/,
  ],
  [
    "no exit recorded, with a loss that was no number when the newest checkpoint was saved",
    { exit: null, progress: { step: 2100, totalSteps: 3000 }, checkpoint: STOP, spoilt: 2000 },
    "lost",
    /The loss was NaN or infinite when its checkpoint of step 2,000 was saved\. The newest one of before is of step 812: \/base\/d4; the 1,289 steps after it are lost\.$/,
  ],
];

test.each(CASES)("%s", (_what, change, status, reason) => {
  const verdict = judge(ending(change));
  expect(verdict.status as string).toBe(status);
  if (reason === null) expect(verdict.reason).toBeNull();
  else expect(verdict.reason).toMatch(reason);
});

test("the last words are the last line that says something, without what a terminal would obey", () => {
  const failed = exit({ code: 1 });
  expect(lastWords(["a warning", "\x1b[31mNo shards in /data\x1b[0m", "  "], failed)).toBe("Its last words: No shards in /data");
  expect(lastWords(["", " "], failed)).toBeNull();
});

test("what it had reported before it was killed are no last words, nor is what a logger calls well", () => {
  const report = "2026-01-02 03:04:05,678 - nanochat.checkpoint_manager - INFO - Saved model parameters to: /base/d4/model_000010.pt";
  const killed = exit({ code: null, signal: "SIGKILL" });
  const ends = [killed, exit({ code: 1, ranks: [{ rank: 0, code: null, signal: "SIGKILL" }] }), null];
  for (const end of ends) {
    expect(lastWords(["RuntimeError: long ago", report], end)).toBeNull();
    expect(lastWords(["Loading the data"], end)).toBeNull();
    expect(lastWords([report, "ERROR: the disk went away"], end)).toBe("Its last words: ERROR: the disk went away");
  }
  expect(lastWords(["No shards", report], exit({ code: 1 }))).toBeNull();
  expect(lastWords(["terminate called: bad_alloc"], exit({ code: null, signal: "SIGABRT" }))).toContain("bad_alloc");
});
