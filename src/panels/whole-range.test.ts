import { expect, test } from "bun:test";
import { FakeData } from "./fake-data.ts";
import { wholeRange } from "./whole-range.ts";

test("the whole of a run goes from its first step to its last, not from where to where a column of the journal does", () => {
  const data = new FakeData().put(1, "train/loss", [100, 5], [169, 2]);
  const snapped = Object.assign(Object.create(data) as FakeData, {
    query: (query: Parameters<FakeData["query"]>[0]) => ({ ...data.query(query), edges: Float64Array.of(64, 191) }),
    nearest: data.nearest.bind(data),
  });
  expect(wholeRange({ data: snapped, stage: 1 }, "step")).toEqual({ from: 100, to: 169 });
});
