/** Goes on with an import for as long as its files grow: a run of elsewhere is watched as it trains. */
import { type Failure, ok, type Result } from "../core/result.ts";
import { loseImport } from "./import-lost.ts";
import { type ImportedRun, type ImportOptions, importRun } from "./run-import.ts";

export interface Following extends Omit<ImportOptions, "follow"> {
  /** Comes back when it is time to look again; false = no more. */
  again: () => Promise<boolean>;
  /** After each look that brought something. */
  onRead?: (run: ImportedRun) => void;
}

interface Waiting extends Omit<Following, "onRead"> {
  /** Told once what is missing. */
  onWait: (why: Failure) => void;
}

/** The first look: waits while there is nothing yet. Any other failure ends it. */
export async function awaitImport(home: string, path: string, { again, onWait, ...options }: Waiting): Promise<Result<ImportedRun>> {
  for (let told = false; ; told = true) {
    const first = await importRun(home, path, { ...options, follow: true });
    if (first.ok || first.failure.soon !== true) return first;
    if (!told) onWait(first.failure);
    if (!(await again())) return first;
  }
}

/** Whether there may be more: without its end a run that rests counts as lost, and may go on all the same. */
const mayGoOn = ({ state, aborted }: ImportedRun): boolean => !aborted && (state.status === "lost" || state.status === "running");

/** Reads on from an import until the run has ended, nobody wants to know any more, or reading fails; returns the last look. */
export async function followImport(home: string, path: string, first: ImportedRun, options: Following): Promise<Result<ImportedRun>> {
  const { again, onRead, ...rest } = options;
  let run = first;
  while (mayGoOn(run) && (await again())) {
    const next = await importRun(home, path, { ...rest, name: run.state.name, follow: true });
    if (!next.ok) {
      const told = loseImport(run.dir, next.failure);
      return told.ok ? next : told;
    }
    run = next.value;
    if (run.read > 0) onRead?.(run);
  }
  if (run.state.status !== "running") return ok(run);
  // From now on nobody knows how it goes on.
  const { signal: _, ...last } = rest;
  return importRun(home, path, { ...last, name: run.state.name });
}
