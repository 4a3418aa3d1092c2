import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../../test/fixtures/runs.ts";
import { ProcessTable } from "./processes.ts";

let folder: ReturnType<typeof temporaryFolder>;
let clock: number;
beforeEach(() => {
  folder = temporaryFolder();
  clock = 1_700_000_000_000;
  writeFileSync(join(folder.path, "passwd"), "ada:x:1000:1000::/home/ada:/bin/sh\n");
});
afterEach(() => folder.remove());

const proc = (): string => join(folder.path, "proc");

/** A process in that /proc: its ticks, and the tick of its start. */
function put(pid: number, name: string, ticks: number, { started = 7, uid = 1000, memory = 2048 as number | null } = {}): void {
  const dir = join(proc(), String(pid));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "stat"), `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${started} 0 0\n`);
  writeFileSync(join(dir, "status"), `Name:\t${name}\nUid:\t${uid}\t0\t0\t0\n${memory === null ? "" : `VmRSS:\t${memory} kB\n`}`);
  writeFileSync(join(dir, "cmdline"), `${name}\0--token\0hf_secretsecretsecret\0`);
}

function table(nvidiaSmi: string | null = null): ProcessTable {
  return new ProcessTable({ proc: proc(), nvidiaSmi, passwd: join(folder.path, "passwd"), now: () => clock });
}

test("what a process uses of a processor is what it has used between two looks; one that came meanwhile has used all it has", async () => {
  const processes = table();
  put(10, "python3", 500);
  put(11, "sleep", 900, { uid: 4242 });
  expect(processes.now()).toBeNull();
  await processes.look();
  expect(processes.now()?.all.map(({ cpu }) => cpu)).toEqual([null, null]);
  clock += 2000;
  put(10, "python3", 800);
  rmSync(join(proc(), "11"), { recursive: true });
  put(11, "another", 20, { started: 8 });
  put(12, "new", 40);
  await processes.look();
  const found = [...(processes.now()?.all ?? [])].sort((a, b) => a.pid - b.pid);
  expect(found).toEqual([
    { pid: 10, user: "ada", name: "python3", cpu: 150, memory: 2_097_152, gpuMemory: null },
    { pid: 11, user: "ada", name: "another", cpu: 10, memory: 2_097_152, gpuMemory: null },
    { pid: 12, user: "ada", name: "new", cpu: 20, memory: 2_097_152, gpuMemory: null },
  ]);
});

test("arguments are never read, threads of the kernel are left out, an owner without a name is a number", async () => {
  put(2, "kthreadd", 0, { memory: null });
  put(11, "x\u001b[31m", 1, { uid: 4242 });
  put(12, "npm run --token", 1);
  put(13, "tmux: server", 1);
  mkdirSync(join(proc(), "sys"));
  const processes = table();
  await processes.look();
  const { all = [] } = processes.now() ?? {};
  expect(all.map(({ pid, user, name }) => [pid, user, name]).sort()).toEqual([
    [11, "4242", "x"],
    [12, "ada", "npm"],
    [13, "ada", "tmux"],
  ]);
  expect(JSON.stringify(all)).not.toMatch(/token|secret|\\u001b/);
});

test("memory of GPUs is what nvidia-smi tells, and nothing where it fails", async () => {
  const program = join(folder.path, "nvidia-smi");
  const says = (script: string): void => {
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
  };
  put(10, "python3", 1);
  put(11, "bash", 1);
  says('printf "10, python3, 1024\\n10, python3, 2048\\n999, elsewhere, 5\\n"');
  const processes = table(program);
  await processes.look();
  const held = (): Array<number | null> =>
    [...(processes.now()?.all ?? [])].sort((a, b) => a.pid - b.pid).map(({ gpuMemory }) => gpuMemory);
  expect(held()).toEqual([3 * 2 ** 30, null]);
  says("exit 9");
  await processes.look();
  expect(held()).toEqual([null, null]);
});

test("nobody waits for a look: another one begins two seconds later, and never two at once", async () => {
  put(10, "python3", 1);
  const processes = table();
  expect(processes.now()).toBeNull();
  const looking = processes.look();
  expect(processes.look()).toBe(looking);
  await looking;
  put(11, "later", 1);
  clock += 1999;
  expect(processes.now()?.all).toHaveLength(1);
  clock += 1;
  expect(processes.now()?.all).toHaveLength(1);
  await processes.look();
  expect(processes.now()?.all).toHaveLength(2);
});

test.skipIf(process.platform !== "linux")("this very process is found in the real /proc", async () => {
  const processes = new ProcessTable({ nvidiaSmi: null });
  await processes.look();
  expect(processes.now()?.all.find(({ pid }) => pid === process.pid)?.memory).toBeGreaterThan(2 ** 20);
});

test("a system without anything to ask has no processes", async () => {
  const processes = new ProcessTable({ proc: join(folder.path, "none"), nvidiaSmi: join(folder.path, "none") });
  await processes.look();
  expect(processes.now()?.all).toEqual([]);
});
