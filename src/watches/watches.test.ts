import { beforeEach, describe, expect, test } from "bun:test";
import { type AlertStatus, alertsOf, isOpen, isPressing } from "../core/alert.ts";
import type { JournalEvent, LogLine } from "../core/journal.ts";
import { WatchEngine } from "./engine.ts";
import { DEFAULT_SETTINGS, type Threshold, type WatchSettings } from "./settings.ts";

const STAGE = { stage: 1, script: "scripts.base_train", bridged: true };
const GIB = 2 ** 30;

let events: JournalEvent[];
let engine: WatchEngine;
/** Epoch milliseconds of what is told next. */
let now: number;
let step: number;
let random: () => number;

beforeEach(() => watchWith());

function watchWith(settings: Partial<WatchSettings> = {}, stage: Partial<typeof STAGE> = {}): void {
  events = [];
  now = 1_000_000;
  step = 0;
  random = generator(7);
  engine = new WatchEngine({ ...STAGE, ...stage }, { ...DEFAULT_SETTINGS, ...settings }, (event) => events.push(event));
  event("config", { derived: { totalSteps: 10_000, tokensPerStep: 524_288 }, settings: { save_every: 1000 } });
}

const alerts = (): AlertStatus[] => alertsOf(events);
const keys = (): string[] => alerts().map(({ key }) => key);
const open = (): string[] =>
  alerts()
    .filter(isOpen)
    .map(({ key }) => key);

function event(kind: JournalEvent["kind"], body: Record<string, unknown>): void {
  engine.event({ stage: 1, at: now, step, kind, body });
}
const phase = (name: string, state: "begin" | "end"): void => event("phase", { name, state });

function line(level: LogLine["level"], text: string): void {
  engine.log({ stage: 1, at: now, stream: "stderr", rank: null, level, text });
}

/** A step of half a second, the machine's second with it. */
function make(values: Record<string, number> = {}, seconds = 0.5): void {
  now += seconds * 1000;
  const noise = 1 + 0.02 * (random() - 0.5);
  engine.points(1, step, now, { "train/loss_raw": 3 * 0.9999 ** step * noise, "train/loss": 3, "train/dt": seconds * noise, ...values });
  step++;
  engine.tick(now);
}

function steps(count: number, values: Record<string, number> = {}, seconds = 0.5): void {
  for (let i = 0; i < count; i++) make(values, seconds);
}

function host(values: Record<string, number>, seconds = 1): void {
  for (let i = 0; i < seconds; i++) {
    now += 1000;
    engine.points(0, Math.floor(now / 1000), now, values);
    engine.tick(now);
  }
}

/** Time in which nothing comes. */
function silence(seconds: number): void {
  for (const until = now + seconds * 1000; now < until; ) {
    now += 500;
    engine.tick(now);
  }
}

