/** The machine without a run: the figures that a supervisor samples, and each core, for whoever looks now. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { failureOf, type Sink } from "../core/journal.ts";
import type { MachineProcesses } from "../core/machine.ts";
import { sentence } from "../core/result.ts";
import { type CpuTicks, cpuPercent, parseCores } from "../sources/host/parse.ts";
import { ProcessTable } from "../sources/host/processes.ts";
import { type HostOptions, HostSource } from "../sources/host/source.ts";

export interface MachineSample {
  /** Epoch milliseconds. */
  at: number;
  /** By metric id (core/metrics.ts), as far as they are known. */
  values: Readonly<Record<string, number>>;
  /** Percent of each core since the sample before. */
  cores: readonly number[];
  /** What each GPU is, by its number. */
  gpus: ReadonlyMap<number, string>;
  /** As they were looked at last; null before the first look is done. */
  processes: MachineProcesses | null;
  /** What cannot be told, in sentences. */
  problems: readonly string[];
}

export type MachineOptions = Omit<HostOptions, "trainerPid">;

/** The folder, or the nearest one above that is there: a base dir that nothing was put into yet is on that one's disk. */
export function folderOnDisk(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : folderOnDisk(parent);
}

export class MachineWatch {
  readonly #source: HostSource;
  readonly #processes: ProcessTable;
  readonly #stat: string;
  readonly #gpus = new Map<number, string>();
  readonly #problems: string[] = [];
  #values: Record<string, number> = {};
  #cores: CpuTicks[];
  #fresh = false;

  constructor(private readonly options: MachineOptions) {
    this.#source = new HostSource({ ...options, baseDir: folderOnDisk(options.baseDir), trainerPid: () => null });
    this.#processes = new ProcessTable(options);
    this.#stat = join(options.proc ?? "/proc", "stat");
    this.#cores = this.#readCores();
  }

  start(): void {
    const sink: Sink = {
      points: (_stage, _key, _at, values) => {
        Object.assign(this.#values, values);
        this.#fresh ||= Object.keys(values).some((metric) => metric.startsWith("host/"));
      },
      event: ({ kind, body }) => {
        if (kind === "problem") this.#problems.push(sentence(failureOf({ body })));
        const { index, name } = (body["fields"] ?? {}) as { index?: number; name?: string };
        if (kind === "note" && index !== undefined) this.#gpus.set(index, name ?? "");
      },
      log() {},
      offset() {},
    };
    this.#source.start(sink);
    this.#processes.now();
  }

  /** The newest sample when there is one since the last call: about one a second. Figures of GPUs are those that came last. */
  poll(): MachineSample | null {
    this.#source.poll();
    const processes = this.#processes.now();
    if (!this.#fresh) return null;
    this.#fresh = false;
    const before = this.#cores;
    this.#cores = this.#readCores();
    const cores = this.#cores.flatMap((now, i) => (before[i] === undefined ? [] : [cpuPercent(before[i], now) ?? 0]));
    const at = (this.options.now ?? Date.now)();
    return {
      at,
      values: { ...this.#values },
      cores,
      gpus: new Map(this.#gpus),
      processes,
      problems: [...this.#problems],
    };
  }

  stop(): void {
    this.#source.stop();
    this.#processes.stop();
  }

  #readCores(): CpuTicks[] {
    try {
      return parseCores(readFileSync(this.#stat, "latin1"));
    } catch {
      return []; // HostSource tells of it
    }
  }
}
