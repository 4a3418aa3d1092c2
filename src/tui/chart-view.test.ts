import { expect, test } from "bun:test";
import { columnsOf } from "./chart-view.ts";

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
