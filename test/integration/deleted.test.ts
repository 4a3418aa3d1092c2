/** A run whose folder goes away while others have it open: real processes, real files. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { isAlive } from "../../src/lib/process.ts";
import { runPaths, stagePaths } from "../../src/lib/run-dir.ts";
import { readLaunch, readState } from "../../src/lib/run-files.ts";
import { startSupervisor } from "../../src/services/run-control.ts";
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
  run = makeRun(folder.path, trainStage(1, "--num-iterations=100000"));
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

test("a folder that is taken away by hand: the supervisor leaves, a viewer keeps what it has read, and nothing comes back", async () => {
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
  expect(view.reader.latest(1, "train/loss")!.key).toBeGreaterThanOrEqual(step);
  expect(view.state().id).toBe(run.id);
  expect(view.isGone()).toBe(true);
  view.close();
  expect(existsSync(runPaths(run.dir).state)).toBe(false);
  expect(unwrap(listRuns(folder.path))).toEqual([]);
}, 30_000);
