import { afterEach, beforeEach, expect, test } from "bun:test";
import { onCrash, withoutNewListeners } from "./crashes.ts";

const EVENTS = ["uncaughtException", "unhandledRejection"] as const;
const counts = () => EVENTS.map((event) => process.listenerCount(event));

let back: (() => void) | null = null;
const told: string[] = [];
const first = () => void told.push("first");
const second = () => void told.push("second");
// The test runner listens too; for as long as a test runs here nobody but its own listeners does.
beforeEach(() => {
  back = onCrash(first);
  told.length = 0;
});
afterEach(() => back?.());

test("only the last who asked is told, and when it gives back, the one before it is", () => {
  const giveBack = onCrash(second);
  process.emit("uncaughtException", new Error("a"));
  giveBack();
  process.emit("uncaughtException", new Error("b"));
  expect(told).toEqual(["second", "first"]);
  expect(counts()).toEqual([1, 1]);
});

test("what a library puts there is taken off, and who was told is told still", () => {
  const library = () => void told.push("library");
  expect(
    withoutNewListeners(() => {
      for (const event of EVENTS) process.on(event, library);
      return 7;
    }),
  ).toBe(7);
  process.emit("uncaughtException", new Error("a"));
  expect(told).toEqual(["first"]);
});
