/** What is warned of before a patch: also what its interval would write over. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PatchField } from "../core/bridge.ts";
import { FakeData } from "../panels/fake-data.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { doubtsOf } from "./patch-doubts.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  for (const step of [250, 292, 365, 438, 600]) writeCheckpoint(baseDir, "base", { tag: "long1", step });
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

const SAVE_EVERY: PatchField = { name: "save_every", type: "int", value: -1, min: -1, max: null, effect: "", frozen: null };

/** Of a training of 600 steps that has come to step 260, its `save_every` being `every`. */
function doubts(values: Record<string, number>, every = -1): string[] {
  const checkpointDir = join(baseDir, "base_checkpoints", "long1");
  const data = new FakeData().event("config", { derived: { totalSteps: 600, checkpointDir } });
  return doubtsOf({ data, stage: 1, fields: [{ ...SAVE_EVERY, value: every }], at: 260 }, values);
}

test("an interval that would write over newer checkpoints of the tag is doubted with their steps", () => {
  const [said, ...more] = doubts({ save_every: 73 });
  expect(said).toContain("save_every would be 73, which writes over @292, @365, @438, newer checkpoints in ");
  expect(said).toContain("base_checkpoints/long1");
  expect(more).toEqual([]);
});

test("what it writes over anyway, what it has passed, and what it will not save is no matter of a patch", () => {
  expect(doubts({ save_every: 73 }, 73)).toEqual([]);
  expect(doubts({ save_every: 146 }, 73)).toEqual([]);
  expect(doubts({ save_every: 50 })).toEqual([]);
  expect(doubts({ save_every: 600 })).toEqual([]);
  expect(doubts({ save_every: 0 })).toEqual([]);
  expect(doubts({ eval_every: 73 })).toEqual([]);
});

test("of a training that tells no end the steps that the interval divides are named, and no others", () => {
  const data = new FakeData().event("config", { derived: { checkpointDir: join(baseDir, "base_checkpoints", "long1") } });
  const [said] = doubtsOf({ data, stage: 1, fields: [SAVE_EVERY], at: null }, { save_every: 200 });
  expect(said).toContain("writes over @600, a newer");
});
