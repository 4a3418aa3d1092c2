import { expect, test } from "bun:test";
import { Collector } from "./collector.ts";

test("garbage is taken away after so many drawings, and not for fewer", () => {
  let collected = 0;
  const collector = new Collector(() => collected++);
  const after = (drawings: number): number => {
    collector.tidy(drawings);
    return collected;
  };
  expect([0, 59, 60, 61, 119, 120, 1500].map(after)).toEqual([0, 0, 1, 1, 1, 2, 3]);
});
