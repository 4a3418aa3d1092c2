import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { SeriesColumns } from "../core/journal.ts";
import { JournalReader } from "./reader.ts";
import { JournalWriter, type Limits } from "./writer.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(dir, "journal.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function openWriter(limits: Partial<Limits> = {}): JournalWriter {
  const opened = JournalWriter.open(path, limits);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

function openReader(): JournalReader {
  const opened = JournalReader.open(path);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

/** What `query` should say, from a plain map of points and the edges that it reported. */
function naive(points: ReadonlyMap<number, number>, edges: Float64Array): ReturnType<typeof pick> {
  const columns = edges.length - 1;
  const lists = Array.from({ length: columns }, () => [] as number[]);
  for (const [key, value] of [...points].sort((a, b) => a[0] - b[0])) {
    if (key < edges[0]! || key > edges[columns]!) continue;
    let column = columns - 1;
    while (column > 0 && key < edges[column]!) column--;
    lists[column]!.push(value);
  }
  const finite = lists.map((list) => list.filter(Number.isFinite));
  const of = (f: (list: number[]) => number) => finite.map((list) => (list.length === 0 ? Number.NaN : unsigned(f(list))));
  return {
    min: of((list) => list.reduce((a, b) => Math.min(a, b))),
    max: of((list) => list.reduce((a, b) => Math.max(a, b))),
    last: of((list) => list[list.length - 1]!),
    count: finite.map((list) => list.length),
    nonFinite: lists.map((list, i) => list.length - finite[i]!.length),
  };
}

/** Sums of another order differ in their last digits, and by all of them where huge values cancel out. */
function expectMeans(points: ReadonlyMap<number, number>, { edges, mean, count }: SeriesColumns): void {
  const inColumn = (i: number, key: number): boolean =>
    key >= edges[i]! && (i === count.length - 1 ? key <= edges[i + 1]! : key < edges[i + 1]!);
  for (const [i, finite] of count.entries()) {
    const values = [...points].filter(([key, value]) => inColumn(i, key) && Number.isFinite(value)).map(([, value]) => value);
    const [sum, size] = [values.reduce((a, b) => a + b, 0), values.reduce((a, b) => a + Math.abs(b), 0)];
    if (finite === 0) expect(mean[i]).toBeNaN();
    else if (Number.isFinite(size)) expect(Math.abs(mean[i]! - sum / finite)).toBeLessThanOrEqual((size / finite) * 1e-9 + 1e-300);
  }
}

/** Of -0 and 0 it is nobody's matter which one is the least. */
const unsigned = (value: number): number => value + 0;

/** As plain arrays, which compare NaN with NaN as equal. */
const pick = ({ min, max, last, count, nonFinite }: Pick<SeriesColumns, "min" | "max" | "last" | "count" | "nonFinite">) => ({
  min: [...min].map(unsigned),
  max: [...max].map(unsigned),
  last: [...last].map(unsigned),
  count: [...count],
  nonFinite: [...nonFinite],
});

describe("a journal against a plain map", () => {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
  );
  // A run of steps, forwards from anywhere: that is how points come; resumes and replays make runs overlap.
  const run = fc.record({
    start: fc.integer({ min: 0, max: 10_000 }),
    length: fc.integer({ min: 1, max: 2000 }),
    stride: fc.constantFrom(1, 1, 1, 10, 250),
    values: fc.array(value, { minLength: 1, maxLength: 7 }),
    commit: fc.boolean(),
    look: fc.boolean(),
  });
  const window = fc.record({
    a: fc.integer({ min: -50, max: 60_000 }),
    b: fc.integer({ min: -50, max: 60_000 }),
    columns: fc.integer({ min: 1, max: 120 }),
  });

  // Small ones, so that compaction begins, goes on over several commits, and is still going on at the end.
  const limits = fc.record({ tailPoints: fc.integer({ min: 100, max: 20_000 }), compactionMs: fc.constantFrom(0, 4) });

  // What was in the tail before it was emptied lies behind its end, and says nothing of what is stored.
  const stretch = (start: number, length: number, commit: boolean, look: boolean) => ({
    start,
    length,
    stride: 1,
    values: [0],
    commit,
    look,
  });
  type Window = { a: number; b: number; columns: number };
  const EMPTIED_TAIL: [Array<ReturnType<typeof stretch>>, Window[], { tailPoints: number; compactionMs: number }] = [
    [stretch(6895, 1299, true, false), stretch(0, 1, true, false), stretch(6895, 1298, true, true), stretch(6895, 1, false, false)],
    [{ a: 0, b: 0, columns: 1 }],
    { tailPoints: 100, compactionMs: 0 },
  ];

  test("any order, repetition and batching of points gives the same columns, for a reader that follows and a fresh one", () => {
    fc.assert(
      fc.property(
        fc.array(run, { minLength: 1, maxLength: 12 }),
        fc.array(window, { minLength: 1, maxLength: 5 }),
        limits,
        (runs, windows, limits) => {
          rmSync(dir, { recursive: true, force: true });
          dir = mkdtempSync(join(tmpdir(), "journal-"));
          path = join(dir, "journal.db");
          const writer = openWriter(limits);
          const following = openReader();
          const model = new Map<number, number>();
          for (const { start, length, stride, values, commit, look } of runs) {
            for (let i = 0; i < length; i++) {
              const key = start + i * stride;
              const v = values[i % values.length]!;
              model.set(key, v);
              writer.points(1, key, 1000 + key, { x: v });
            }
            if (commit) expect(writer.commit().ok).toBe(true);
            if (look) following.refresh();
            if (look) following.query({ stage: 1, metric: "x", axis: "step", columns: 50 });
          }
          writer.commit();
          following.refresh();
          const fresh = openReader();
          for (const { a, b, columns } of [...windows, { a: undefined, b: undefined, columns: 40 }]) {
            const bounds = a === undefined ? {} : { from: Math.min(a, b!), to: Math.max(a, b!) };
            const query = { stage: 1, metric: "x", axis: "step" as const, columns, ...bounds };
            const result = following.query(query);
            expect(pick(result)).toEqual(naive(model, result.edges));
            expect(pick(fresh.query(query))).toEqual(pick(result));
            expectMeans(model, result);
          }
          const all = following.points(1, "x");
          expect(new Map(all.keys.map((key, i) => [key, all.values[i]!]))).toEqual(new Map([...model].sort((x, y) => x[0] - y[0])));
          writer.close();
          following.close();
          fresh.close();
        },
      ),
      { numRuns: 100, examples: [EMPTIED_TAIL] },
    );
  }, 60_000);
});

describe("a window in columns", () => {
  test("has the whole range by default, and the last column includes its end", () => {
    const writer = openWriter();
    for (let step = 0; step < 10; step++) writer.points(1, step, step, { "train/loss": step });
    writer.commit();
    const result = openReader().query({ stage: 1, metric: "train/loss", axis: "step", columns: 3, lastKey: true });
    expect([...result.edges]).toEqual([0, 3, 6, 9]);
    expect([...result.count]).toEqual([3, 3, 4]);
    expect([...result.last]).toEqual([2, 5, 9]);
    expect([...result.mean]).toEqual([1, 4, 7.5]);
    expect(result.total).toEqual({ count: 10, min: 0, max: 9, last: 9, mean: 4.5, lastKey: 9 });
    const unasked = openReader().query({ stage: 1, metric: "train/loss", axis: "step", columns: 3 });
    expect(unasked.total.lastKey).toBeNaN();
  });

  test("has the exact mean of what was stored long ago and of what came just now, and none where the writer kept no sums", () => {
    const writer = openWriter();
    for (let step = 0; step < 100_000; step++) writer.points(1, step, step, { "train/loss": step });
    for (let i = 0; i < 100; i++) writer.commit(); // lets compaction finish
    writer.close();
    const query = { stage: 1, metric: "train/loss", axis: "step" as const, columns: 60 };
    expect(openReader().query(query).total.mean).toBe(49_999.5);
    const db = new Database(path);
    db.run("UPDATE rollup SET buckets = substr(buckets, 1, 1664)");
    db.run("DROP TABLE summary");
    db.close();
    const old = openReader().query(query);
    expect(old.total).toMatchObject({ count: 100_000, min: 0, max: 99_999 });
    expect(old.mean[0]).toBeNaN();
  });

  test("never hides one outlier in a hundred thousand points", () => {
    const writer = openWriter();
    for (let step = 0; step < 100_000; step++) writer.points(1, step, step, { "train/loss": step === 54_321 ? 99 : 1 });
    writer.commit();
    writer.commit();
    const result = openReader().query({ stage: 1, metric: "train/loss", axis: "step", columns: 60 });
    expect(result.total.max).toBe(99);
    const column = result.max.indexOf(99);
    expect(result.edges[column]!).toBeLessThanOrEqual(54_321);
    expect(result.edges[column + 1]!).toBeGreaterThan(54_321);
    expect(result.edges.every((edge, i) => i === 60 || edge % 512 === 0)).toBe(true);
  });

  test("is the same where a writer of an earlier version kept no sums of rollups, or went on without them; the next one makes them", () => {
    const writer = openWriter();
    for (let step = 0; step < 300_000; step++) writer.points(1, step, step, { "train/loss": Math.sin(step) });
    for (let i = 0; i < 100; i++) writer.commit(); // lets compaction finish
    writer.close();
    const ask = () => openReader().query({ stage: 1, metric: "train/loss", axis: "step", columns: 70 });
    const change = (...statements: string[]) => {
      const db = new Database(path);
      for (const one of statements) db.run(one);
      db.close();
    };
    const before = ask();
    change("DROP TABLE summary");
    expect(ask()).toEqual(before);
    openWriter().close();
    const kept = new Database(path, { readonly: true });
    expect(kept.query("SELECT count(*) AS n FROM summary WHERE metric = 1").get()).toEqual({ n: 3 });
    kept.close();
    expect(ask()).toEqual(before);
    // From afar sums are all that is read.
    change("CREATE TABLE kept AS SELECT * FROM rollup", "UPDATE rollup SET buckets = x'00'");
    expect(ask()).toEqual(before);
    change("UPDATE rollup SET buckets = (SELECT buckets FROM kept WHERE kept.metric = rollup.metric AND kept.c = rollup.c)");
    // What a writer without sums has written has a higher revision than they tell of.
    const other = "(SELECT buckets FROM rollup WHERE metric = 2 AND c = 40)";
    change(`UPDATE rollup SET rev = (SELECT max(rev) + 1 FROM rollup), buckets = ${other} WHERE metric = 1 AND c = 40`);
    expect(ask().total.max).toBeGreaterThan(before.total.max);
  });

  test("an unknown metric, stage or an empty journal is empty, not an error", () => {
    const reader = openReader();
    expect(reader.query({ stage: 3, metric: "nope", axis: "tokens", columns: 5 }).total.count).toBe(0);
    expect(reader.latest(3, "nope")).toBeNull();
    expect(reader.extent(3, "step")).toBeNull();
  });
});

describe("axes", () => {
  function writeRun(steps: number): void {
    const writer = openWriter();
    for (let step = 0; step < steps; step++) {
      writer.points(1, step, 5000 + step * 30, { "train/loss": step, "train/tokens": (step + 1) * 100, "train/seconds": step * 0.03 });
    }
    writer.points(1, 0, 5000, { "val/bpb": 3 });
    writer.points(1, steps, 5000 + steps * 30, { "val/bpb": 1 });
    writer.commit();
    writer.close();
  }

  test("tokens: each point lies in the column of its tokens", () => {
    writeRun(100);
    const result = openReader().query({ stage: 1, metric: "train/loss", axis: "tokens", from: 1000, to: 2000, columns: 5 });
    expect([result.axis, result.axisReason]).toEqual(["tokens", null]);
    expect([...result.edges]).toEqual([1000, 1200, 1400, 1600, 1800, 2000]);
    expect([...result.last]).toEqual([10, 12, 14, 16, 19]);
    expect([...result.count]).toEqual([2, 2, 2, 2, 3]);
  });

  test("a point after the last token count (the final validation) is in the last column", () => {
    writeRun(100);
    const result = openReader().query({ stage: 1, metric: "val/bpb", axis: "tokens", columns: 4 });
    expect([...result.count]).toEqual([1, 0, 0, 1]);
  });

  test("from afar the edges are where buckets begin, and all points are counted once", () => {
    writeRun(80_000);
    for (const axis of ["tokens", "trainSeconds", "wall"] as const) {
      const result = openReader().query({ stage: 1, metric: "train/loss", axis, columns: 50, lastKey: true });
      expect(result.axis).toBe(axis);
      expect(result.total).toMatchObject({ count: 80_000, min: 0, max: 79_999, lastKey: 79_999 });
      const mid = openReader().query({ stage: 1, metric: "train/loss", axis, columns: 50, from: result.edges[10]!, to: result.edges[20]! });
      expect(mid.total.min).toBe(result.min[10]!);
    }
  });

  test("wall time that is set back, as by a resume, still gives every point one column", () => {
    const writer = openWriter();
    for (let step = 0; step < 200; step++) writer.points(1, step, step * 1000, { "train/loss": step });
    for (let step = 50; step < 100; step++) writer.points(1, step, 500_000 + step * 1000, { "train/loss": step });
    writer.commit();
    const reader = openReader();
    const whole = reader.query({ stage: 1, metric: "train/loss", axis: "wall", columns: 6 });
    expect([...whole.edges]).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => (i * 599_000) / 6));
    // The hundred steps that the resumed run has not come to yet lie where it is now: at the end.
    expect([...whole.count]).toEqual([50, 0, 0, 0, 0, 150]);
    const part = reader.query({ stage: 1, metric: "train/loss", axis: "wall", columns: 2, from: 540_000, to: 560_000 });
    expect([...part.count]).toEqual([0, 11]);
  });

  test("an axis that the run has no series for is replaced by the step, with the reason", () => {
    writeRun(10);
    const result = openReader().query({ stage: 1, metric: "train/loss", axis: "flops", columns: 3, from: 1e18, to: 2e18 });
    expect(result.axis).toBe("step");
    expect(result.axisReason).toBe("The run has no train/flops to draw it by.");
    expect(result.total.count).toBe(10);
  });

  test("the run's own metrics are drawn by wall time", () => {
    const writer = openWriter();
    for (let second = 0; second < 60; second++) writer.points(0, 1_700_000_000 + second, 0, { "host/cpu": second });
    writer.commit();
    const result = openReader().query({ stage: 0, metric: "host/cpu", axis: "wall", columns: 6 });
    expect(result.edges[0]).toBe(1_700_000_000_000);
    expect(result.total.count).toBe(60);
    expect(openReader().latest(0, "host/cpu")).toEqual({ key: 1_700_000_059, at: 1_700_000_059_000, value: 59 });
  });
});

