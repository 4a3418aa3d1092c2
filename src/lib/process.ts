/** Is that process still the one we mean? A pid alone is reused; a pid with its start time is not. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

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
