import { expect, test } from "bun:test";
import { between, shareOf } from "./range.ts";

test("a place in a range is where its share of it says, exactly where that can be", () => {
  expect([between(0, 49, 1, 49), between(10, 20, 0.5), shareOf(10, 20, 15), shareOf(10, 20, 30)]).toEqual([1, 15, 0.5, 2]);
});

test("a range that is wider than a number holds has places all the same", () => {
  const [low, high] = [-Number.MAX_VALUE, Number.MAX_VALUE];
  expect([between(low, high, 0), between(low, high, 1), between(low, high, 1, 2)]).toEqual([low, high, 0]);
  expect([shareOf(low, high, low), shareOf(low, high, 0), shareOf(low, high, high)]).toEqual([0, 0.5, 1]);
  expect(shareOf(0, high, low)).toBe(-1);
});
