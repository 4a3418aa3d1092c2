/** The machine that a run is on: processor, memory, load, disk, the trainer's share and each GPU, once a second. */
import { promises, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sink, Source } from "../../core/journal.ts";
import { gpuMetric } from "../../core/metrics.ts";
import type { Failure } from "../../core/result.ts";
import { plain } from "../../lib/ansi.ts";
import { GpuQuery } from "./gpus.ts";
import { type CpuTicks, cpuPercent, type Gpu, parseCpu, parseDisks, parseLoad, parseMemory, parseNetwork, type Traffic } from "./parse.ts";
import { ProcessTree } from "./tree.ts";

export interface HostOptions {
  /** NANOCHAT_BASE_DIR: the disk that checkpoints go to. */
  baseDir: string;
  /** The process whose tree is the trainer, or null while there is none. */
  trainerPid: () => number | null;
  /** The folder that is /proc. */
  proc?: string;
  /** Where nvidia-smi is; null = there is none. Found on PATH when absent. */
  nvidiaSmi?: string | null;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Host metrics belong to the run itself, keyed by whole seconds since the epoch. */
const RUN = 0;

type Values = Record<string, number>;

export class HostSource implements Source {
  readonly id = "host";
  readonly #proc: string;
  readonly #now: () => number;
  readonly #tree: ProcessTree;
  #gpus: GpuQuery | null = null;
  #sink: Sink | null = null;
  #second = 0;
  #cpu: CpuTicks | null = null;
  /** Of each metric's pair the counters at the last sample, and when that was, in epoch milliseconds. */
  readonly #traffic = new Map<string, Traffic & { at: number }>();
  #diskFree: number | null = null;
  #askingDisk = false;
  readonly #namedGpus = new Set<number>();
  #gpusFailed = false;

  constructor(private readonly options: HostOptions) {
    this.#proc = options.proc ?? "/proc";
    this.#now = options.now ?? Date.now;
    this.#tree = new ProcessTree(this.#proc);
  }

  start(sink: Sink): void {
    this.#sink = sink;
    const { nvidiaSmi = Bun.which("nvidia-smi") } = this.options;
    this.#gpus = nvidiaSmi === null ? null : new GpuQuery(nvidiaSmi);
    // What the first sample is measured against.
    this.#second = this.#secondAt(this.#now());
    this.#cpu = parseCpu(this.#read("stat"));
    if (this.#cpu === null) {
      this.#problem({ code: "io", what: "Processor and memory are not shown", why: `this system has no ${join(this.#proc, "stat")}` });
    }
    this.#askDisk();
  }

  poll(): boolean {
    const now = this.#now();
    const sink = this.#sink;
    if (sink === null) return false;
    this.#takeGpus(now, sink);
    const second = this.#secondAt(now);
    if (second === this.#second) return false;
    this.#second = second;
    const values = { ...this.#machine(), ...this.#flow(now), ...this.#trainer(now) };
    if (Object.keys(values).length > 0) sink.points(RUN, second, now, values);
    this.#askDisk();
    return false;
  }

  stop(): void {
    this.#gpus?.stop();
    this.#gpus = null;
    this.#sink = null;
  }

  #secondAt(nowMs: number): number {
    return Math.floor(nowMs / 1000);
  }

  #machine(): Values {
    const values: Values = {};
    const before = this.#cpu;
    const cpu = parseCpu(this.#read("stat"));
    this.#cpu = cpu;
    const busy = cpu === null || before === null ? null : cpuPercent(before, cpu);
    if (busy !== null) values["host/cpu"] = busy;
    const memory = parseMemory(this.#read("meminfo"));
    if (memory !== null) {
      values["host/memory_used"] = memory.used;
      values["host/memory_total"] = memory.total;
    }
    const load = parseLoad(this.#read("loadavg"));
    if (load !== null) values["host/load1"] = load;
    if (this.#diskFree !== null) values["host/disk_free"] = this.#diskFree;
    return values;
  }

  /** Bytes a second over the network, and from and to the disks. */
  #flow(now: number): Values {
    return {
      ...this.#rates(now, parseNetwork(this.#read("net/dev")), ["host/net_in", "host/net_out"]),
      ...this.#rates(now, parseDisks(this.#read("diskstats")), ["host/disk_read", "host/disk_write"]),
    };
  }

  /** A counter that has gone back began anew: that interval tells nothing. */
  #rates(at: number, now: Traffic | null, [into, out]: readonly [string, string]): Values {
    const before = this.#traffic.get(into);
    if (now === null) this.#traffic.delete(into);
    else this.#traffic.set(into, { ...now, at });
    if (now === null || before === undefined || at <= before.at || now.in < before.in || now.out < before.out) return {};
    const seconds = (at - before.at) / 1000;
    return { [into]: (now.in - before.in) / seconds, [out]: (now.out - before.out) / seconds };
  }

  #trainer(now: number): Values {
    const pid = this.options.trainerPid();
    const use = pid === null ? null : this.#tree.look(pid, now);
    if (use === null) return {};
    return { "host/trainer_memory": use.memory, ...(use.cpu === null ? {} : { "host/trainer_cpu": use.cpu }) };
  }

  /** Asked without waiting: a network disk that hangs must not hold up anything. */
  #askDisk(): void {
    if (this.#askingDisk) return;
    this.#askingDisk = true;
    void promises
      .statfs(this.options.baseDir)
      .then(
        ({ bavail, bsize }) => {
          this.#diskFree = bavail * bsize;
        },
        () => {
          this.#diskFree = null; // not there yet, or not any more
        },
      )
      .finally(() => {
        this.#askingDisk = false;
      });
  }

  #takeGpus(now: number, sink: Sink): void {
    const answer = this.#gpus?.take(now) ?? null;
    if (answer === null) return;
    if (!answer.ok) {
      if (!this.#gpusFailed) this.#problem(answer.failure);
      this.#gpusFailed = true;
      return;
    }
    this.#gpusFailed = false;
    for (const gpu of answer.value) this.#nameGpu(gpu, now, sink);
    const values = Object.assign({}, ...answer.value.map(gpuValues)) as Values;
    if (Object.keys(values).length > 0) sink.points(RUN, this.#secondAt(now), now, values);
  }

  /** Which one it is goes into the record, once. */
  #nameGpu({ index, name, memoryTotal }: Gpu, at: number, sink: Sink): void {
    if (this.#namedGpus.has(index)) return;
    this.#namedGpus.add(index);
    const fields = { index, name: plain(name), memoryBytes: memoryTotal };
    sink.event({ stage: RUN, at, step: null, kind: "note", body: { tag: "host-gpu", fields } });
  }

  #problem(failure: Failure): void {
    const body = { source: this.id, ...failure };
    this.#sink?.event({ stage: RUN, at: this.#now(), step: null, kind: "problem", body });
  }

  #read(file: string): string {
    try {
      return readFileSync(join(this.#proc, file), "latin1");
    } catch {
      return "";
    }
  }
}

function gpuValues({ index, util, memoryUsed, memoryTotal, power, temperature }: Gpu): Values {
  const figures = { util, memory_used: memoryUsed, memory_total: memoryTotal, power, temperature } as const;
  const values: Values = {};
  for (const [what, value] of Object.entries(figures)) {
    if (value !== null) values[gpuMetric(index, what as keyof typeof figures)] = value;
  }
  return values;
}
