import { beforeEach, describe, expect, test } from "bun:test";
import { WatchEngine } from "./engine.ts";
import { DEFAULT_SETTINGS, type Threshold, type WatchSettings } from "./settings.ts";
import {
  alerts,
  engine,
  event,
  events,
  GIB,
  host,
  keys,
  line,
  now,
  open,
  phase,
  STAGE,
  silence,
  steps,
  takeOver,
  watchWith,
} from "./watch-fixture.ts";

beforeEach(() => watchWith());

test("a healthy run with everything that is slow by nature raises nothing", () => {
  phase("compile", "begin");
  silence(600);
  phase("compile", "end");
  for (let round = 0; round < 6; round++) {
    steps(300);
    for (const name of ["eval", "core", "sample", "save", "pause"]) {
      phase(name, "begin");
      silence(1200);
      phase(name, "end");
    }
    host(
      {
        "gpu/0/util": 98,
        "gpu/0/memory_used": 70 * GIB,
        "gpu/0/memory_total": 80 * GIB,
        "gpu/0/temperature": 71,
        "host/disk_free": 500 * GIB,
      },
      30,
    );
  }
  expect(keys()).toEqual([]);
});

describe("errors in the log", () => {
  test("are one alert, which names the exception where there is one", () => {
    line("error", "Traceback (most recent call last):");
    line("error", '  File "x.py", line 1');
    event("problem", { source: "process-log", what: "The script raised ValueError", why: "It ended with ValueError: no" });
    silence(2);
    line("error", "another");
    silence(2);
    expect(alerts()).toMatchObject([
      { key: "log-errors", cause: "The trainer reported an error: The script raised ValueError: It ended with ValueError: no" },
    ]);
    silence(700);
    expect(open()).toEqual([]);
  });

  test("one that a script dies of is said with its end", () => {
    line("error", "RuntimeError: no");
    engine.close(now, "it has ended");
    expect(alerts()).toMatchObject([{ key: "log-errors", clearedWhy: "it has ended" }]);
  });
});

describe("limits of the user's own", () => {
  const rule = (change: Partial<Threshold>): WatchSettings => ({
    watches: {},
    thresholds: [{ name: "mine", metric: "train/dt", direction: "above", limit: 2, lasting: { steps: 3 }, severity: "bad", ...change }],
  });

  test("for so many steps on end, and over after as many, five at least", () => {
    watchWith(rule({}));
    steps(2, { "train/dt": 3 });
    steps(1);
    steps(3, { "train/dt": 3 });
    expect(alerts()).toMatchObject([{ key: "threshold/mine", severity: "bad", step: 5, evidence: [{ value: 3, against: 2 }] }]);
    steps(4, { "train/dt": 1 });
    expect(open()).toEqual(["threshold/mine"]);
    steps(1, { "train/dt": 1 });
    expect(open()).toEqual([]);
    // Of a loss that has become Inf “is Inf again” would be no good news.
    expect(alerts()[0]?.clearedWhy).toBe("train/dt is no longer above 2: 1");
  });

  test("numbers in what is said have their thousands apart", () => {
    watchWith(rule({ metric: "train/tok_per_sec", direction: "below", limit: 900_000, lasting: { steps: 5 } }));
    steps(5, { "train/tok_per_sec": 2265 });
    expect(alerts()[0]?.cause).toBe("train/tok_per_sec is below 900,000 tok/s for 5 steps: 2,265.");
  });

  test("for so many seconds, on the machine's figures, of each that a star stands for", () => {
    watchWith(rule({ metric: "gpu/*/power", direction: "below", limit: 100, lasting: { seconds: 10 } }));
    host({ "gpu/0/power": 50, "gpu/1/power": 500, "gpu/0/util": 1 }, 9);
    expect(keys()).toEqual([]);
    host({ "gpu/0/power": 50, "gpu/1/power": 500 }, 3);
    expect(keys()).toEqual(["threshold/mine/gpu/0/power"]);
  });
});

test("a watch that is off says nothing, and another limit is taken", () => {
  watchWith({ watches: { stalled: false, "gpu-temperature": { celsius: 60 } } });
  steps(50);
  silence(1000);
  host({ "gpu/0/temperature": 65 }, 30);
  expect(keys()).toEqual(["gpu-temperature/0"]);
});

