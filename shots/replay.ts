/** A recorded run played into a journal: its bridge's events through their source, all else as it was told. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEventLine } from "../src/bridge/protocol.ts";
import type { JournalEvent, LogLine, Sink } from "../src/core/journal.ts";
import { sentence } from "../src/core/result.ts";
import { JournalWriter } from "../src/journal/writer.ts";
import { runPaths, stagePaths } from "../src/lib/run-dir.ts";
import { readPlan } from "../src/lib/run-files.ts";
import { BridgeEventsSource } from "../src/sources/bridge-events/source.ts";

/** One line of told.jsonl: what no bridge tells. Times are epoch milliseconds. */
export type Told =
  | ({ type: "event" } & JournalEvent)
  | ({ type: "line" } & ToldLine)
  | { type: "host"; at: number; values: Readonly<Record<string, number>> };

/** What a line of told.jsonl need not say. */
export const USUAL_LINE = { stream: "stdout", rank: null, level: "info" } as const;
export type ToldLine = Pick<LogLine, "stage" | "at" | "text"> & Partial<LogLine>;

/** Something to be pushed, and when it was. */
interface Push {
  at: number;
  event: JournalEvent | null;
  into(sink: Sink): void;
}

/** Puts the journal of a recorded run into `dir`. */
export function replayRun(recorded: string, dir: string): void {
  const pushes = [...told(recorded), ...bridged(recorded)].sort((a, b) => a.at - b.at);
  const opened = JournalWriter.open(runPaths(dir).journal);
  if (!opened.ok) throw new Error(sentence(opened.failure));
  for (const push of pushes) push.into(opened.value);
  const committed = opened.value.commit();
  opened.value.close();
  if (!committed.ok) throw new Error(sentence(committed.failure));
}

/** The events that a bridge has told of, as the journal keeps them. */
export const bridgeEvents = (recorded: string): JournalEvent[] => bridged(recorded).flatMap(({ event }) => event ?? []);

function told(recorded: string): Push[] {
  const lines = readFileSync(join(recorded, "told.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => pushOf(JSON.parse(line) as Told));
}

function pushOf(one: Told): Push {
  if (one.type === "host")
    return { at: one.at, event: null, into: (sink) => sink.points(0, Math.floor(one.at / 1000), one.at, one.values) };
  if (one.type === "line") return { at: one.at, event: null, into: (sink) => sink.log({ ...USUAL_LINE, ...one }) };
  return { at: one.at, event: one, into: (sink) => sink.event(one) };
}

function bridged(recorded: string): Push[] {
  const plan = readPlan(recorded);
  if (!plan.ok) throw new Error(sentence(plan.failure));
  const pushes: Push[] = [];
  const collector: Sink = {
    points: (stage, key, at, values) => pushes.push({ at, event: null, into: (sink) => sink.points(stage, key, at, values) }),
    event: (event) => pushes.push({ at: event.at, event, into: (sink) => sink.event(event) }),
    log: () => undefined,
    offset: () => undefined,
  };
  for (const [i, { name, ranks }] of plan.value.stages.entries()) {
    const source = new BridgeEventsSource({ stage: i + 1, dir: stagePaths(recorded, name).bridge, ranks, parse: parseEventLine });
    source.start(collector, new Map());
    while (source.poll(Number.POSITIVE_INFINITY)) {}
    source.stop();
  }
  return pushes;
}
