import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TrainingFinder } from "./trainings.ts";

const captured = (name: string): string => readFileSync(join(import.meta.dir, "captures", name, "stdout.log"), "utf8");

function find(...logs: string[]) {
  const finder = new TrainingFinder();
  let at = 0;
  for (const line of logs.join("").split("\n")) {
    finder.line(line, at);
    at += Buffer.byteLength(line) + 1;
  }
  return finder.found();
}

const steps = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `step ${String(from + i).padStart(5, "0")}/00100 (1.00%) | loss: 1.0\n`).join("");

describe("a log of one training", () => {
  test.each([
    ["base_train-92d63d4", "base_train"],
    ["base_train-dfc8833", "base_train"],
    ["chat_sft-92d63d4", "chat_sft"],
    ["chat_rl-92d63d4", "chat_rl"],
  ])("of %s is recognised", (name, script) => {
    expect(find(captured(name))).toMatchObject([{ begin: 0, script, lastStep: expect.any(Number) }]);
  });

  test("that was resumed in between is still one", () => {
    expect(find(steps(0, 50), "Resuming optimization from step 20\n", steps(20, 60))).toMatchObject([{ lastStep: 60 }]);
  });

  test("without a step has none", () => {
    expect(find("hello\n")).toEqual([{ begin: 0, script: "base_train", lastStep: null }]);
  });
});

describe("a log of several trainings", () => {
  test("is cut where the next script's first lines are", () => {
    const [base, sft, rl] = ["base_train-92d63d4", "chat_sft-92d63d4", "chat_rl-92d63d4"].map(captured) as [string, string, string];
    expect(find(base, sft, rl, base)).toMatchObject([
      { script: "base_train", begin: 0 },
      { script: "chat_sft", begin: Buffer.byteLength(base) },
      { script: "chat_rl", begin: Buffer.byteLength(base + sft) },
      { script: "base_train" },
    ]);
  });

  test("without any lines before the steps is cut where the steps begin anew", () => {
    const first = steps(0, 30);
    expect(find(first, steps(0, 10))).toMatchObject([{ lastStep: 30 }, { begin: first.length, lastStep: 10 }]);
  });
});
