import { beforeEach, describe, expect, test } from "bun:test";
import type { JournalEvent, Sink } from "../core/journal.ts";
import { StageWatch } from "./watch.ts";

let passed: string[];
let requests: JournalEvent[];
let watch: StageWatch;

const inner: Sink = {
  points: () => void passed.push("points"),
  event: ({ kind }) => void passed.push(kind),
  log: () => void passed.push("log"),
  offset: () => void passed.push("offset"),
};
const event = (kind: JournalEvent["kind"], body: Record<string, unknown>, stage = 1): JournalEvent => ({
  stage,
  at: 0,
  step: null,
  kind,
  body,
});
const step = (key: number, values: Record<string, number> = {}) => watch.points(1, key, 0, { "train/loss": 3, "train/dt": 2, ...values });

beforeEach(() => {
  passed = [];
  requests = [];
  watch = new StageWatch(1, inner, (request) => requests.push(request));
});

test("everything is passed on", () => {
  step(0);
  watch.event(event("phase", {}));
  watch.log({ stage: 1, at: 0, stream: "stdout", rank: null, level: "info", text: "" });
  watch.offset("file", 1);
  expect(passed).toEqual(["points", "phase", "log", "offset"]);
});

test("progress knows the steps that are left, and no time before a step took one", () => {
  expect(watch.progress()).toBeNull();
  watch.event(event("config", { settings: {}, derived: { totalSteps: 11 } }));
  watch.points(1, 0, 0, { "train/loss": 5 });
  expect(watch.progress()).toMatchObject({ step: 0, totalSteps: 11, loss: 5, etaSeconds: null });
  step(5, { "train/tok_per_sec": 100 });
  watch.points(1, 5, 0, { "val/bpb": 1.5 });
  const rates = { tokensPerSecond: 100, usualTokensPerSecond: 100 };
  expect(watch.progress()).toEqual({ stage: 1, step: 5, totalSteps: 11, loss: 3, valBpb: 1.5, ...rates, etaSeconds: 10 });
  for (const [i, rate] of [110, 120, 5].entries()) step(6 + i, { "train/tok_per_sec": rate });
  expect(watch.progress()).toMatchObject({ tokensPerSecond: 5, usualTokensPerSecond: 110 });
});

test("progress knows what its script calls the first step, and counts what is left by it", () => {
  watch.event(event("config", { settings: {}, derived: { totalSteps: 11, countsFrom: 1 } }));
  step(1, { "train/dt": 2 });
  step(5, { "train/dt": 2 });
  expect(watch.progress()).toMatchObject({ step: 5, totalSteps: 11, countsFrom: 1, etaSeconds: 12 });
});

describe("the time that is left", () => {
  const etas = (...seconds: number[]): Array<number | null | undefined> =>
    seconds.map((dt) => {
      step((watch.progress()?.step ?? -1) + 1, { "train/dt": dt });
      return watch.progress()?.etaSeconds;
    });
  beforeEach(() => watch.event(event("config", { settings: {}, derived: { totalSteps: 101 } })));

  test("is told from the second step of a process on: the first one compiles, and is none to go by", () => {
    expect(etas(165, 0.5, 0.5)).toEqual([null, 99 * 0.5, 98 * 0.5]);
  });

  test("is right at once after a pause, whichever step it is in", () => {
    etas(1, 1, 1);
    watch.event(event("phase", { name: "pause", state: "begin" }));
    expect(etas(60)).toEqual([97]);
    watch.event(event("phase", { name: "pause", state: "end" }));
    expect(etas(600, 1)).toEqual([96, 95]);
  });

  test("follows what becomes slower, and takes a step that waited for something for no more than some", () => {
    etas(1, ...Array.from({ length: 9 }, () => 1));
    expect(etas(600)[0]).toBeLessThan(1.5 * 90);
    const slow = etas(...Array.from({ length: 64 }, () => 2));
    expect(slow.at(-1)).toBe((100 - 74) * 2);
  });
});

