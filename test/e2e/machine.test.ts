/** The machine without a run: its screen in a real terminal, and its processes as text and JSON. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { MachineProcess } from "../../src/core/machine.ts";
import { childrenOf } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

test("the machine has a screen with charts and processes, on which nothing can be done to them", async () => {
  const pty = box.tui(["machine", "--screen"], { cols: 120, rows: 36 });
  await pty.ready();
  await pty.until(/processes \d+/);
  await pty.until(/cpu +━/);
  await pty.until(/CPU \d/);
  pty.type("s");
  await pty.until("the machine is only looked at");
  pty.type("\x11");
  expect(await pty.exited()).toBe(0);
  expect(pty.screen()).not.toContain("goes on");
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(`a machine screen that gets ${signal} leaves no folder behind`, async () => {
    const temporary = join(box.dir, "tmp");
    mkdirSync(temporary);
    const pty = box.tui(["machine", "--screen"], { env: { TMPDIR: temporary } });
    await pty.ready();
    await pty.until(/processes \d+/);
    expect(readdirSync(temporary)).toHaveLength(1);
    for (const program of childrenOf(pty.process.pid)) process.kill(program, signal);
    expect(await pty.exited()).toBeGreaterThan(128);
    expect(readdirSync(temporary)).toEqual([]);
  });
}

test("processes are listed by what they use, without their arguments", async () => {
  const { processes } = await box.json<{ processes: MachineProcess[] }>(["machine", "--processes", "3"]);
  expect(processes).toHaveLength(3);
  expect(Object.keys(processes[0]!)).toEqual(["pid", "user", "name", "cpu", "memory", "gpuMemory"]);
  expect(processes.map(({ cpu }) => cpu ?? 0)).toEqual(processes.map(({ cpu }) => cpu ?? 0).sort((a, b) => b - a));
  expect((await box.cli(["machine", "--processes", "0"])).stdout).not.toContain("pid");
  expect((await box.cli(["machine", "--processes", "x"])).code).toBe(2);
});
