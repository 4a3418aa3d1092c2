/**
 * The machine without a run, to be looked at with the panels of runs: what is sampled while somebody looks goes into a
 * journal of its own, which is removed with the view. Nothing of it is kept, and nothing can be asked of it.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { type Liveness, RUN_FORMAT, type RunState } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { ioReason } from "../lib/files.ts";
import { isAlive, startTicks } from "../lib/process.ts";
import type { RunFacts } from "../panels/data.ts";
import { ProcessTable } from "../sources/host/processes.ts";
import { HostSource } from "../sources/host/source.ts";
import { folderOnDisk, type MachineOptions } from "./machine-watch.ts";
import type { RunChanges } from "./run-view.ts";

export class MachineView {
  readonly isRun = false;
  readonly plan: Plan;
  readonly #state: RunState;
  readonly #source: HostSource;
  readonly #processes: ProcessTable;
  /** A program that ends without closing it, by an error or by a signal while it opens, leaves nothing either. */
  readonly #leave = (): void => removeFolder(this.dir);

  private constructor(
    readonly id: string,
    private readonly dir: string,
    private readonly writer: JournalWriter,
    readonly reader: JournalReader,
    options: MachineOptions,
  ) {
    this.plan = planOf(id, options.baseDir);
    this.#state = stateAt(id, new Date((options.now ?? Date.now)()).toISOString());
    this.#source = new HostSource({ ...options, baseDir: folderOnDisk(options.baseDir), trainerPid: () => null });
    this.#processes = new ProcessTable(options);
    this.#source.start(writer);
    this.#processes.now();
    process.once("exit", this.#leave);
  }

  /** `id` stands in place of that of a run. Fails where no temporary folder can be made. */
  static open(id: string, options: MachineOptions): Result<MachineView> {
    let dir: string;
    try {
      removeStale();
      dir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-${startTicks(process.pid) ?? ""}-`));
    } catch (error) {
      return fail("io", `No folder for what is sampled could be made in ${tmpdir()}`, {
        why: ioReason(error),
        remedy: "Set TMPDIR to a folder that you may write to",
      });
    }
    const path = join(dir, "journal.db");
    const writer = JournalWriter.open(path);
    const reader = writer.ok ? JournalReader.open(path) : writer;
    if (writer.ok && reader.ok) return ok(new MachineView(id, dir, writer.value, reader.value, options));
    if (writer.ok) writer.value.close();
    removeFolder(dir);
    return reader as Result<never>;
  }

  state(): RunState {
    return this.#state;
  }

  liveness(): Liveness {
    return "owned";
  }

  processes(): RunFacts["processes"] {
    return () => this.#processes.now();
  }

  /** Samples when it is time, and reads that. A disk that refuses keeps it waiting: the figures stay as they are. */
  refresh(): RunChanges {
    this.#source.poll();
    this.writer.commit();
    const { points, events, log } = this.reader.refresh();
    return { points, events, log, state: false };
  }

  /** There is never much to read. */
  refreshWithin(): RunChanges {
    return this.refresh();
  }

  close(): void {
    this.#source.stop();
    this.#processes.stop();
    this.reader.close();
    this.writer.close();
    process.off("exit", this.#leave);
    this.#leave();
  }
}

/** Then come pid and start time of the program that samples into the folder. */
const PREFIX = "nanochat-cli-machine-";

/** What cannot be removed, such as another user's, stays: it is in nobody's way. */
function removeFolder(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {
    // not ours, or a file system that refuses
  }
}

/** Folders of programs that were killed before they could remove them. */
function removeStale(): void {
  for (const name of listed(tmpdir())) {
    const [, pid, ticks] = /^(\d+)-(\d*)-/.exec(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "") ?? [];
    if (pid !== undefined && !isAlive(Number(pid), ticks ? Number(ticks) : null)) removeFolder(join(tmpdir(), name));
  }
}

/** Nothing of a folder that may be written to and not read. */
function listed(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

const planOf = (id: string, baseDir: string): Plan => ({
  version: RUN_FORMAT,
  name: id,
  prefab: "",
  workspace: { dir: "", kind: "nanochat", commit: null, dirty: null, package: "" },
  python: [],
  pythonReason: "",
  baseDir,
  env: {},
  stages: [],
  findings: [],
});

const stateAt = (id: string, now: string): RunState => ({
  version: RUN_FORMAT,
  id,
  name: hostname(),
  prefab: "",
  status: "running",
  createdAt: now,
  startedAt: now,
  endedAt: null,
  reason: null,
  stages: [],
  owner: null,
  heartbeatAt: now,
  progress: null,
});
