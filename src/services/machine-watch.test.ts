import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import { folderOnDisk, MachineWatch } from "./machine-watch.ts";

let folder: ReturnType<typeof temporaryFolder>;
let clock: number;
beforeEach(() => {
  folder = temporaryFolder();
  clock = 1_700_000_000_500;
});
afterEach(() => folder.remove());

/** A /proc whose first core has worked so many ticks, its second none. */
function proc(busy: number): string {
  const dir = join(folder.path, "proc");
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, "stat"),
    `cpu  ${busy} 0 0 ${200 + busy} 0 0 0 0\ncpu0 ${busy} 0 0 100 0 0 0 0\ncpu1 0 0 0 ${100 + busy} 0 0 0 0\n`,
  );
  writeFileSync(join(dir, "meminfo"), "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
  return dir;
}

test("the machine is told once a second without a run, each core in its place", () => {
  const watch = new MachineWatch({ baseDir: folder.path, proc: proc(0), nvidiaSmi: null, now: () => clock });
  watch.start();
  expect(watch.poll()).toBeNull();
  clock += 1000;
  proc(50);
  const sample = watch.poll();
  expect(sample).toMatchObject({ at: clock, cores: [100, 0], problems: [], values: { "host/cpu": 50, "host/memory_total": 1_024_000 } });
  expect(watch.poll()).toBeNull();
  watch.stop();
});

test("the disk of a folder that is not there yet is that of the nearest one above", () => {
  expect(folderOnDisk(join(folder.path, "a", "b"))).toBe(folder.path);
  expect(folderOnDisk(folder.path)).toBe(folder.path);
});

test("what cannot be told is a sentence", async () => {
  const watch = new MachineWatch({ baseDir: folder.path, proc: join(folder.path, "none"), nvidiaSmi: null, now: () => clock });
  watch.start();
  let sample = watch.poll();
  // The disk is asked without waiting for it.
  for (const end = performance.now() + 5000; sample === null && performance.now() < end; sample = watch.poll()) {
    await new Promise((resolve) => setImmediate(resolve));
    clock += 1000;
  }
  watch.stop();
  expect(sample?.cores).toEqual([]);
  expect(sample?.problems).toEqual([expect.stringContaining("Processor and memory are not shown")]);
});
