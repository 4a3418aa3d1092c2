/** Numbers in what W&B keeps as JSON, under our names. */
import { findMetric, gpuMetric, metricId } from "../../core/metrics.ts";
import { isRecord } from "../../lib/shape.ts";

/** Numbers that JSON has no way to write; older clients quote them, newer ones write them bare. */
const NAMED: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** nanochat logs its epoch as `1 pq: 0 rg: 3` since March 2026 (scripts/base_train.py@92d63d4). */
const LEADING = /^-?\d+(?:\.\d+)?(?= )/;

/** The numbers in a value, by path: nested ones under `a/b`. What is no number (text, a picture, a table) has none. */
export function numbersIn(path: string, value: unknown): Array<readonly [path: string, value: number]> {
  if (typeof value === "number") return [[path, value]];
  if (typeof value === "string") {
    const named = NAMED[value];
    if (named !== undefined) return [[path, named]];
    const leading = findMetric(path) === undefined ? null : LEADING.exec(value);
    return leading === null ? [] : [[path, Number(leading[0])]];
  }
  // Media have a _type, and numbers that are sizes and not values.
  if (!isRecord(value) || "_type" in value) return [];
  return Object.entries(value).flatMap(([name, part]) => numbersIn(`${path}/${name}`, part));
}

/** Our id for a key of W&B's history; null for those that W&B adds itself. */
export const historyMetric = (path: string): string | null => (path.startsWith("_") ? null : metricId(path));

const MIB = 2 ** 20;
const GPU = /^gpu\.(\d+)\.(gpu|memoryAllocatedBytes|powerWatts|temp)$/;
const GPU_NAMES = { gpu: "util", memoryAllocatedBytes: "memory_used", powerWatts: "power", temp: "temperature" } as const;
const DISK_USED = /^disk\.(.+)\.usageGB$/;

/** Of the machine, from the file's `environment` records. */
export interface MachineFacts {
  cpus?: number | undefined;
  memoryBytes?: number | undefined;
}

/**
 * One sample of the machine under our names, in our units (core/metrics.ts). What we have no name for is kept as
 * `system/…`. Names of the samples: core/internal/monitor/system.go and xpu/src in wandb@b6e2950.
 */
export function systemMetrics(sample: ReadonlyMap<string, number>, machine: MachineFacts): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [name, value] of sample) {
    const [, gpu = "", what = ""] = GPU.exec(name) ?? [];
    if (gpu !== "") values[gpuMetric(Number(gpu), GPU_NAMES[what as keyof typeof GPU_NAMES])] = value;
    else Object.assign(values, HOST[name]?.(value, machine) ?? { [`system/${name}`]: value });
    if (what === "memoryAllocatedBytes") {
      const percent = sample.get(`gpu.${gpu}.memoryAllocated`);
      if (percent) values[gpuMetric(Number(gpu), "memory_total")] = (value / percent) * 100;
    }
    const disk = DISK_USED.exec(name)?.[1];
    const used = disk === undefined ? undefined : sample.get(`disk.${disk}.usagePercent`);
    // Of several disks the first: W&B watches that of the working directory unless it is told others.
    if (used && values["host/disk_free"] === undefined) values["host/disk_free"] = ((value / used) * 100 - value) * 1024 * MIB;
  }
  return values;
}

type ToHost = (value: number, machine: MachineFacts) => Record<string, number> | undefined;

/** `cpu` is what the script's processes use, of all processors. */
const HOST: Readonly<Record<string, ToHost>> = {
  cpu: (value, { cpus }) => (cpus ? { "host/trainer_cpu": value * cpus } : undefined),
  "proc.memory.rssMB": (value) => ({ "host/trainer_memory": value * MIB }),
  memory_percent: (value, { memoryBytes }) =>
    memoryBytes ? { "host/memory_used": (value / 100) * memoryBytes, "host/memory_total": memoryBytes } : undefined,
};
