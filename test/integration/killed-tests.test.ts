/** What a test run that is killed leaves behind: nothing. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../src/lib/process.ts";
import { stagePaths } from "../../src/lib/run-dir.ts";
import { readLaunch, readState } from "../../src/lib/run-files.ts";
import { eventually } from "../drivers/cli.ts";
import { unwrap } from "../fixtures/runs.ts";

test.if(process.platform === "linux")("a test process that is killed leaves neither trainers nor folders behind", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "..", "fixtures", "left-behind.ts")], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  const { path, dir } = JSON.parse(new TextDecoder().decode(value)) as { path: string; dir: string };
  const { owner, stages } = unwrap(readState(dir));
  const launch = unwrap(readLaunch(stagePaths(dir, stages[0]?.name ?? "").launch));
  const started = [owner, launch, ...(launch?.children ?? [])].flatMap((one) => one ?? []);
  expect(started.length).toBe(3);
  expect(started.every(({ pid, startTicks }) => isAlive(pid, startTicks))).toBe(true);
  child.kill("SIGKILL");
  await eventually("their end", () => started.every(({ pid, startTicks }) => !isAlive(pid, startTicks)));
  await eventually("the folder to be gone", () => !existsSync(path));
});
