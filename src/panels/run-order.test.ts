import { expect, test } from "bun:test";
import { matchesRun } from "./run-order.ts";
import type { RunRow } from "./runs.ts";

const row = {
  id: "1-first",
  name: "first",
  prefab: "speedrun",
  status: "done",
  liveness: "ended",
  about: { tags: ["baseline"], note: "too hot" },
} as unknown as RunRow;

test("all words must hold, in any place and case; one after - must not; | is between what is enough", () => {
  const matching = ["", "FIR", "speed done", "#base -running", "nothing | hot"].filter(
    (filter) => filter === "" || matchesRun(row, filter),
  );
  expect(matching).toEqual(["", "FIR", "speed done", "#base -running", "nothing | hot"]);
  for (const filter of ["speed running", "-done", "nothing | first -hot"])
    expect({ filter, fits: matchesRun(row, filter) }).toEqual({ filter, fits: false });
});
