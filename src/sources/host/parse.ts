/** Figures out of /proc files (proc(5)) and out of nvidia-smi's CSV. Pure; text that is not as expected has no figures. */

import { plain } from "../../lib/ansi.ts";

/** Clock ticks since boot, over all cores. */
export interface CpuTicks {
  busy: number;
  total: number;
}

/** /proc/stat: the first line sums all cores. Waiting for a disk is not work; guest time is part of user time already. */
export function parseCpu(stat: string): CpuTicks | null {
  return ticksOf(/^cpu +(.+)$/m.exec(stat)?.[1]);
}

/** /proc/stat: of each core, in their order. */
export const parseCores = (stat: string): CpuTicks[] =>
  [...stat.matchAll(/^cpu\d+ +(.+)$/gm)].flatMap(([, row]) => {
    const ticks = ticksOf(row);
    return ticks === null ? [] : [ticks];
  });

/** Percent of the time between two looks; null when no time has passed. */
export const cpuPercent = (before: CpuTicks, now: CpuTicks): number | null =>
  now.total > before.total ? ((now.busy - before.busy) / (now.total - before.total)) * 100 : null;

function ticksOf(row: string | undefined): CpuTicks | null {
  const fields = row?.split(/ +/).slice(0, 8).map(Number);
  if (fields === undefined || fields.length < 5 || fields.some(Number.isNaN)) return null;
  const total = fields.reduce((sum, ticks) => sum + ticks, 0);
  const [, , , idle = 0, waiting = 0] = fields;
  return { busy: total - idle - waiting, total };
}

/** /proc/meminfo, in bytes. Used is what programs could not get: caches do not count. */
export function parseMemory(meminfo: string): { used: number; total: number } | null {
  const total = kibibytes(meminfo, "MemTotal");
  const available = kibibytes(meminfo, "MemAvailable");
  return total === null || available === null ? null : { used: total - available, total };
}

/** /proc/loadavg: the mean of the last minute. */
export function parseLoad(loadavg: string): number | null {
  const load = Number.parseFloat(loadavg);
  return Number.isFinite(load) ? load : null;
}

/** Bytes since boot. */
export interface Traffic {
  in: number;
  out: number;
}

/** /proc/net/dev: bytes that each network interface has taken in (field 1) and sent (field 9); the machine's talk with itself is none. */
export function parseNetwork(dev: string): Traffic | null {
  const rows = [...dev.matchAll(/^\s*([^:\s]+):\s*(.+)$/gm)]
    .filter(([, name]) => name !== "lo")
    .map(([, , row = ""]) => row.trim().split(/\s+/));
  return sum(rows.map((fields) => [Number(fields[0]), Number(fields[8])]));
}

/** Names of whole disks, not of their parts, and not of what lies on other disks (loop, dm, md). */
const DISK = /^(?:sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;
/** Of /proc/diskstats, whatever the disk's own. */
const SECTOR = 512;

/** /proc/diskstats: sectors read (field 3 after the name) and written (field 7). */
export function parseDisks(diskstats: string): Traffic | null {
  const rows = diskstats
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , name = ""]) => DISK.test(name));
  return sum(rows.map((fields) => [Number(fields[5]) * SECTOR, Number(fields[9]) * SECTOR]));
}

function sum(rows: ReadonlyArray<readonly [number, number]>): Traffic | null {
  const sound = rows.filter((row) => row.every(Number.isFinite));
  return sound.length === 0 ? null : { in: sound.reduce((all, [one]) => all + one, 0), out: sound.reduce((all, [, one]) => all + one, 0) };
}

/** /proc/PID/stat: clock ticks that the process itself has used. */
export const parseProcessTicks = (stat: string): number | null => parseProcess(stat)?.ticks ?? null;

/** /proc/PID/stat: its name (field 2), which may hold anything, ticks that it has used (14 and 15), and the tick of its start (22). */
export function parseProcess(stat: string): { name: string; ticks: number; started: number } | null {
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const [ticks, started] = [Number(fields[11]) + Number(fields[12]), Number(fields[19] ?? 0)];
  return Number.isFinite(ticks) && Number.isFinite(started) ? { name: stat.slice(stat.indexOf("(") + 1, end), ticks, started } : null;
}

/** /proc/PID/status: whose it is and its resident memory in bytes; null for what has none: a zombie, or a thread of the kernel. */
export function parseProcessStatus(status: string): { uid: number; memory: number } | null {
  const [memory, uid] = [parseResident(status), /^Uid:\s+(\d+)/m.exec(status)?.[1]];
  return memory === null || uid === undefined ? null : { uid: Number(uid), memory };
}

/** /etc/passwd: names by number; of several the first. */
export function parseUsers(passwd: string): Map<number, string> {
  const rows = [...passwd.matchAll(/^([^:\n]+):[^:\n]*:(\d+):/gm)];
  return new Map(rows.reverse().map(([, name = "", uid]) => [Number(uid), plain(name)]));
}

