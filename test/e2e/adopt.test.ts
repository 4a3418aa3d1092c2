/** What a new supervisor knows of a run that another one began. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeJson } from "../../src/lib/files.ts";
import { isAlive } from "../../src/lib/process.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { eventually } from "../drivers/cli.ts";
import { ENDLESS, Sandbox, shortPocket } from "../drivers/sandbox.ts";

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
  box.prefab("endless", ENDLESS.replace("eval_every: 500", "eval_every: 100000"));
});
afterEach(() => box.close());

/** What a run that is adopted has for its last evaluation, and what it had before; `meanwhile` is done while nobody owns it. */
async function adopted(meanwhile: (id: string) => void = () => undefined): Promise<{ before: number; after: number | null | undefined }> {
  const { id } = await box.json<{ id: string }>(["train", "endless", "--detach"]);
  const progress = () => box.state(id).progress;
  const before = await eventually("an evaluation", () => progress()?.valBpb);
  const { pid = 0, startTicks = null } = box.state(id).owner ?? {};
  process.kill(pid, "SIGKILL");
  await eventually("the supervisor's death", () => !isAlive(pid, startTicks));
  meanwhile(id);
  const reached = progress()?.step ?? 0;
  expect((await box.cli(["runs", "adopt", id])).code).toBe(0);
  await eventually("more steps", () => (progress()?.step ?? 0) > reached);
  return { before, after: progress()?.valBpb };
}

test("the last evaluation stays in the list of runs, though the next one is far away", async () => {
  const { before, after } = await adopted();
  expect(after).toBe(before);
});

test("an evaluation that the journal has, and the record had not yet, is the last one", async () => {
  const { before, after } = await adopted((id) => {
    // As it would be if that evaluation had come between its last two writings.
    const state = box.state(id);
    writeJson(runPaths(box.runDir(id)).state, { ...state, progress: state.progress && { ...state.progress, valBpb: 99 } });
  });
  expect(after).toBe(before);
});

/** Kills supervisor and launch.py of a run that trains; returns the trainer, which goes on. */
async function orphaned(id: string): Promise<{ pid: number; startTicks: number | null }> {
  const stage = () => box.state(id).stages.find(({ script, ranks = [] }) => script.endsWith("base_train") && ranks.length > 0);
  const { pid: launcher, startTicks: launcherTicks, ranks: [rank] = [] } = await eventually("its trainer, written down", stage);
  const { pid: owner = null, startTicks: ownerTicks = null } = box.state(id).owner ?? {};
  for (const pid of [owner, launcher]) process.kill(pid ?? Number.NaN, "SIGKILL");
  await eventually("their death", () => !isAlive(owner, ownerTicks) && !isAlive(launcher, launcherTicks));
  return rank ?? { pid: Number.NaN, startTicks: null };
}

test("a trainer that has outlived its supervisor and its launcher is not taken for gone: it is adopted, and can be ended", async () => {
  const { id } = await box.json<{ id: string }>(["train", "endless", "--detach"]);
  const { pid, startTicks } = await orphaned(id);
  expect(await box.json(["runs", "list"])).toMatchObject([{ id, liveness: "unattended" }]);
  expect((await box.cli(["runs", "adopt", id])).stdout).toContain("is looked after again");
  const reached = box.state(id).progress?.step ?? 0;
  await eventually("more steps", () => (box.state(id).progress?.step ?? 0) > reached);
  await box.json(["runs", "stop", id, "--now", "--yes"]);
  await eventually("its end", () => !isAlive(pid, startTicks));
  await eventually("its record", () => box.state(id).status === "stopped");
});

test("one that came to its end meanwhile, with nobody to record its exit code, is done by its last words, and the next stage follows", async () => {
  box.prefab("pocket", shortPocket(150));
  const { id } = await box.json<{ id: string }>(["train", "pocket", "--detach"]);
  const { pid, startTicks } = await orphaned(id);
  await eventually("its end", () => !isAlive(pid, startTicks));
  expect((await box.cli(["runs", "adopt", id])).code).toBe(0);
  await eventually("the end of the run", () => box.state(id).endedAt);
  expect(box.state(id).stages.map(({ status, exitCode }) => ({ status, exitCode }))).toEqual([
    { status: "done", exitCode: 0 },
    { status: "done", exitCode: null },
    { status: "done", exitCode: 0 },
  ]);
});
