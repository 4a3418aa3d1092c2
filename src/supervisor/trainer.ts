/** Starts the processes of a stage, and keeps track of them until they have ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { controlDocument } from "../bridge/protocol.ts";
import type { Plan, PlannedStage } from "../core/plan.ts";
import { fail, type Result, sentence } from "../core/result.ts";
import { ioReason, ioRemedy, writeJson } from "../lib/files.ts";
import { isAlive, type ProcessId, startTicks } from "../lib/process.ts";
import type { StagePaths } from "../lib/run-dir.ts";
import { learnSecretsOfProcess, trainerEnvironment } from "../services/secrets.ts";
import { launcherCommand, stageCommand } from "./command.ts";
import type { SupervisorLog } from "./log.ts";
import { endProcesses } from "./orphan.ts";
import { examine, readEnd, type Situation } from "./situation.ts";
import { keepTokenizer } from "./tokenizer-before.ts";

/** Between looks into the process table; the end that launch.py records is looked for every tick. */
const EXAMINE_MS = 500;
/**
 * How long a launch.py that we did not start ourselves may stay unseen before it is taken for never started: its
 * starter may have died between making its process and the moment in which that process can be told by its name.
 */
const UNSEEN_LAUNCH_MS = 3000;

/** From SIGTERM to SIGKILL, as launch.py has it: a trainer may be writing a checkpoint. */
const KILL_GRACE_MS = 30_000;

/** launch.py says little, and what it says belongs into supervisor.log. */
const STDERR = 2;

export type TrainerState = Exclude<Situation, { kind: "fresh" }> | { kind: "unstarted"; why: string };

export class Trainer {
  /** launch.py, when it is known: whom to signal. */
  launcher: ProcessId | null = null;
  /** What it has started, as far as is known. */
  ranks: readonly ProcessId[] = [];
  #child: ChildProcess | null = null;
  #startFailure: string | null = null;
  #examinedAt = 0;
  #unseenSince: number | null = null;

  constructor(
    readonly plan: Plan,
    readonly stage: PlannedStage,
    readonly paths: StagePaths,
    readonly log: Pick<SupervisorLog, "info">,
  ) {}

  /** Starts the stage unless an earlier supervisor did. Says whether it was started here. */
  begin(): boolean {
    if (examine(this.paths).kind !== "fresh") return false;
    this.#start();
    return true;
  }

  /** What is known now. Looks at one file most of the time. */
  look(nowMs: number): TrainerState {
    const ended = readEnd(this.paths);
    if (ended !== null) return ended;
    if (nowMs - this.#examinedAt < EXAMINE_MS && this.launcher !== null)
      return { kind: "running", launcher: this.launcher, ranks: this.ranks };
    this.#examinedAt = nowMs;
    const situation = examine(this.paths);
    this.#notice("launcher" in situation ? situation.launcher : null);
    if (situation.kind === "running") this.ranks = situation.ranks;
    return situation.kind === "launching" || situation.kind === "fresh" ? this.#lookForLaunch(nowMs) : situation;
  }

  /**
   * SIGTERM to launch.py, which passes it on, and where that has died to the trainer itself; false while neither is there, or
   * launch.py too young to know what to do with it.
   */
  terminate(): boolean {
    if (!existsSync(this.paths.launch)) return false;
    const alive = (one: ProcessId): boolean => isAlive(one.pid, one.startTicks);
    const told = this.launcher !== null && alive(this.launcher) ? [this.launcher] : this.ranks.filter(alive);
    for (const { pid } of told) process.kill(pid, "SIGTERM");
    return told.length > 0;
  }

  /** Ends its processes without a look into the stage's folder, which is gone. Returns the pids that live all the same. */
  async end(graceMs = KILL_GRACE_MS): Promise<number[]> {
    const pid = this.#child?.pid;
    const started = pid === undefined ? null : { pid, startTicks: startTicks(pid) };
    const launcher = this.launcher ?? (started?.startTicks == null ? null : started);
    return endProcesses([...(launcher === null ? [] : [launcher]), ...this.ranks], launcher, graceMs);
  }

  /** One that another supervisor started may hold secrets that we do not know, and its output may quote them. */
  #notice(launcher: ProcessId | null): void {
    if (launcher !== null && launcher.pid !== this.launcher?.pid) learnSecretsOfProcess(launcher.pid);
    this.launcher = launcher;
  }

  #lookForLaunch(nowMs: number): TrainerState {
    if (this.#startFailure !== null) return { kind: "unstarted", why: this.#startFailure };
    if (this.#child !== null || this.launcher !== null) return { kind: "launching", launcher: this.launcher };
    this.#unseenSince ??= nowMs;
    if (nowMs - this.#unseenSince < UNSEEN_LAUNCH_MS) return { kind: "launching", launcher: null };
    this.#start();
    return { kind: "launching", launcher: null };
  }

  /**
   * Starts launch.py in a session of its own, so that it outlives us. Secrets reach it by its environment alone.
   * Everything that it needs is on disk before its process exists. What goes wrong is told by the next look.
   */
  #start(): void {
    this.#unseenSince = null;
    const prepared = this.#prepare();
    this.#startFailure = prepared.ok ? null : sentence(prepared.failure);
    if (prepared.ok) this.#spawn();
  }

  #spawn(): void {
    const [program = "", ...args] = launcherCommand(this.plan, this.paths.dir);
    const cwd = this.plan.workspace.dir;
    const { env, notes } = trainerEnvironment();
    for (const note of notes) this.log.info(note);
    const child = spawn(program, args, { detached: true, stdio: ["ignore", STDERR, STDERR], cwd, env });
    child.on("error", (error) => {
      this.#startFailure = `${program} could not be started in ${cwd}: ${ioReason(error)}.`;
    });
    child.on("exit", (code, signal) => {
      this.#startFailure ??= `launch.py ended with ${signal ?? `exit code ${code}`} before it had started the script; supervisor.log says more.`;
    });
    child.unref();
    this.#child = child;
  }

  /** See tokenizer-before.ts. */
  get tokenizerBefore(): Parameters<typeof keepTokenizer>[0] {
    return { script: this.stage.script, baseDir: this.plan.baseDir, folder: join(this.paths.dir, "before") };
  }

  #prepare(): Result<void> {
    try {
      mkdirSync(this.paths.bridge, { recursive: true, mode: 0o700 });
    } catch (error) {
      return fail("io", `${this.paths.bridge} could not be made`, { why: ioReason(error), remedy: ioRemedy(error) });
    }

    const kept = keepTokenizer(this.tokenizerBefore);
    if (!kept.ok) return kept;
    const control = writeJson(this.paths.control, controlDocument([]));
    return control.ok ? writeJson(this.paths.command, stageCommand(this.plan, this.stage, this.paths.bridge)) : control;
  }
}
