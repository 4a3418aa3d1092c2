/** One stage of a run: started or found, followed to its end, judged. */
import { stageHasEnded } from "../core/alert.ts";
import type { JournalEvent, Source } from "../core/journal.ts";
import { type Plan, type PlannedStage, plannedValue, shortName } from "../core/plan.ts";
import type { Progress } from "../core/run.ts";
import type { JournalWriter } from "../journal/writer.ts";
import { runPaths, type StagePaths, stagePaths } from "../lib/run-dir.ts";
import type { Exit } from "../lib/run-files.ts";
import { tokenizerHash } from "../services/data-facts.ts";
import type { Outlook } from "../services/idle-limits.ts";
import { explainFailure } from "../sources/process-log/explain.ts";
import { leftUndone } from "../sources/process-log/outcome.ts";
import { type RunAlerts, StageAlerts } from "./alerts.ts";
import { checkpointsLeft } from "./checkpoints-left.ts";
import { completeEnvironment } from "./environment.ts";
import { type Ending, judge, lastWords, tailLines, type Verdict } from "./exit.ts";
import type { SupervisorLog } from "./log.ts";
import type { RunRecord } from "./record.ts";
import type { RequestDesk } from "./requests.ts";
import { fileSources, hostSource } from "./sources.ts";
import { replacedTokenizer } from "./tokenizer-before.ts";
import { Trainer } from "./trainer.ts";
import { unexplained } from "./unexplained.ts";
import { StageWatch } from "./watch.ts";

/** What all stages of a run share. */
export interface Run {
  dir: string;
  plan: Plan;
  record: RunRecord;
  journal: JournalWriter;
  desk: RequestDesk;
  alerts: RunAlerts;
  log: SupervisorLog;
  /** Events that an earlier supervisor has stored. */
  past: readonly JournalEvent[];
  /** Where an earlier supervisor had seen it last. */
  last: Progress | null;
  /** True once this process has been asked to leave the run to another one. */
  leaving: () => boolean;
}

export type StageOutcome = { kind: "ended"; verdict: Verdict; endPipeline: boolean } | { kind: "left" };

/** An event reaches the journal within 60 ms, and looking costs under 2 % of a core. */
const LOOK_EVERY_MS = 40;
/** Work that sources may do in a tick before everything else has its turn. */
const SOURCE_BUDGET_MS = 8;
/** Files are left unread while so much waits for a full disk: what is on disk already need not be in memory too. */
const PENDING_BYTES = 16 << 20;
/** A verdict is not held up for ever by a journal that cannot be written. */
const LAST_COMMITS = 20;

export class StageRun {
  readonly #stage: PlannedStage;
  readonly #paths: StagePaths;
  readonly #trainer: Trainer;
  readonly #alerts: StageAlerts;
  readonly #watch: StageWatch;
  readonly #sources: Source[];
  #versions: { python: string | null; torch: string | null } = { python: null, torch: null };

