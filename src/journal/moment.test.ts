/** A journal as it was: the same answers as of a journal in which what came later was never written. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { SeriesColumns } from "../core/journal.ts";
import { JournalReader } from "./reader.ts";
import { JournalWriter, type Limits } from "./writer.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const unwrap = <T>(result: { ok: true; value: T } | { ok: false; failure: { what: string } }): T => {
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
};

/** One step a second from second 1000 on, and a value that tells it. */
function write(name: string, keys: readonly number[], limits: Partial<Limits>): JournalReader {
  const path = join(dir, name);
  const writer = unwrap(JournalWriter.open(path, limits));
  for (const [i, key] of keys.entries()) {
    writer.points(1, key, (1000 + key) * 1000, { x: Math.sin(key) * 100, "train/tokens": key * 8 });
    writer.points(0, 1000 + key, (1000 + key) * 1000, { "host/cpu": key % 100 });
    if (key % 50 === 0) writer.event({ stage: 1, at: (1000 + key) * 1000, step: key, kind: "note", body: { key } });
    if (key % 10 === 0) writer.log({ stage: 1, at: (1000 + key) * 1000, stream: "stdout", rank: null, level: "info", text: `${key}` });
    if (i % 700 === 0) writer.commit();
  }
  writer.commit();
  const reader = unwrap(JournalReader.open(path));
  writer.close();
  reader.refresh();
  return reader;
}

const show = (reader: JournalReader, whole: JournalReader, at: number) =>
  reader.showUntil({ at, keyOf: (stage) => whole.keyUntil(stage, at) });

/** Typed arrays compare by their bytes, and NaN has many. */
const plainly = (columns: SeriesColumns): unknown =>
  JSON.parse(
    JSON.stringify(columns, (_, value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)].map(String) : value)),
  );

/** Everything that a panel could ask. */
function answers(reader: JournalReader): unknown {
  const query = (stage: number, metric: string, axis: "step" | "wall" | "tokens", window: object = {}) =>
    plainly(reader.query({ stage, metric, axis, columns: 16, decay: 0.9, quantiles: [0.5], ...window }));
  return [
    query(1, "x", "step"),
    query(1, "x", "wall"),
    query(1, "x", "tokens"),
    query(1, "x", "step", { from: 10, to: 700 }),
    query(0, "host/cpu", "wall"),
    reader.extent(1, "step"),
    reader.extent(1, "wall"),
    reader.latest(1, "x"),
    reader.latest(0, "host/cpu"),
    reader.nearest(1, "x", "step", 1e9),
    reader.outside({ stage: 1, metric: "x", axis: "step", columns: 9 }, 50, -50),
    reader.points(1, "x"),
    reader.events({}).map(({ body }) => body),
    reader.log({ limit: 1000 }).map(({ text }) => text),
    reader.logCount(),
  ];
}

test("as it was at any moment, forwards and back, however much of it is compacted", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9000 }),
      fc.constantFrom(1, 7),
      fc.array(fc.integer({ min: -50, max: 70_000 }), { minLength: 1, maxLength: 5 }),
      fc.record({ tailPoints: fc.integer({ min: 100, max: 8000 }), compactionMs: fc.constantFrom(0, 4) }),
      (count, stride, moments, limits) => {
        rmSync(dir, { recursive: true, force: true });
        dir = mkdtempSync(join(tmpdir(), "journal-"));
        const keys = Array.from({ length: count }, (_, i) => i * stride);
        const whole = write("whole.db", keys, limits);
        const past = unwrap(JournalReader.open(join(dir, "whole.db")));
        for (const [n, moment] of moments.entries()) {
          show(past, whole, (1000 + moment) * 1000);
          if (moment < 0) {
            // A series that is not there yet has a name and no points: nobody is told of it.
            expect([past.metrics(1), past.latest(1, "x"), past.extent(1, "step"), past.logCount()]).toEqual([[], null, null, 0]);
            continue;
          }
          const upTo = write(
            `part${n}.db`,
            keys.filter((key) => key <= moment),
            limits,
          );
          expect(answers(past)).toEqual(answers(upTo));
          upTo.close();
        }
        past.showUntil(null);
        expect(answers(past)).toEqual(answers(whole));
        for (const reader of [past, whole]) reader.close();
      },
    ),
    { numRuns: 25, includeErrorInReport: true },
  );
}, 120_000);

test("it says what is different at another moment, and nothing when nothing is", () => {
  const whole = write(
    "whole.db",
    Array.from({ length: 100 }, (_, i) => i),
    {},
  );
  const past = unwrap(JournalReader.open(join(dir, "whole.db")));
  show(past, whole, 1_020_000);
  expect(show(past, whole, 1_020_400)).toEqual({ points: false, events: false, log: false });
  expect(show(past, whole, 1_021_000)).toEqual({ points: true, events: false, log: false });
  expect(show(past, whole, 1_055_000)).toEqual({ points: true, events: true, log: true });
  expect(past.lineAt(1e15)).toBe(past.logCount());
  for (const reader of [past, whole]) reader.close();
});
