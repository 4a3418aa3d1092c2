import { expect, test } from "bun:test";
import { RequestWatch } from "./request-watch.ts";

test("only what ends while one looks on is news", () => {
  const watch = new RequestWatch();
  const request = { id: "1", kind: "save" as const, step: 3, path: null, bytes: null, reason: null, at: "2026-01-01T12:00:00.000Z" };
  expect(watch.changes([{ ...request, phase: "done" }])).toEqual([]);
  expect(
    watch.changes([
      { ...request, phase: "done" },
      { ...request, id: "2", phase: "seen" },
    ]),
  ).toEqual([]);
  expect(watch.changes([{ ...request, id: "2", phase: "refused", reason: "too late" }])).toEqual([
    { level: "bad", text: "save now · refused: too late", about: "request save" },
  ]);
});

test("a pause is news when the run is paused, not when it goes on again", () => {
  const watch = new RequestWatch();
  const pause = { id: "1", kind: "pause" as const, step: 3, path: null, bytes: null, reason: null, at: "" };
  watch.changes([{ ...pause, phase: "seen" }]);
  expect(watch.changes([{ ...pause, phase: "applied" }])).toEqual([
    { level: "good", text: "pause · applied at step 3", about: "request pause" },
  ]);
  expect(watch.changes([{ ...pause, phase: "done" }])).toEqual([]);
});