describe("gaps", () => {
  const query = { stage: 1, metric: "train/loss", axis: "step" as const, columns: 100 };

  test("a hole in a series that has a point every step is a gap, and a sparse series has none", () => {
    const writer = openWriter();
    for (let step = 0; step < 1000; step++) {
      if (step < 300 || step >= 400) writer.points(1, step, step, { "train/loss": 1 });
      if (step % 250 === 0) writer.points(1, step, step, { "val/bpb": 1 });
    }
    writer.commit();
    const reader = openReader();
    const { gaps } = reader.query({ ...query, from: 0, to: 1000 });
    expect(gaps).toEqual([[300, 400]]);
    expect(reader.query({ ...query, metric: "val/bpb" }).gaps).toEqual([]);
    expect(reader.query({ ...query, from: 320, to: 380 }).gaps).toEqual([[320, 380]]);
    expect(reader.query({ ...query, from: 500, to: 520 }).gaps).toEqual([]);
  });

  test("a series that comes every tenth step has no gaps between its points", () => {
    const writer = openWriter();
    for (let step = 0; step < 1000; step += 10) writer.points(1, step, step, { "train/loss": 1 });
    writer.commit();
    expect(openReader().query({ ...query, from: 0, to: 200 }).gaps).toEqual([]);
  });

  test("a gap that was told of is shown on every axis", () => {
    const writer = openWriter();
    for (let step = 0; step < 100; step++) {
      if (step < 40 || step > 60) writer.points(1, step, 1000 * step, { "train/loss": 1, "train/tokens": step * 10 });
    }
    writer.event({ stage: 1, at: 60_500, step: null, kind: "gap", body: { seconds: 21, reason: "the disk was full" } });
    writer.commit();
    const reader = openReader();
    expect(reader.query({ ...query, axis: "wall", from: 0, to: 100_000, columns: 2 }).gaps).toEqual([[39_500, 60_500]]);
    expect(reader.query({ ...query, from: 0, to: 100, columns: 2 }).gaps).toEqual([[39, 61]]);
    expect(reader.query({ ...query, axis: "tokens", from: 0, to: 990, columns: 2 }).gaps).toEqual([[390, 610]]);
  });
});

