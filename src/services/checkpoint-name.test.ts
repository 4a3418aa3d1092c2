import { expect, test } from "bun:test";
import type { Checkpoint } from "../core/checkpoint.ts";
import { sentence } from "../core/result.ts";
import { checkpointName, chooseCheckpoint, otherStages, soundInstead } from "./checkpoint-name.ts";

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

test("a tag that models of several stages have is told with what names the others, unless a stage was named", () => {
  const told = (wanted: string, all: readonly Checkpoint[] = ALL): string | null => {
    const found = chooseCheckpoint(all, wanted);
    return found.ok ? otherStages(all, wanted, found.value) : sentence(found.failure);
  };
  const taken = "20260101-tiny is taken for sft/20260101-tiny@20, the newest that it names; ";
  expect(told("20260101-tiny")).toBe(`${taken}base/20260101-tiny is the other`);
  const three = [...ALL, one("rl", "20260101-tiny", 5), one("base", "20260101-tiny", 20)];
  expect(told("20260101-tiny", three)).toBe(`${taken}base/20260101-tiny and rl/20260101-tiny are the others`);
  expect(told("20260101-tiny@20", three)).toEndWith("; base/20260101-tiny@20 is the other");
  for (const plain of ["sft/20260101-tiny", "20260101-tiny@30", "tiny", "last"]) expect(told(plain)).toBeNull();
});

test("what is not there is told, and that there is none at all without a name that nobody typed", () => {
  expect(chosen("nope")).toContain("There is no checkpoint nope. There are sft/20260101-tiny@20");
  expect(chosen("last", [])).toBe("There is no checkpoint yet. Train a model first: `nanochat-cli try`.");
});

test("a name that leaves the step open is gone on with at the newest one that is finite, where there is any", () => {
  const nan = (step: number) => ({ ...one("base", "tiny", step), valBpb: Number.NaN });
  const instead = (wanted: string, all: readonly Checkpoint[]): string | null => {
    const found = chooseCheckpoint(all, wanted);
    const sound = found.ok ? soundInstead(all, wanted, found.value) : null;
    return sound && checkpointName(sound);
  };
  expect(instead("tiny", [nan(30), nan(20), one("sft", "tiny", 12), one("base", "tiny", 10, "torn"), ...ALL])).toBe("base/tiny@9");
  expect([instead("tiny@30", [nan(30), ...ALL]), instead("tiny", ALL), instead("tiny", [nan(30), nan(20)])]).toEqual([null, null, null]);
});
