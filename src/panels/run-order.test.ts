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

test("a word between slashes is a regular expression, also one with | and \\S in it; what is none yet is a word", () => {
  for (const filter of ["/^1-F/", "/^(speedrun|mid)$/", "-/^run/", "/^zzz$/ | /too\\sHot/", "/first/ /done/"])
    expect({ filter, fits: matchesRun(row, filter) }).toEqual({ filter, fits: true });
  for (const filter of ["/^first-/", "-/speed/", "/[/", "/two|three/"])
    expect({ filter, fits: matchesRun(row, filter) }).toEqual({ filter, fits: false });
});

test("settings are compared as numbers where they are numbers, and as words where not", () => {
  const settings = new Map<string, readonly (string | number | boolean | null)[]>([
    ["depth", [4, 20]],
    ["matrix_lr", [0.02]],
    ["fp8", [false]],
    ["run", ["Dummy"]],
    ["model_tag", [null]],
  ]);
  for (const filter of ["depth=4", "depth=20", "depth>=20", "matrix_lr<1e-1", "matrix-lr=0.020", "fp8=false", "run=dummy", "depth=* done"])
    expect({ filter, fits: matchesRun(row, filter, settings) }).toEqual({ filter, fits: true });
  for (const filter of ["depth=5", "depth>20", "-depth=4", "run!=dummy", "model_tag=*", "width=4", "depth=4 running"])
    expect({ filter, fits: matchesRun(row, filter, settings) }).toEqual({ filter, fits: false });
  expect(matchesRun(row, "depth=4")).toBe(false);
});