  constructor(
    private readonly run: Run,
    private readonly index: number,
  ) {
    this.#stage = run.plan.stages[index - 1] as PlannedStage;
    this.#paths = stagePaths(run.dir, this.#stage.name);
    this.#trainer = new Trainer(run.plan, this.#stage, this.#paths, run.log);
    const { script, bridged } = this.#stage;
    this.#alerts = new StageAlerts(
      run.alerts,
      { stage: index, script, bridged, pocket: run.plan.workspace.kind === "pocket" },
      run.journal,
      outlookOf(run.plan, index),
    );
    this.#watch = new StageWatch(
      index,
      this.#alerts,
      (event) => run.desk.recall(event),
      (body) => this.#compare(body),
    );
    this.#sources = fileSources(index, this.#stage, this.#paths);
  }

  /** Runs until the stage has ended, or until this process is asked to leave it to another one. */
  async follow(): Promise<StageOutcome> {
    this.#sources.push(hostSource(this.run.plan, () => this.#trainer.launcher?.pid ?? null));
    for (let begun = false; ; ) {
      const left = this.run.record.exists ? null : await this.#bereft();
      if (left !== null) return left;
      if (!begun) this.#begin();
      begun = true;
      if (await this.run.alerts.look(Date.now())) this.#alerts.renew();
      const state = this.#trainer.look(Date.now());
      if (state.kind === "ended") return this.#end(state.exit, null);
      if (state.kind === "vanished") return this.#end(null, null);
      if (state.kind === "unstarted") return this.#end(null, state.why);
      this.#noteProcesses();
      const reads = this.run.journal.pendingBytes <= PENDING_BYTES;
      const more = reads && this.#read();
      if (reads && !more) this.#alerts.tick(Date.now());
      this.run.desk.attend(Date.now());
      this.#commit();
      this.#beat();
      if (this.run.leaving()) return this.#leave();
      await Bun.sleep(more ? 0 : LOOK_EVERY_MS);
    }
  }

  /** Reads what the files of an ended stage hold, for a journal that was begun anew. */
  readAgain(): void {
    this.#openSources();
    this.#drain();
    this.#closeSources();
    this.#alerts.close(stageHasEnded(this.#stage.name));
  }

  #begin(): void {
    const { run, index } = this;
    run.log.stage = index;
    run.desk.beginStage({
      index,
      script: this.#stage.script,
      bridged: this.#stage.bridged,
      control: this.#paths.control,
      hello: () => this.#watch.hello,
      fields: () => this.#watch.fields,
      acknowledge: (key, from) => this.#alerts.acknowledge(key, from),
      terminate: () => this.#trainer.terminate(),
    });
    for (const event of run.past) this.#watch.recall(event);
    const started = this.#trainer.begin();
    run.log.info(`${started ? "starting" : "taking over"} ${this.#stage.name}`);
    if (started) this.#tellStage({ status: "running" });
    else {
      this.#alerts.takeOver();
      this.#watch.takeOver(run.last);
    }
    const { startedAt } = run.record.stage(index);
    run.record.updateStage(
      index,
      { status: "running", startedAt: startedAt ?? now() },
      { status: "running", startedAt: run.record.state.startedAt ?? now() },
    );
    this.#openSources();
  }

  /** Lets each source work for a while; true when one has more waiting. */
  #read(): boolean {
    let more = false;
    for (const source of this.#sources) more = source.poll(SOURCE_BUDGET_MS) || more;
    return more;
  }

  #commit(): boolean {
    const committed = this.run.journal.commit();
    if (committed.ok) {
      this.run.desk.committed();
      this.#alerts.committed(Date.now());
    }
    return committed.ok;
  }

  #beat(): void {
    this.run.record.heartbeat(this.run.desk.standing, this.#watch.progress());
    this.#noteVersions();
  }

  #noteVersions(): void {
    const python = this.#watch.hello?.python ?? null;
    const { torch } = this.#watch;
    if (this.#versions.python === python && this.#versions.torch === torch) return;
    this.#versions = { python, torch };
    const tokenizer = python === null ? null : tokenizerHash(this.run.plan.baseDir);
    completeEnvironment(this.run.dir, { pythonVersion: python, torchVersion: torch, tokenizer });
  }

  /** Tells of settings that the trainer has otherwise than the plan. */
  #compare(body: Record<string, unknown>): void {
    const failure = unexplained(this.#stage, body);
    if (failure !== null) this.run.log.problem(failure);
  }

  /** For whoever looks when we are gone: the trainer goes on when what started it has died. */
  #noteProcesses(): void {
    const { launcher, ranks } = this.#trainer;
    const { pid, ranks: noted = [] } = this.run.record.stage(this.index);
    if ((launcher === null || pid === launcher.pid) && ranks.every((rank, i) => rank.pid === noted[i]?.pid)) return;
    this.run.record.updateStage(this.index, { ...launcher, ranks: ranks.map(({ pid: of, startTicks }) => ({ pid: of, startTicks })) });
  }

  /**
   * The run's folder is gone, or going; null when it is there after all. The trainer of one that was deleted is ended: it
   * would hold its GPUs, and nobody could see, stop, save or adopt it any more. One that was moved is there to be adopted.
   */
  async #bereft(): Promise<StageOutcome | null> {
    const { record, log } = this.run;
    const presence = await record.settled();
    if (presence === "there") return null;
    if (presence === "deleted") {
      log.info(`${this.run.dir} was deleted: its trainer is ended`);
      const living = await this.#trainer.end();
      if (living.length > 0) log.info(`still alive after SIGKILL: ${living.join(", ")}`);
    } else log.info(`${this.run.dir} was moved away, or its disk was: the trainer goes on`);
    return this.#leave();
  }

  #leave(): StageOutcome {
    this.#closeSources();
    this.#commit();
    return { kind: "left" };
  }

  /** `unstarted`: why no process of the stage came to be. */
  #end(exit: Exit | null, unstarted: string | null): StageOutcome {
    const { run, index } = this;
    this.#drain();
    this.#closeSources();
    this.#alerts.close(stageHasEnded(this.#stage.name));
    const { script } = this.#stage;
    const { stopped, stopNow } = run.desk;
    const explanation = exit === null || exit.code !== 0 ? this.#explain(exit) : null;
    const undone = exit?.code === 0 ? leftUndone(script, tailLines(this.#paths.stdout)) : null;
    const progress = this.#watch.progress() ?? run.record.state.progress;
    const { checkpoint, saidLastWords } = this.#watch;
    // What the record has may be of the stage before.
    const reached = progress?.stage === index ? progress : null;
    const verdict: Verdict =
      unstarted === null
        ? judge({ script, exit, stopped, stopNow, explanation, undone, progress: reached, ...this.#kept(exit), saidLastWords })
        : { status: "failed", reason: unstarted };
    const endPipeline = run.desk.endStage(verdict.status === "done", checkpoint);
    const change = { ...verdict, exitCode: exit?.code ?? null, signal: exit?.signal ?? null };
    if (!this.#endIsTold()) this.#tellStage(change);
    run.log.info(`${this.#stage.name}: ${verdict.reason ?? "done"}`);
    const replaced = replacedTokenizer(this.#trainer.tokenizerBefore);
    if (replaced !== null) run.log.info(replaced);
    for (let i = 0; i < LAST_COMMITS && !this.#commit(); i++);
    run.record.updateStage(index, { ...change, endedAt: exit?.endedAt ?? now() }, { progress });
    return { kind: "ended", verdict, endPipeline };
  }

  /** Checkpoints are told of where nobody knows how the stage ended. */
  #kept(exit: Exit | null): Pick<Ending, "checkpoint" | "spoilt"> {
    const { checkpoint } = this.#watch;
    if (exit !== null || checkpoint === null || !this.#commit()) return { checkpoint, spoilt: null };
    return checkpointsLeft(runPaths(this.run.dir).journal, this.index, checkpoint);
  }

  /** An earlier supervisor died between telling the end and recording it in state.json. */
  #endIsTold(): boolean {
    return this.run.past.some(({ stage, kind, body }) => stage === this.index && kind === "stage" && body["status"] !== "running");
  }

  #tellStage(body: Record<string, unknown>): void {
    const { name, script } = this.#stage;
    this.#alerts.event({ stage: this.index, at: Date.now(), step: null, kind: "stage", body: { name, script, ...body } });
  }

  /** Why it died, by what it printed; for a failure that is not known, in its own last words. */
  #explain(exit: Exit | null): string | null {
    const errors = tailLines(this.#paths.stderr);
    return explainFailure([...tailLines(this.#paths.stdout), ...errors]) ?? lastWords(errors, exit);
  }

  #openSources(): void {
    const offsets = this.run.journal.offsets();
    for (const source of this.#sources) source.start(this.#watch, offsets);
  }

  #closeSources(): void {
    for (const source of this.#sources) source.stop();
  }

  /** The writers have ended: reads everything that is left. */
  #drain(): void {
    while (this.#read()) this.#commit();
    for (const source of this.#sources) source.finish?.();
  }
}

/** What is planned of a stage and of those after it. */
const outlookOf = ({ stages }: Plan, index: number): Outlook => ({
  later: stages.slice(index).map(({ script }) => shortName(script)),
  every: (name) => {
    const every = plannedValue(stages[index - 1] as PlannedStage, name);
    return typeof every === "number" ? every : null;
  },
});

const now = (): string => new Date().toISOString();
