/** One run, open for reading by a viewer: its record, its plan, and its journal as it grows. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Plan } from "../core/plan.ts";
import { ok, type Result } from "../core/result.ts";
import type { Liveness, RunAbout, RunBefore, RunEnvironment, RunState } from "../core/run.ts";
import type { Refreshed } from "../journal/connection.ts";
import { JournalReader } from "../journal/reader.ts";
import { isAlive } from "../lib/process.ts";
import { aboutOrProblem } from "../lib/run-about.ts";
import { runPaths } from "../lib/run-dir.ts";
import { liveness, livingTrainer, readEnvironment, readPlan, readState, remake } from "../lib/run-files.ts";
import type { PictureOf, PictureRead, RunDisk, RunFacts } from "../panels/data.ts";
import { ProcessTable } from "../sources/host/processes.ts";
import { Pictures } from "./pictures.ts";
import { RunDirDisk } from "./run-disk.ts";

const LIVENESS_MS = 250;

/** What a refresh found new. */
export interface RunChanges {
  points: boolean;
  events: boolean;
  log: boolean;
  /** state.json or about.json was replaced. */
  state: boolean;
}

/** Everything it answers is what the last `refresh` read. */
export class RunView {
  readonly id: string;
  #state: RunState;
  #liveness: Liveness = "owned";
  #livenessAt: number | null = null;
  #isGone = false;
  #stamp: string;
  #about: RunAbout;
  #aboutStamp: string;
  #until: Pick<RunBefore, "script" | "step"> | null = null;
  #environment: RunEnvironment;
  readonly #disk: RunDirDisk;
  readonly #processes = new ProcessTable();
  readonly #pictures = new Pictures(() => this.#state.imported?.files ?? []);

  private constructor(
    readonly dir: string,
    readonly plan: Plan,
    readonly reader: JournalReader,
    state: RunState,
  ) {
    this.id = basename(dir);
    this.#state = state;
    this.#disk = new RunDirDisk(dir, plan.baseDir);
    this.#stamp = stampOf(runPaths(dir).state);
    this.#aboutStamp = stampOf(runPaths(dir).about);
    this.#about = aboutOrProblem(dir).about;
    this.#environment = readEnvironment(dir);
  }

  /** Fails when the record or the journal is damaged or of a newer version; a journal that is not there yet is awaited. */
  static open(runDir: string): Result<RunView> {
    const state = readState(runDir);
    if (!state.ok) return state;
    const plan = readPlan(runDir);
    if (!plan.ok) return plan;
    const reader = JournalReader.open(runPaths(runDir).journal);
    if (reader.ok) return ok(new RunView(runDir, plan.value, reader.value, state.value));
    return reader.failure.code === "corrupt" ? { ok: false, failure: { ...reader.failure, remedy: remake(runDir) } } : reader;
  }

  state(): RunState {
    return this.#state;
  }

  /** What people wrote down about it. */
  about(): RunAbout {
    return this.#about;
  }

  /** What it was made with, as far as that is told. */
  environment(): RunEnvironment {
    return this.#environment;
  }

  /** A picture that the files of an imported run name. */
  picture(of: PictureOf): PictureRead {
    return this.#pictures.read(of);
  }

  /** The disk that its directory is on; null when the run has ended. */
  disk(): RunDisk | null {
    return this.liveness() === "ended" ? null : this.#disk.now();
  }

  /** Those of the machine that it goes on on, which is this one; null when it has ended, or is one of elsewhere. */
  processes(): RunFacts["processes"] | null {
    return this.liveness() === "ended" || this.#state.imported !== undefined ? null : () => this.#processes.now();
  }

  /** Settles when what was asked for and takes a while is there: pictures, processes. Whether there was any, to be drawn again. */
  async settle(): Promise<boolean> {
    return (await Promise.all([this.#pictures.settle(), this.#processes.settle()])).includes(true);
  }

  /** Shows no values beyond a step of the stage of that script: what came later is none of the run that went on from there. */
  showUntil(until: Pick<RunBefore, "script" | "step">): void {
    this.#until = until;
    this.#limit();
  }

  #limit(): void {
    const until = this.#until;
    if (until === null) return;
    const stage = this.#state.stages.find(({ script }) => script === until.script)?.index;
    this.reader.showKeysUntil((each) => (each === stage ? until.step : Number.POSITIVE_INFINITY));
  }

  /** Asked for at every key and tick; the process table is looked at a few times a second. */
  liveness(): Liveness {
    const now = performance.now();
    if (this.#livenessAt === null || now - this.#livenessAt > LIVENESS_MS) {
      this.#liveness = liveness(this.#state);
      this.#livenessAt = now;
    }
    return this.#liveness;
  }

  /** Reads what is new, however much that is, and says of what there is something. */
  refresh(): RunChanges {
    return this.#changes(this.reader.refresh());
  }

  /** The same for so many milliseconds at most; null when that was not enough: until all is read everything is as it was. */
  refreshWithin(budgetMs: number): RunChanges | null {
    const read = this.reader.refreshWithin(budgetMs);
    return read === null ? null : this.#changes(read);
  }

  #changes({ points, events, log }: Refreshed): RunChanges {
    const state = this.#refreshState();
    this.#limit();
    return { points, events: this.#pictures.takeNews() || events, log, state: this.#refreshAbout() || state };
  }

  /** Whether its folder was gone at the last refresh: somebody has deleted it. */
  isGone(): boolean {
    return this.#isGone;
  }

  /** What of it lives now, by the record that was read last: launch.py of the stage that ran or its trainer, and the supervisor. */
  remains(): { trainer: number | null; isOwned: boolean } {
    const { stages, owner } = this.#state;
    return { trainer: livingTrainer(stages), isOwned: owner !== null && isAlive(owner.pid, owner.startTicks) };
  }

  close(): void {
    this.#processes.stop();
    this.reader.close();
  }

  /** Of a run that was deleted it stays: what is said of that tells its name. */
  #refreshAbout(): boolean {
    if (this.#isGone) return false;
    const stamp = stampOf(runPaths(this.dir).about);
    if (stamp === this.#aboutStamp) return false;
    this.#aboutStamp = stamp;
    this.#about = aboutOrProblem(this.dir).about;
    return true;
  }

  #refreshState(): boolean {
    const stamp = stampOf(runPaths(this.dir).state);
    this.#isGone = stamp === "" && isMissing(this.dir);
    if (stamp === this.#stamp || stamp === "") return false;
    const state = readState(this.dir);
    if (!state.ok) return false; // damaged or gone meanwhile: what was known stays
    this.#stamp = stamp;
    this.#state = state.value;
    // The tokenizer is added when the trainer has loaded it.
    if (this.#environment["tokenizer"] == null) this.#environment = readEnvironment(this.dir);
    this.#livenessAt = null;
    return true;
  }
}

/** A folder that cannot be looked at just now may still be there. */
function isMissing(dir: string): boolean {
  try {
    return statSync(dir, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Changes whenever the file is replaced. Asked for at every tick, and a file that is not there is no exception. */
function stampOf(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino}:${stat.mtimeMs}`;
  } catch {
    return "";
  }
}
