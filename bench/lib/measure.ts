/** Figures and how they are told. */
import { readFileSync } from "node:fs";
import type { Pty } from "../../test/drivers/pty.ts";

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

const MEDIAN_ROUNDS = 9;

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

/** Megabytes (10⁶ bytes) that no other process has: without the runtime's own code, which the supervisor has in memory as well. */
export function ownMegabytes(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").matchAll(/^Private_\w+:\s+(\d+) kB/gm);
  return ([...lines].reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) * 1024) / 1e6;
}

/** Share of one core that a process uses while `during` runs, in percent. */
export async function cpuPercent(pid: number, during: () => Promise<unknown>): Promise<number> {
  const before = cpuSeconds(pid);
  const started = performance.now();
  await during();
  return ((cpuSeconds(pid) - before) / ((performance.now() - started) / 1000)) * 100;
}

export const ratioOf = (ours: number, baseline: number): string => `${(ours / baseline).toFixed(2)}×`;

/** Middle of the milliseconds that `work` takes, over an odd number of rounds; `before` each is not counted. */
export async function medianMilliseconds(work: () => unknown, before: () => void = () => undefined): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < MEDIAN_ROUNDS; round++) {
    before();
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return quantile(times, 0.5);
}

/** A row of something that may take so many milliseconds at most. */
export const timedRow = (what: string, ms: number, most: number, bare: number, baseline: string): Row => ({
  what,
  ours: `${ms.toFixed(0)} ms`,
  baseline: `${bare.toFixed(0)} ms, ${baseline}`,
  ratio: ratioOf(ms, bare),
  target: `< ${most} ms`,
  met: ms < most,
});

/** Milliseconds from exec until the condition holds on the bytes written. */
export async function timeTo(start: () => Pty, condition: (screen: string) => boolean, patienceMs?: number): Promise<number> {
  const started = performance.now();
  const pty = start();
  pty.recording = false;
  try {
    await pty.until(condition, patienceMs);
    return pty.arrived - started;
  } finally {
    await pty.close();
  }
}
