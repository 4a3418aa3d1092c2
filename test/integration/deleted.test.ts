/** A run whose folder goes away while others have it open: real processes, real files. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../src/lib/process.ts";
import { runPaths, stagePaths } from "../../src/lib/run-dir.ts";
import { readLaunch, readState } from "../../src/lib/run-files.ts";
import { adoptRun, startSupervisor } from "../../src/services/run-control.ts";
import { deleteRun } from "../../src/services/run-delete.ts";
import { RunView } from "../../src/services/run-view.ts";
import { listRuns } from "../../src/services/runs.ts";
import { eventually } from "../drivers/cli.ts";
import { endProcesses, makeRun, type TestRun, temporaryFolder, testSupervisor, trainStage, unwrap } from "../fixtures/runs.ts";

let folder: ReturnType<typeof temporaryFolder>;
let run: TestRun;
/** Of a run that is gone nobody can be asked what is left of it. */
let left: Array<{ pid: number; startTicks: number | null }> = [];

beforeEach(async () => {
  folder = temporaryFolder();
  run = makeRun(folder.path, trainStage(1, "--num-iterations=100000", "--deaf"));
  unwrap(await startSupervisor(run.dir, testSupervisor(run.dir)));
  await eventually("steps", () => (unwrap(readState(run.dir)).progress?.step ?? 0) > 0);
  const launch = unwrap(readLaunch(stagePaths(run.dir, run.plan.stages[0]!.name).launch))!;
  left = [launch, ...launch.children];
});
afterEach(() => {
  if (existsSync(run.dir)) endProcesses(run);
  for (const { pid, startTicks } of left) if (isAlive(pid, startTicks)) process.kill(pid, "SIGKILL");
  folder.remove();
});

test("a run that goes on is not deleted", () => {
  expect(deleteRun(run.dir)).toMatchObject({ ok: false, failure: { code: "refused", why: "it is still going" } });
  expect(existsSync(runPaths(run.dir).journal)).toBe(true);
});

const living = (): number[] => left.filter(({ pid, startTicks }) => isAlive(pid, startTicks)).map(({ pid }) => pid);

test("a folder that is deleted by hand: the trainer is ended, a viewer keeps what it has read, and nothing comes back", async () => {
  const owner = unwrap(readState(run.dir)).owner!;
  const view = unwrap(RunView.open(run.dir));
  view.refresh();
  const step = view.reader.latest(1, "train/loss")!.key;
  rmSync(run.dir, { recursive: true, force: true, maxRetries: 9 });
  await eventually("the supervisor to leave", () => {
    view.refresh();
    return !isAlive(owner.pid, owner.startTicks);
  });
  view.refresh();
  expect(living()).toEqual([]);
  expect(view.reader.latest(1, "train/loss")!.key).toBeGreaterThanOrEqual(step);
  expect(view.state().id).toBe(run.id);
  expect(view.isGone()).toBe(true);
  view.close();
  expect(existsSync(runPaths(run.dir).state)).toBe(false);
  expect(unwrap(listRuns(folder.path))).toEqual([]);
}, 30_000);

test("a folder that is moved away: the supervisor leaves, and the trainer goes on to be adopted", async () => {
  const owner = unwrap(readState(run.dir)).owner!;
  const moved = join(folder.path, "runs", "elsewhere");
  renameSync(run.dir, moved);
  await eventually("the supervisor to leave", () => !isAlive(owner.pid, owner.startTicks));
  expect(living()).toEqual(left.map(({ pid }) => pid));
  expect(unwrap(await adoptRun(moved, testSupervisor(moved))).how).toBe("adopted");
  endProcesses({ ...run, dir: moved });
}, 30_000);

test("a state.json that is taken away alone is written again", async () => {
  rmSync(runPaths(run.dir).state);
  await eventually("the record", () => existsSync(runPaths(run.dir).state));
  const owner = unwrap(readState(run.dir)).owner!;
  expect(isAlive(owner.pid, owner.startTicks)).toBe(true);
  expect(living()).toEqual(left.map(({ pid }) => pid));
}, 30_000);
