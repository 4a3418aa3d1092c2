import { expect, test } from "bun:test";
import { Lull, PAUSE_MS } from "./lull.ts";

/** One with a clock that stands until it is told. */
function lullAt(): { lull: Lull; at: (ms: number) => void } {
  let now = 0;
  return {
    lull: new Lull(() => now),
    at: (ms) => {
      now = ms;
    },
  };
}

test("there is room as long as nobody presses a key, and again when none has come for a while", () => {
  const { lull, at } = lullAt();
  expect(lull.hasRoom(6)).toBe(true);
  lull.key();
  expect(lull.hasRoom(6)).toBe(false);
  at(PAUSE_MS - 1);
  expect(lull.hasRoom(6)).toBe(false);
  at(PAUSE_MS);
  expect(lull.hasRoom(6)).toBe(true);
});

test("between keys there is room right behind an answer, for less the later it is, and none while a key waits for its own", () => {
  const { lull, at } = lullAt();
  lull.key();
  at(3);
  lull.answered(lull.last);
  expect(lull.hasRoom(10)).toBe(true);
  at(10);
  expect(lull.hasRoom(10)).toBe(false);
  expect(lull.hasRoom(6)).toBe(true);
  at(14);
  expect(lull.hasRoom(6)).toBe(false);
  at(15);
  lull.key();
  expect(lull.hasRoom(1)).toBe(false);
});

test("the answer to a key that another one has followed leaves no room", () => {
  const { lull } = lullAt();
  const first = lull.key();
  const second = lull.key();
  lull.answered(first);
  expect(lull.hasRoom(6)).toBe(false);
  lull.answered(second);
  expect(lull.hasRoom(6)).toBe(true);
});

test("who waits for room goes on with the next answer that leaves enough of it", async () => {
  const { lull, at } = lullAt();
  lull.key();
  at(100);
  let isThere = false;
  const waiting = lull
    .room(6, () => false)
    .then(() => {
      isThere = true;
    });
  await Promise.resolve();
  expect(isThere).toBe(false);
  lull.answered(lull.key());
  await waiting;
});

test("where the work is asked for after all, nothing but the answer goes before it", async () => {
  const { lull, at } = lullAt();
  let isAsked = false;
  const key = lull.key();
  const waiting = lull.room(6, () => isAsked);
  isAsked = true;
  lull.look();
  at(20);
  lull.answered(key);
  at(40);
  await waiting;
  expect(lull.hasRoom(6)).toBe(false);
});

test("a flood of keys, whose answers come too late for each of them, holds nothing up for ever", async () => {
  const { lull, at } = lullAt();
  const first = lull.key();
  const waiting = lull.room(6, () => false);
  for (let ms = 5; ms <= 1000; ms += 5) {
    at(ms);
    lull.key();
    lull.answered(first);
    await Promise.resolve();
  }
  expect(lull.hasRoom(6)).toBe(false);
  await waiting;
});

test("an answer that does not come holds up nothing that somebody waits for", async () => {
  const lull = new Lull();
  lull.key();
  await lull.room(6, () => true);
  expect(lull.hasRoom(6)).toBe(false);
});
