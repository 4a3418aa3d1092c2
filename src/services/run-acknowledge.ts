/** Noting that somebody knows of an alert of a run that has ended; of one that goes on its supervisor is asked. */
import { basename } from "node:path";
import { alertEvent, alertsOf, isOpen } from "../core/alert.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { runPaths } from "../lib/run-dir.ts";

/**
 * The key of an open alert that is meant by a text: it, what only one begins with, or the name that a limit was given. Refused with the keys of all that are open where
 * it is none, or several.
 */
export function openAlert(runDir: string, meant: string): Result<string> {
  const reader = JournalReader.open(runPaths(runDir).journal);
  if (!reader.ok) return reader;
  reader.value.refresh();
  const open = [
    ...new Set(
      alertsOf(reader.value.events({ kinds: ["alert"] }))
        .filter(isOpen)
        .map(({ key }) => key),
    ),
  ];
  reader.value.close();
  const fitting = open.includes(meant) ? [meant] : open.filter((key) => key.startsWith(meant) || key.endsWith(`/${meant}`));
  if (fitting.length === 1) return ok(fitting[0]!);
  const run = basename(runDir);
  return fail("refused", fitting.length > 1 ? `${meant} is more than one alert of ${run}` : `No alert ${meant} of ${run} is open`, {
    why: open.length === 0 ? "none is" : `open ${open.length === 1 ? "is" : "are"} ${(fitting.length > 1 ? fitting : open).join(", ")}`,
    remedy: open.length === 0 ? `\`nanochat-cli runs alerts ${run}\` tells what there was` : "Name one of these",
  });
}

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
