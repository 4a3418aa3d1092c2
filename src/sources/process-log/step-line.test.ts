import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseStepLine } from "./step-line.ts";

/** Lines as the scripts of different times print them, and what they say. */
const LINES: ReadonlyArray<readonly [line: string, step: number, total: number | null, values: Record<string, number>]> = [
  [
    "step 00012/00020 (60.00%) | loss: 8.314847 | lrm: 0.33 | dt: 214.40ms | tok/sec: 1,194 | bf16_mfu: 1.25 | epoch: 1 pq: 3 rg: 2 | total time: 0.50m | eta: 0.0m",
    12,
    20,
    {
      "train/loss": 8.314847,
      "train/lrm": 0.33,
      "train/dt": 0.2144,
      "train/tok_per_sec": 1194,
      "train/mfu": 1.25,
      "train/epoch": 1,
      "train/pq": 3,
      "train/rg": 2,
      "train/seconds": 30,
    },
  ],
  [
    "step 00001/00012 (8.33%) | loss: 8.275770 | grad norm: 0.1250 | lrm: 1.00 | dt: 500.00ms | tok/sec: 292 | mfu: 0.00 | total time: 0.00m",
    1,
    12,
    {
      "train/loss": 8.27577,
      "train/grad_norm": 0.125,
      "train/lrm": 1,
      "train/dt": 0.5,
      "train/tok_per_sec": 292,
      "train/mfu": 0,
      "train/seconds": 0,
    },
  ],
  [
    "step 1234567 (99.90%) | loss: nan | lrm: -0.02 | dt: 1,250.00ms",
    1_234_567,
    null,
    { "train/loss": Number.NaN, "train/lrm": -0.02, "train/dt": 1.25 },
  ],
  ["step 00007 (1.00%) | loss: inf |", 7, null, { "train/loss": Number.POSITIVE_INFINITY }],
  [
    "step 00003/00010 (30.00%) | loss: 5.1 | lr(adamw:3.281e-02, muon:6.149e-04) | data time: 3.0ms | note: all well | vram: 61.2% | lrm: 1.00",
    3,
    10,
    {
      "train/loss": 5.1,
      "train/lr_adamw": 0.03281,
      "train/lr_muon": 0.0006149,
      "train/data_time": 0.003,
      "train/vram": 61.2,
      "train/lrm": 1,
    },
  ],
  [
    "Step 00010/00100 | Training loss: 1.250000| lrm: 0.900000| num_tokens: 12,345",
    10,
    100,
    { "train/loss": 1.25, "train/lrm": 0.9, num_tokens: 12_345 },
  ],
  ["Step 00020 | Validation bpb: 3.317222", 20, null, { "val/bpb": 3.317222 }],
  ["Step 00020 | Validation loss: 1.5", 20, null, { "val/loss": 1.5 }],
  ["Step 00020 | CORE metric: -0.0889", 20, null, { "core/metric": -0.0889 }],
  ["Step 00020 | ChatCORE: 0.2500 | ChatCORE_cat: 0.1250", 20, null, { "chatcore/metric": 0.25, "chatcore/cat": 0.125 }],
  ["Step 00100 | mmlu_acc: 0.312500, arc_easy_acc: 0.410000", 100, null, { mmlu_acc: 0.3125, arc_easy_acc: 0.41 }],
  ["Step 60 | Pass@1: 0.1250, Pass@2: 0.2500", 60, null, { "pass@1": 0.125, "pass@2": 0.25 }],
  ["Step 3/210 | Example step 1 | Pass 0 | loss: -0.000000 | Average reward: 0.5", 3, 210, { "train/loss": -0, "rl/reward": 0.5 }],
  ["Step 3/210 | Average reward: 0.25 | Average sequence length: 26.50", 3, 210, { "rl/reward": 0.25, "rl/sequence_length": 26.5 }],
];

describe("a line that begins with a step", () => {
  test.each(LINES)("is read: %s", (line, step, total, values) => {
    const read = parseStepLine(line);
    expect(read?.step).toBe(step);
    expect(read?.total).toBe(total);
    expect(Object.keys(read?.values ?? {}).sort()).toEqual(Object.keys(values).sort());
    for (const [id, value] of Object.entries(values)) {
      if (Number.isFinite(value)) expect(read?.values[id]).toBeCloseTo(value, 10);
      else expect(read?.values[id]).toBe(value);
    }
  });

  test.each(["step by step", "Step 3: do this", "stepping 00001 | loss: 1", " step 00001 | loss: 1", "Steps 4 | a: 1", "loss: 1.0"])(
    "is not one: %s",
    (line) => {
      expect(parseStepLine(line)).toBeNull();
    },
  );

  test("a field that is cut off is left out, the ones before it are kept", () => {
    const whole = LINES[0]![0];
    for (let length = whole.indexOf("|") + 2; length < whole.length; length++) {
      const { "train/loss": loss } = parseStepLine(whole.slice(0, length))?.values ?? {};
      if (length >= whole.indexOf("| lrm")) expect(loss).toBe(8.314847);
    }
  });

  test("nothing makes it throw", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("|", " | ", "loss: ", "1.5ms", "lr(", ":", ")", "nan", "1,,2", "@", "__proto__: 1"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        parseStepLine(`step 00001/00002 (1%) | ${pieces.join("")}`);
      }),
    );
  });

  test("a field may have a name that objects have of their own", () => {
    expect(parseStepLine("Step 00001 | constructor: 2 | toString: 3")?.values).toEqual({ constructor: 2, tostring: 3 });
  });
});
