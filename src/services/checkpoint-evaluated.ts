/** Whether the validation that a checkpoint carries was made of it, or of an earlier step: its files tell only the figure. */
import type { Checkpoint } from "../core/checkpoint.ts";
import { JournalReader } from "../journal/reader.ts";
import { statsOf } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import { type FindMaker, makersOf } from "./checkpoint-care.ts";

const VALIDATION = "val/bpb";

/** What is known of the run that writes into a folder; null where nobody knows it. */
type Evaluated = (step: number) => boolean | null;

/**
 * The same checkpoints with `evaluated` told: by the journal of the run of this home that wrote them, else by the interval
 * of evaluations that their settings tell, else null.
 */
export function withEvaluated(home: string, list: readonly Checkpoint[], makerOf: FindMaker = makersOf(home)): Checkpoint[] {
  const byFolder = Map.groupBy(list, ({ dir }) => dir);
  const found = new Map<Checkpoint, boolean | null>();
  for (const some of byFolder.values()) {
    const known = some.some(({ valBpb }) => valBpb !== null) ? journalOf(makerOf(some[0]!)?.dir) : null;
    for (const one of some) found.set(one, known?.(one.step) ?? bySettings(one));
  }
  return list.map((one) => ({ ...one, evaluated: one.valBpb === null ? null : (found.get(one) ?? null) }));
}

/** What journals told last: lists are made again and again, and most runs have ended. */
const told = new Map<string, { stamp: string; evaluated: Evaluated | null }>();

function journalOf(dir: string | undefined): Evaluated | null {
  if (dir === undefined) return null;
  const path = runPaths(dir).journal;
  // What is written last lies beside it.
  const stamp = [path, `${path}-wal`].map((file) => `${statsOf(file)?.mtimeMs} ${statsOf(file)?.size}`).join(" ");
  const known = told.get(dir);
  if (known?.stamp === stamp) return known.evaluated;
  const evaluated = readJournal(path);
  told.set(dir, { stamp, evaluated });
  return evaluated;
}

/** Of the stages that wrote a checkpoint at the step: which had a validation there. */
function readJournal(path: string): Evaluated | null {
  const opened = JournalReader.open(path);
  if (!opened.ok) return null;
  const reader = opened.value;
  const written = reader.events({ kinds: ["checkpoint"], limit: MOST });
  const evaluated = new Map(reader.stages().map((stage) => [stage, new Set(reader.points(stage, VALIDATION).keys)]));
  reader.close();
  return (step) => {
    const stages = written.filter((event) => event.step === step).map(({ stage }) => stage);
    return stages.length === 0 ? null : stages.some((stage) => evaluated.get(stage)?.has(step));
  };
}
const MOST = 10_000;

/** Scripts evaluate every so many steps and at the last one, which is known where it was asked for by its number. */
function bySettings({ step, userConfig }: Checkpoint): boolean | null {
  const [every, last] = [userConfig?.["eval_every"], userConfig?.["num_iterations"]];
  if (typeof every !== "number" || every <= 0) return null;
  if (step % every === 0 || step === last) return true;
  return typeof last === "number" && last > 0 ? false : null;
}
