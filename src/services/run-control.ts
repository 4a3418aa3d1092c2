/** Starting and adopting the process that looks after a run, and asking things of it. */

import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { basename, join } from "node:path";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import {
  type Imported,
  type Liveness,
  type RequestDetails,
  type RequestKind,
  type RequestPhase,
  type RequestStatus,
  RUN_FORMAT,
  type RunRequest,
  type RunState,
  staleSince,
  WHY_GONE,
} from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { ioReason, readText, writeJson } from "../lib/files.ts";
import { clock, duration } from "../lib/format.ts";
import { isAlive, startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { liveness, livingTrainer, readState } from "../lib/run-files.ts";
import { selfCommand } from "../lib/self.ts";

const LOOK_EVERY_MS = 20;
const START_PATIENCE_MS = 15_000;
/** A run may stand unattended for a moment: its supervisor has died and the next one is being started. */
const ALONE_PATIENCE_MS = 3000;

/** The command that supervises a run; tests put another one in its place. */
export const superviseCommand = (runDir: string): string[] => selfCommand(["supervise", runDir]);

/**
 * Starts a supervisor in a session of its own and waits until it owns the run: it outlives us and our terminal. Its
 * environment is ours, secrets included; nothing of that is written down.
 */
export async function startSupervisor(runDir: string, command = superviseCommand(runDir)): Promise<Result<{ pid: number }>> {
  const paths = runPaths(runDir);
  let log: number;
  try {
    log = openSync(paths.log, "a", 0o600);
  } catch (error) {
    return fail("io", `${paths.log} could not be written`, { why: ioReason(error) });
  }
  const [program = "", ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log], cwd: "/", env: process.env });
  closeSync(log);
  let end: string | null = null;
  child.on("error", (error) => {
    end = ioReason(error);
  });
  child.on("exit", (code, signal) => {
    end ??= signal ?? `exit code ${code}`;
  });
  child.unref();
  return awaitOwner(
    runDir,
    () => child.pid ?? -1,
    () => end,
  );
}

