/** A run of a million steps that has ended, with what a training logs each step. */
import { JournalWriter } from "../../src/journal/writer.ts";
import { writeJson } from "../../src/lib/files.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { readState } from "../../src/lib/run-files.ts";
import type { Sandbox } from "../../test/drivers/sandbox.ts";
import { busyOverview, METRICS } from "./busy.ts";
import { recordRun } from "./firehose.ts";

const STEPS = 1_000_000;
export function millionRun(box: Sandbox): { id: string; dir: string } {
  busyOverview(box);
  const run = recordRun(box);
  fillJournal(run.dir);
  const state = readState(run.dir);
  if (!state.ok) throw new Error(state.failure.what);
  const ended = new Date().toISOString();
  const [stage] = state.value.stages;
  writeJson(runPaths(run.dir).state, {
    ...state.value,
    status: "done",
    startedAt: ended,
    endedAt: ended,
    stages: [{ ...stage, status: "done", startedAt: ended, endedAt: ended, exitCode: 0 }],
  });
  return run;
}

function fillJournal(dir: string): void {
  const opened = JournalWriter.open(runPaths(dir).journal);
  if (!opened.ok) throw new Error(opened.failure.what);
  const journal = opened.value;
  const start = Date.now() - STEPS * 30;
  for (let step = 0; step < STEPS; step++) {
    const loss = 2 + 8 / (1 + step / 2e4) + ((step * 2654435761) % 1000) / 4000;
    const values = Object.fromEntries(METRICS.map((name, i) => [name, name === "train/tokens" ? step * 524_288 : loss + i]));
    journal.points(1, step, start + step * 30, values);
    if (step % 2000 === 0) journal.commit();
  }
  for (let i = 0; i < 500; i++) journal.commit(); // lets compaction finish
  journal.close();
}
