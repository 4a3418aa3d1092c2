/** One run, open for reading by a viewer: its record, its plan, and its journal as it grows. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Plan } from "../core/plan.ts";
import { ok, type Result } from "../core/result.ts";
import type { Liveness, RunState } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { runPaths } from "../lib/run-dir.ts";
import { liveness, readPlan, readState, remake } from "../lib/run-files.ts";

const LIVENESS_MS = 250;

/** What a refresh found new. */
export interface RunChanges {
  points: boolean;
  events: boolean;
  log: boolean;
  /** state.json was replaced. */
  state: boolean;
}

/** Everything it answers is what the last `refresh` read. */
export class RunView {
  readonly id: string;
  #state: RunState;
  #liveness: Liveness = "owned";
  #livenessAt: number | null = null;
  #stamp: string;

  private constructor(
    readonly dir: string,
    readonly plan: Plan,
    readonly reader: JournalReader,
    state: RunState,
  ) {
    this.id = basename(dir);
    this.#state = state;
    this.#stamp = stampOf(runPaths(dir).state);
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

  /** Asked for at every key and tick; the process table is looked at a few times a second. */
  liveness(): Liveness {
    const now = performance.now();
    if (this.#livenessAt === null || now - this.#livenessAt > LIVENESS_MS) {
      this.#liveness = liveness(this.#state);
      this.#livenessAt = now;
    }
    return this.#liveness;
  }

  /** Reads what is new: bounded work, a few milliseconds. Says of what there is something. */
  refresh(): RunChanges {
    const { points, events, log } = this.reader.refresh();
    return { points, events, log, state: this.#refreshState() };
  }

  close(): void {
    this.reader.close();
  }

  #refreshState(): boolean {
    const stamp = stampOf(runPaths(this.dir).state);
    if (stamp === this.#stamp) return false;
    const state = readState(this.dir);
    if (!state.ok) return false; // damaged or gone meanwhile: what was known stays
    this.#stamp = stamp;
    this.#state = state.value;
    this.#livenessAt = null;
    return true;
  }
}

/** Changes whenever the file is replaced. */
function stampOf(path: string): string {
  try {
    const { ino, mtimeMs } = statSync(path);
    return `${ino}:${mtimeMs}`;
  } catch {
    return "";
  }
}
