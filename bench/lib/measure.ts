/** Figures and how they are told. */
import { readFileSync } from "node:fs";

export interface Row {
  what: string;
  /** What we measured, with its unit. */
  ours: string;
  /** The bare baseline, measured in the same run. */
  baseline: string;
  /** ours / baseline. */
  ratio: string;
  target: string;
  met: boolean;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const CLOCK_TICKS_PER_SECOND = 100; // sysconf(_SC_CLK_TCK) on every Linux that Bun runs on

/** CPU seconds that a process has used, user and system (proc(5)). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** Resident megabytes (10⁶ bytes). */
export function residentMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(line?.[1] ?? Number.NaN) * 1024) / 1e6;
}

/** Share of one core that a process uses while `during` runs, in percent. */
export async function cpuPercent(pid: number, during: () => Promise<unknown>): Promise<number> {
  const before = cpuSeconds(pid);
  const started = performance.now();
  await during();
  return ((cpuSeconds(pid) - before) / ((performance.now() - started) / 1000)) * 100;
}

export const ratioOf = (ours: number, baseline: number): string => `${(ours / baseline).toFixed(2)}×`;
