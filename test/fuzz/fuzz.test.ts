import { afterAll, expect, test } from "bun:test";
import { stopAll } from "../../src/tui/shell-fixture.ts";
import { fuzzInputs, fuzzScreens } from "./fuzz.ts";

afterAll(stopAll);

// `npm run fuzz` takes a million inputs and ten thousand screens, and a seed of its own each time.
test("random keys, pastes, clicks, drags and sizes never end the program", async () => {
  expect(await fuzzInputs(6000, 20261127)).toBe(6000);
}, 120_000);

test("random screens are drawn in every size, without a control character", async () => {
  expect(await fuzzScreens(300, 7)).toBe(300);
}, 120_000);
