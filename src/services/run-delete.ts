/** Deleting runs: what would be lost, why one cannot be deleted, and doing it so that nobody ever sees half of one. */
import { lstatSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { type Liveness, WHY_GONE } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { ioReason, ioRemedy } from "../lib/files.ts";
import { bytes, counted } from "../lib/format.ts";
import { takeLock } from "../lib/lock.ts";
import { isAlive } from "../lib/process.ts";
import { runPaths, stagePaths } from "../lib/run-dir.ts";
import { liveness, readLaunch, readPlan, readState } from "../lib/run-files.ts";
import { DELETED } from "./home.ts";

/** What goes with a run. Checkpoints are not in its folder: they stay. */
export interface RunLoss {
  id: string;
  /** Of all stages together. */
  steps: number;
  events: number;
  lines: number;
  transcripts: number;
  bytes: number;
}

/** Looks into the run's journal and folder; what cannot be read counts as nothing. */
export function lossOf(runDir: string): RunLoss {
  const paths = runPaths(runDir);
  const counts = { steps: 0, events: 0, lines: 0 };
  const opened = JournalReader.open(paths.journal);
  if (opened.ok) {
    const reader = opened.value;
    const stages = reader.stages().filter((stage) => stage > 0);
    counts.steps = stages.reduce((sum, stage) => sum + stepsIn(reader, stage), 0);
    counts.events = reader.events({ limit: 1 })[0]?.seq ?? 0;
    counts.lines = reader.logCount();
    reader.close();
  }
  return { id: basename(runDir), ...counts, transcripts: transcriptsIn(paths.transcripts), bytes: bytesUnder(runDir) };
}

/** What only a training step has: the evaluation after the last step has a number of its own, and is none. */
const MARKS = ["train/loss", "rl/reward"] as const;

/** Those that the journal holds of a stage: one that was resumed does not begin with the first, and chat_sft's first is 1. */
function stepsIn(reader: JournalReader, stage: number): number {
  const held = MARKS.map((mark) => reader.points(stage, mark).keys.length).find((many) => many > 0);
  const extent = reader.extent(stage, "step");
  return held ?? (extent === null ? 0 : extent.to - extent.from + 1);
}

function transcriptsIn(dir: string): number {
  try {
    return readdirSync(dir).filter((name) => name.endsWith(".md")).length;
  } catch {
    return 0; // nobody has talked to its model
  }
}

function bytesUnder(dir: string): number {
  try {
    return readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(dir, entry.name);
      return sum + (entry.isDirectory() ? bytesUnder(path) : (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0));
    }, 0);
  } catch {
    return 0; // gone meanwhile
  }
}

/** `1,204 steps, 310 events, 5,000 log lines, 2 transcripts, 12.0 MiB`: what there is nothing of is left out. */
export function lossText(losses: readonly RunLoss[]): string {
  const total = (of: "steps" | "events" | "lines" | "transcripts" | "bytes"): number => losses.reduce((sum, loss) => sum + loss[of], 0);
  const many = (n: number, what: string): string[] => (n === 0 ? [] : [counted(n, what)]);
  return [
    ...many(total("steps"), "step"),
    ...many(total("events"), "event"),
    ...many(total("lines"), "log line"),
    ...many(total("transcripts"), "transcript"),
    bytes(total("bytes")),
  ].join(", ");
}

/** Why a run cannot be deleted now, or null. Nothing is changed. */
export function whyNotDelete(runDir: string): Failure | null {
  const id = basename(runDir);
  const no = (why: string, remedy: string): Failure => ({ code: "refused", what: `${id} is not deleted`, why, remedy });
  if (lstatSync(runDir, { throwIfNoEntry: false })?.isSymbolicLink()) {
    return no("its folder is a link to another place", `Delete what ${runDir} points to, and the link, yourself`);
  }
  const state = readState(runDir);
  if (!state.ok && state.failure.code === "not-found") return { ...state.failure, remedy: "`nanochat-cli runs list` shows what there is" };
  const reason = state.ok ? GOING[liveness(state.value)] : null;
  if (reason !== null) return no(reason.why, reason.remedy(id));
  const trainer = livingProcess(runDir);
  if (trainer !== null)
    return no(`process ${trainer} of it still runs`, `End it, or let \`nanochat-cli runs adopt ${id}\` see it to its end`);
  const base = baseDirInside(runDir);
  return base === null ? null : no(`its base dir with all checkpoints is in its folder: ${base}`, "Move that elsewhere first");
}

const GOING: Readonly<Record<Liveness, { why: string; remedy: (id: string) => string } | null>> = {
  owned: { why: "it is still going", remedy: (id) => `\`nanochat-cli runs stop ${id}\` saves and ends it first` },
  unattended: {
    why: "it has not ended: nobody looks after it, and its trainer may still run",
    remedy: (id) => `\`nanochat-cli runs adopt ${id}\` finds out what has become of it`,
  },
  gone: {
    why: `${WHY_GONE}, but its record does not say yet how it ended`,
    remedy: (id) => `\`nanochat-cli runs adopt ${id}\` finds out what has become of it`,
  },
  ended: null,
};

/** A process of any stage that is alive: the record of a run may be damaged while it goes on. */
function livingProcess(runDir: string): number | null {
  let stages: string[];
  try {
    stages = readdirSync(join(runDir, "stages"));
  } catch {
    return null; // nothing was ever started
  }
  const processes = stages.flatMap((name) => {
    const launch = readLaunch(stagePaths(runDir, name).launch);
    return launch.ok && launch.value !== null ? [launch.value, ...launch.value.children] : [];
  });
  return processes.find(({ pid, startTicks }) => isAlive(pid, startTicks))?.pid ?? null;
}

function baseDirInside(runDir: string): string | null {
  const plan = readPlan(runDir);
  if (!plan.ok || plan.value.baseDir === "") return null;
  const base = resolve(plan.value.baseDir);
  const inside = base === resolve(runDir) || base.startsWith(resolve(runDir) + sep);
  return inside && statSync(base, { throwIfNoEntry: false }) !== undefined ? base : null;
}

/** How long a supervisor that is just leaving is waited for. */
const OWNER_WAIT_MS = 300;

/**
 * Deletes a run that has ended. It is gone for everybody in one rename; who has it open keeps what he has read. What a
 * rename could not finish (a kill in between) is swept up by the next deletion.
 */
export function deleteRun(runDir: string): Result<void> {
  const why = whyNotDelete(runDir);
  if (why !== null) return { ok: false, failure: why };
  const owner = takeLock(runPaths(runDir).owner, OWNER_WAIT_MS);
  if (!owner.taken) {
    const reason = owner.busy ? "another process looks after it, or is importing it" : owner.why;
    return fail("refused", `${basename(runDir)} is not deleted`, { why: reason, remedy: owner.remedy ?? "Wait for its end and try again" });
  }
  const aside = join(dirname(runDir), `${DELETED}${basename(runDir)}`);
  try {
    rmSync(aside, { recursive: true, force: true });
    renameSync(runDir, aside);
  } catch (error) {
    return fail("io", `${runDir} could not be deleted`, { why: ioReason(error), remedy: ioRemedy(error) });
  } finally {
    owner.lock.release();
  }
  sweep(dirname(runDir));
  return ok(undefined);
}

/** Runs that were put aside and not yet taken off the disk: it never fails, for they are not runs any more. */
function sweep(runs: string): void {
  for (const name of readdirSync(runs).filter((one) => one.startsWith(DELETED))) {
    try {
      rmSync(join(runs, name), { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // something holds a file of it (a network disk does that): the next deletion tries again
    }
  }
}