describe("a refresh with a budget", () => {
  const query = { stage: 1, metric: "train/loss", axis: "step" as const, columns: 10 };
  /** Commits of 100 steps each; small limits, so that some of them are compacted. */
  function write(writer: JournalWriter, from: number, commits: number): void {
    for (let i = 0; i < commits; i++) {
      for (let step = from + i * 100; step < from + (i + 1) * 100; step++) writer.points(1, step, step, { "train/loss": step });
      writer.commit();
    }
  }

  test("reads a row at a time, and shows nothing of it before it has read all", () => {
    const writer = openWriter({ tailPoints: 2000, compactionMs: 0 });
    write(writer, 0, 5);
    const reader = openReader();
    const before = reader.query(query);
    write(writer, 500, 100);
    let slices = 0;
    let found = reader.refreshWithin(0);
    for (; found === null; found = reader.refreshWithin(0)) {
      slices++;
      expect(reader.query(query)).toEqual(before);
    }
    expect(slices).toBeGreaterThan(10);
    expect(found).toMatchObject({ points: true, failure: null });
    expect(pick(reader.query(query))).toEqual(pick(openReader().query(query)));
    expect(reader.query(query).total.last).toBe(10_499);
    expect(reader.refreshWithin(0)).toMatchObject({ points: false });
  });

  test("what is committed while it reads comes with the next one; one that is not at its end can be closed", () => {
    const writer = openWriter();
    write(writer, 0, 5);
    const reader = openReader();
    write(writer, 500, 5);
    expect(reader.refreshWithin(0)).toBeNull();
    write(writer, 1000, 1);
    reader.refresh();
    expect(reader.latest(1, "train/loss")?.key).toBe(999);
    reader.refresh();
    expect(reader.latest(1, "train/loss")?.key).toBe(1099);
    write(writer, 1100, 5);
    expect(reader.refreshWithin(0)).toBeNull();
    reader.close();
    expect(writer.commit().ok).toBe(true);
  });
});
