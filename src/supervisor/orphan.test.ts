import { afterEach, expect, test } from "bun:test";
import { isAlive, type ProcessId, startTicks } from "../lib/process.ts";
import { endProcesses } from "./orphan.ts";

const started: ProcessId[] = [];
afterEach(() => {
  for (const one of started.splice(0)) if (lives(one)) process.kill(one.pid, "SIGKILL");
});

const idOf = (pid: number): ProcessId => ({ pid, startTicks: startTicks(pid) });

/** A process, and one below it in a session of its own, as torchrun's workers are; `handler` is what both do at SIGTERM. */
async function family(handler: string): Promise<{ parent: ProcessId; child: ProcessId }> {
  const program = `
import os, signal, time
signal.signal(signal.SIGTERM, ${handler})
child = os.fork()
if child == 0: os.setsid()
else: print(child, flush=True)
while True: time.sleep(60)`;
  const parent = Bun.spawn(["python3", "-c", program], { stdout: "pipe" });
  const { value } = await parent.stdout.getReader().read();
  const both = { parent: idOf(parent.pid), child: idOf(Number(new TextDecoder().decode(value))) };
  started.push(both.parent, both.child);
  return both;
}

const lives = ({ pid, startTicks: ticks }: ProcessId): boolean => isAlive(pid, ticks);

test("what ends by SIGTERM is not killed", async () => {
  const { parent, child } = await family("signal.SIG_DFL");
  expect(await endProcesses([parent, child], null, 20_000)).toEqual([]);
  expect([parent, child].map(lives)).toEqual([false, false]);
});

test("what ignores SIGTERM is killed, with all below it, also in sessions of their own", async () => {
  const { parent, child } = await family("signal.SIG_IGN");
  expect(await endProcesses([parent], parent, 200)).toEqual([]);
  expect([parent, child].map(lives)).toEqual([false, false]);
});

test("a pid that is another process' by now is left alone", async () => {
  const { parent } = await family("signal.SIG_DFL");
  expect(await endProcesses([{ pid: parent.pid, startTicks: 1 }], { pid: parent.pid, startTicks: 1 }, 100)).toEqual([]);
  expect(lives(parent)).toBe(true);
});
