import { expect, test } from "bun:test";
import { Usual } from "./usual.ts";

test("one step that was slow does not tell how fast the last ones were, nor does what was long before", () => {
  const usual = new Usual();
  expect(usual.value).toBeNull();
  for (const value of [1400, undefined, 1300, Number.NaN, 1350, 829]) usual.add(value);
  expect(usual.value).toBe(1350);
  for (let step = 0; step < 64; step++) usual.add(2000);
  usual.add(5);
  expect(usual.value).toBe(2000);
});
