import { expect, test } from "bun:test";
import type { Checkpoint } from "../core/checkpoint.ts";
import { sentence } from "../core/result.ts";
import { checkpointName, chooseCheckpoint } from "./checkpoint-name.ts";

const one = (stage: Checkpoint["stage"], tag: string, step: number, broken: string | null = null): Checkpoint => ({
  ...{ stage, tag, step, dir: `/b/${tag}`, files: [], bytes: 0, writtenAt: "2026-01-01T00:00:00.000Z" },
  ...{ valBpb: null, modelConfig: null, userConfig: null, broken },
});

const ALL = [
  one("sft", "20260101-tiny", 20),
  one("base", "20260101-tiny", 40, "torn"),
  one("base", "20260101-tiny", 30),
  one("base", "tiny", 9),
];

const chosen = (wanted: string, all: readonly Checkpoint[] = ALL): string => {
  const found = chooseCheckpoint(all, wanted);
  return found.ok ? checkpointName(found.value) : sentence(found.failure);
};

test("a checkpoint is found by its name, each part of which may be left out", () => {
  expect(chosen("last")).toBe("sft/20260101-tiny@20");
  expect(chosen("base/20260101-tiny")).toBe("base/20260101-tiny@30");
  expect(chosen("base/20260101-tiny@30")).toBe("base/20260101-tiny@30");
});

test("a part of a tag will do when only one model has it; a whole tag goes before", () => {
  expect(chosen("tiny")).toBe("base/tiny@9");
  expect(chosen("sft/0101")).toBe("sft/20260101-tiny@20");
  expect(chosen("0101")).toBe("0101 may be one of 2 models. Say which: sft/20260101-tiny, base/20260101-tiny.");
});

test("what is not there is told, and that there is none at all without a name that nobody typed", () => {
  expect(chosen("nope")).toContain("There is no checkpoint nope. There are sft/20260101-tiny@20");
  expect(chosen("last", [])).toBe("There is no checkpoint yet. Train a model first: `nanochat-cli try`.");
});
