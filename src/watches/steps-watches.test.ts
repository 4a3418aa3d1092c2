import { beforeEach, describe, expect, test } from "bun:test";
import { alerts, engine, event, keys, later, line, now, open, phase, silence, steps, watchWith } from "./watch-fixture.ts";

beforeEach(() => watchWith());

describe("a throughput drop", () => {
  test("is steps that have become slower and stay so; it is over when they are not", () => {
    steps(200);
    steps(300, {}, 1);
    expect(alerts()).toMatchObject([{ key: "throughput", evidence: [{ metric: "train/dt" }] }]);
    steps(30);
    expect(open()).toEqual([]);
  });

  test("does not become the way it always was", () => {
    steps(200);
    steps(900, {}, 1);
    expect(open()).toEqual(["throughput"]);
  });

  test("is not a slow step now and then, nor one that lasts a minute", () => {
    for (let i = 0; i < 40; i++) {
      steps(20);
      steps(3, {}, 10);
    }
    steps(60, {}, 1);
    steps(100);
    expect(keys()).toEqual([]);
  });
});

describe("a stall", () => {
  test("is silence for much longer than a step, and is over with the next", () => {
    steps(50);
    silence(85);
    expect(keys()).toEqual([]);
    silence(10);
    expect(alerts()).toMatchObject([{ key: "stalled", severity: "bad", actions: ["open-at", "stop"] }]);
    steps(1);
    expect(open()).toEqual([]);
  });

  test("is not an evaluation, a save, a compilation; only when one takes an hour", () => {
    steps(50);
    phase("eval", "begin");
    silence(3500);
    expect(keys()).toEqual([]);
    silence(200);
    expect(keys()).toEqual(["stalled"]);
  });

  test("is not a pause, however long", () => {
    steps(50);
    phase("pause", "begin");
    silence(20_000);
    expect(keys()).toEqual([]);
  });

  test("is not the sleep of the machine that watches", () => {
    steps(50);
    later(8 * 3600);
    engine.tick(now);
    silence(60);
    expect(keys()).toEqual([]);
  });

  test("is not a trainer whose clock is behind ours", () => {
    silence(1);
    for (let i = 0; i < 100; i++) {
      engine.points(1, i, now - 600_000, { "train/loss": 3 });
      silence(1);
    }
    expect(keys()).toEqual([]);
    silence(100);
    expect(keys()).toEqual(["stalled"]);
  });

  test("that began before the run was taken over is said at once", () => {
    const heard = Array.from({ length: 50 }, (_, i) => ({
      kind: "points" as const,
      stage: 1,
      key: i,
      at: now + i * 500,
      values: { "train/loss": 3 },
    }));
    engine.recall(heard, []);
    later(600);
    engine.tick(now);
    expect(keys()).toEqual(["stalled"]);
  });

  test("is not the end of the script", () => {
    steps(50);
    event("note", { tag: "bye" });
    silence(7200);
    expect(keys()).toEqual([]);
  });

  test("without a bridge the log is the sign of life, and the longest wait so far is no stall", () => {
    watchWith({}, { bridged: false });
    for (let i = 0; i < 4; i++) {
      steps(30);
      silence(80);
      line("info", "Step 00100 | Validation bpb: 1.2");
    }
    steps(30);
    silence(120);
    expect(keys()).toEqual([]);
    silence(150);
    expect(keys()).toEqual(["stalled"]);
  });
});

/** For tests in which time passes without steps. */
