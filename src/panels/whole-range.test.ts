import { expect, test } from "bun:test";
import { FakeData } from "./fake-data.ts";
import { wholeRange } from "./whole-range.ts";

test("the whole of a run ends at its last step, not where a column of the journal does", () => {
  const data = new FakeData().put(1, "train/loss", [0, 5], [169, 2]);
  const snapped = Object.assign(Object.create(data) as FakeData, {
    query: (query: Parameters<FakeData["query"]>[0]) => ({ ...data.query(query), edges: Float64Array.of(0, 191) }),
  });
  expect(wholeRange({ data: snapped, stage: 1 }, "step")).toEqual({ from: 0, to: 169 });
});
