import { describe, expect, test } from "bun:test";
import { RecordingSink } from "../fixtures.ts";
import { Narrator, type NarratorOptions } from "./narrator.ts";

function tell(lines: readonly string[], options: Partial<NarratorOptions> = {}): RecordingSink {
  const sink = new RecordingSink();
  const narrator = new Narrator({ stage: 1, stream: "stdout", rank: null, metricsFromLog: true, ...options });
  for (const line of lines) narrator.tell(line, 1000, sink);
  return sink;
}

const STEP = "step 00003/00020 (15.00%) | loss: 8.25 | dt: 200.00ms | tok/sec: 1,266 |";
const TRACEBACK = [
  "Traceback (most recent call last):",
  '  File "/n/scripts/base_train.py", line 9, in <module>',
  "    f()",
  "ValueError: no shards",
];

describe("figures from a log", () => {
  test("a step becomes points, and the number of steps is told once", () => {
    const sink = tell([STEP, STEP.replace("00003/", "00004/")]);
    expect(sink.series("train/loss")).toEqual([
      [3, 8.25],
      [4, 8.25],
    ]);
    expect(sink.bodies("config")).toEqual([{ settings: {}, derived: { totalSteps: 20 } }]);
  });

  test("a script whose first step is 1 is told as one that counts from there", () => {
    const step = (number: number): string => `step 0000${number} (${number}.00%) | loss: 8.250000 | dt: 50.00ms`;
    expect(tell(["Step 00000 | Validation bpb: 2.5", step(1), step(2)]).bodies("config")).toEqual([
      { settings: {}, derived: { countsFrom: 1 } },
    ]);
    expect(tell([step(0), step(1)]).bodies("config")).toEqual([]);
  });

  test("tasks of an evaluation wait for the line that names its step", () => {
    const sink = tell([
      STEP,
      "Evaluating: arc_easy (10-shot, type: multiple_choice)... accuracy: 0.75 | centered: 0.5 | time: 0.07s",
      "  GSM8K: 25.00%",
      "Step 00020 | CORE metric: 0.5",
      "Step 00021 | Validation bpb: 0.9",
    ]);
    expect(sink.series("centered_results/arc_easy")).toEqual([[20, 0.5]]);
    expect(sink.series("chatcore/GSM8K")).toEqual([[20, 0.25]]);
    expect(sink.series("core/metric")).toEqual([[20, 0.5]]);
    expect(sink.series("val/bpb")).toEqual([[21, 0.9]]);
  });

  test("results of base_eval belong to the checkpoint that it names", () => {
    const sink = tell([
      "Evaluating model: base_model (step 2520)",
      "train bpb: 0.80",
      "val bpb: 0.81",
      "Evaluating: arc_easy (10-shot, type: multiple_choice)... accuracy: 0.75 | centered: 0.5 | time: 0.07s",
      "CORE metric: 0.5",
    ]);
    expect(sink.points_.map(({ key }) => key)).toEqual([2520, 2520, 2520]);
    expect(sink.series("val/bpb")).toEqual([[2520, 0.81]]);
    expect(sink.series("centered_results/arc_easy")).toEqual([[2520, 0.5]]);
  });

  test("without a step that they belong to, they are a note and no points", () => {
    const sink = tell(["val bpb: 0.81"]);
    expect(sink.points_).toEqual([]);
    expect(sink.bodies("note")).toEqual([{ tag: "split-bpb", fields: { split: "val", bpb: 0.81 } }]);
  });

  test("what the script worked out is told as the bridge tells it", () => {
    const sink = tell([
      "Number of parameters: 1,441,792",
      "Estimated FLOPs per token: 5.898240e+06",
      "Using user-provided number of iterations: 20",
      "Total batch size 256 => gradient accumulation steps: 1",
      "Resuming optimization from step 12",
    ]);
    expect(Object.assign({}, ...sink.bodies("config").map((body) => body["derived"]))).toEqual({
      parameters: 1_441_792,
      flopsPerToken: 5_898_240,
      totalSteps: 20,
      tokensPerStep: 256,
      startStep: 12,
    });
  });

  test("a checkpoint is there when its metadata are", () => {
    const sink = tell([
      "2026-11-23 20:33:10,068 - nanochat.checkpoint_manager - INFO - Saved model parameters to: /d/base_checkpoints/d2/model_000020.pt",
      "2026-11-23 20:33:10,069 - nanochat.checkpoint_manager - INFO - Saved metadata to: /d/base_checkpoints/d2/meta_000020.json",
      "2026-11-23 20:33:10,102 - nanochat.checkpoint_manager - INFO - Saved optimizer state to: /d/base_checkpoints/d2/optim_000020_rank0.pt",
    ]);
    const checkpoints = sink.events.filter(({ kind }) => kind === "checkpoint");
    expect(checkpoints.map(({ step, body }) => [step, body["path"]])).toEqual([[20, "/d/base_checkpoints/d2"]]);
  });

  test("downloads are a phase", () => {
    const sink = tell(["Downloading 8 shards using 4 workers...", "Done! Downloaded: 8/8 shards to /d"]);
    expect(sink.bodies("phase").map((body) => [body["name"], body["state"]])).toEqual([
      ["data", "begin"],
      ["data", "end"],
    ]);
  });

  test("what is printed on every rank counts once", () => {
    expect(tell([STEP], { rank: 1 }).points_).toEqual([]);
    expect(tell([STEP], { rank: 0 }).points_).toHaveLength(1);
  });

  test("two ranks in one line are two steps", () => {
    expect(tell([`${STEP} total time: 0.00m${STEP.replace("00003/", "00004/")}`]).series("train/loss")).toHaveLength(2);
  });
});

