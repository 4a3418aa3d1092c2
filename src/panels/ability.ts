/** What a run can be asked for, as its trainer tells: capabilities of the script, and fields that can be patched. */
import type { Capability, CapabilityName, PatchChange, PatchField, ValueBefore, ValuesBefore } from "../core/bridge.ts";
import type { StageIndex, StoredEvent } from "../core/journal.ts";
import { shownValue } from "../core/plan.ts";
import { type PanelData, type RunFacts, record, stageTitle } from "./data.ts";

/** Why the stage that runs cannot do that, a sentence; null when it can, or has not said. */
export function cannot(facts: Pick<RunFacts, "state" | "plan" | "data">, name: CapabilityName): string | null {
  const running = facts.state.stages.find(({ status }) => status === "running");
  if (running === undefined) return null;
  const stage = facts.plan.stages[running.index - 1];
  if (stage !== undefined && !stage.bridged) return `${stageTitle(stage.name)} runs without the bridge, which alone can do that`;
  const hello = facts.data.events({ kinds: ["hello"], stage: running.index, limit: 1 }).at(-1);
  const capability = record(record(hello?.body["capabilities"])[name]) as Partial<Capability>;
  return capability.available === false ? (capability.reason ?? "this script cannot do that") : null;
}

/** The fields of a stage as its trainer told them last, those that are frozen among them; null when it has not told any. */
export function patchFields(data: Pick<PanelData, "events">, stage: StageIndex): readonly PatchField[] | null {
  const told = data.events({ kinds: ["config"], stage }).findLast(({ body }) => Array.isArray(body["fields"]));
  if (told === undefined) return null;
  const known = fieldsIn.get(told);
  if (known !== undefined) return known;
  const settings = record(told.body["settings"]);
  const fields = (told.body["fields"] as unknown[]).map((field) => withText(record(field) as unknown as PatchField, settings));
  fieldsIn.set(told, fields);
  return fields;
}

/** Asked for with every frame, for it says which keys can be pressed: made once of each event. */
const fieldsIn = new WeakMap<StoredEvent, readonly PatchField[]>();

/** A field has numbers alone: `L`, `cpu` and `true` are in the settings. */
function withText(field: PatchField, settings: Readonly<Record<string, unknown>>): PatchField {
  const set = settings[field.name];
  return field.value !== null || set === undefined ? field : { ...field, text: shownValue(set) };
}

/** What the fields of a stage were before they were patched. */
export function valuesBefore(data: Pick<PanelData, "events">, stage: StageIndex): ValuesBefore {
  const patches = data.events({ kinds: ["request"], stage }).filter(({ body }) => body["phase"] === "applied");
  const changes = patches.flatMap(({ body }) => (Array.isArray(body["changes"]) ? (body["changes"] as PatchChange[]) : []));
  const before = new Map<string, ValueBefore>();
  for (const { name, from } of changes) if (from !== null) before.set(name, { first: before.get(name)?.first ?? from, last: from });
  return before;
}
