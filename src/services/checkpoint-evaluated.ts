/**
 * What the journal of its run tells of a checkpoint: whether the validation that it carries was made of it, or of an earlier step, and the
 * loss of the step after it, which its files cannot have.
 */
import type { Checkpoint } from "../core/checkpoint.ts";
import { JournalReader } from "../journal/reader.ts";
import { statsOf } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import { spoiltLosses } from "../panels/way-on.ts";
import { type FindMaker, makersOf } from "./checkpoint-care.ts";

const VALIDATION = "val/bpb";

interface Known {
  evaluated: boolean;
  /** Its loss where that is NaN or infinite; else null. */
  spoilt: number | null;
}

/** What is known by the run that writes into a folder; null where nobody knows it. */
type Look = (one: Pick<Checkpoint, "dir" | "step">) => Known | null;

/**
 * The same checkpoints with `evaluated` told: by the journal of the run of this home that wrote them, else by the interval
 * of evaluations that their settings tell, else null. A loss that is not finite in that journal counts before that of their files.
 */
export function withEvaluated(home: string, list: readonly Checkpoint[], makerOf: FindMaker = makersOf(home)): Checkpoint[] {
  const byFolder = Map.groupBy(list, ({ dir }) => dir);
  const found = new Map<Checkpoint, Known | null>();
  for (const some of byFolder.values()) {
    const look = journalOf(makerOf(some[0]!)?.dir);
    for (const one of some) found.set(one, look?.(one) ?? null);
  }
  return list.map((one) => {
    const { evaluated = bySettings(one), spoilt = null } = found.get(one) ?? {};
    return { ...one, evaluated: one.valBpb === null ? null : evaluated, trainLoss: spoilt ?? one.trainLoss ?? null };
  });
}

/** What journals told last: lists are made again and again, and most runs have ended. */
const told = new Map<string, { stamp: string; look: Look | null }>();

function journalOf(dir: string | undefined): Look | null {
  if (dir === undefined) return null;
  const path = runPaths(dir).journal;
  // What is written last lies beside it.
  const stamp = [path, `${path}-wal`].map((file) => `${statsOf(file)?.mtimeMs} ${statsOf(file)?.size}`).join(" ");
  const known = told.get(dir);
  if (known?.stamp === stamp) return known.look;
  const look = readJournal(path);
  told.set(dir, { stamp, look });
  return look;
}

/** Of the stages that wrote a checkpoint at the step: whether one had a validation there, or a loss that is none. */
function readJournal(path: string): Look | null {
  const opened = JournalReader.open(path);
  if (!opened.ok) return null;
  const reader = opened.value;
  const written = reader.events({ kinds: ["checkpoint"], limit: MOST });
  const evaluated = new Map(reader.stages().map((stage) => [stage, new Set(reader.points(stage, VALIDATION).keys)]));
  const lossOf = spoiltLosses(reader);
  const spoilt = new Map(written.map((event) => [event, lossOf(event)]));
  reader.close();
  return (one) => {
    const some = written.filter(({ step, body }) => step === one.step && isIn(body["path"], one.dir));
    if (some.length === 0) return null;
    return {
      evaluated: some.some(({ stage }) => evaluated.get(stage)?.has(one.step)),
      spoilt: some.map((event) => spoilt.get(event) ?? null).find((loss) => loss !== null) ?? null,
    };
  };
}
const MOST = 10_000;

/** Stages of one run may save at the same step: each has a folder, by its last two names, for a base dir may be called in several ways. */
const isIn = (path: unknown, dir: string): boolean =>
  typeof path !== "string" || path.split("/").slice(-2).join("/") === dir.split("/").slice(-2).join("/");

/** Scripts evaluate every so many steps and at the last one, which is known where it was asked for by its number. */
function bySettings({ step, userConfig }: Checkpoint): boolean | null {
  const [every, last] = [userConfig?.["eval_every"], userConfig?.["num_iterations"]];
  if (typeof every !== "number" || every <= 0) return null;
  if (step % every === 0 || step === last) return true;
  return typeof last === "number" && last > 0 ? false : null;
}
