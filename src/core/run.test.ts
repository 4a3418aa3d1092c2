import { expect, test } from "bun:test";
import { shareDone, stepsDone } from "./run.ts";

test("a run is done when its last step is: steps are counted from 0, and an evaluation behind the last one is no step", () => {
  expect(stepsDone({ step: 59, totalSteps: 60 })).toBe(60);
  expect(shareDone({ step: 59, totalSteps: 60 })).toBe(1);
  expect(stepsDone({ step: 60, totalSteps: 60 })).toBe(60);
  expect(stepsDone({ step: 0, totalSteps: null })).toBe(1);
  expect(shareDone({ step: 5, totalSteps: null })).toBeNull();
  expect(shareDone(null)).toBeNull();
});

test("of a script that calls its first step 1, the number of a step is that of the steps made", () => {
  expect(stepsDone({ step: 1, totalSteps: null, countsFrom: 1 })).toBe(1);
  expect(stepsDone({ step: 209, totalSteps: null, countsFrom: 1 })).toBe(209);
  expect(shareDone({ step: 59, totalSteps: 60, countsFrom: 1 })).toBeLessThan(1);
  expect(shareDone({ step: 60, totalSteps: 60, countsFrom: 1 })).toBe(1);
});
