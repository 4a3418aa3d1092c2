/** What quiet hours hold back of a run that has ended: somebody must be left to tell it when they are over. */
import { JournalWriter } from "../journal/writer.ts";
import { openAlertsOf } from "../services/open-alerts.ts";
import { takeOwnership } from "./owner.ts";
import type { Run } from "./stage.ts";

/** Each look reads the journal's newest part: it is to cost nothing, for hours. */
const LOOK_EVERY_MS = 5000;

type Ended = Pick<Run, "dir" | "record" | "alerts" | "log" | "leaving">;

/**
 * Waits until the quiet hours are over, and tells what is still open then and not acknowledged; ends early when that is nothing,
 * when this process is asked to leave, or the folder is gone. Journal and lock are free meanwhile, so that the run can be
 * acknowledged and deleted like any other that has ended; its record names this process as long as it waits.
 */
export async function tellAfterwards(run: Ended, lookEveryMs = LOOK_EVERY_MS): Promise<void> {
  for (; isAwaited(run); await run.alerts.look(Date.now())) await Bun.sleep(lookEveryMs);
  if (!run.record.exists) return;
  const owned = takeOwnership(run.dir);
  if (!owned.ok) return; // it is just being deleted
  if (!run.leaving()) await tell(run);
  if (run.record.exists) run.record.leave();
  owned.value.release();
}

async function tell({ alerts, log }: Ended): Promise<void> {
  const journal = JournalWriter.open(alerts.run.journal);
  if (!journal.ok) return log.problem(journal.failure);
  log.keepIn(journal.value);
  alerts.keepIn(journal.value);
  alerts.recallDeliveries(Date.now());
  await alerts.delivery.settle();
  journal.value.close();
}

function isAwaited({ dir, record, alerts, leaving }: Ended): boolean {
  if (leaving() || !record.exists) return false;
  const { open, acknowledged } = openAlertsOf({ dir, status: record.state.status, liveness: "ended" });
  return open > acknowledged && alerts.isQuiet(Date.now());
}
