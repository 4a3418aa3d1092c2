import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import { factsOf } from "../panels/data.ts";
import { usualOptions } from "../panels/kind.ts";
import { findPanel } from "../panels/registry.ts";
import { sceneText } from "../panels/scene-text.ts";
import { INITIAL_VIEW } from "../panels/view.ts";
import { MachineView } from "./machine-view.ts";

let folder: ReturnType<typeof temporaryFolder>;
let clock: number;
let temporary: string | undefined;
beforeEach(() => {
  folder = temporaryFolder();
  clock = 1_700_000_000_500;
  temporary = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder.path;
});
afterEach(() => {
  if (temporary === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = temporary;
  folder.remove();
});

/** A /proc whose processor has worked so many ticks, in which one process runs. */
function proc(busy: number): string {
  const dir = join(folder.path, "proc");
  mkdirSync(join(dir, "10"), { recursive: true });
  writeFileSync(join(dir, "stat"), `cpu  ${busy} 0 0 ${200 + busy} 0 0 0 0\n`);
  writeFileSync(join(dir, "meminfo"), "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
  writeFileSync(join(dir, "10", "stat"), `10 (python3) S 1 1 1 0 -1 0 0 0 0 0 ${busy} 0 0 0 20 0 1 0 5 0 0\n`);
  writeFileSync(join(dir, "10", "status"), "Name:\tpython3\nUid:\t4242\t0\t0\t0\nVmRSS:\t512 kB\n");
  return dir;
}

const shown = (view: MachineView, kind: string, options = {}): string => {
  const panel = findPanel(kind)!;
  const size = { width: 78, height: 14 };
  const facts = factsOf(view, null, clock);
  const input = { facts, size, options: { ...usualOptions(panel), ...options }, thresholds: [], view: INITIAL_VIEW, baselines: [] };
  return sceneText(panel.scene(input), size, { border: false, symbols: "braille" });
};

test("the machine is seen with the panels of runs, and leaves nothing behind", async () => {
  const view = unwrap(MachineView.open("this-machine", { baseDir: folder.path, proc: proc(0), nvidiaSmi: null, now: () => clock }));
  for (const busy of [50, 150]) {
    clock += 1000;
    proc(busy);
    expect(view.refresh().points).toBe(true);
  }
  expect(view.refresh().points).toBe(false);
  // The first look may still go on.
  for (const end = performance.now() + 5000; view.processes()!() === null && performance.now() < end; ) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(shown(view, "host")).toContain("600 KiB / 1000 KiB");
  expect(shown(view, "host")).not.toContain("trainer");
  expect(shown(view, "grid", { metrics: ["host/*"] })).toContain("CPU");
  expect(shown(view, "processes")).toMatch(/10 {2}4242 +python3/);
  clock += 5000;
  expect(shown(view, "gpus")).toContain("No GPU: this machine has no nvidia-smi");
  expect(folders()).toHaveLength(1);
  view.close();
  expect(folders()).toEqual([]);
});

/** Another process that opens the view and then does this; resolves when it has ended. */
const elsewhere = (then: string): Promise<number> => {
  const open = `MachineView.open("this-machine", { baseDir: ${JSON.stringify(folder.path)}, nvidiaSmi: null })`;
  const program = `import { MachineView } from ${JSON.stringify(join(import.meta.dir, "machine-view.ts"))}; ${open}; ${then}`;
  return Bun.spawn([process.execPath, "-e", program], {
    env: { ...process.env, TMPDIR: folder.path },
    stdio: ["ignore", "ignore", "inherit"],
  }).exited;
};
const folders = (): string[] => readdirSync(folder.path).filter((name) => name.startsWith("nanochat-cli-machine-"));

test("a program that ends without closing it leaves nothing; what a killed one leaves goes at the next start", async () => {
  expect(await elsewhere("process.exit(3)")).toBe(3);
  expect(folders()).toEqual([]);
  expect(await elsewhere('process.kill(process.pid, "SIGKILL")')).not.toBe(0);
  expect(folders()).toHaveLength(1);
  const [stale] = folders();
  const first = unwrap(MachineView.open("this-machine", { baseDir: folder.path, nvidiaSmi: null }));
  expect(folders()).not.toContain(stale!);
  // One that is looked at goes on.
  const second = unwrap(MachineView.open("this-machine", { baseDir: folder.path, nvidiaSmi: null }));
  expect(folders()).toHaveLength(2);
  first.close();
  second.close();
  expect(folders()).toEqual([]);
});

test("no panel fails without a run", () => {
  const view = unwrap(MachineView.open("this-machine", { baseDir: folder.path, proc: proc(0), nvidiaSmi: null, now: () => clock }));
  for (const kind of ["progress", "loss", "events", "about", "samples", "checkpoints", "log", "diff", "timers", "throughput", "validation"])
    expect(shown(view, kind).trim()).not.toBe("");
  view.close();
});

test("where nothing can be written it says so", () => {
  process.env["TMPDIR"] = join(folder.path, "none");
  const opened = MachineView.open("this-machine", { baseDir: folder.path, nvidiaSmi: null });
  expect(opened.ok).toBe(false);
  expect(existsSync(join(folder.path, "none"))).toBe(false);
});