/** Park and Miller's, so that a test is the same each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

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

describe("NaN or Inf", () => {
  test("is said once however long it lasts, and is over after twenty finite steps", () => {
    steps(10);
    steps(50, { "train/loss_raw": Number.NaN });
    expect(alerts()).toMatchObject([
      { key: "non-finite", severity: "bad", step: 10, evidence: [{ metric: "train/loss_raw", value: "NaN" }] },
    ]);
    steps(19);
    expect(open()).toEqual(["non-finite"]);
    steps(1);
    expect(open()).toEqual([]);
  });

  test("is not an evaluation in which there was nothing to predict", () => {
    steps(10, { "val/bpb": Number.POSITIVE_INFINITY });
    expect(keys()).toEqual([]);
    steps(1, { "val/bpb": Number.NaN });
    expect(keys()).toEqual(["non-finite"]);
  });

  test("a gradient norm that overflows once is none", () => {
    steps(10);
    steps(2, { "train/grad_norm": Number.POSITIVE_INFINITY });
    steps(5, { "train/grad_norm": 1 });
    expect(keys()).toEqual([]);
    steps(3, { "train/grad_norm": Number.POSITIVE_INFINITY });
    expect(keys()).toEqual(["non-finite"]);
  });
});

describe("a spike", () => {
  test("is a loss that stays far up for some steps, and is over when it is back", () => {
    steps(200);
    steps(12, { "train/loss_raw": 6 });
    expect(alerts()).toMatchObject([{ key: "spike", severity: "warn" }]);
    steps(40);
    expect(open()).toEqual([]);
    expect(keys()).toEqual(["spike"]);
  });

  test("is not one odd batch", () => {
    for (let i = 0; i < 20; i++) {
      steps(50);
      steps(2, { "train/loss_raw": 9 });
    }
    expect(keys()).toEqual([]);
  });

  test("where a step has few tokens it takes more steps: a passage of odd text is several long", () => {
    event("config", { derived: { tokensPerStep: 32 } });
    steps(200);
    steps(13, { "train/loss_raw": 6 });
    steps(200);
    expect(keys()).toEqual([]);
  });
});

test("a loss that rises slowly and does not come back diverges", () => {
  steps(300);
  for (let i = 0; i < 600; i++) make({ "train/loss_raw": 3 + i * 0.005 });
  expect(keys()).toEqual(["divergence"]);
});

describe("a plateau", () => {
  test("is a loss that has not come down over a fifth of the run", () => {
    steps(2100, { "train/loss_raw": 3 });
    expect(keys()).toEqual(["plateau"]);
  });

  test("is not said where noise could hide what was gained", () => {
    for (let i = 0; i < 4000; i++) make({ "train/loss_raw": 3 + (random() - 0.5) });
    expect(keys()).toEqual([]);
  });

  test("is not looked for in fine-tuning", () => {
    watchWith({}, { script: "scripts.chat_sft" });
    steps(2100, { "train/loss_raw": 3 });
    expect(keys()).toEqual([]);
  });
});

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
    now += 8 * 3_600_000;
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
    now += 600_000;
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
const NO_STALLS: Partial<WatchSettings> = { watches: { stalled: false } };

describe("GPUs", () => {
  beforeEach(() => watchWith(NO_STALLS));
  const gpu = (index: number, util: number, rest: Record<string, number> = {}): Record<string, number> => ({
    [`gpu/${index}/util`]: util,
    ...rest,
  });

  test("one that has worked and does nothing is idle; one that never has is not ours", () => {
    steps(10);
    host({ ...gpu(0, 97), ...gpu(1, 0) }, 5);
    host({ ...gpu(0, 1), ...gpu(1, 0) }, 70);
    expect(keys()).toEqual(["gpu-idle/0"]);
    host(gpu(0, 97), 70);
    expect(open()).toEqual([]);
  });

  test("idle is no alert while it saves, samples, compiles or is paused", () => {
    steps(10);
    host(gpu(0, 97), 5);
    for (const name of ["save", "sample", "compile", "pause"]) {
      phase(name, "begin");
      host(gpu(0, 0), 200);
      phase(name, "end");
      steps(1);
    }
    expect(keys()).toEqual([]);
  });

  test("memory that is all but full, with a gap before it is over", () => {
    const memory = (gib: number) => gpu(3, 97, { "gpu/3/memory_used": gib * GIB, "gpu/3/memory_total": 80 * GIB });
    host(memory(78), 30);
    expect(keys()).toEqual(["gpu-memory/3"]);
    host(memory(77), 60);
    expect(open()).toEqual(["gpu-memory/3"]);
    host(memory(70), 30);
    expect(open()).toEqual([]);
  });

  test("heat, which becomes worse and is said again then, and only then", () => {
    host(gpu(0, 97, { "gpu/0/temperature": 88 }), 60);
    engine.acknowledge("gpu-temperature/0", "test", now);
    expect(alerts().filter(isPressing)).toEqual([]);
    host(gpu(0, 97, { "gpu/0/temperature": 94 }), 60);
    expect(alerts()).toMatchObject([{ key: "gpu-temperature/0", severity: "bad", acknowledgedAt: null }]);
    expect(events.filter(({ body }) => body["phase"] === "raised")).toHaveLength(2);
  });
});

describe("the disk", () => {
  beforeEach(() => watchWith(NO_STALLS));
  test("is full before the end by the checkpoints to come", () => {
    steps(2);
    event("checkpoint", { bytes: 10 * GIB });
    host({ "host/disk_free": 200 * GIB }, 30);
    expect(keys()).toEqual([]);
    host({ "host/disk_free": 90 * GIB }, 30);
    expect(alerts()).toMatchObject([{ key: "disk", severity: "warn", cause: expect.stringContaining("10 checkpoints of 10.0 GiB") }]);
    host({ "host/disk_free": 5 * GIB }, 30);
    expect(alerts()).toMatchObject([{ severity: "bad" }]);
    host({ "host/disk_free": 300 * GIB }, 30);
    expect(open()).toEqual([]);
  });

  test("is full before the end by the rate at which it fills", () => {
    for (let i = 0; i < 300; i++) {
      make();
      host({ "host/disk_free": (100 - i * 0.1) * GIB }, 1);
    }
    expect(keys()).toEqual(["disk"]);
  });

  test("checkpoints that somebody asks for again and again are no rate", () => {
    for (let i = 0; i < 150; i++) {
      make();
      event("checkpoint", { bytes: GIB });
      host({ "host/disk_free": (400 - i) * GIB }, 2);
    }
    expect(keys()).toEqual([]);
  });

  test("one large file is no rate", () => {
    for (let i = 0; i < 300; i++) {
      make();
      host({ "host/disk_free": (i < 150 ? 100 : 60) * GIB }, 1);
    }
    expect(keys()).toEqual([]);
  });
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
  engine = next;
  steps(5, { "train/loss_raw": 6 });
  expect(events).toEqual(said);
  steps(40, { "train/loss_raw": 3 });
  expect(open()).toEqual([]);
  expect(keys()).toEqual(["spike"]);
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
