import { expect, test } from "bun:test";
import { FakeData } from "../panels/fake-data.ts";
import { columnsOf, wholeRange } from "./chart-view.ts";

test("the whole of a run ends at its last step, not where a column of the journal does", () => {
  const data = new FakeData().put(1, "train/loss", [0, 5], [169, 2]);
  const snapped = Object.assign(Object.create(data) as FakeData, {
    query: (query: Parameters<FakeData["query"]>[0]) => ({ ...data.query(query), edges: Float64Array.of(0, 191) }),
  });
  expect(wholeRange({ data: snapped, stage: 1 }, "step")).toEqual({ from: 0, to: 169 });
});

test("a step of the cursor is a column of the picture, and neither nothing nor everything where there is none", () => {
  expect(columnsOf(undefined)).toBe(100);
  const x = { from: 0, to: 10, axis: "step", format: "count" as const };
  const plot = {
    kind: "plot" as const,
    y: { from: 0, to: 1, scale: "linear" as const },
    marks: [],
    gaps: [],
    clippedAbove: 0,
    clippedBelow: 0,
  };
  expect(columnsOf({ ...plot, x, series: [] })).toBe(100);
  expect(columnsOf({ ...plot, x: { ...x, edges: new Float64Array(61) }, series: [] })).toBe(60);
});
