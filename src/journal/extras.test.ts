/** What charts ask for besides columns: averages, quantiles, the nearest point, and how much lies outside a range. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { JournalReader } from "./reader.ts";
import { JournalWriter, type Limits } from "./writer.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const path = (): string => join(dir, "journal.db");

function openWriter(limits: Partial<Limits> = {}): JournalWriter {
  const opened = JournalWriter.open(path(), limits);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

function openReader(): JournalReader {
  const opened = JournalReader.open(path());
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

const DECAY = 0.9;
const QUANTILES = [0.05, 0.5, 1];
type Points = ReadonlyArray<readonly [key: number, value: number]>;

/** Points of each column, by the edges that the query reported. */
function inColumns(points: Points, edges: Float64Array): Points[] {
  const columns = edges.length - 1;
  const lists = Array.from({ length: columns }, () => [] as Array<readonly [number, number]>);
  for (const point of points) {
    if (point[0] < edges[0]! || point[0] > edges[columns]!) continue;
    let column = columns - 1;
    while (column > 0 && point[0] < edges[column]!) column--;
    lists[column]!.push(point);
  }
  return lists;
}

/** The average after each finite point. */
function averages(points: Points): Map<number, number> {
  const after = new Map<number, number>();
  let [sum, weight] = [0, 0];
  for (const [key, value] of points) {
    if (!Number.isFinite(value)) continue;
    sum = sum * DECAY + value * (1 - DECAY);
    weight = weight * DECAY + (1 - DECAY);
    after.set(key, sum / weight);
  }
  return after;
}

function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const low = Math.floor((sorted.length - 1) * q);
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return sorted[low]! + (above - sorted[low]!) * ((sorted.length - 1) * q - low);
}

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
);
const run = fc.record({
  start: fc.integer({ min: 0, max: 9000 }),
  length: fc.integer({ min: 1, max: 1500 }),
  stride: fc.constantFrom(1, 1, 10, 250),
  values: fc.array(value, { minLength: 1, maxLength: 9 }),
});
const window = fc.record({
  a: fc.integer({ min: -50, max: 60_000 }),
  b: fc.integer({ min: -50, max: 60_000 }),
  columns: fc.integer({ min: 1, max: 60 }),
});

