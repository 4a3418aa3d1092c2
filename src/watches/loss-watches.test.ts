import { beforeEach, describe, expect, test } from "bun:test";
import { alerts, event, keys, make, open, random, steps, watchWith } from "./watch-fixture.ts";

beforeEach(() => watchWith());

describe("NaN or Inf", () => {
  test("is said once however long it lasts, and is over after twenty finite steps", () => {
    steps(10);
    steps(50, { "train/loss_raw": Number.NaN });
    expect(alerts()).toMatchObject([
      { key: "non-finite", severity: "bad", step: 10, evidence: [{ metric: "train/loss_raw", value: "NaN" }] },
    ]);
    steps(19);
    expect(open()).toEqual(["non-finite"]);
    steps(1);
    expect(open()).toEqual([]);
  });

  test("is not an evaluation in which there was nothing to predict", () => {
    steps(10, { "val/bpb": Number.POSITIVE_INFINITY });
    expect(keys()).toEqual([]);
    steps(1, { "val/bpb": Number.NaN });
    expect(keys()).toEqual(["non-finite"]);
  });

  test("a gradient norm that overflows once is none", () => {
    steps(10);
    steps(2, { "train/grad_norm": Number.POSITIVE_INFINITY });
    steps(5, { "train/grad_norm": 1 });
    expect(keys()).toEqual([]);
    steps(3, { "train/grad_norm": Number.POSITIVE_INFINITY });
    expect(keys()).toEqual(["non-finite"]);
  });
});

describe("a spike", () => {
  test("is a loss that stays far up for some steps, and is over when it is back", () => {
    steps(200);
    steps(12, { "train/loss_raw": 6 });
    expect(alerts()).toMatchObject([{ key: "spike", severity: "warn" }]);
    steps(40);
    expect(open()).toEqual([]);
    expect(keys()).toEqual(["spike"]);
  });

  test("is not one odd batch", () => {
    for (let i = 0; i < 20; i++) {
      steps(50);
      steps(2, { "train/loss_raw": 9 });
    }
    expect(keys()).toEqual([]);
  });

  test("where a step has few tokens it takes more steps: a passage of odd text is several long", () => {
    event("config", { derived: { tokensPerStep: 32 } });
    steps(200);
    steps(13, { "train/loss_raw": 6 });
    steps(200);
    expect(keys()).toEqual([]);
  });
});

test("a loss that rises slowly and does not come back diverges", () => {
  steps(300);
  for (let i = 0; i < 600; i++) make({ "train/loss_raw": 3 + i * 0.005 });
  expect(keys()).toEqual(["divergence"]);
});

describe("a plateau", () => {
  test("is a loss that has not come down over a fifth of the run", () => {
    steps(2100, { "train/loss_raw": 3 });
    expect(keys()).toEqual(["plateau"]);
  });

  test("is not said where noise could hide what was gained", () => {
    for (let i = 0; i < 4000; i++) make({ "train/loss_raw": 3 + (random() - 0.5) });
    expect(keys()).toEqual([]);
  });

  test("is not looked for in fine-tuning", () => {
    watchWith({}, { script: "scripts.chat_sft" });
    steps(2100, { "train/loss_raw": 3 });
    expect(keys()).toEqual([]);
  });
});
