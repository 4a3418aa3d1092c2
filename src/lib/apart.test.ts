import { expect, test } from "bun:test";
import fc from "fast-check";
import { apart } from "./apart.ts";
import { cut } from "./graphemes.ts";

const RUNS = ["pocket-2026-11-28-a1", "pocket-2026-11-28-a2", "pocket-2026-11-28-b7"];
const IDS = ["20261128-101010-pocket-2026-11-28", "20261128-101534-pocket-2026-11-28", "20261128-113010-pocket-2026-11-28"];

test("names that have room are not cut, and others as usual while no two look alike", () => {
  expect(apart(RUNS, 20)).toEqual(RUNS);
  expect(apart(RUNS, 11)).toEqual(["pocke…28-a1", "pocke…28-a2", "pocke…28-b7"]);
  expect(apart(["first", "second-run"], 6, cut)).toEqual(["first", "secon…"]);
});

test("names that differ at their end keep it, those that differ in their middle that", () => {
  expect(apart(RUNS, 10, cut)).toEqual(["pocket-…a1", "pocket-…a2", "pocket-…b7"]);
  expect(apart(IDS, 26)[0]).toBe("…101010-pocket-2026-11-28");
  expect(apart(IDS, 10)).toEqual(["…101010-…8", "…101534-…8", "…113010-…8"]);
});

test("one that is told by its beginning is cut as usual beside those that are not", () => {
  expect(apart(["speedrun-on-eight", ...RUNS], 10, cut)).toEqual(["speedrun-…", "pocket-…a1", "pocket-…a2", "pocket-…b7"]);
});

test("what is called the same is shown the same", () => {
  expect(apart(["pocket-long", "pocket-long"], 6, cut)).toEqual(["pocke…", "pocke…"]);
});

test("where there is no room to tell them apart letters do", () => {
  expect(apart(RUNS, 3, cut)).toEqual(["…a1", "…a2", "…b7"]);
  expect(apart(RUNS, 2, cut)).toEqual(["a", "b", "c"]);
});

test("no two names look alike, and none is longer than its room", () => {
  const part = fc.constantFrom("a", "b", "-", "2026", "pocket");
  const name = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 9 }), fc.integer({ min: 5, max: 30 }), fc.boolean(), (names, cells, atEnd) => {
      const shown = atEnd ? apart(names, cells, cut) : apart(names, cells);
      expect(new Set(shown).size).toBe(names.length);
      expect(Math.max(0, ...shown.map(({ length }) => length))).toBeLessThanOrEqual(cells);
    }),
  );
});
