import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { ownHome } from "../../test/fixtures/own-home.ts";
import { planOf, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import { captured } from "../config/captures/capture.ts";
import { errorIn, type Fit, isOnlyOver } from "../core/checkpoint.ts";
import type { RunStatus } from "../core/run.ts";
import { writeJson } from "../lib/files.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { judgeOf } from "./judge.ts";
import { createRun, reserveRun } from "./run-create.ts";

const folder = ownHome();

/** What is said of resuming a step of a folder that has those steps. */
function resume(
  step: number,
  { steps = [20, 40, 60], isPlanned = false, ...settings }: Record<string, unknown> & { steps?: number[] } = {},
) {
  const userConfig = { model_tag: "d4", num_iterations: 60, save_every: 20, ...settings };
  for (const each of steps) writeCheckpoint(folder.path, "base", { tag: "d4", step: each, userConfig });
  const judge = judgeOf({ info: captured("92d63d4"), baseDir: folder.path, home: folder.home });
  const one = listCheckpoints(folder.path, `${folder.path}/cache`).find((each) => each.step === step)!;
  const files = [...one.files, { name: `optim_${step}_rank0.pt`, bytes: 1 }];
  return judge({ ...one, files }, null, isPlanned === true).find(({ purpose }) => purpose === "resume") as Fit;
}

test("resuming a step that newer ones lie behind is told to write over those that it saves again, with what leaves them", () => {
  const fit = resume(20);
  expect(fit.fits).toBe(false);
  expect(errorIn(fit)).toMatchObject({
    id: "over-newer",
    message: expect.stringContaining("base/d4@20: resumed there, a run would write over @40, @60, in"),
    remedy: expect.stringContaining("checkpoints resume base/d4@20 --as d4-2`"),
  });
});

test("nothing is said where a resume saves none of the newer ones again, of the newest, and where a plan tells it", () => {
  const said = [resume(60), resume(20, { num_iterations: 30 }), resume(20, { isPlanned: true })].map(({ reasons }) =>
    reasons.some(({ id }) => id === "over-newer"),
  );
  expect(said).toEqual([false, false, false]);
});

test("a newer one whose validation is not finite is not what is to be resumed", () => {
  const folderOf = `${folder.path}/base_checkpoints/d4`;
  resume(20, { num_iterations: 100 });
  writeFileSync(`${folderOf}/meta_000060.json`, '{"val_bpb": Infinity}');
  const judge = judgeOf({ info: captured("92d63d4"), baseDir: folder.path, home: folder.home });
  const one = listCheckpoints(folder.path, `${folder.path}/cache`).find(({ step }) => step === 20)!;
  const reasons = judge(one, null).find(({ purpose }) => purpose === "resume")?.reasons;
  expect(reasons?.find(({ id }) => id === "over-newer")?.remedy).toStartWith("Resume a copy of base/d4@40: ");
});

test("of many that it would write over the first are named", () => {
  const steps = Array.from({ length: 9 }, (_, i) => (i + 1) * 20);
  expect(errorIn(resume(20, { steps, num_iterations: 180 }))?.message).toContain("write over @40, @60, @80, @100 and 4 more, in");
});

/** A run of this home that writes to `d4` of this base dir; `owner`: whether somebody looks after it. */
function putRun(status: RunStatus, owner: boolean, script = "scripts.base_train"): string {
  const place = unwrap(reserveRun(folder.home, "other"));
  const stage = { ...withValue(trainStage(1), "model_tag", "d4"), script };
  const state = unwrap(createRun(folder.home, place, { ...planOf(folder.home, [stage]), baseDir: folder.path }));
  const me = { pid: process.pid, startTicks: startTicks(process.pid), startedAt: state.createdAt, version: "1" };
  unwrap(writeJson(runPaths(place.dir).state, { ...state, status, owner: owner ? me : null }));
  return place.id;
}

test("where a run still writes to its folder a checkpoint is resumed as a copy alone, and the run is named", () => {
  const id = putRun("running", true);
  const fit = resume(60);
  expect(isOnlyOver(fit.reasons.filter(({ id: reason }) => reason === "being-written"))).toBe(true);
  expect(errorIn(fit)).toMatchObject({
    id: "being-written",
    message: `Run ${id} is still going and writes its checkpoints to the same place: one would overwrite the other's`,
    remedy: "Resume a copy of it: `nanochat-cli checkpoints resume base/d4@60 --as d4-2`, or wait for that run to end",
  });
});

test("one whose processes are gone is to be adopted first; one that has ended, or writes another stage, is in nobody's way", () => {
  putRun("done", false);
  putRun("running", true, "scripts.chat_sft");
  expect(errorIn(resume(60))?.id).not.toBe("being-written");
  const id = putRun("running", false);
  expect(errorIn(resume(60))?.remedy).toEndWith(`or let \`nanochat-cli runs adopt ${id}\` find out what has become of that run`);
});
