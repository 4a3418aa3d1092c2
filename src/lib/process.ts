/** Is that process still the one we mean? A pid alone is reused; a pid with its start time is not. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A pid with its start time, by which a reused pid is told from ours; null = not known. */
export interface ProcessId {
  pid: number;
  startTicks: number | null;
}

/**
 * Kernel start time of a process in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)); on systems without
 * /proc, a number made from what `ps` says. Null when there is no such process or it is a zombie.
 */
export function startTicks(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : Number(fields[19]);
  } catch {
    return process.platform === "linux" ? null : startTimeFromPs(pid);
  }
}

function startTimeFromPs(pid: number): number | null {
  try {
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", timeout: 2000 }).trim();
    return started === "" ? null : Math.floor(Date.parse(started) / 1000);
  } catch {
    return null;
  }
}

/** True while the process that was recorded as (pid, ticks) runs. */
export function isAlive(pid: number | null, ticks: number | null): boolean {
  if (pid === null) return false;
  const now = startTicks(pid);
  return now !== null && (ticks === null || now === ticks);
}

/** These processes and all below them that live now, as far as the process table tells. */
export function treeBelow(roots: readonly ProcessId[]): ProcessId[] {
  const children = childrenOf();
  const found = roots.filter(({ pid, startTicks }) => isAlive(pid, startTicks));
  const seen = new Set(found.map(({ pid }) => pid));
  for (const { pid } of found) {
    for (const child of children.get(pid) ?? []) {
      const ticks = seen.has(child) ? null : startTicks(child);
      if (ticks === null) continue;
      seen.add(child);
      found.push({ pid: child, startTicks: ticks });
    }
  }
  return found;
}

function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of process.platform === "linux" ? parentsFromProc() : parentsFromPs()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

function* parentsFromProc(): Generator<[pid: number, parent: number]> {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      yield [Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])];
    } catch {
      // ended meanwhile
    }
  }
}

function* parentsFromPs(): Generator<[pid: number, parent: number]> {
  const listing = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8", maxBuffer: 1 << 24 });
  for (const line of listing.trim().split("\n")) {
    const [pid = Number.NaN, parent = Number.NaN] = line.trim().split(/\s+/).map(Number);
    yield [pid, parent];
  }
}
