/** What was patched on the way to a checkpoint: its own files tell only what its run began with. */
import { dirname, join } from "node:path";
import { writesStage } from "../config/lineage.ts";
import { isRate } from "../config/rules/ranges.ts";
import type { PatchChange } from "../core/bridge.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { StoredEvent } from "../core/journal.ts";
import { type Plan, shortName } from "../core/plan.ts";
import { JournalReader } from "../journal/reader.ts";
import { runPaths } from "../lib/run-dir.ts";
import type { FindWriters } from "./checkpoint-care.ts";

export interface PatchedSetting {
  value: number;
  /** Step at which it was patched. */
  step: number | null;
  /** Id of the run. */
  run: string;
}

/**
 * Settings that were in force otherwise than its run began with when the checkpoint was saved, by name; as the journal of
 * the newest run that saved it tells. Learning rates are left out: they live in the optimizer, which a resume loads.
 */
export function patchedBefore(writers: FindWriters, one: Checkpoint, read = eventsIn): ReadonlyMap<string, PatchedSetting> {
  const told = savedBy(writers, one, read);
  return new Map(told?.events.flatMap((event) => settingsOf(event, told.run, one)));
}

/**
 * Learning rates that were in force otherwise than the run began with: the optimizer's files have them, and a resume goes on with
 * them. Each from what it was at first to what it was last.
 */
export function ratesBefore(writers: FindWriters, one: Checkpoint, read = eventsIn): PatchChange[] {
  const rates = new Map<string, PatchChange>();
  for (const change of savedBy(writers, one, read)?.events.flatMap(changesOf) ?? [])
    if (isRate(change.name)) rates.set(change.name, { ...change, from: rates.get(change.name)?.from ?? change.from });
  return [...rates.values()].filter(({ from, to }) => from !== to);
}

/** What the journal of a run tells of requests and checkpoints; null without one. */
export type ReadEvents = (dir: string) => readonly StoredEvent[] | null;

const eventsIn: ReadEvents = (dir) => {
  const opened = JournalReader.open(runPaths(dir).journal);
  if (!opened.ok) return null;
  const events = opened.value.events({ kinds: ["request", "checkpoint"] });
  opened.value.close();
  return events;
};

/** The same for many checkpoints, of which most are of a few runs: each journal is read once. */
export function eachRead(): ReadEvents {
  const known = new Map<string, readonly StoredEvent[] | null>();
  return (dir) => {
    if (!known.has(dir)) known.set(dir, eventsIn(dir));
    return known.get(dir) ?? null;
  };
}

/** The newest run that saved it, with its requests until then; null where no journal tells of that. */
export function savedBy(writers: FindWriters, one: Checkpoint, read = eventsIn): { run: string; events: StoredEvent[] } | null {
  for (const { id, dir, plan } of writers(savedAs(one))) {
    const events = eventsBefore(read(dir) ?? [], plan, one);
    if (events !== null) return { run: id, events };
  }
  return null;
}

/** Where it was saved: one that was copied under another tag still carries its own. */
export function savedAs({ tag, dir, userConfig }: Checkpoint): Pick<Checkpoint, "tag" | "dir"> {
  const own = userConfig?.["model_tag"];
  return typeof own === "string" && own !== "" ? { tag: own, dir: join(dirname(dir), own) } : { tag, dir };
}

/** Requests of the stage that saved it, in their order, up to that saving; null where the journal knows of none. */
function eventsBefore(events: readonly StoredEvent[], plan: Plan, { stage: kind, step }: Checkpoint): StoredEvent[] | null {
  const saves = ({ stage }: StoredEvent): boolean => writesStage(shortName(plan.stages[stage - 1]?.script ?? "")) === kind;
  const saved = events.findLast((event) => event.kind === "checkpoint" && event.step === step && saves(event));
  return saved === undefined ? null : events.filter(({ seq, stage }) => seq < saved.seq && stage === saved.stage);
}

/** What a patch has changed, once it was applied. */
const changesOf = ({ body }: StoredEvent): PatchChange[] =>
  body["phase"] === "applied" && Array.isArray(body["changes"]) ? (body["changes"] as PatchChange[]) : [];

/** As far as it is a setting of the script and no rate. */
function settingsOf(event: StoredEvent, run: string, { userConfig }: Checkpoint): Array<[string, PatchedSetting]> {
  const { step } = event;
  return changesOf(event)
    .filter(({ name }) => userConfig !== null && name in userConfig && !isRate(name))
    .map(({ name, to }) => [name, { value: to, step, run }]);
}