async function awaitOwner(runDir: string, pid: () => number, ended: () => string | null): Promise<Result<{ pid: number }>> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const end = ended();
    const state = readState(runDir);
    if (state.ok && (state.value.owner?.pid === pid() || liveness(state.value) === "ended")) return ok({ pid: pid() });
    if (end !== null) return notStarted(runDir, `its supervisor ended at once (${end})`);
    if (Date.now() > deadline) return notStarted(runDir, `its supervisor did not take it within ${START_PATIENCE_MS / 1000} s`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

function notStarted(runDir: string, why: string): Result<never> {
  const { log } = runPaths(runDir);
  const said = readText(log);
  const lines = said.ok && said.value !== null ? said.value.trimEnd().split("\n").slice(-20) : [];
  const last = /^\S+ (?:info|warn|error) (.*)$/.exec(lines.at(-1) ?? "")?.[1];
  return fail("failed", `${basename(runDir)} could not be taken charge of`, {
    why: last === undefined ? why : `${why}. It said: ${last}`,
    remedy: `${log} has its log`,
    details: lines.join("\n"),
  });
}

export interface Adopted {
  pid: number;
  /**
   * `already`: it had a supervisor; `restored`, `recorded`: it has ended, and its damaged journal or state.json was made anew;
   * `over`: nothing of it was left, and its record says so now.
   */
  how: "already" | "adopted" | "restored" | "recorded" | "over";
}

const ADOPTED: Readonly<Record<Adopted["how"], (pid: number) => string>> = {
  already: (pid) => `is looked after already (process ${pid})`,
  adopted: (pid) => `is looked after again (process ${pid})`,
  restored: () => "has ended; its journal was made anew from its files",
  recorded: () => "has ended; its state.json was made anew from its files",
  over: () => "has ended: no process of it was left, and its record says so now",
};

/** What became of a run that was to be adopted, a sentence without a full stop. */
export const adoptedText = (id: string, { pid, how }: Adopted): string => `${id} ${ADOPTED[how](pid)}`;

/** Of a run whose supervisor lives and has written nothing for long, what one can do; null where all is well. */
export function silentOwner(id: string, state: RunState, nowMs: number): { why: string; remedy: string } | null {
  const alive = liveness(state);
  const since = staleSince(state, alive, nowMs);
  if (since === null || alive !== "owned" || state.owner === null || state.imported !== undefined) return null;
  const { pid } = state.owner;
  return {
    why: `process ${pid} looks after it, but has written nothing since ${clock(Date.parse(since), true)}`,
    remedy: `Make room if the disk of its folder is full. \`kill -CONT ${pid}\` lets a stopped process go on. Else \`kill -9 ${pid}\` ends it (the trainer goes on), and \`nanochat-cli runs adopt ${id}\` gives the run a new one`,
  };
}

/** Gives a run whose supervisor died a new one. A run that has one already is left as it is. */
export async function adoptRun(runDir: string, command?: string[]): Promise<Result<Adopted>> {
  const state = readState(runDir);
  const now = state.ok ? liveness(state.value) : null;
  if (state.ok) {
    const { owner, status, imported } = state.value;
    if (imported !== undefined) return readOnly(runDir, imported);
    if (now === "ended") {
      if (!needsJournal(runDir, state.value)) return nothingLeft(runDir, status);
      return restoreJournal(runDir, command);
    }
    const silent = silentOwner(basename(runDir), state.value, Date.now());
    if (silent !== null) return fail("refused", `${basename(runDir)} was not adopted`, silent);
    if (now === "owned" && owner !== null) return ok({ pid: owner.pid, how: "already" });
  } else if (state.failure.code !== "corrupt") return state; // a damaged record is made anew by the supervisor
  const started = await startSupervisor(runDir, command);
  if (!started.ok) return started;
  // Where there is no trainer left it ends, unless another stage is to come.
  const over = (now === null || now === "gone") && (await turnsOutEnded(runDir));
  return ok({ pid: started.value.pid, how: !over ? "adopted" : now === null ? "recorded" : "over" });
}

/** Waits until the record says that the run has ended, or names a trainer that lives. */
async function turnsOutEnded(runDir: string): Promise<boolean> {
  for (const deadline = Date.now() + START_PATIENCE_MS; Date.now() < deadline; await Bun.sleep(LOOK_EVERY_MS)) {
    const state = readState(runDir);
    if (!state.ok) continue;
    if (liveness(state.value) === "ended") return true;
    if (livingTrainer(state.value.stages) !== null) return false;
  }
  return false;
}

const nothingLeft = (runDir: string, status: RunState["status"]): Result<never> =>
  fail("nothing-to-attach", `${basename(runDir)} has ended`, { why: `it is ${status}`, remedy: "There is nothing left to look after" });

/** Whether there is something to read, and no journal that holds it. */
function needsJournal(runDir: string, { stages }: RunState): boolean {
  const opened = JournalReader.open(runPaths(runDir).journal);
  if (!opened.ok) return opened.failure.code === "corrupt";
  const { ready } = opened.value.refresh();
  opened.value.close();
  return !ready && stages.some(({ status }) => status !== "pending");
}

/** The supervisor of a run that has ended fills a new journal from the run's files, and leaves. */
async function restoreJournal(runDir: string, command?: string[]): Promise<Result<Adopted>> {
  const started = await startSupervisor(runDir, command);
  if (!started.ok) return started;
  const { pid } = started.value;
  for (const ticks = startTicks(pid); ticks !== null && isAlive(pid, ticks); ) await Bun.sleep(LOOK_EVERY_MS);
  return ok({ pid, how: "restored" });
}

/** Of a run that was imported there are files, and no trainer that could be asked or looked after. */
const readOnly = (runDir: string, { files }: Imported): Result<never> =>
  fail("refused", `${basename(runDir)} was not started here`, {
    why: `it was imported from ${files.at(-1)}, so it can only be looked at`,
    remedy: `\`nanochat-cli runs import ${files.at(-1)}\` reads what is new in it`,
  });

const UNASKABLE: Readonly<Record<Exclude<Liveness, "owned">, (id: string) => Result<never>>> = {
  ended: (id) =>
    fail("refused", `${id} has ended`, {
      why: "there is nobody left to ask",
      remedy: "`nanochat-cli runs list` shows which runs are going",
    }),
  unattended: (id) =>
    fail("refused", `Nobody looks after ${id}`, {
      why: "its supervisor has died, so nobody would pass this on to the trainer",
      remedy: `Give it a new one with \`nanochat-cli runs adopt ${id}\`, then ask again`,
    }),
  gone: (id) =>
    fail("refused", `No process of ${id} is left that could be asked`, {
      why: `${WHY_GONE}, and with that most likely its trainer`,
      remedy: `\`nanochat-cli runs adopt ${id}\` finds out what has become of it`,
    }),
};

/** Whether somebody is there to whom a request could be made; else why not, and what to do. */
export function askable(runDir: string): Result<void> {
  const state = readState(runDir);
  if (!state.ok) return state;
  if (state.value.imported !== undefined) return readOnly(runDir, state.value.imported);
  const now = liveness(state.value);
  return now === "owned" ? ok(undefined) : UNASKABLE[now](basename(runDir));
}

/**
 * Leaves a request for the run's supervisor. What becomes of it stands in the journal: see `waitForRequest`. `from` is
 * who asks, `details` what a patch is to change or which alert is meant.
 */
export function requestRun(runDir: string, kind: RequestKind, from: string, details: RequestDetails = {}): Result<RunRequest> {
  const may = askable(runDir);
  if (!may.ok) return may;
  const at = new Date().toISOString();
  // Sorts by time, so that requests are passed on in the order in which they were made.
  const id = `${at.replace(/\D/g, "")}-${kind}-${crypto.getRandomValues(new Uint8Array(3)).toHex()}`;
  const request: RunRequest = { version: RUN_FORMAT, id, kind, at, from, ...details };
  const written = writeJson(join(runPaths(runDir).requests, `${id}.json`), request);
  return written.ok ? ok(request) : unwritten(runDir, kind, written.failure);
}

/** A request that cannot be left: to end a run there is a way without the supervisor. */
function unwritten(runDir: string, kind: RequestKind, failure: Failure): Result<never> {
  const state = readState(runDir);
  const trainer = state.ok ? livingTrainer(state.value.stages) : null;
  const again = failure.remedy === undefined ? "Mend that and ask again" : `${failure.remedy} and ask again`;
  const byHand = `, or end its trainer by hand, without a checkpoint: \`kill ${trainer}\``;
  const ends = (kind === "stop" || kind === "stop-now") && trainer !== null;
  return { ok: false, failure: { ...failure, remedy: `${again}${ends ? byHand : ""}` } };
}

export interface WaitOptions {
  timeoutMs: number;
  /** How far it must come to be answered: a pause is `done` only when the run goes on. */
  until?: "applied" | "done";
  /** Called at each step on the way. */
  onPhase?: (status: RequestStatus) => void;
}

/** Waits until the request has come so far, or is refused (both are answers). Fails when nobody is there any more to answer, or in time. */
export async function waitForRequest(runDir: string, id: string, options: WaitOptions): Promise<Result<RequestStatus>> {
  const opened = JournalReader.open(runPaths(runDir).journal);
  if (!opened.ok) return opened;
  const reader = opened.value;
  try {
    return await watchRequest(runDir, reader, id, options);
  } finally {
    reader.close();
  }
}

async function watchRequest(
  runDir: string,
  reader: JournalReader,
  id: string,
  { timeoutMs, until = "done", onPhase }: WaitOptions,
): Promise<Result<RequestStatus>> {
  const deadline = Date.now() + timeoutMs;
  let phase: RequestPhase | null = null;
  let aloneSince: number | null = null;
  for (;;) {
    const state = readState(runDir);
    // In this order: what was answered before the run ended is in the journal by now.
    reader.refresh();
    const status = reader.requests().find((request) => request.id === id);
    if (status !== undefined && status.phase !== phase) {
      phase = status.phase;
      onPhase?.(status);
      if (phase === "done" || phase === "refused" || phase === until) return ok(status);
    }
    const now = state.ok ? liveness(state.value) : "unattended";
    if (now === "ended") return UNASKABLE.ended(basename(runDir));
    aloneSince = now === "owned" ? null : (aloneSince ?? Date.now());
    if (now !== "owned" && aloneSince !== null && Date.now() - aloneSince > ALONE_PATIENCE_MS) return UNASKABLE[now](basename(runDir));
    if (Date.now() > deadline) return unanswered(id, phase, timeoutMs);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

const unanswered = (id: string, phase: RequestPhase | null, timeoutMs: number): Result<never> =>
  fail("failed", `The request was not answered within ${Math.round(timeoutMs / 1000)} s`, {
    why: phase === null ? "the run's supervisor has not seen it yet" : `it is ${phase}, and the trainer takes its time`,
    remedy: `It still stands; its history is in the run's journal as ${id}`,
  });

/** What has been saved is on the disk by then; a trainer that closes down, uploads and leaves takes seconds, and some a minute. */
const END_PATIENCE_MS = 2 * 60_000;

/** Waits until the record says that a run has ended of which a stop was done: what is begun before would find it going. */
export async function waitForEnd(runDir: string, patienceMs = END_PATIENCE_MS): Promise<Result<void>> {
  for (const deadline = Date.now() + patienceMs; ; await Bun.sleep(LOOK_EVERY_MS)) {
    const state = readState(runDir);
    if (!state.ok && state.failure.code === "not-found") return ok(undefined); // it has been deleted already
    const now = state.ok ? liveness(state.value) : "unattended";
    if (now === "ended") return ok(undefined);
    if (Date.now() > deadline) return notEnded(basename(runDir), now, patienceMs);
  }
}

const notEnded = (id: string, now: Liveness, patienceMs: number): Result<never> =>
  fail("failed", `The stop of ${id} was done, but the run has not ended within ${duration(patienceMs / 1000)}`, {
    why: now === "owned" ? "its trainer has not left yet" : "its supervisor has died, so nobody writes down its end",
    remedy:
      now === "owned"
        ? `What was saved is safe. \`nanochat-cli runs show ${id}\` tells how the run is, \`nanochat-cli runs stop ${id} --now\` ends it at once`
        : `What was saved is safe. \`nanochat-cli runs adopt ${id}\` finds out what has become of it`,
  });
