/** What was patched on the way to a checkpoint: its own files tell only what its run began with. */
import { dirname, join } from "node:path";
import { writesStage } from "../config/lineage.ts";
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
export function patchedBefore(writers: FindWriters, one: Checkpoint): ReadonlyMap<string, PatchedSetting> {
  for (const { id, dir, plan } of writers(savedAs(one))) {
    const before = eventsBefore(dir, plan, one);
    if (before !== null) return new Map(before.flatMap((event) => settingsOf(event, id, one)));
  }
  return new Map();
}

/** Where it was saved: one that was copied under another tag still carries its own. */
function savedAs({ tag, dir, userConfig }: Checkpoint): Pick<Checkpoint, "tag" | "dir"> {
  const own = userConfig?.["model_tag"];
  return typeof own === "string" && own !== "" ? { tag: own, dir: join(dirname(dir), own) } : { tag, dir };
}

/** Requests of the stage that saved it, in their order, up to that saving; null where the journal knows of none. */
function eventsBefore(dir: string, plan: Plan, { stage: kind, step }: Checkpoint): StoredEvent[] | null {
  const opened = JournalReader.open(runPaths(dir).journal);
  if (!opened.ok) return null;
  const events = opened.value.events({ kinds: ["request", "checkpoint"] });
  opened.value.close();
  const saves = ({ stage }: StoredEvent): boolean => writesStage(shortName(plan.stages[stage - 1]?.script ?? "")) === kind;
  const saved = events.findLast((event) => event.kind === "checkpoint" && event.step === step && saves(event));
  return saved === undefined ? null : events.filter(({ seq, stage }) => seq < saved.seq && stage === saved.stage);
}

/** What an applied patch has changed, as far as it is a setting of the script and no rate. */
function settingsOf({ body, step }: StoredEvent, run: string, { userConfig }: Checkpoint): Array<[string, PatchedSetting]> {
  const changes = body["phase"] === "applied" && Array.isArray(body["changes"]) ? (body["changes"] as PatchChange[]) : [];
  return changes
    .filter(({ name }) => userConfig !== null && name in userConfig && !name.endsWith("_lr"))
    .map(({ name, to }) => [name, { value: to, step, run }]);
}
