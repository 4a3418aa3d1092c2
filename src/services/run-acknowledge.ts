/** Noting that somebody knows of an alert of a run that has ended; of one that goes on its supervisor is asked. */
import { basename } from "node:path";
import { alertEvent, alertsOf, isOpen } from "../core/alert.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { runPaths } from "../lib/run-dir.ts";

/**
 * Of a run that has ended: nobody writes to its journal any more, and what outlives the run (`failed`) would be counted for
 * ever. One that is known already stays as it is. `from` is who says so.
 */
export function acknowledgeEnded(runDir: string, key: string, from: string): Result<void> {
  const { journal } = runPaths(runDir);
  // A journal that cannot be read is not opened for writing: that would put a new one in its place.
  const reader = JournalReader.open(journal);
  if (!reader.ok) return reader;
  reader.value.refresh();
  const alert = alertsOf(reader.value.events({ kinds: ["alert"] })).findLast((one) => one.key === key && isOpen(one));
  reader.value.close();
  if (alert === undefined) return noneOpen(runDir, key);
  if (alert.acknowledgedAt !== null) return ok(undefined);
  const writer = JournalWriter.open(journal);
  if (!writer.ok) return writer;
  const { stage, step } = alert;
  writer.value.event(alertEvent({ phase: "acknowledged", key, from }, { stage, step, at: Date.now() }));
  return writer.value.close();
}

const noneOpen = (runDir: string, key: string): Result<never> =>
  fail("refused", `No alert ${key} of ${basename(runDir)} is open`, {
    why: "the run has ended, and what was open was closed with it, but for what is said of its end",
    remedy: `\`nanochat-cli runs alerts ${basename(runDir)}\` tells what there was`,
  });
