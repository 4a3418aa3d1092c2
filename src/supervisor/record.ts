/** The run's state.json: held in memory, replaced on disk at each change and with every heartbeat. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Owner, RunState, StageState } from "../core/run.ts";
import { writeJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import type { SupervisorLog } from "./log.ts";
import { Presence, type PresenceState } from "./presence.ts";

export const HEARTBEAT_MS = 1000;
/** A folder of some gigabytes on a network disk is deleted in less. */
const TORN_PATIENCE_MS = 3000;
const TORN_LOOK_MS = 20;

export class RunRecord {
  #state: RunState;
  readonly #path: string;
  readonly #log: SupervisorLog;
  readonly #presence: Presence;
  #writtenAt = 0;
  /** Said once, not once a second, while the disk is full. */
  #failing = false;

  constructor(runDir: string, state: RunState, log: SupervisorLog) {
    this.#path = runPaths(runDir).state;
    this.#presence = new Presence(runDir);
    this.#state = state;
    this.#log = log;
  }

  get state(): Readonly<RunState> {
    return this.#state;
  }

  stage(index: number): Readonly<StageState> {
    const stage = this.#state.stages[index - 1];
    if (stage === undefined) throw new Error(`stage ${index} of ${this.#state.stages.length}`);
    return stage;
  }

  update(change: Partial<RunState>): void {
    this.#state = { ...this.#state, ...change };
    this.#write();
  }

  updateStage(index: number, change: Partial<StageState>, run: Partial<RunState> = {}): void {
    const stages = this.#state.stages.map((stage) => (stage.index === index ? { ...stage, ...change } : stage));
    this.update({ ...run, stages });
  }

  /**
   * Writes the state when the run stands otherwise, with the step of that: who was told of a pause looks at once for where it is.
   * Else when the last writing is a second old. A failed writing is tried again this way.
   */
  heartbeat(status: RunState["status"], progress: RunState["progress"]): void {
    const isDue = status !== this.#state.status || (this.exists && Date.now() - this.#writtenAt >= HEARTBEAT_MS);
    if (isDue) this.update({ status, progress: progress ?? this.#state.progress });
  }

  /** False when the run's folder has been deleted under us: nothing may bring it back. */
  get exists(): boolean {
    return this.#presence.look() === "there";
  }

  /** What has become of a folder that was not `there`: a deletion takes a while, and a state.json alone is written again. */
  async settled(): Promise<Exclude<PresenceState, "torn">> {
    for (const deadline = Date.now() + TORN_PATIENCE_MS; ; await Bun.sleep(TORN_LOOK_MS)) {
      const presence = this.#presence.look();
      if (presence !== "torn") return presence;
      if (Date.now() < deadline) continue;
      this.#write();
      return "there";
    }
  }

  /** The last word: the run has nobody that looks after it any more, because it has ended or is handed off. */
  leave(change: Partial<RunState> = {}): void {
    this.update({ ...change, owner: null });
  }

  take(owner: Owner): void {
    this.update({ owner });
  }

  #write(): void {
    if (!existsSync(dirname(this.#path))) return;
    this.#writtenAt = Date.now();
    this.#state = { ...this.#state, heartbeatAt: new Date(this.#writtenAt).toISOString() };
    const written = writeJson(this.#path, this.#state);
    if (!written.ok && !this.#failing) this.#log.problem(written.failure);
    this.#failing = !written.ok;
  }
}
