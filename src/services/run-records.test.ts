import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder, unwrap } from "../../test/fixtures/runs.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { LOG, POINTS, type RecordQuery, RecordTail, readRecords } from "./run-records.ts";

const BEGAN = 1_700_000_000_000;

let folder: ReturnType<typeof temporaryFolder>;
let writer: JournalWriter;
let reader: JournalReader;
beforeEach(() => {
  folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  writer = unwrap(JournalWriter.open(path));
  reader = unwrap(JournalReader.open(path));
});
afterEach(() => {
  reader.close();
  writer.close();
  folder.remove();
});

const at = (step: number): number => BEGAN + step * 1000;

function put(from: number, to: number, every = 1): void {
  for (let step = from; step <= to; step += every) {
    writer.points(1, step, at(step), { "train/loss": 9 - step });
    writer.log({ stage: 1, at: at(step) + 1, stream: "stdout", rank: null, level: "info", text: `step ${step}` });
  }
}

function commit(): void {
  unwrap(writer.commit());
  reader.refresh();
}

const sample = (step: number): void => writer.event({ stage: 1, at: at(step) + 2, step, kind: "sample", body: { prompt: "a", text: "b" } });

/** `points 1`, `log step 1`, `sample 1`. */
const told = (query: RecordQuery = {}): string[] =>
  [...readRecords(reader, query)].map(({ kind, step, body }) => `${kind} ${step ?? body["text"] ?? ""}`.trim());

test("points of a step, events and lines stand in the order in which they happened, as they are stored", () => {
  put(0, 2);
  sample(1);
  writer.points(0, at(1) / 1000, at(1), { "host/cpu": Number.NaN });
  commit();
  expect(told()).toEqual(["points 0", "log step 0", "points", "points 1", "log step 1", "sample 1", "points 2", "log step 2"]);
  const all = [...readRecords(reader, {})];
  expect(all.find(({ step }) => step === 2)).toEqual({ kind: POINTS, stage: 1, step: 2, at: at(2), body: { "train/loss": 7 } });
  expect(all.find(({ stage }) => stage === 0)?.body).toEqual({ "host/cpu": Number.NaN });
});

test("some kinds, a part by steps, and a part by time", () => {
  put(0, 9);
  sample(4);
  sample(8);
  commit();
  expect(told({ kinds: new Set(["sample"]) })).toEqual(["sample 4", "sample 8"]);
  expect(told({ kinds: new Set([LOG]), newest: 2 })).toEqual(["log step 8", "log step 9"]);
  expect(told({ range: { unit: "step", from: 4, to: 5 } })).toEqual(["points 4", "sample 4", "points 5"]);
  expect(told({ range: { unit: "time", from: at(4), to: at(5) } })).toEqual(["points 4", "log step 4", "sample 4", "points 5"]);
  expect(told({ kinds: new Set(["sample"]), newest: 1 })).toEqual(["sample 8"]);
});

test("the newest are found where steps are far apart, and without reading all", () => {
  put(0, 900_000, 30_000);
  commit();
  expect(told({ kinds: new Set([POINTS]), newest: 3 })).toEqual(["points 840000", "points 870000", "points 900000"]);
  expect(told({ newest: 2 })).toEqual(["points 900000", "log step 900000"]);
});

test("who follows is told each record once: a step when it is whole, and again when a resume has gone back", () => {
  put(0, 3);
  commit();
  const tail = new RecordTail(reader);
  const next = (last = false): string[] =>
    tail.next({ kinds: new Set([POINTS, "rewind"]) }, last).map(({ kind, step }) => `${kind} ${step}`);
  expect(next()).toEqual([]);
  put(4, 5);
  writer.points(1, 4, at(4), { "val/bpb": 1 });
  commit();
  expect(next()).toContain("points 4");
  writer.points(1, 3, at(10), { "train/loss": 1 });
  writer.points(1, 4, at(11), { "train/loss": 1 });
  commit();
  expect(next().filter((one) => one.startsWith("points"))).toContain("points 4");
  expect(next()).toEqual([]);
  expect(next(true)).toEqual(["points 5"]);
});
