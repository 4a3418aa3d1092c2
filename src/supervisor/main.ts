/** The process that owns a run: starts its stages one after the other, keeps its journal, and sees it to its end. */
import { statSync } from "node:fs";
import type { Plan } from "../core/plan.ts";
import { EXIT_CODES, type Failure, ok, type Result, sentence } from "../core/result.ts";
import { type Progress, type RunState, TERMINAL_STATUSES } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { firstState, readPlan, readState } from "../lib/run-files.ts";
import { VERSION } from "../lib/self.ts";
import { RunAlerts } from "./alerts.ts";
import { tellAfterwards } from "./held.ts";
import { SupervisorLog } from "./log.ts";
import { type Ownership, ownerLost, takeOwnership } from "./owner.ts";
import { RunRecord } from "./record.ts";
import { RequestDesk } from "./requests.ts";
import { type Run, type StageOutcome, StageRun } from "./stage.ts";

/**
 * Looks after the run in `runDir` until it has ended or this process is asked to leave (SIGTERM, SIGINT); the trainer
 * goes on without it. A run that an earlier supervisor began is taken up where that one's commits end. When the folder is
 * deleted, the trainer is ended.
 * When quiet hours hold back what is to be told of its end, this process stays until it is told.
 * Returns the exit code: 0 when it ended or was handed off, whatever became of the run.
 */
export async function superviseRun(runDir: string): Promise<number> {
  let leaving = false;
  // A terminal that is closed is not ours; a write beyond `ulimit -f` fails, and is dealt with like a full disk.
  for (const signal of ["SIGHUP", "SIGXFSZ"] as const) process.on(signal, () => {});
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      leaving = true;
    });
  }
  const log = new SupervisorLog();
  const owned = takeOwnership(runDir);
  if (!owned.ok) return giveUp(log, owned.failure);
  const opened = openRun(runDir, log, () => leaving);
  if (!opened.ok) return giveUp(log, opened.failure);
  return conclude(opened.value, owned.value);
}

async function conclude(run: Run, ownership: Ownership): Promise<number> {
  const wasOver = hasEnded(run);
  let holds = false;
  try {
    await runStages(run);
    if (!run.leaving()) await run.alerts.delivery.settle();
    // Of a run whose journal is made anew somebody waits for the end of this process.
    holds = !wasOver && hasEnded(run) && run.alerts.delivery.isOwing;
  } catch (error) {
    // A bug of ours must not look like an end of the run: the trainer goes on, and another supervisor may take it up.
    run.log.info(`the supervisor failed: ${error instanceof Error ? error.stack : String(error)}`);
    return EXIT_CODES.failed;
  } finally {
    run.journal.close();
    if (run.record.exists && !holds) run.record.leave();
    ownership.release();
  }
  if (holds) await tellAfterwards(run);
  return 0;
}

const hasEnded = ({ record }: Run): boolean => TERMINAL_STATUSES.has(record.state.status);

function giveUp(log: SupervisorLog, failure: Failure): number {
  log.info(sentence(failure));
  return EXIT_CODES[failure.code];
}

function openRun(runDir: string, log: SupervisorLog, leaving: () => boolean): Result<Run> {
  const paths = runPaths(runDir);
  const plan = readPlan(runDir);
  if (!plan.ok) return plan;
  const state = recordedState(runDir, plan.value, log);
  if (!state.ok) return state;
  const journal = JournalWriter.open(paths.journal);
  if (!journal.ok) return journal;
  log.keepIn(journal.value);
  const lost = ownerLost(state.value, Date.now());
  if (lost !== null) log.problem(lost);
  const record = new RunRecord(runDir, state.value, log);
  record.take({ pid: process.pid, startTicks: startTicks(process.pid), startedAt: new Date().toISOString(), version: VERSION });
  const desk = new RequestDesk(paths.requests, journal.value, log);
  const alerts = new RunAlerts({ dir: runDir, name: plan.value.name, journal: paths.journal }, journal.value, (failure) =>
    log.problem(failure),
  );
  const { past, last } = earlier(paths.journal, state.value.progress);
  for (const event of past) if (event.kind === "request") desk.recall(event);
  return ok({ dir: runDir, plan: plan.value, record, journal: journal.value, desk, alerts, log, past, last, leaving });
}

/** state.json, or, when that was damaged, one made anew: what became of each stage is read from its own folder. */
function recordedState(runDir: string, plan: Plan, log: SupervisorLog): Result<RunState> {
  const state = readState(runDir);
  if (state.ok || (state.failure.code !== "corrupt" && state.failure.code !== "not-found")) return state;
  log.info(`${sentence(state.failure)} It is made anew.`);
  return ok(firstState(runDir, plan, statSync(runPaths(runDir).plan).mtime.toISOString()));
}

/** What the journal has of the time before. Its last evaluation may be a newer one than that of the record, which follows it. */
function earlier(journal: string, last: Progress | null): Pick<Run, "past" | "last"> {
  const reader = JournalReader.open(journal);
  if (!reader.ok) return { past: [], last };
  reader.value.refresh();
  const past = reader.value.events({ kinds: ["hello", "config", "checkpoint", "request", "stage"] });
  const evaluated = last === null ? null : reader.value.latest(last.stage, "val/bpb");
  reader.value.close();
  return { past, last: last && { ...last, valBpb: evaluated?.value ?? last.valBpb } };
}

async function runStages(run: Run): Promise<void> {
  await run.alerts.look(Date.now());
  const journalIsNew = run.journal.offsets().size === 0;
  if (hasEnded(run)) {
    const begun = run.record.state.stages.filter(({ status }) => status !== "pending");
    if (journalIsNew) for (const { index } of begun) new StageRun(run, index).readAgain();
    return;
  }
  for (const { index, status, reason } of run.record.state.stages) {
    if (status !== "pending" && status !== "running") {
      if (journalIsNew) new StageRun(run, index).readAgain();
      if (status === "done") continue;
      return endRun(run, status, reason);
    }
    const outcome: StageOutcome = run.leaving() ? { kind: "left" } : await new StageRun(run, index).follow();
    if (outcome.kind === "left") {
      if (run.leaving()) run.log.info("left the run to another supervisor; the trainer goes on");
      return;
    }
    const { verdict, endPipeline } = outcome;
    if (verdict.status !== "done") return endRun(run, verdict.status, verdict.reason);
    if (endPipeline) return endRun(run, "stopped", "The run was stopped as asked.");
  }
  endRun(run, "done", null);
}

function endRun(run: Run, status: RunState["status"], reason: string | null): void {
  run.log.stage = 0;
  run.desk.close(Date.now());
  run.log.info(`the run has ended: ${reason ?? status}`);
  run.journal.event({ stage: 0, at: Date.now(), step: null, kind: "stage", body: { name: "run", status, reason } });
  if (run.journal.commit().ok) run.desk.committed();
  const end = { status, reason, endedAt: new Date().toISOString() };
  // Who has something to tell yet stays, and is named in the record as long.
  if (run.alerts.delivery.isOwing) run.record.update(end);
  else run.record.leave(end);
}
