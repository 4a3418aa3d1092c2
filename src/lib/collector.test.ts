import { expect, test } from "bun:test";
import { Collector } from "./collector.ts";

test("garbage is taken away after so many frames, and not for fewer", () => {
  let collected = 0;
  const collector = new Collector(() => collected++);
  const after = (frames: number): number => {
    collector.tidy(frames);
    return collected;
  };
  expect([0, 39, 40, 41, 79, 80, 500].map(after)).toEqual([0, 0, 1, 1, 1, 2, 3]);
});
