/** The disk under the home is full while a run goes on, and the base dir is on another one. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { NO_SMALL_DISK, type SmallDisk, smallDisk } from "../fixtures/disk.ts";

let box: Sandbox;
let disk: SmallDisk;
beforeEach(() => {
  if (NO_SMALL_DISK !== null) return;
  disk = smallDisk(8 << 20);
  box = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
  rmSync(box.home, { recursive: true });
  symlinkSync(disk.path, box.home);
});
afterEach(async () => {
  if (NO_SMALL_DISK !== null) return;
  await box.close();
  disk.remove();
});

test.skipIf(NO_SMALL_DISK !== null)("the viewer says so, and a stop says how a run ends all the same", async () => {
  // The home is empty: a prefab would be a file of it.
  const file = join(box.dir, "mortal.yaml");
  await Bun.write(file, "name: mortal\nstages:\n  - script: scripts.base_train\n");
  const { id } = await box.json<{ id: string }>(["train", file, "--name", "tight", "--detach"]);
  await eventually("a step", () => (box.state(id).progress?.step ?? -1) >= 0);
  const viewer = box.tui(["runs", "attach", id], { cols: 200, rows: 60 });
  await viewer.until(/home\s+[\d.]+ MiB free/, 15_000);
  disk.fill();
  await viewer.until(/the run directory's disk is full/, 15_000);
  await viewer.until(/home\s+✕ full/, 15_000);
  const [pid] = box.state(id).stages.map((stage) => stage.pid);
  expect(refused(await box.cli(["runs", "stop", id, "--json"]))).toMatchObject({
    why: "the disk is full",
    remedy: `Free some space on it and ask again, or end its trainer by hand, without a checkpoint: \`kill ${pid}\``,
  });
  rmSync(join(disk.path, "filler"));
  await viewer.until((screen) => !screen.includes("the run directory's disk is full"));
  expect(await box.json<{ phase: string }>(["runs", "stop", id])).toMatchObject({ phase: "done" });
});