test("whoever takes the run over says nothing twice, and knows when it is over", () => {
  steps(200);
  steps(12, { "train/loss_raw": 6 });
  expect(open()).toEqual(["spike"]);
  const said = [...events];
  const next = new WatchEngine(STAGE, DEFAULT_SETTINGS, (one) => events.push(one));
  const values = (i: number) => ({ "train/loss_raw": i < 200 ? 3 : 6, "train/dt": 0.5 });
  next.recall(
    Array.from({ length: 212 }, (_, i) => ({ kind: "points" as const, stage: 1, key: i, at: now - (212 - i) * 500, values: values(i) })),
    said,
  );
  takeOver(next);
  steps(5, { "train/loss_raw": 6 });
  expect(events).toEqual(said);
  steps(40, { "train/loss_raw": 3 });
  expect(open()).toEqual([]);
  expect(keys()).toEqual(["spike"]);
});

describe("what nothing watches for any more is over", () => {
  const limit = (change: Partial<Threshold> = {}): Threshold => ({
    name: "mine",
    metric: "gpu/*/power",
    direction: "above",
    limit: 400,
    lasting: { steps: 1 },
    severity: "warn",
    ...change,
  });
  const before: WatchSettings = { watches: {}, thresholds: [limit(), limit({ name: "other", metric: "gpu/0/power" })] };
  /** Open by then are these of the limits, and that the GPU is hot. */
  const OPEN = ["threshold/mine/gpu/0/power", "threshold/other", "gpu-temperature/0"];

  test.each([
    ["a watch that is off", { ...before, watches: { "gpu-temperature": false } }, OPEN.slice(0, 2)],
    ["a limit that is gone", { ...before, thresholds: [limit()] }, [OPEN[0]!, OPEN[2]!]],
    ["a limit on something else by the same name", { ...before, thresholds: [limit({ metric: "gpu/*/util" })] }, OPEN.slice(2)],
    [
      "a limit that has got another metric",
      { ...before, thresholds: [limit(), limit({ name: "other", metric: "gpu/0/util" })] },
      [OPEN[0]!, OPEN[2]!],
    ],
    [
      "a limit that is another number now",
      { ...before, thresholds: [limit({ limit: 450 }), limit({ name: "other", metric: "gpu/0/power" })] },
      OPEN.slice(1),
    ],
    ["nothing, when all is watched for as before", before, OPEN],
  ] as const)("%s", (_, settings, left) => {
    watchWith(before);
    host({ "gpu/0/power": 500, "gpu/0/temperature": 90 }, 30);
    expect(open()).toEqual(OPEN);
    const next = new WatchEngine(STAGE, settings, (one) => events.push(one));
    next.recall([], events);
    next.clearUnwatched(now);
    expect(open()).toEqual([...left]);
    const over = alerts().filter(({ clearedAt }) => clearedAt !== null);
    for (const { clearedAt, clearedWhy } of over)
      expect([clearedAt, clearedWhy]).toEqual([now, "It is not watched for any more, or not like that"]);
  });
});

test("an acknowledgement is of an open alert alone", () => {
  expect(engine.acknowledge("spike", "test", now)).toBe("No alert spike is open.");
});

test("what belongs to another stage, and what the supervisor itself says, is not heard", () => {
  engine.points(2, 0, now, { "train/loss": Number.NaN });
  engine.log({ stage: 1, at: now, stream: "supervisor", rank: null, level: "error", text: "ERROR" });
  silence(5);
  expect(keys()).toEqual([]);
});

test("a stage that fails is told with its reason, and that stays open when the stage is over", () => {
  steps(5);
  line("error", "out of memory");
  engine.close(now, "base_train has ended");
  event("stage", { status: "failed", reason: "CUDA out of memory.", exitCode: 1 });
  engine.close(now, "base_train has ended");
  expect(open()).toEqual(["failed"]);
  expect(alerts().at(-1)).toMatchObject({
    severity: "bad",
    cause: "base_train failed: CUDA out of memory.",
    evidence: [{ metric: "exit code", value: 1 }],
    actions: ["open-at"],
  });
});

test("a stage that ends well, or is stopped, is no failure", () => {
  for (const status of ["running", "done", "stopped"]) event("stage", { status, reason: null });
  expect(keys()).toEqual([]);
});
