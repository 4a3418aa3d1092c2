/** The bridge's events in the words of the journal. */
import type { BridgeEvent, CommandEvent } from "../../core/bridge.ts";
import type { EventKind, JournalEvent, StageIndex } from "../../core/journal.ts";
import { metricId } from "../../core/metrics.ts";
import { plain } from "../../lib/ansi.ts";

interface Told {
  kind: EventKind;
  step: number | null;
  body: Record<string, unknown>;
}

/**
 * What the journal keeps of an event; null for those that are points, and for what is not understood. `rank` is that of
 * the file: what ranks other than 0 say of a command is a note, for it is not what happened to the run.
 */
export function journalEvent(event: BridgeEvent, stage: StageIndex, rank: number): JournalEvent | null {
  const told = tell(event, rank);
  return told && { stage, at: event.t * 1000, step: told.step, kind: told.kind, body: cleaned(told.body) as Record<string, unknown> };
}

function tell(event: BridgeEvent, rank: number): Told | null {
  switch (event.kind) {
    case "hello": {
      const { kind, t: _, ...body } = event;
      return { kind, step: null, body };
    }
    case "config":
      return {
        kind: "config",
        step: null,
        body: { settings: event.settings, derived: event.derived, ...(event.fields && { fields: event.fields }) },
      };
    case "phase":
      return { kind: "phase", step: event.step, body: { name: event.name, state: event.state, seconds: event.seconds ?? null } };
    case "sample":
      return { kind: "sample", step: event.step, body: { prompt: event.prompt, text: event.text } };
    case "checkpoint": {
      const { dir: path, files, bytes, seconds, trigger } = event;
      return { kind: "checkpoint", step: event.step, body: { path, files, bytes, seconds, trigger } };
    }
    case "command":
      if (rank === 0) return { kind: "request", step: event.step, body: requestOf(event) };
      return { kind: "note", step: event.step, body: { tag: "rank-command", fields: { rank, ...requestOf(event) } } };
    case "problem":
      return { kind: "problem", step: null, body: { source: "bridge", what: event.what, why: event.why } };
    case "bye":
      return { kind: "note", step: event.step, body: { tag: "bye", fields: { rank, code: event.code, overhead: event.overhead } } };
    case "step":
    case "metrics":
    case "unknown":
      return null;
  }
}

/** A RequestStatus (core/run.ts), with what else is known: at which step it will be applied, and how it was. */
function requestOf({ id, command, state, step, at, how, changes, dir, bytes, reason, t }: CommandEvent): Record<string, unknown> {
  return {
    id,
    kind: command,
    phase: state,
    step,
    path: dir ?? null,
    bytes: bytes ?? null,
    reason: reason ?? null,
    at: iso(t),
    ...(at === undefined ? {} : { applyAt: at }),
    ...(how === undefined ? {} : { how }),
    ...(changes === undefined ? {} : { changes }),
  };
}

/** The largest time that a Date can hold, in milliseconds; beyond it toISOString throws. */
const LATEST_MS = 8.64e15;

const iso = (seconds: number): string => new Date(Math.min(Math.max(seconds * 1000, -LATEST_MS), LATEST_MS)).toISOString();

/** Values under our own names; the scripts log under names of theirs. */
export const renamed = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [metricId(name), value]));

/** Text of a model or a script may hold anything; nothing that a terminal would obey goes into the journal. */
function cleaned(value: unknown): unknown {
  if (typeof value === "string") return plain(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, cleaned(part)]));
  }
  return value;
}