/** `ps -axo pid=,user=,pcpu=,rss=,ucomm=`: rss is in kilobytes, and the name, which may hold spaces, comes last. */
export function parsePs(text: string): Array<{ pid: number; user: string; name: string; cpu: number | null; memory: number }> {
  return [...text.matchAll(/^\s*(\d+)\s+(\S+)\s+([\d.,]+)\s+(\d+)\s+(.+?)\s*$/gm)].flatMap(
    ([, pid, user = "", cpu = "", rss, name = ""]) =>
      rss === "0"
        ? []
        : [{ pid: Number(pid), user: plain(user), name: plain(name), cpu: figure(cpu.replace(",", ".")), memory: Number(rss) * 1024 }],
  );
}

/** /proc/PID/status: resident memory in bytes; null for a zombie, which has none. */
export const parseResident = (status: string): number | null => kibibytes(status, "VmRSS");

function kibibytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  return found === undefined ? null : Number(found) * 1024;
}

/** One GPU; null = the driver does not say. */
export interface Gpu {
  index: number;
  name: string;
  /** Percent of the last sample period in which a kernel ran. */
  util: number | null;
  /** Bytes. */
  memoryUsed: number | null;
  memoryTotal: number | null;
  /** Watts. */
  power: number | null;
  /** °C */
  temperature: number | null;
  /** CUDA compute capability, `[9, 0]`; null when it was not asked for (GPU_QUERY) or the driver does not know it. */
  capability: readonly [number, number] | null;
}

/** What nvidia-smi is asked for; parseGpus reads the columns in this order. */
const COLUMNS = "index,name,utilization.gpu,memory.used,memory.total,power.draw,temperature.gpu";
const FORMAT = "--format=csv,noheader,nounits";
export const GPU_QUERY = [`--query-gpu=${COLUMNS}`, FORMAT] as const;
/** With what does not change while a run goes on, asked for once. */
export const GPU_MODEL_QUERY = [`--query-gpu=${COLUMNS},compute_cap`, FORMAT] as const;

const MEBIBYTE = 1 << 20;

/** nvidia-smi's answer to either query. `[N/A]`, `[Not Supported]`, `[Unknown Error]` are no figures; lines of another shape no GPUs. */
export function parseGpus(csv: string): Gpu[] {
  return csv.split("\n").flatMap((line) => {
    const fields = line.split(",").map((field) => field.trim());
    if ((fields.length !== 7 && fields.length !== 8) || !/^\d+$/.test(fields[0] ?? "")) return [];
    const [util, used, total, power, temperature] = fields.slice(2).map(figure);
    const bytes = (mebibytes: number | null = null): number | null => (mebibytes === null ? null : mebibytes * MEBIBYTE);
    return {
      index: Number(fields[0]),
      name: fields[1] ?? "",
      util: util ?? null,
      memoryUsed: bytes(used),
      memoryTotal: bytes(total),
      power: power ?? null,
      temperature: temperature ?? null,
      capability: capability(fields[7]),
    };
  });
}

/** What the driver says of itself in the head of nvidia-smi's table; null = not told. */
export interface Driver {
  /** `550.54.15` */
  driver: string | null;
  /** The newest CUDA that it runs, `[12, 4]`. */
  cuda: readonly [number, number] | null;
}

/** The head of nvidia-smi without arguments: `Driver Version: … CUDA Version: …`; since 610 `KMD Version` and `CUDA UMD Version`. */
export function parseDriver(text: string): Driver {
  const cuda = /\bCUDA(?: UMD)? Version\s*:\s*(\d+\.\d+)/.exec(text)?.[1];
  return { driver: /\b(?:Driver|KMD) Version\s*:\s*(\d[\d.]*)/.exec(text)?.[1] ?? null, cuda: capability(cuda) };
}

/** One process that computes on GPUs. */
export interface GpuProcess {
  pid: number;
  name: string;
  /** Memory that it holds, over all GPUs; null = the driver does not say. */
  bytes: number | null;
}

export const GPU_PROCESS_QUERY = ["--query-compute-apps=pid,process_name,used_memory", FORMAT] as const;

/** nvidia-smi's answer to that, in which a process has a line for each GPU that it is on. A name may hold commas. */
export function parseGpuProcesses(csv: string): GpuProcess[] {
  const found = new Map<number, GpuProcess>();
  for (const line of csv.split("\n")) {
    const [, id, name = "", used = ""] = /^\s*(\d+)\s*,\s*(.*?)\s*,\s*([^,]*?)\s*$/.exec(line) ?? [];
    if (id === undefined) continue;
    const pid = Number(id);
    const [before, mebibytes] = [found.get(pid)?.bytes ?? null, figure(used)];
    const bytes = mebibytes === null ? before : (before ?? 0) + mebibytes * MEBIBYTE;
    found.set(pid, { pid, name: plain(name), bytes });
  }
  return [...found.values()];
}

function capability(field = ""): readonly [number, number] | null {
  const parts = /^(\d+)\.(\d+)$/.exec(field);
  return parts === null ? null : [Number(parts[1]), Number(parts[2])];
}

const figure = (field: string): number | null => (/^\d+(?:\.\d+)?$/.test(field) ? Number(field) : null);
