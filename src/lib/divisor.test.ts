import { expect, test } from "bun:test";
import { largestDivisor } from "./divisor.ts";

test("the largest divisor below a limit", () => {
  expect([largestDivisor(12, 12), largestDivisor(12, 5), largestDivisor(13, 12), largestDivisor(1, 8)]).toEqual([12, 4, 1, 1]);
});

test("numbers beyond all sense are answered at once", () => {
  const before = performance.now();
  expect(largestDivisor(2 ** 53 - 1, 2 ** 52)).toBe(1);
  expect(performance.now() - before).toBeLessThan(1000);
});
