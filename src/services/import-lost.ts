/** An imported run whose files cannot be read on: what was read stays, and from then on it is none that goes on. */

import type { Failure } from "../core/result.ts";
import { ok, type Result, sentence } from "../core/result.ts";
import type { RunState, StageState } from "../core/run.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { writeJson } from "../lib/files.ts";
import { takeLock } from "../lib/lock.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";
import { tellChanges } from "./import-read.ts";
import { closeImported } from "./import-watch.ts";

const RIVAL_WAIT_MS = 300;

/** Says of a run that counts as going on that it is lost, and why, and closes its alerts. One that another process reads is left alone. */
export function loseImport(dir: string, why: Failure): Result<void> {
  const lock = takeLock(runPaths(dir).owner, RIVAL_WAIT_MS);
  if (!lock.taken) return ok(undefined);
  try {
    const state = readState(dir);
    if (!state.ok) return state;
    return state.value.status === "running"
      ? lose(dir, state.value, sentence({ ...why, remedy: undefined }).replace(/\.$/, ""))
      : ok(undefined);
  } finally {
    lock.lock.release();
  }
}

function lose(dir: string, state: RunState, reason: string): Result<void> {
  const { journal: path } = runPaths(dir);
  const journal = JournalWriter.open(path);
  if (!journal.ok) return journal;
  const reader = JournalReader.open(path);
  if (!reader.ok) return reader;
  const at = (index: number): number => state.imported?.watched?.[index - 1]?.at || Date.now();
  const stages = state.stages.map(
    (stage): StageState =>
      stage.status === "running" ? { ...stage, status: "lost", reason, endedAt: new Date(at(stage.index)).toISOString() } : stage,
  );
  const lost = stages.filter(({ status }, i) => status === "lost" && state.stages[i]?.status === "running");
  for (const stage of lost) for (const event of closeImported(reader.value, stage, at(stage.index))) journal.value.event(event);
  tellChanges(journal.value, state.stages, stages);
  reader.value.close();
  const stored = journal.value.commit();
  journal.value.close();
  if (!stored.ok) return stored;
  const progress = state.progress === null ? null : { ...state.progress, etaSeconds: null };
  return writeJson(runPaths(dir).state, {
    ...state,
    status: "lost",
    reason,
    stages,
    progress,
    owner: null,
    endedAt: stages.at(-1)?.endedAt,
  });
}