test("averages, quantiles, nearest points and counts are those of a plain list, for a reader that follows all the while", () => {
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 1, maxLength: 8 }),
      fc.array(window, { minLength: 1, maxLength: 4 }),
      fc.record({ tailPoints: fc.integer({ min: 100, max: 8000 }), compactionMs: fc.constantFrom(0, 4) }),
      (runs, windows, limits) => {
        rmSync(dir, { recursive: true, force: true });
        dir = mkdtempSync(join(tmpdir(), "journal-"));
        const writer = openWriter(limits);
        const reader = openReader();
        const model = new Map<number, number>();
        for (const { start, length, stride, values } of runs) {
          for (let i = 0; i < length; i++) {
            model.set(start + i * stride, values[i % values.length]!);
            writer.points(1, start + i * stride, 1000, { x: values[i % values.length]! });
          }
          writer.commit();
          reader.refresh();
          reader.query({ stage: 1, metric: "x", axis: "step", columns: 20, decay: DECAY });
        }
        const points = [...model].sort((p, q) => p[0] - q[0]);
        const average = averages(points);
        for (const { a, b, columns } of windows) {
          const query = { stage: 1, metric: "x", axis: "step" as const, columns, from: Math.min(a, b), to: Math.max(a, b) };
          const result = reader.query({ ...query, decay: DECAY, quantiles: QUANTILES });
          const lists = inColumns(points, result.edges).map((list) => list.filter(([, v]) => Number.isFinite(v)));
          expect([...result.smooth!]).toEqual(lists.map((list) => average.get(list.at(-1)?.[0] ?? -1) ?? Number.NaN));
          expect(result.quantiles!.every).toBe(1);
          for (const [i, q] of QUANTILES.entries()) {
            const expected = lists.map((list) =>
              quantile(
                list.map(([, v]) => v),
                q,
              ),
            );
            expect([...result.quantiles!.values[i]!]).toEqual(expected);
          }
          const all = lists.flat();
          const outside = { above: all.filter(([, v]) => v > 500).length, below: all.filter(([, v]) => v < -500).length, exact: true };
          expect(reader.outside(query, 500, -500)).toEqual(outside);
          const near = reader.nearest(1, "x", "step", a);
          const distance = Math.min(...points.map(([key]) => Math.abs(key - a)));
          expect(Math.abs(near!.key - a)).toBe(distance);
          expect(near!.value).toBe(model.get(near!.key)!);
        }
        writer.close();
        reader.close();
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test("the average of a window is the same however far one has zoomed in", () => {
  const writer = openWriter();
  for (let step = 0; step < 100_000; step++) writer.points(1, step, 1000, { x: Math.sin(step) });
  writer.commit();
  const reader = openReader();
  const ask = (from: number, to: number) =>
    reader.query({ stage: 1, metric: "x", axis: "step", from, to, columns: 10, decay: 0.99 }).smooth!.at(-1)!;
  expect(ask(0, 80_000)).toBeCloseTo(ask(80_310, 80_383), 12);
});

test("of too many points quantiles are made from every n-th, and say so", () => {
  const writer = openWriter({ tailPoints: 50_000 });
  for (let step = 0; step < 400_000; step++) writer.points(1, step, 1000, { x: (step * 7919) % 1000 });
  for (let i = 0; i < 200; i++) writer.commit();
  const reader = openReader();
  const ask = (to: number) => reader.query({ stage: 1, metric: "x", axis: "step", from: 0, to, columns: 5, quantiles: [0.25, 0.75] });
  for (const [to, every] of [
    [60_000, 1],
    [200_000, 4],
    [399_999, 64],
  ] as const) {
    const { quantiles } = ask(to);
    expect(quantiles!.every).toBe(every);
    expect(Math.abs(quantiles!.values[0]![2]! - 250)).toBeLessThan(30);
    expect(Math.abs(quantiles!.values[1]![2]! - 750)).toBeLessThan(30);
  }
});

test("the nearest point is found on every axis, and not on one that the run does not have", () => {
  const writer = openWriter();
  for (let step = 0; step <= 1000; step += 10) {
    writer.points(1, step, 1_000_000 + step * 30, { x: step / 2, "train/tokens": step * 512 });
  }
  writer.points(0, 1700, 1_700_000, { "host/cpu": 42 });
  writer.commit();
  const reader = openReader();
  expect(reader.nearest(1, "x", "step", 254)).toEqual({ key: 250, position: 250, value: 125 });
  expect(reader.nearest(1, "x", "step", 256)).toEqual({ key: 260, position: 260, value: 130 });
  expect(reader.nearest(1, "x", "tokens", 254 * 512)).toEqual({ key: 250, position: 250 * 512, value: 125 });
  expect(reader.nearest(1, "x", "wall", 1_000_000 + 256 * 30)).toEqual({ key: 260, position: 1_000_000 + 260 * 30, value: 130 });
  expect(reader.nearest(1, "x", "step", -5)?.key).toBe(0);
  expect(reader.nearest(1, "x", "tokens", 1e9)?.key).toBe(1000);
  expect(reader.nearest(1, "x", "flops", 5)).toBeNull();
  expect(reader.nearest(1, "nope", "step", 5)).toBeNull();
  expect(reader.nearest(1, "x", "step", Number.NaN)).toBeNull();
  expect(reader.nearest(0, "host/cpu", "wall", 1_650_000)).toEqual({ key: 1700, position: 1_700_000, value: 42 });
});

test("what lies far outside is counted without being read, and what would take too long is at least so many", () => {
  const writer = openWriter({ tailPoints: 50_000 });
  for (let step = 0; step < 200_000; step++) writer.points(1, step, 1000, { x: step % 64 === 0 ? 100 : 1, y: 5 });
  for (let i = 0; i < 200; i++) writer.commit();
  const reader = openReader();
  const query = (metric: string) => ({ stage: 1, metric, axis: "step" as const, columns: 100 });
  expect(reader.outside(query("y"), 4, 0)).toEqual({ above: 200_000, below: 0, exact: true });
  expect(reader.outside(query("x"), 50, 0)).toEqual({ above: 3125, below: 0, exact: false });
});

test("a window whose ends are empty tells of the points beyond them, with their average, but not across what is missing", () => {
  const writer = openWriter();
  for (let step = 0; step <= 1000; step += 100) {
    writer.points(1, step, 1_000_000 + step * 30, { "val/bpb": step === 700 ? Number.NaN : step, "train/tokens": step * 512 });
  }
  for (let step = 0; step <= 1000; step++)
    if (step < 400 || step >= 500) writer.points(1, step, 1_000_000 + step * 30, { "train/loss": step });
  writer.commit();
  const reader = openReader();
  const ask = (from: number, to: number, rest: { metric?: string; axis?: "step" | "tokens"; decay?: number; columns?: number } = {}) => {
    const asked = { stage: 1, metric: "val/bpb", axis: "step" as const, columns: 10, beside: true, from, to, ...rest };
    const { before, after } = reader.query(asked);
    return [before, after];
  };
  expect(ask(250, 450)).toEqual([
    { position: 200, value: 200 },
    { position: 500, value: 500 },
  ]);
  expect(ask(200.5, 299.5)).toEqual([
    { position: 200, value: 200 },
    { position: 300, value: 300 },
  ]);
  expect(ask(250 * 512, 450 * 512, { axis: "tokens" })).toEqual([
    { position: 200 * 512, value: 200 },
    { position: 500 * 512, value: 500 },
  ]);
  const [before, after] = ask(150, 250, { decay: 0.5 });
  expect(before?.smooth).toBeCloseTo((0 * 0.25 + 100 * 0.5) / 0.75, 9);
  expect(after?.smooth).toBeCloseTo((0 * 0.0625 + 100 * 0.125 + 200 * 0.25 + 300 * 0.5) / 0.9375, 9);
  // A line that begins in the first column is at the rim already; beyond the ends of the run there is nothing.
  expect(ask(300, 500)).toEqual([undefined, undefined]);
  expect(ask(-50, 1050)).toEqual([undefined, undefined]);
  // A value that is no number has no place, and a hole in what comes each step is one outside of the window as well.
  expect(ask(550, 650)[1]).toBeUndefined();
  expect(ask(499.5, 505, { metric: "train/loss" })[0]).toBeUndefined();
  expect(ask(600.5, 601.5, { metric: "train/loss" })).toEqual([
    { position: 600, value: 600 },
    { position: 602, value: 602 },
  ]);
});

test("means of equal values are that value to the last digit, and their averages but for rounding, by points and by buckets", () => {
  const writer = openWriter();
  for (let key = 0; key < 20_000; key++) writer.points(1, key, 1000 + key, { x: 99.9 });
  writer.commit();
  const reader = openReader();
  for (const [from, to] of [
    [0, 19_999],
    [5000, 5100],
  ]) {
    const { smooth, mean, total } = reader.query({ stage: 1, metric: "x", axis: "step", from, to, columns: 10, decay: 0.99 });
    expect(new Set([...mean, total.mean])).toEqual(new Set([99.9]));
    for (const value of smooth!) expect(value).toBeCloseTo(99.9, 10);
  }
  reader.close();
  writer.close();
});

test("an evaluation before the first step lies at the beginning of every axis, though what they are made of begins with the step", () => {
  for (const [steps, every] of [
    [200, 50],
    [200_000, 50_000],
  ] as const) {
    rmSync(path(), { force: true });
    const writer = openWriter();
    writer.points(1, 0, 1_000_000, { "val/bpb": 3.25 });
    for (let step = 1; step <= steps; step++) {
      const evaluated: Record<string, number> = step % every === 0 ? { "val/bpb": 3 - step / steps } : {};
      writer.points(1, step, 1_000_000 + step * 30, { "train/tokens": step * 512, "train/seconds": Math.max(0, step - 10), ...evaluated });
    }
    writer.commit();
    const reader = openReader();
    for (const axis of ["step", "tokens", "trainSeconds", "wall"] as const) {
      const { edges, min, total } = reader.query({ stage: 1, metric: "val/bpb", axis, columns: 80 });
      expect([axis, total.count, min[0], total.max]).toEqual([axis, 5, 3.25, 3.25]);
      expect(edges[0]).toBe(axis === "wall" ? 1_000_000 : 0);
      expect(reader.nearest(1, "val/bpb", axis, axis === "wall" ? 1_000_000 : 0)?.value).toBe(3.25);
    }
    // What has steps alone begins where it did.
    expect(reader.query({ stage: 1, metric: "train/tokens", axis: "tokens", columns: 4 }).total.count).toBe(steps);
    reader.close();
    writer.close();
  }
});
