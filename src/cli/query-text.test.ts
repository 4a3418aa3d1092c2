import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unwrap } from "../../test/fixtures/runs.ts";
import type { Axis } from "../core/journal.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { columnsText, pointsOf, pointsText } from "./query-text.ts";

let dir: string;
let reader: JournalReader;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "query-"));
  const writer = unwrap(JournalWriter.open(join(dir, "journal.db")));
  for (const step of [0, 50, 100, 150, 200]) {
    if (step > 0) writer.points(1, step, 1000 + step, { "train/tokens": step * 512 });
    writer.points(1, step, 1000 + step, { "val/bpb": step === 150 ? Number.NaN : 3 - step / 100 });
  }
  for (let step = 1; step <= 200; step++) writer.points(1, step, 1000 + step, { "train/loss": step });
  for (let step = 0; step <= 2002; step++) writer.points(1, step, 1000 + step, { "train/lrm": 0.5 });
  unwrap(writer.commit());
  writer.close();
  reader = unwrap(JournalReader.open(join(dir, "journal.db")));
});
afterEach(() => {
  reader.close();
  rmSync(dir, { recursive: true, force: true });
});

const shown = (metric: string, { axis = "step" as Axis, columns = 20, from = undefined as number | undefined } = {}): string => {
  const query = { stage: 1, metric, axis, columns, from };
  const series = reader.query(query);
  const points = pointsOf(reader, query, series);
  return points === null ? columnsText(series, reader.latest(1, metric)?.key) : pointsText(points, series.axis);
};
const cells = (text: string): string[][] => text.split("\n").map((line) => line.trim().split(/ {2,}/));

test("no more points than were asked for are told as they are, at their own places", () => {
  const values = ["3.000000", "2.500000", "2.000000", "NaN", "1.000000"];
  const at = (places: string[]) => places.map((place, i) => [place, values[i]!]);
  expect(cells(shown("val/bpb"))).toEqual([["step", "value"], ...at(["0", "50", "100", "150", "200"])]);
  expect(cells(shown("val/bpb", { axis: "tokens" }))).toEqual([["tokens", "value"], ...at(["0", "25,600", "51,200", "76,800", "102,400"])]);
  expect(cells(shown("val/bpb", { from: 100 }))).toEqual([["step", "value"], ...at(["0", "50", "100", "150", "200"]).slice(2)]);
  expect(cells(shown("val/bpb", { axis: "wall" }))[1]).toEqual(["1970-01-01T00:00:01.000Z", "3.000000"]);
});

test("more of them are told in columns that say from where to where they go, and how many points they have", () => {
  const [head, ...rows] = cells(shown("train/loss", { columns: 4 }));
  expect(head).toEqual(["step from", "to", "min", "max", "last", "points"]);
  expect(rows.map(([, , , , , points]) => Number(points)).reduce((sum, points) => sum + points, 0)).toBe(200);
  for (const [from, to, min, max] of rows) expect([Number(min), Number(max)]).toEqual([Math.max(1, Number(from)), Number(to)]);
});

test("the last column ends where the run does, and counts are whole", () => {
  expect(cells(shown("train/lrm", { columns: 4 })).at(-1)?.[1]).toBe("2,002");
  expect(cells(shown("train/tokens"))[1]).toEqual(["50", "25600"]);
  expect(cells(shown("train/lrm", { columns: 4 })).at(-1)?.[2]).toBe("0.500000");
});
