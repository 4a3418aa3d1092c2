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
    { level: "bad", text: "save now · refused: too late" },
  ]);
});