describe("a log beside the bridge", () => {
  test("yields lines, notes and problems, and nothing that the bridge tells better", () => {
    const lines = [
      STEP,
      "Step 00020 | Validation bpb: 0.9",
      "Saved metadata to: /d/base_checkpoints/d2/meta_000020.json",
      "<|bos|>The capital of France is",
      "Vocab size: 4,096",
      ...TRACEBACK,
    ];
    const sink = tell(lines, { metricsFromLog: false });
    expect(sink.lines).toHaveLength(lines.length);
    expect(sink.points_).toEqual([]);
    expect(sink.events.map(({ kind }) => kind)).toEqual(["note", "problem"]);
  });
});

describe("a traceback", () => {
  test("is one problem, and all its lines are errors", () => {
    const sink = tell(["before", ...TRACEBACK, "after"]);
    expect(sink.lines.map(({ level }) => level)).toEqual(["info", "error", "error", "error", "error", "info"]);
    expect(sink.bodies("problem")).toEqual([
      {
        source: "process-log",
        what: "The script raised ValueError",
        why: "ValueError: no shards (base_train.py:9)",
        details: TRACEBACK.join("\n"),
        rank: null,
      },
    ]);
  });

  test("of each of two ranks is told apart, however their lines alternate", () => {
    const woven = TRACEBACK.flatMap((line) => [`[rank0]: ${line}`, `[rank1]: ${line.replace("no shards", "none here")}`]);
    const sink = tell(woven);
    expect(sink.bodies("problem").map((body) => [body["rank"], body["why"]])).toEqual([
      [0, "ValueError: no shards (base_train.py:9)"],
      [1, "ValueError: none here (base_train.py:9)"],
    ]);
  });

  test("that changes nothing is no problem", () => {
    expect(tell(["Exception ignored in: <generator object f at 0x7f>", ...TRACEBACK]).bodies("problem")).toEqual([]);
  });

  test("of a recursion is kept in part", () => {
    const frames = Array.from({ length: 5000 }, (_, i) => `  File "/n/x.py", line ${i}, in f`);
    const [problem] = tell([TRACEBACK[0]!, ...frames, "RecursionError: too deep"]).bodies("problem");
    expect(String(problem?.["details"]).split("\n").length).toBeLessThan(300);
    expect(problem?.["why"]).toBe("RecursionError: too deep (x.py:4999)");
  });
});

test("a line that is cut is cut between words: half a number would be another one", () => {
  const values = Array.from({ length: 10_000 }, (_, i) => `gate: ${1_000_000 + i}`).join(" | ");
  const sink = tell([`step 00001/00002 (1.00%) | ${values}`]);
  expect(sink.lines[0]?.text.length).toBeLessThan(65_600);
  expect(sink.series("train/gate")[0]?.[1]).toBeGreaterThan(1_000_000);
});

test("a line of a million characters is cut, and that is said", () => {
  const sink = tell(["x".repeat(1_000_000)]);
  expect(sink.lines[0]?.text).toHaveLength(65_536 + " … (934,464 more characters)".length);
  expect(sink.bodies("note")).toEqual([{ tag: "line-cut", fields: { characters: 1_000_000 } }]);
});
