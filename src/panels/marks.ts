/** Events on the x axis of a chart: checkpoints, rewinds, where a run was resumed, patches and alerts, wherever the axis puts their step. */
import type { PatchChange } from "../core/bridge.ts";
import type { Axis, StoredEvent } from "../core/journal.ts";
import type { RequestStatus } from "../core/run.ts";
import type { PlotMark } from "../core/scene.ts";
import { count } from "../lib/format.ts";
import { patchFields } from "./ability.ts";
import { alertsIn } from "./alerts.ts";
import { numberField, planned, type RunFacts } from "./data.ts";
import { patchText } from "./events.ts";
import { positionOf } from "./moment.ts";

/** More marks than a chart has room for would only be a line; the newest ones matter. */
const MOST_MARKS = 64;

const GLYPHS: Readonly<Partial<Record<StoredEvent["kind"], PlotMark["glyph"]>>> = { checkpoint: "checkpoint", rewind: "rewind" };

/** When each patch of the stage was applied: the moment at which its changes are told. */
const patches = ({ data, stage }: Pick<RunFacts, "data" | "stage">): StoredEvent[] =>
  data.events({ kinds: ["request"], stage }).filter(({ body }) => body["phase"] === "applied" && Array.isArray(body["changes"]));

/** The newest patch in words, for a chart's border: `✎ eval_every 100 → 50 @ 120`; null without one. */
export function patchNote(facts: Pick<RunFacts, "data" | "stage">): string | null {
  const last = patches(facts).at(-1);
  return last === undefined ? null : `✎ ${patchText(last.body as Pick<RequestStatus, "changes">)} @ ${count(last.step)}`;
}

const SCALE = "lr_scale";

/**
 * What all learning rates are multiplied by besides their schedule: as it was patched in this stage, else as the trainer told it,
 * which has taken over what the run before was patched to; null = never.
 */
export function patchedScale(facts: Pick<RunFacts, "data" | "stage">): number | null {
  const changes = patches(facts).flatMap(({ body }) => body["changes"] as PatchChange[]);
  return changes.findLast(({ name }) => name === SCALE)?.to ?? scaleTold(facts);
}

const scaleTold = ({ data, stage }: Pick<RunFacts, "data" | "stage">): number | null =>
  numberField({ ...patchFields(data, stage)?.find(({ name }) => name === SCALE) }, "value");

/** Where alerts of the stage were raised, also those that are over. */
function alertMarks({ data, stage }: Pick<RunFacts, "data" | "stage">, axis: Axis): PlotMark[] {
  const ours = alertsIn(data).filter((alert) => alert.stage === stage && alert.step !== null);
  return ours.slice(-MOST_MARKS).flatMap(({ step, at, severity }): PlotMark[] => {
    const x = axis === "wall" ? at : positionOf({ data, stage }, axis, step ?? 0);
    return x === null ? [] : [{ x, glyph: severity === "bad" ? "alarm" : "alert" }];
  });
}

/** Where a stage was planned to go on from a checkpoint (`--resume-from-step`: scripts/base_train.py@92d63d4). */
export function resumeMarks(facts: RunFacts, axis: Axis): PlotMark[] {
  const step = planned(facts, "resume_from_step");
  const x = typeof step === "number" && step >= 0 ? positionOf(facts, axis, step) : null;
  return x === null ? [] : [{ x, glyph: "rewind" }];
}

/** Of all stages of a run, by the clock, with where each but the first began. */
export function runMarks(facts: RunFacts): PlotMark[] {
  const begun = facts.state.stages.filter(({ startedAt }) => startedAt !== null);
  const changes = begun.slice(1).map(({ startedAt }): PlotMark => ({ x: Date.parse(startedAt ?? ""), glyph: "stage" }));
  return [...changes, ...begun.flatMap(({ index }) => eventMarks({ ...facts, stage: index }, "wall"))];
}

/** Of the stage that is looked at. */
export function eventMarks(facts: RunFacts, axis: Axis): PlotMark[] {
  const { data, stage } = facts;
  const events = [
    ...data.events({ kinds: ["checkpoint", "rewind"], stage, limit: MOST_MARKS }),
    ...patches({ data, stage }).slice(-MOST_MARKS),
  ];
  const told = events.flatMap((event): PlotMark[] => {
    const step = event.kind === "rewind" ? numberField(event.body, "to") : event.step;
    const x = step === null ? null : axis === "wall" ? event.at : positionOf({ data, stage }, axis, step);
    return x === null ? [] : [{ x, glyph: GLYPHS[event.kind] ?? "patch" }];
  });
  return [...resumeMarks(facts, axis), ...told, ...alertMarks(facts, axis)];
}
