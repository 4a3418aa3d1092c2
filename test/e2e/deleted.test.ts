/** The folder of a run that goes on is deleted by hand, under its supervisor and a viewer. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive, startTicks } from "../../src/lib/process.ts";
import { eventually } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";

let box: Sandbox;
/** Of a run that is gone nobody can be asked what is left of it. */
let left: Array<{ pid: number; ticks: number | null }> = [];
beforeEach(() => {
  box = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
  box.prefab("mortal", "name: mortal\nstages:\n  - script: scripts.base_train\n");
});
afterEach(async () => {
  for (const { pid, ticks } of left) if (isAlive(pid, ticks)) process.kill(pid, "SIGKILL");
  await box.close();
});

test("its trainer is ended, the viewer says so, and no command knows the run", async () => {
  const { id } = await box.json<{ id: string }>(["train", "mortal", "--name", "doomed", "--detach"]);
  await eventually("a step", () => (box.state(id).progress?.step ?? -1) >= 0);
  const viewer = box.tui(["runs", "attach", id], { cols: 160, rows: 40 });
  await viewer.until("base_train");
  left = box.processes(id).map((pid) => ({ pid, ticks: startTicks(pid) }));
  rmSync(box.runDir(id), { recursive: true, force: true, maxRetries: 9 });
  await viewer.until(/was deleted/);
  await eventually("the end of its processes", () => !left.some(({ pid, ticks }) => isAlive(pid, ticks)));
  await viewer.until(/its trainer \(process\s+\d+\)\s+was ended|its trainer does not run any more/);
  expect(await box.json<unknown[]>(["runs", "list"])).toEqual([]);
  expect(left.length).toBe(3);
});

test("who leaves does not wait until it is known what becomes of its trainer", async () => {
  const { id } = await box.json<{ id: string }>(["train", "mortal", "--name", "doomed", "--detach"]);
  await eventually("a step", () => (box.state(id).progress?.step ?? -1) >= 0);
  const viewer = box.tui(["runs", "attach", id], { cols: 160, rows: 40 });
  await viewer.ready();
  await viewer.until("base_train");
  left = box.processes(id).map((pid) => ({ pid, ticks: startTicks(pid) }));
  process.kill(box.state(id).owner?.pid ?? Number.NaN, "SIGSTOP");
  rmSync(box.runDir(id), { recursive: true, force: true, maxRetries: 9 });
  await viewer.until(/was deleted/);
  viewer.type("q");
  const asked = performance.now();
  expect(await viewer.exited()).toBe(0);
  // A supervisor that does nothing is waited for twice as long.
  expect(performance.now() - asked).toBeLessThan(20_000);
});
