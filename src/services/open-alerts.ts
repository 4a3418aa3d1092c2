/** How many alerts of a run are open, for lists of runs: read where there can be any, and nowhere else. */
import { alertsOf, isOpen, isPressing } from "../core/alert.ts";
import { JournalReader } from "../journal/reader.ts";
import { runPaths } from "../lib/run-dir.ts";
import type { RunSummary } from "./runs.ts";

export interface OpenAlerts {
  open: number;
  /** Those of them that somebody knows of. */
  acknowledged: number;
  /** Those that are bad and nobody knows of. */
  bad: number;
}

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
