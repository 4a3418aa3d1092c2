import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BridgeEvent } from "../core/bridge.ts";
import type { Source } from "../core/journal.ts";
import { BridgeEventsSource } from "./bridge-events/source.ts";
import { CatchUp } from "./catch-up.ts";
import { RecordingSink } from "./fixtures.ts";
import { ProcessLogSource } from "./process-log/source.ts";

/** An hour ago, in seconds. */
const AGO = Math.floor(Date.now() / 1000) - 3600;
const event = (step: number, t: number): string => `${JSON.stringify({ kind: "step", t, step, m: { "train/loss": 1 } })}\n`;
const line = (step: number): string =>
  `step ${String(step).padStart(5, "0")}/00020 (5.00%) | loss: 8.317308 | lrm: 0.05 | dt: 271.91ms | tok/sec: 941 | total time: 0.00m\n`;

let dir: string;
let events: string;
let log: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "catch-up-"));
  events = join(dir, "events.rank0.jsonl");
  log = join(dir, "stdout.log");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function sources(sink: RecordingSink): [events: Source, log: Source] {
  const catchUp = new CatchUp();
  const parse = (text: string) => JSON.parse(text) as BridgeEvent;
  const both: [Source, Source] = [
    new BridgeEventsSource({ stage: 1, dir, ranks: 1, parse, catchUp }),
    new ProcessLogSource({ stage: 1, dir, ranks: 1, metricsFromLog: false, catchUp }),
  ];
  for (const source of both) source.start(sink, sink.offsets);
  return both;
}

const pollAll = (both: readonly Source[]): void => {
  while (both.map((source) => source.poll(1000)).some(Boolean));
};

test("lines of a time in which nobody read them have that of the step that they name, or that was named last", () => {
  writeFileSync(events, event(1, AGO) + event(2, AGO + 60));
  writeFileSync(log, `${line(1)}between the two\n${line(2)}`);
  const sink = new RecordingSink();
  const both = sources(sink);
  pollAll(both);
  expect(sink.lines.map(({ at }) => at / 1000 - AGO)).toEqual([0, 0, 60]);
  // From here on there is somebody again.
  appendFileSync(log, "and now\n");
  appendFileSync(events, event(3, Date.now() / 1000));
  appendFileSync(log, line(3));
  pollAll(both);
  for (const { at } of sink.lines.slice(3)) expect(Date.now() - at).toBeLessThan(60_000);
});

test("a log waits while events of that time are still to be read, which tell when its lines were written", () => {
  writeFileSync(events, event(1, AGO));
  writeFileSync(log, line(1));
  const sink = new RecordingSink();
  const catchUp = new CatchUp();
  const source = new ProcessLogSource({ stage: 1, dir, ranks: 1, metricsFromLog: false, catchUp });
  source.start(sink, sink.offsets);
  catchUp.note(0, AGO * 1000);
  expect([source.poll(1000), sink.lines.length]).toEqual([true, 0]);
  catchUp.note(1, AGO * 1000);
  catchUp.abreast();
  expect([source.poll(1000), sink.lines.map(({ at }) => at / 1000)]).toEqual([false, [AGO]]);
});

test("lines that are read as they are written have the time of their file", () => {
  writeFileSync(events, event(1, Date.now() / 1000));
  writeFileSync(log, `a first line\n${line(1)}`);
  const sink = new RecordingSink();
  pollAll(sources(sink));
  for (const { at } of sink.lines) expect(Date.now() - at).toBeLessThan(60_000);
});
