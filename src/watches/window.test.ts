import { expect, test } from "bun:test";
import fc from "fast-check";
import { Window } from "./window.ts";

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

test("median and spread are those of the last values, whatever came before", () => {
  const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(value, { minLength: 1, maxLength: 60 }), (capacity, values) => {
      const window = new Window(capacity);
      values.forEach((one, i) => {
        const last = values.slice(Math.max(0, i - capacity + 1), i + 1);
        expect(window.push(one)).toBe(i >= capacity ? values[i - capacity]! : null);
        expect(window.size).toBe(last.length);
        // Zeros of either sign are equal, and come in any order.
        expect(window.median + 0).toBe(median(last) + 0);
        const distances = last.map((each) => Math.abs(each - median(last))).sort((a, b) => a - b);
        expect(window.sigma).toBeCloseTo(distances[(distances.length - 1) >> 1]! * 1.4826, 6);
      });
    }),
  );
});
