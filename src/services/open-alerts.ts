/** How many alerts of a run are open, for lists of runs: read where there can be any, and nowhere else. */
import { alertsOf, isOpen, isPressing, type OpenAlerts } from "../core/alert.ts";
import { JournalReader } from "../journal/reader.ts";
import { runPaths } from "../lib/run-dir.ts";
import { goesOn, type RunSummary } from "./runs.ts";

const NONE: OpenAlerts = { open: 0, acknowledged: 0, bad: 0 };
/** A run that ended like that has closed all of its alerts: its journal need not be opened. */
const CLOSED: ReadonlySet<string> = new Set(["done", "stopped"]);

/** None where the journal cannot be read: what is wrong with it is said elsewhere. */
export function openAlertsOf({ dir, status, liveness }: Pick<RunSummary, "dir" | "status" | "liveness">): OpenAlerts {
  if (liveness === "ended" && CLOSED.has(status)) return NONE;
  const opened = JournalReader.open(runPaths(dir).journal);
  if (!opened.ok) return NONE;
  const open = alertsOf(opened.value.events({ kinds: ["alert"] })).filter(isOpen);
  opened.value.close();
  const pressing = open.filter(isPressing);
  const bad = pressing.filter(({ severity }) => severity === "bad").length;
  return { open: open.length, acknowledged: open.length - pressing.length, bad };
}

/** A run of a list, with its alerts where they have been read. */
type WithAlerts = RunSummary & { alerts?: OpenAlerts };

/**
 * For a list that is read each second: the alerts of runs that go on, of one journal a reading, in turn, so that no key waits for
 * many. Of a run of which nothing is different the very same object comes again.
 */
export function alertsInTurn(look: typeof openAlertsOf = openAlertsOf): (runs: readonly RunSummary[]) => WithAlerts[] {
  // The one that was read longest ago is first.
  const known = new Map<string, OpenAlerts>();
  const made = new WeakMap<RunSummary, RunSummary & { alerts: OpenAlerts }>();
  return (runs) => {
    const going = new Map(runs.filter(goesOn).map((run) => [run.id, run]));
    for (const id of known.keys()) if (!going.has(id)) known.delete(id);
    const [id = known.keys().next().value] = [...going.keys()].filter((each) => !known.has(each));
    const next = id === undefined ? undefined : going.get(id);
    if (next !== undefined) {
      known.delete(next.id);
      known.set(next.id, look(next));
    }
    return runs.map((run) => {
      const [alerts, before] = [known.get(run.id), made.get(run)];
      if (alerts === undefined) return run;
      if (before !== undefined && Bun.deepEquals(before.alerts, alerts)) return before;
      const row = { ...run, alerts };
      made.set(run, row);
      return row;
    });
  };
}
