import { expect, test } from "bun:test";
import { Loop } from "./loop.ts";

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
