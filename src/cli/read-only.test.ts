import { expect, test } from "bun:test";
import { COMMANDS } from "./commands/index.ts";
import { readerNames, refusedReading } from "./read-only.ts";

test("every command that only looks is one that there is, and its writing options are its own", () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(readerNames().filter((name) => !names.includes(name))).toEqual([]);
});

test("under --read-only looking goes on, and everything else is refused by name", () => {
  for (const name of ["runs list", "runs attach", "runs chart", "checkpoints verify", "doctor"])
    expect(refusedReading(name, {})).toBeNull();
  for (const name of [
    "runs save",
    "runs delete",
    "runs rename",
    "runs import",
    "prefabs save",
    "setup",
    "secrets set",
    "try",
    "nothing of ours",
  ])
    expect(refusedReading(name, {})).toMatchObject({ code: "refused", what: `${name} does not only look` });
  expect(refusedReading("runs chart", { out: "x.svg" })?.what).toBe("runs chart --out does not only look");
  expect(refusedReading("doctor", { fix: "data" })).not.toBeNull();
  expect(refusedReading("train", {})).not.toBeNull();
  expect(refusedReading("train", { dryRun: true })).toBeNull();
});
