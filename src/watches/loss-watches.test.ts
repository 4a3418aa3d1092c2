import { beforeEach, describe, expect, test } from "bun:test";
import { alerts, engine, event, keys, make, now, open, random, step, steps, watchWith } from "./watch-fixture.ts";

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

describe("a patch", () => {
  const patch = (phase: string, change = { name: "matrix_lr", from: 0.02, to: 0.5 }) =>
    event("request", { kind: "patch", phase, changes: [change] });

  test("is named by an alert of the loss that comes within three hundred steps of it", () => {
    steps(200);
    patch("applied");
    steps(80);
    steps(12, { "train/loss_raw": 6 });
    expect(alerts()[0]?.cause).toMatch(/ Patched \d+ steps before: matrix_lr 0\.02 → 0\.5\.$/);
  });

  test("is named beside the one that took it back", () => {
    steps(200);
    patch("applied", { name: "matrix_lr", from: 0.02, to: 3 });
    steps(17);
    patch("applied", { name: "matrix_lr", from: 3, to: 0.02 });
    steps(60);
    steps(12, { "train/loss_raw": 6 });
    expect(alerts()[0]?.cause).toMatch(/ Patched \d+ steps before: matrix_lr 0\.02 → 3; \d+ steps before: matrix_lr 3 → 0\.02\.$/);
  });

  test("is not named long after, nor where it was refused", () => {
    steps(200);
    patch("applied");
    steps(301);
    patch("refused");
    steps(12, { "train/loss_raw": 6 });
    expect(alerts()).toHaveLength(1);
    expect(alerts()[0]?.cause).not.toContain("Patched");
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

describe("a validation that rises", () => {
  /** Evaluations of these values, 100 steps between them. */
  const evaluations = (values: readonly number[], training: Record<string, number> = {}): void => {
    for (const value of values) {
      make({ "val/bpb": value, ...training });
      steps(99, training);
    }
  };
  const FALLING = [8, 3, 2.6, 2.4, 2.3, 2.2];
  /** Of a run that overfitted: from 2.2 to 3.1 in 1,900 steps. */
  const RISING = Array.from({ length: 19 }, (_, i) => 2.2 + (0.9 * (i + 1)) / 19);

  test("is said once three evaluations on end are a tenth above the best, and again when it has become bad", () => {
    evaluations(FALLING);
    evaluations(RISING.slice(0, 6));
    expect(keys()).toEqual([]);
    evaluations(RISING.slice(6, 7));
    expect(alerts()).toMatchObject([
      {
        key: "validation",
        severity: "warn",
        step: 1200,
        cause: expect.stringContaining("val/bpb is 2.5316 at step 1,200, 15% above its best, 2.2000 at step 500"),
        evidence: [{ metric: "val/bpb", against: 2.2 }, { metric: "train/loss_raw" }],
        actions: ["open-at", "save", "patch", "stop"],
      },
    ]);
    evaluations(RISING.slice(7));
    expect(alerts()).toMatchObject([{ key: "validation", severity: "bad" }]);
  });

  test("an evaluation is told before the step of its number, which is that of the alert", () => {
    evaluations(FALLING);
    evaluations(RISING.slice(0, 6));
    engine.points(1, step, now, { "val/bpb": RISING[6]! });
    expect(alerts()).toMatchObject([{ key: "validation", step: 1200 }]);
  });

  test("of the pocket's small text an overfit model is expected, and never more than a warning", () => {
    watchWith({ watches: { divergence: false, spike: false } }, { pocket: true });
    evaluations(FALLING, { "train/loss_raw": 3 });
    evaluations([4, 4.2, 4.4], { "train/loss_raw": 2 });
    expect(alerts()).toMatchObject([{ key: "validation", severity: "warn", cause: expect.stringContaining("which is to be expected") }]);
  });

  test("tells by the training loss whether the model overfits or the training diverges", () => {
    const causeWith = (training: number): string => {
      watchWith({ watches: { divergence: false, spike: false } });
      evaluations(FALLING, { "train/loss_raw": 3 });
      evaluations([2.6, 2.7, 2.8], { "train/loss_raw": training });
      return alerts().find(({ key }) => key === "validation")?.cause ?? "";
    };
    expect(causeWith(2)).toContain("so the model overfits");
    expect(causeWith(4)).toContain(
      "the training loss has risen as well, from 3.0000 to 4.0000, so this is no overfitting: the training diverges",
    );
    expect(causeWith(3)).toContain("the training loss has not come down for it");
  });

  test("is no overfitting when the training loss came down and has jumped of late, also to below what it was at the best", () => {
    watchWith({ watches: { divergence: false, spike: false } }, { pocket: true });
    evaluations(FALLING, { "train/loss_raw": 3 });
    evaluations([3, 3.1], { "train/loss_raw": 0.64 });
    // The steps of before are still most of those that the longer median is of.
    steps(11, { "train/loss_raw": 1.78 });
    evaluations([4], { "train/loss_raw": 1.78 });
    expect(alerts()).toMatchObject([
      {
        key: "validation",
        severity: "bad",
        cause: expect.stringContaining("has risen as well, from 0.6400 to 1.7800, so this is no overfitting"),
        evidence: [{}, { metric: "train/loss_raw", value: 1.78, against: 0.64 }],
      },
    ]);
  });

  test("is over when it is near its best again", () => {
    evaluations([...FALLING, 2.6, 2.7, 2.8]);
    expect(open()).toEqual(["validation"]);
    evaluations([2.4]);
    expect(open()).toEqual(["validation"]);
    evaluations([2.29]);
    expect(open()).toEqual([]);
  });

  test("is not noise of some percent, nor an odd evaluation, nor one of a stage before", () => {
    evaluations(FALLING);
    evaluations(Array.from({ length: 100 }, () => 2.2 * (1 + 0.09 * (random() - 0.5))));
    expect(keys()).toEqual([]);
    for (let i = 0; i < 10; i++) evaluations([3, 3, 2.2]);
    expect(keys()).toEqual([]);
    watchWith({}, { script: "scripts.chat_sft" });
    evaluations([3, 3, 3, 3]);
    expect(keys()).toEqual([]);
  });

  test("is not one that rests where nothing is left to learn, nor one with nothing to predict", () => {
    evaluations([3, 0.004, 0.008, 0.007, 0.009, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(keys()).toEqual([]);
  });

  test("is that of the validation loss where no bits per byte are told", () => {
    for (const value of [4, 3, 3.5, 3.5, 3.5]) steps(1, { "val/loss": value });
    expect(alerts()).toMatchObject([{ key: "validation", evidence: [{ metric: "val/loss" }, {}] }]);
  });
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