describe("the time that is left of a script that runs until its data ends", () => {
  const said = (key: number, percent: string): number | null | undefined => {
    step(key);
    watch.log({ stage: 1, at: 0, stream: "stdout", rank: null, level: "info", text: `step ${key} (${percent}%) | loss: 3` });
    const seconds = watch.progress()?.etaSeconds;
    return seconds == null ? seconds : Math.round(seconds);
  };

  test("is by how far its steps have come, in what it says of itself", () => {
    expect([said(1, "2.00"), said(2, "3.00"), said(3, "5.00")]).toEqual([null, 97 * 2, 127]);
    expect(said(63, "65.00")).toBe(69);
    expect(said(98, "100.00")).toBe(0);
  });

  test("is not told while nothing says how far that is, nor of what was said before it began again", () => {
    step(1);
    step(2);
    expect(watch.progress()?.etaSeconds).toBeNull();
    said(3, "50.00");
    expect(said(4, "50.00")).toBeNull();
    expect(said(5, "60.00")).toBe(8 * 2);
    expect(said(2, "1.00")).toBeNull();
    expect(said(3, "2.00")).toBe(98 * 2);
  });

  test("is told with the share that is done", () => {
    expect(watch.progress()).toBeNull();
    step(1);
    expect(watch.progress()).not.toHaveProperty("share");
    said(2, "68.75");
    expect(watch.progress()).toMatchObject({ totalSteps: null, share: 0.6875 });
  });

  test("is by its last step where it has one", () => {
    watch.event(event("config", { settings: {}, derived: { totalSteps: 11 } }));
    said(1, "90.00");
    expect(said(2, "91.00")).toBe(8 * 2);
    expect(watch.progress()).not.toHaveProperty("share");
  });
});

test("who takes over a stage knows its last evaluation, and not that of another one", () => {
  const before = { stage: 1, step: 4, totalSteps: 11, loss: 3, valBpb: 2.655, tokensPerSecond: null, etaSeconds: null };
  watch.takeOver({ ...before, stage: 2 });
  step(5);
  expect(watch.progress()).toMatchObject({ step: 5, valBpb: null });
  watch.takeOver(before);
  expect(watch.progress()).toMatchObject({ step: 5, valBpb: 2.655 });
  watch.points(1, 6, 0, { "val/bpb": 2.5 });
  expect(watch.progress()).toMatchObject({ valBpb: 2.5 });
});

test("reinforcement learning, which tells neither loss nor time, has a step and its time by the clock", () => {
  watch.event(event("config", { settings: {}, derived: { totalSteps: 11 } }));
  watch.points(1, 0, 500, { "pass@1": 0.1 });
  expect(watch.progress()).toBeNull();
  watch.points(1, 0, 1000, { "train/lrm": 1, "rl/reward": 0.25 });
  watch.points(1, 1, 4000, { "train/lrm": 1, "rl/reward": 0.5 });
  expect(watch.progress()).toMatchObject({ step: 1, totalSteps: 11, loss: null, etaSeconds: 27 });
});

test("a loss that is no number is told as that", () => {
  step(3, { "train/loss": Number.NaN });
  expect(watch.progress()).toMatchObject({ step: 3, loss: Number.NaN });
});

test("only rank 0 says what the trainer can do; torch may be told later", () => {
  const capabilities = { save: { available: true, reason: null, how: "x" } };
  watch.event(event("hello", { rank: 1, capabilities: {} }));
  expect(watch.hello).toBeNull();
  watch.event(event("hello", { rank: 0, python: "3.11.7", torch: null, capabilities }));
  watch.event(event("config", { derived: { torch: "2.9.1" } }));
  expect(watch.hello).toMatchObject({ python: "3.11.7", capabilities });
  expect(watch.torch).toBe("2.9.1");
});

test("a stage's settings are handed on once: not those of a patch, nor by one who takes over", () => {
  const handed: unknown[] = [];
  const watching = () =>
    new StageWatch(
      1,
      inner,
      () => undefined,
      (body) => void handed.push(body["settings"]),
    );
  watch = watching();
  watch.event(event("config", { settings: 2 }, 2));
  watch.event(event("config", { settings: 1 }));
  watch.event(event("config", { settings: 3 }));
  const successor = watching();
  successor.recall(event("config", { settings: 1 }));
  successor.event(event("config", { settings: 4 }));
  expect(handed).toEqual([1]);
});

test("what belongs to another stage teaches nothing", () => {
  watch.event(event("request", { id: "a" }, 2));
  watch.points(2, 9, 0, { "train/loss": 1 });
  watch.points(0, 1_700_000_000, 0, { "host/cpu": 3 });
  expect(requests).toEqual([]);
  expect(watch.progress()).toBeNull();
});
