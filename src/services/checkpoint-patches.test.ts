import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { planOf, temporaryFolder, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import type { PatchChange } from "../core/bridge.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { JournalWriter } from "../journal/writer.ts";
import { writeJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { writersOf } from "./checkpoint-care.ts";
import { patchedBefore, ratesBefore } from "./checkpoint-patches.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { createRun, reserveRun } from "./run-create.ts";

let folder: ReturnType<typeof temporaryFolder>;
let home: string;
let baseDir: string;
beforeEach(() => {
  folder = temporaryFolder();
  [home, baseDir] = [join(folder.path, "home"), join(folder.path, "base")];
});
afterEach(() => folder.remove());

type Told = { saved: number } | { at: number; changes: PatchChange[]; phase?: string };

/** A run that writes to base/d4, with what its journal tells; returns its id. */
function ran(name: string, told: readonly Told[], stage = 1): string {
  const place = unwrap(reserveRun(home, name));
  unwrap(createRun(home, place, { ...planOf(home, [withValue(trainStage(1), "model_tag", "d4")]), baseDir }));
  const writer = unwrap(JournalWriter.open(runPaths(place.dir).journal));
  for (const [index, one] of told.entries()) {
    if ("saved" in one) writer.event({ at: index, stage, step: one.saved, kind: "checkpoint", body: {} });
    else
      writer.event({
        ...{ at: index, stage, step: one.at, kind: "request" },
        body: { id: `p${index}`, kind: "patch", phase: one.phase ?? "applied", changes: one.changes },
      });
  }
  unwrap(writer.commit());
  writer.close();
  unwrap(writeJson(runPaths(place.dir).state, { ...unwrap(readState(place.dir)), status: "done" }));
  return place.id;
}

const every = (from: number, to: number): PatchChange[] => [{ name: "eval_every", from, to }];
const rate: PatchChange = { name: "matrix_lr", from: 0.02, to: 0.01 };

function patched(step: number, tag = "d4"): Record<string, unknown> {
  writeCheckpoint(baseDir, "base", { step, tag });
  const list = listCheckpoints(baseDir, join(folder.path, "cache"));
  const found = list.find((one) => one.step === step && one.tag === tag) as Checkpoint;
  const userConfig = { eval_every: 100, save_every: -1, matrix_lr: 0.02, model_tag: "d4" };
  return Object.fromEntries(patchedBefore(writersOf(home), { ...found, userConfig }));
}

test("what was patched before a checkpoint was saved is told with its step and run; rates and what came later are not", () => {
  const run = ran("mine", [
    { at: 3, changes: [...every(100, 50), rate] },
    { saved: 20 },
    // At the same step, and after the saving: the script saves first.
    { at: 20, changes: every(50, 10) },
    { at: 30, changes: [{ name: "save_every", from: -1, to: 5 }], phase: "refused" },
    { saved: 40 },
  ]);
  expect(patched(20)).toEqual({ eval_every: { value: 50, step: 3, run } });
  expect(patched(40)).toEqual({ eval_every: { value: 10, step: 20, run } });
  // A copy, to be resumed beside newer ones.
  expect(patched(20, "d4-2")).toEqual({ eval_every: { value: 50, step: 3, run } });
});

test("of several runs that write there it is the one that saved it, and nothing is told of what nobody saved", () => {
  const run = ran("first", [{ at: 3, changes: every(100, 50) }, { saved: 20 }]);
  ran("resumed", [{ at: 25, changes: every(100, 7) }, { saved: 40 }]);
  ran("another stage", [{ at: 25, changes: every(100, 8) }, { saved: 20 }], 2);
  expect(patched(20)).toEqual({ eval_every: { value: 50, step: 3, run } });
  expect(patched(60)).toEqual({});
});

test("rates are told from what they were at first to what they were last, and not those that were put back", () => {
  const scale = (from: number, to: number): PatchChange => ({ name: "lr_scale", from, to });
  ran("mine", [
    { at: 3, changes: [scale(1, 0.5), rate] },
    { at: 5, changes: [scale(0.5, 0.25), { ...rate, from: 0.01, to: 0.02 }, ...every(100, 50)] },
    { saved: 20 },
    { at: 30, changes: [scale(0.25, 1)] },
  ]);
  patched(20);
  const [one] = listCheckpoints(baseDir, join(folder.path, "cache")) as [Checkpoint];
  expect(ratesBefore(writersOf(home), one)).toEqual([scale(1, 0.25)]);
});
