/** Which run a command is about. */
import { fail, ok, type Result } from "../../core/result.ts";
import { RunView } from "../../services/run-view.ts";
import { findRun, type RunSummary } from "../../services/runs.ts";
import type { Context } from "../context.ts";

/** The argument that names it. */
export const RUN: ReadonlyArray<readonly [string, string]> = [
  ["<run>", "an id, a name, a part of an id that only one has, or `last`: the newest that was not imported"],
];

export function find(context: Context, wanted: string): Result<RunSummary> {
  const home = context.home();
  return home.ok ? findRun(home.value, wanted) : home;
}

/** The run open for reading, with what its journal has so far. */
export function open(context: Context, wanted: string): Result<RunView> {
  const run = find(context, wanted);
  if (!run.ok) return run;
  const view = RunView.open(run.value.dir);
  if (view.ok) view.value.refresh();
  return view;
}

/** Runs to be laid beside another one, all open or none; that one itself is refused: it would lie under its own line. */
export function openBeside(context: Context, run: RunView, wanted: readonly string[]): Result<RunView[]> {
  const views: RunView[] = [];
  for (const one of wanted) {
    const found = open(context, one);
    if (found.ok) views.push(found.value);
    if (found.ok && found.value.id !== run.id) continue;
    for (const opened of views) opened.close();
    return found.ok ? fail("usage", `--baseline ${one} is the run itself`, { remedy: "Name another run" }) : found;
  }
  return ok(views);
}
