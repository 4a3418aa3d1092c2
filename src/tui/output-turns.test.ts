import { expect, test } from "bun:test";
import { OutputTurns } from "./output-turns.ts";

function turnsAt() {
  const time = { ms: 1000 };
  return { time, turns: new OutputTurns(() => time.ms) };
}

test("a terminal that takes what it is given is asked as often as the toolkit wants", () => {
  const { time, turns } = turnsAt();
  turns.given();
  time.ms += 4;
  expect(turns.delayMs(1)).toBe(1);
  turns.taken();
  time.ms += 60_000;
  expect(turns.delayMs(1)).toBe(1);
});

test("one that takes nothing is asked ever more rarely, but twenty times a second, whatever else it is given", () => {
  const { time, turns } = turnsAt();
  turns.given();
  time.ms += 80;
  turns.given();
  expect(turns.delayMs(1)).toBe(10);
  time.ms += 3_600_000;
  expect(turns.delayMs(1)).toBe(50);
  expect(turns.delayMs(200)).toBe(200);
});

test("a turn without a delay is the next one, and one that is called off never comes", async () => {
  const { turns } = turnsAt();
  const came: string[] = [];
  turns.schedule(() => came.push("off"), 0)();
  turns.schedule(() => came.push("off"))();
  turns.schedule(() => came.push("next"));
  expect(came).toEqual([]);
  await new Promise<void>((resolve) => turns.schedule(resolve, 1));
  expect(came).toEqual(["next"]);
});
