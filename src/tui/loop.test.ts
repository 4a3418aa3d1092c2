import { expect, test } from "bun:test";
import { Loop } from "./loop.ts";
import { Lull, PAUSE_MS } from "./lull.ts";

test("what is read and what is drawn goes on slice by slice; a key comes in between, and nothing is drawn before all is read", async () => {
  const happened: string[] = [];
  const settled = Promise.withResolvers<void>();
  const slices = (name: string, count: number) => {
    let left = count;
    return () => {
      happened.push(name);
      setImmediate(() => happened.push("key"));
      left--;
      return left <= 0;
    };
  };
  const loop: Loop = new Loop({
    refresh: slices("read", 3),
    draw: slices("draw", 2),
    present: () => happened.push("present"),
    idle: async () => undefined,
    lull: new Lull(),
    tidy: () => undefined,
    settled: () => {
      loop.stop();
      settled.resolve();
    },
    interval: () => 1,
  });
  const running = loop.run();
  await settled.promise;
  await running;
  expect(happened).toEqual(["read", "key", "read", "key", "read", "key", "draw", "key", "draw", "key", "present"]);
});

test("between keys a tick goes on behind an answer, and at once where something is asked for", async () => {
  let now = 0;
  const lull = new Lull(() => now);
  const happened: string[] = [];
  const waits = Promise.withResolvers<void>();
  const drawn = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const loop = new Loop({
    refresh: () => happened.push("read") > 0,
    draw: () => happened.push("draw") > 0,
    present: () => {
      happened.push("present");
      // From here on somebody types.
      lull.key();
      drawn[happened.filter((one) => one === "present").length - 1]?.resolve();
    },
    idle: async () => undefined,
    lull: {
      room: (ms, isAsked) => {
        if (!lull.hasRoom(ms)) waits.resolve();
        return lull.room(ms, isAsked);
      },
      look: () => lull.look(),
    },
    tidy: () => undefined,
    settled: () => undefined,
    interval: () => 0,
  });
  const running = loop.run();
  await drawn[0]?.promise;
  await waits.promise;
  expect(happened).toEqual(["read", "draw", "present"]);
  now = 5;
  lull.answered(lull.last);
  await drawn[1]?.promise;
  expect(happened).toEqual(["read", "draw", "present", "read", "draw", "present"]);
  lull.answered(lull.last);
  now = 20;
  loop.wake();
  await drawn[2]?.promise;
  expect(now).toBeLessThan(PAUSE_MS);
  loop.stop();
  await running;
});

test("what is asked for while a tick is on its way is not left to the next one", async () => {
  let ticks = 0;
  const second = Promise.withResolvers<void>();
  const loop: Loop = new Loop({
    refresh: () => true,
    draw: () => true,
    present: () => {
      ticks++;
      if (ticks === 1) loop.wake();
      else second.resolve();
    },
    idle: async () => undefined,
    lull: new Lull(),
    tidy: () => undefined,
    settled: () => undefined,
    interval: () => 3_600_000,
  });
  const running = loop.run();
  await second.promise;
  loop.stop();
  await running;
});
