/**
 * What has become of a stage, read from its folder and the process table alone: so that a supervisor that starts at
 * any moment of another's life goes on from there, and never starts a second trainer.
 *
 * A stage comes to be in this order, and each of its states can be told from the one before:
 *   folder → control.json → command.json → process launch.py → launch.json → exit.json
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAlive, type ProcessId, startTicks } from "../lib/process.ts";
import type { StagePaths } from "../lib/run-dir.ts";
import { type Exit, type Launch, readExit, readLaunch } from "../lib/run-files.ts";

export type Situation =
  /** Nothing has been started. */
  | { kind: "fresh" }
  /** command.json is there, so launch.py may be on its way; `launcher` when its process has been seen. */
  | { kind: "launching"; launcher: ProcessId | null }
  /** `launcher` is null when launch.py itself is gone and only the trainer is left: its exit will not be recorded. */
  | { kind: "running"; launcher: ProcessId | null; ranks: readonly ProcessId[] }
  /** `exit` is null when exit.json is there but unreadable. */
  | { kind: "ended"; exit: Exit | null }
  /** It had been started, nothing of it is alive, and there is no exit.json. */
  | { kind: "vanished" };

/** Says what the stage's folder and processes tell now. */
export function examine(paths: StagePaths): Situation {
  const ended = readEnd(paths);
  if (ended !== null) return ended;
  if (existsSync(paths.launch)) return examineLaunched(paths);
  if (!existsSync(paths.command)) return { kind: "fresh" };
  return { kind: "launching", launcher: findLauncher(paths.dir) };
}

/** The end that launch.py recorded, or null when it has not: cheap enough for every tick. */
export function readEnd(paths: StagePaths): Extract<Situation, { kind: "ended" }> | null {
  if (!existsSync(paths.exit)) return null;
  const exit = readExit(paths.exit);
  return { kind: "ended", exit: exit.ok ? exit.value : null };
}

function examineLaunched(paths: StagePaths): Situation {
  const launch = readLaunch(paths.launch);
  const launcher = launch.ok && launch.value !== null ? aliveLauncher(launch.value) : findLauncher(paths.dir);
  const ranks = launch.ok ? (launch.value?.children ?? []) : [];
  if (launcher !== null) return { kind: "running", launcher, ranks };
  if (ranks.some((child) => isAlive(child.pid, child.startTicks))) return { kind: "running", launcher: null, ranks };
  // It may have written its end between our two looks.
  return readEnd(paths) ?? { kind: "vanished" };
}

const aliveLauncher = (launch: Launch): ProcessId | null =>
  isAlive(launch.pid, launch.startTicks) ? { pid: launch.pid, startTicks: launch.startTicks } : null;

/** The launch.py of this stage by its command line, for the moments in which only that tells of it. */
export function findLauncher(stageDir: string): ProcessId | null {
  for (const { pid, args } of process.platform === "linux" ? processesFromProc() : processesFromPs()) {
    if (args.includes("launch.py") && args.includes(stageDir)) {
      const ticks = startTicks(pid);
      if (ticks !== null) return { pid, startTicks: ticks };
    }
  }
  return null;
}

function* processesFromProc(): Generator<{ pid: number; args: string }> {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      yield { pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, "utf8") };
    } catch {
      // ended meanwhile
    }
  }
}

function* processesFromPs(): Generator<{ pid: number; args: string }> {
  const listing = execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8", maxBuffer: 1 << 26 });
  for (const line of listing.split("\n")) {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    if (match) yield { pid: Number(match[1]), args: match[2] ?? "" };
  }
}
