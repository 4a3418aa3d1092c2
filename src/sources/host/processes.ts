/**
 * The processes of the machine and what they use, looked at every two seconds without ever waiting: /proc is read in
 * portions, between which other work is done; `ps` is asked where there is no /proc, nvidia-smi where there is one.
 */
import { execFile } from "node:child_process";
import { promises } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { MachineProcess, MachineProcesses } from "../../core/machine.ts";
import { plain } from "../../lib/ansi.ts";
import { GPU_PROCESS_QUERY, parseGpuProcesses, parseProcess, parseProcessStatus, parsePs, parseUsers } from "./parse.ts";
import { TICKS_PER_SECOND } from "./tree.ts";

const EVERY_MS = 2000;
const TIMEOUT_MS = 10_000;
/** Processes that are read at once: their files take 2 ms together. */
const AT_ONCE = 64;

/** `comm` is the name alone; `-o command` would be with arguments. */
const PS = ["-axo", "pid=,user=,pcpu=,rss=,ucomm="] as const;

export interface ProcessOptions {
  /** The folder that is /proc; null = ask `ps`. */
  proc?: string | null;
  /** Where nvidia-smi is; null = there is none. Found on PATH when absent. */
  nvidiaSmi?: string | null;
  /** The table of users. */
  passwd?: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** What a process had used at a look; another one of the same number has begun at another tick. */
interface Used {
  started: number;
  ticks: number;
}

export class ProcessTable {
  readonly #now: () => number;
  readonly #stopping = new AbortController();
  #newest: MachineProcesses | null = null;
  #looking: Promise<void> | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #before: { at: number; used: ReadonlyMap<number, Used> } | null = null;
  #users: Promise<ReadonlyMap<number, string>> | null = null;

  constructor(private readonly options: ProcessOptions = {}) {
    this.#now = options.now ?? Date.now;
  }

  /** What the last look found, null before the first is done. Begins another one when it is time. */
  now(): MachineProcesses | null {
    if (this.#looking === null && this.#now() - this.#lookedAt >= EVERY_MS) void this.look();
    return this.#newest;
  }

  /** Looks at once; settles when that is done. Never fails: what cannot be read is not there. */
  look(): Promise<void> {
    this.#lookedAt = this.#now();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Settles when a look that goes on is done; whether one did. */
  async settle(): Promise<boolean> {
    if (this.#looking === null) return false;
    await this.#looking;
    return true;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #look(): Promise<void> {
    const { proc = process.platform === "linux" ? "/proc" : null } = this.options;
    const [found, gpus] = await Promise.all([proc === null ? this.#askPs() : this.#read(proc), this.#gpuMemory()]);
    const all = found.map((one) => ({ ...one, gpuMemory: gpus.get(one.pid) ?? null }));
    this.#newest = { at: this.#now(), all, cores: availableParallelism() };
  }

  async #read(proc: string): Promise<Omit<MachineProcess, "gpuMemory">[]> {
    this.#users ??= promises.readFile(this.options.passwd ?? "/etc/passwd", "utf8").then(parseUsers, () => new Map());
    const users = await this.#users;
    const names = await promises.readdir(proc).catch(() => []);
    const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
    const used = new Map<number, Used>();
    const found: Omit<MachineProcess, "gpuMemory">[] = [];
    const at = this.#now();
    for (let from = 0; from < pids.length; from += AT_ONCE) {
      await Promise.all(
        pids.slice(from, from + AT_ONCE).map(async (pid) => {
          const [stat, status] = await Promise.all(["stat", "status"].map((file) => textOf(join(proc, String(pid), file))));
          const one = parseProcess(stat ?? "");
          const of = parseProcessStatus(status ?? "");
          if (one === null || of === null) return; // ended meanwhile, a zombie, or of the kernel
          used.set(pid, one);
          const cpu = this.#percent(pid, one, at);
          found.push({ pid, user: users.get(of.uid) ?? String(of.uid), name: commandOf(one.name), cpu, memory: of.memory });
        }),
      );
    }
    this.#before = { at, used };
    return found;
  }

  /** Of one core since the look before. One that was not there then has used all its ticks since. */
  #percent(pid: number, { started, ticks }: Used, at: number): number | null {
    const before = this.#before;
    if (before === null || at <= before.at) return null;
    const last = before.used.get(pid);
    const since = ticks - (last?.started === started ? last.ticks : 0);
    return ((since / TICKS_PER_SECOND) * 1000 * 100) / (at - before.at);
  }

  async #askPs(): Promise<Omit<MachineProcess, "gpuMemory">[]> {
    return parsePs((await this.#ask("ps", PS)) ?? "").map((one) => ({ ...one, name: commandOf(one.name) }));
  }

  async #gpuMemory(): Promise<ReadonlyMap<number, number>> {
    const { nvidiaSmi = Bun.which("nvidia-smi") } = this.options;
    const said = nvidiaSmi === null ? null : await this.#ask(nvidiaSmi, GPU_PROCESS_QUERY);
    const known = parseGpuProcesses(said ?? "").flatMap(({ pid, bytes }) => (bytes === null ? [] : [[pid, bytes] as const]));
    return new Map(known);
  }

  /** What a program prints; null when it fails or gives no answer in time. */
  #ask(program: string, args: readonly string[]): Promise<string | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const { signal } = this.#stopping;
    execFile(program, [...args], { timeout: TIMEOUT_MS, killSignal: "SIGKILL", signal, maxBuffer: 8 << 20 }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
    return promise;
  }
}

/** Programs that name themselves put arguments behind their name (`npm run …`, `tmux: server`): those may be secrets. */
const commandOf = (name: string): string => plain(name).trim().split(/[\s:]/, 1)[0] || "?";

/** Empty when it cannot be read: it has ended meanwhile. */
const textOf = (file: string): Promise<string> => promises.readFile(file, "utf8").catch(() => "");
