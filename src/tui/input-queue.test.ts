import { expect, test } from "bun:test";
import { InputQueue } from "./input-queue.ts";

/** What happens to input of which each takes so long. */
function queueOf(budgetMs: number) {
  const told: string[] = [];
  const queue = new InputQueue(
    budgetMs,
    () => told.push("shown"),
    () => told.push("placed"),
  );
  const take = (name: string, ms = 0, changed = true) =>
    queue.take(() => {
      const until = performance.now() + ms;
      while (performance.now() < until);
      told.push(name);
      return changed;
    });
  return { queue, told, take };
}
const turn = () => new Promise<void>((done) => setImmediate(() => setImmediate(done)));

test("what comes alone is shown at once, and what changes nothing is not", () => {
  const { told, take } = queueOf(1000);
  take("a");
  take("b", 0, false);
  take("c");
  expect(told).toEqual(["a", "shown", "b", "c", "shown"]);
});

test("of a flood the rest waits for the next turn, keeps its order, and is shown together", async () => {
  const { told, take } = queueOf(20);
  take("a", 25);
  for (const name of ["b", "c", "d"]) take(name);
  expect(told).toEqual(["a", "shown"]);
  await turn();
  expect(told.slice(2)).toEqual(["b", "placed", "c", "placed", "d", "shown"]);
  take("e");
  await turn();
  expect(told.slice(8)).toEqual(["e", "shown"]);
});

test("a flood that takes longer than a turn leaves room between its parts", async () => {
  const { told, take } = queueOf(5);
  for (let i = 0; i < 8; i++) take(String(i), 6);
  const between: string[] = [];
  setImmediate(() => between.push(...told));
  while (told.filter((one) => one === "shown").length < 8) await turn();
  expect(between.filter((one) => one === "shown").length).toBeLessThan(8);
  expect(told.filter((one) => one !== "shown")).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
});

test("who leaves is not followed by what was still to come", async () => {
  const { queue, told, take } = queueOf(5);
  take("a", 6);
  take("b");
  queue.clear();
  await turn();
  expect(told).toEqual(["a", "shown"]);
});

test("what is held back waits for what it is meant for, in its order, and what comes from within a flood holds the rest of it", async () => {
  const { queue, told, take } = queueOf(1000);
  const box = Promise.withResolvers<void>();
  take("a");
  queue.hold(box.promise, () => true);
  take("b");
  take("c");
  await turn();
  expect(told).toEqual(["a", "shown"]);
  box.reject(new Error("it did not open"));
  await turn();
  await turn();
  expect(told.slice(2)).toEqual(["b", "placed", "c", "shown"]);
  queue.hold(Promise.resolve(), () => false);
  take("d");
  await turn();
  take("e");
  expect(told.slice(6)).toEqual(["e", "shown"]);
});
