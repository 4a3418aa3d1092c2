/** Ends the trainer of a run whose folder was deleted: nobody could see, stop, save or adopt it any more. */
import { isAlive, type ProcessId, treeBelow } from "../lib/process.ts";

const LOOK_EVERY_MS = 50;
/** After SIGKILL a process is gone at once, unless the kernel itself holds it. */
const KILLED_PATIENCE_MS = 2000;

/**
 * SIGTERM to the first of `roots` that lives (launch.py, which passes it on; without it to all of them), and SIGKILL to
 * whatever of them and below them still lives after `graceMs`. Returns the pids that live all the same.
 */
export async function endProcesses(roots: readonly ProcessId[], launcher: ProcessId | null, graceMs: number): Promise<number[]> {
  const known = new Map(treeBelow(roots).map((one) => [one.pid, one]));
  const alive = (): ProcessId[] => [...known.values()].filter(({ pid, startTicks }) => isAlive(pid, startTicks));
  const hasLauncher = launcher !== null && isAlive(launcher.pid, launcher.startTicks);
  signalAll(hasLauncher ? [launcher] : alive(), "SIGTERM");
  if (await within(graceMs, () => alive().length === 0)) return [];
  for (const one of treeBelow(alive())) known.set(one.pid, one);
  signalAll(alive(), "SIGKILL");
  await within(KILLED_PATIENCE_MS, () => alive().length === 0);
  return alive().map(({ pid }) => pid);
}

function signalAll(processes: readonly ProcessId[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // ended meanwhile
    }
  }
}

async function within(ms: number, condition: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await Bun.sleep(LOOK_EVERY_MS)) if (condition()) return true;
  return condition();
}
