/** What a journal holds of one stage, in the order in which it came about, as watches hear it. */
import type { EventKind } from "../core/journal.ts";
import { CLOCK_METRIC, findMetric } from "../core/metrics.ts";
import type { JournalReader } from "../journal/reader.ts";
import type { Heard } from "../watches/engine.ts";
import { timeOf } from "../watches/replay.ts";

/** What watches learn from; alerts themselves are not among it. */
const KINDS: readonly EventKind[] = ["config", "phase", "checkpoint", "sample", "note", "problem", "request"];
const MOST_LINES = 5000;

export interface Part {
  /** Only so many of the last steps, and what happened during them; all without. */
  steps?: number;
  /** How it ended as well. Who hears a stage that goes on, or that may be read on, has heard of no end, or of one that was none. */
  end?: boolean;
}

/** In order of time. */
export function heardOf(reader: JournalReader, stage: number, { steps, end = false }: Part = {}): Heard[] {
  const wall = clockOf(reader, stage);
  const from = steps === undefined ? 0 : Math.max(0, wall.keys.length - steps);
  const begin = steps === undefined ? 0 : (wall.values[from] ?? 0);
  const points = pointsOf(reader, stage, wall, from);
  const whole = reader.events({ kinds: end ? [...KINDS, "stage"] : KINDS, stage }).map((event): Heard => ({ kind: "event", event }));
  const lines = reader.log({ stage, limit: MOST_LINES }).map((line): Heard => ({ kind: "line", line }));
  const host = hostPoints(reader, begin / 1000, stage);
  const inTime = [...points, ...[...lines, ...host].filter((one) => timeOf(one) >= begin)];
  // What the trainer told of itself counts however long ago it was.
  const kept = whole.filter((one) => timeOf(one) >= begin || (one.kind === "event" && one.event.kind !== "phase"));
  return [...kept, ...inTime].sort((a, b) => timeOf(a) - timeOf(b));
}

/** When each step was. Of a log nobody knows: its steps come one after the other, all at the moment that its lines bear. */
function clockOf(reader: JournalReader, stage: number): { keys: number[]; values: number[] } {
  const wall = reader.points(stage, CLOCK_METRIC);
  if (wall.keys.length > 0) return wall;
  const steps = new Set(reader.metrics(stage).flatMap((metric) => reader.points(stage, metric).keys));
  const at = reader.log({ stage, limit: 1 })[0]?.at ?? 0;
  const keys = [...steps].sort((a, b) => a - b);
  return { keys, values: keys.map(() => at) };
}

/** Of the steps from the `from`th on; evaluations are few, and the best may be long ago: all of them. */
function pointsOf(reader: JournalReader, stage: number, wall: Readonly<{ keys: number[]; values: number[] }>, from: number): Heard[] {
  const times = new Map(wall.keys.map((key, i) => [key, wall.values[i]!]));
  const found = new Map(wall.keys.slice(from).map((key) => [key, {} as Record<string, number>]));
  for (const metric of reader.metrics(stage)) {
    if (metric === CLOCK_METRIC) continue;
    const { keys, values } = reader.points(stage, metric, findMetric(metric)?.cadence === "sometimes" ? 0 : wall.keys[from]);
    keys.forEach((key, i) => {
      if (!found.has(key) && times.has(key)) found.set(key, {});
      const point = found.get(key);
      if (point !== undefined) point[metric] = values[i]!;
    });
  }
  return [...found].map(([key, values]) => ({ kind: "points", stage, key, at: times.get(key)!, values }));
}

/** The machine's own while the stage ran. */
function hostPoints(reader: JournalReader, fromSeconds: number, stage: number): Heard[] {
  const span = reader.points(stage, "time/wall").values;
  const begun = reader.events({ kinds: ["stage"], stage })[0]?.at ?? span[0] ?? Number.POSITIVE_INFINITY;
  const ended = reader.events({ kinds: ["stage"], stage }).find(({ body }) => body["status"] !== "running")?.at ?? Number.POSITIVE_INFINITY;
  const seconds = new Map<number, Record<string, number>>();
  for (const metric of reader.metrics(0)) {
    const { keys, values } = reader.points(0, metric, Math.max(fromSeconds, begun / 1000), ended / 1000);
    keys.forEach((key, i) => {
      seconds.set(key, { ...seconds.get(key), [metric]: values[i]! });
    });
  }
  return [...seconds].map(([key, values]) => ({ kind: "points", stage: 0, key, at: key * 1000, values }));
}
