/**
 * Captures of runs, for tests of the watches; test/fixtures/capture-alerts.ts makes one out of a journal.
 * What no watch reads is left out, values have six digits, and times are milliseconds since the first.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { figureOf } from "../../core/alert.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { isRecord } from "../../lib/shape.ts";
import type { WatchedStage } from "../contract.ts";
import type { Heard } from "../engine.ts";
import { timeOf } from "../replay.ts";

export interface CapturedStage extends WatchedStage {
  heard: Heard[];
}

/** Metrics that built-in watches read. */
const READ = /^(?:train\/(?:loss|loss_raw|grad_norm|dt)|rl\/reward|val\/(?:bpb|loss)|host\/disk_free|gpu\/.*)$/;

export function encodeCapture(stages: readonly CapturedStage[]): Uint8Array {
  const lines = stages.flatMap(({ heard, ...stage }) => {
    const begin = heard[0] === undefined ? 0 : timeOf(heard[0]);
    return [{ ...stage }, ...heard.flatMap((one) => slim(one, stage.bridged, begin) ?? [])].map((line) => JSON.stringify(line, named));
  });
  return gzipSync(`${lines.join("\n")}\n`, { level: 9 });
}

export function decodeCapture(bytes: Uint8Array): CapturedStage[] {
  const stages: CapturedStage[] = [];
  for (const line of gunzipSync(bytes).toString("utf8").trimEnd().split("\n")) {
    const value = JSON.parse(line, unnamed) as WatchedStage | Heard;
    if ("script" in value) stages.push({ ...value, heard: [] });
    else stages.at(-1)?.heard.push(value);
  }
  return stages;
}

/** JSON has no NaN and no infinity. */
const named = (_: string, value: unknown): unknown => (typeof value === "number" ? figureOf(value) : value);
const unnamed = (_: string, value: unknown): unknown =>
  value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;

function slim(one: Heard, bridged: boolean, begin: number): Heard | null {
  const at = Math.round(timeOf(one) - begin);
  if (one.kind === "tick") return null;
  if (one.kind === "line") {
    const { level, text } = one.line;
    return bridged && level !== "error" ? null : { kind: "line", line: { ...one.line, at, text: level === "error" ? text : "" } };
  }
  if (one.kind === "event") {
    const { stage, kind, step } = one.event;
    return { kind: "event", event: { stage, at, step, kind, body: slimBody(one.event) } };
  }
  const values = Object.entries(one.values).filter(([name]) => READ.test(name));
  if (values.length === 0) return null;
  return { ...one, at, values: Object.fromEntries(values.map(([name, value]) => [name, Number(value.toPrecision(6))])) };
}

/** Without texts and paths, which no watch reads. */
function slimBody({ kind, body }: JournalEvent): Record<string, unknown> {
  const { name, state, seconds, bytes, trigger, tag, source, what, why } = body;
  if (kind === "phase") return { name, state, seconds };
  if (kind === "checkpoint") return { bytes, trigger };
  if (kind === "note") return { tag };
  if (kind === "problem") return { source, what, why };
  if (kind !== "config") return {};
  const [derived, settings] = [body["derived"], body["settings"]].map((part) => (isRecord(part) ? part : {}));
  return {
    derived: { totalSteps: derived?.["totalSteps"], tokensPerStep: derived?.["tokensPerStep"] },
    settings: { save_every: settings?.["save_every"] },
  };
}
