import { expect, test } from "bun:test";
import { numbersOf } from "./numbers.ts";

const RANGES = {
  columns: { least: 1, most: 100_000, whole: true },
  smoothing: { least: 0, below: 1 },
  speed: { least: 1, most: 1000 },
  from: {},
  to: { orTime: true },
};

test("what is given and taken is there by name, and nothing else", () => {
  expect(numbersOf({ columns: "20", smoothing: "0.9", other: "x" }, RANGES)).toEqual({
    ok: true,
    value: { columns: 20, smoothing: 0.9 },
  });
  expect(numbersOf({ to: "2026-05-01T12:30Z" }, RANGES)).toEqual({ ok: true, value: { to: Date.UTC(2026, 4, 1, 12, 30) } });
  expect(numbersOf({ from: "-1e3" }, RANGES)).toEqual({ ok: true, value: { from: -1000 } });
});

test.each([
  ["columns", "0", "--columns 0 is no whole number from 1 to 100,000"],
  ["columns", "1.5", "--columns 1.5 is no whole number from 1 to 100,000"],
  ["columns", "", '--columns "" is no whole number from 1 to 100,000'],
  ["smoothing", "1", "--smoothing 1 is no number from 0 to below 1"],
  ["smoothing", "-0.1", "--smoothing -0.1 is no number from 0 to below 1"],
  ["speed", "1001", "--speed 1001 is no number from 1 to 1000"],
  ["from", "x", "--from x is no number"],
  ["from", "2026-05-01T12:30Z", "--from 2026-05-01T12:30Z is no number"],
  ["to", "noon", "--to noon is no number, and no time as 2026-05-01T12:30"],
] as const)("--%s %p is refused by its name, with what it takes", (name, given, what) => {
  const asked = numbersOf({ speed: "2", [name]: given }, RANGES);
  expect(asked).toMatchObject({ ok: false, failure: { code: "usage", what, remedy: `Leave --${name} out for the usual` } });
});
