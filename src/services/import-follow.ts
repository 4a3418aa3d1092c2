/** Goes on with an import for as long as its files grow: a run of elsewhere is watched as it trains. */
import type { Result } from "../core/result.ts";
import { type ImportedRun, type ImportOptions, importRun } from "./run-import.ts";

export interface Following extends ImportOptions {
  /** Comes back when it is time to look again; false = no more. */
  again: () => Promise<boolean>;
  /** After each look that brought something. */
  onRead?: (run: ImportedRun) => void;
}

/** Whether there may be more: without its end a run counts as lost, and may go on all the same. */
const mayGoOn = ({ state, aborted }: ImportedRun): boolean => !aborted && state.status === "lost";

/** Reads on from an import until the run has ended, nobody wants to know any more, or reading fails; returns the last look. */
export async function followImport(home: string, path: string, first: ImportedRun, options: Following): Promise<Result<ImportedRun>> {
  const { again, onRead, ...rest } = options;
  let run = first;
  while (mayGoOn(run) && (await again())) {
    const next = await importRun(home, path, { ...rest, name: run.state.name });
    if (!next.ok) return next;
    run = next.value;
    if (run.read > 0) onRead?.(run);
  }
  return { ok: true, value: run };
}
