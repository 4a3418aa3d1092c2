import { beforeEach, describe, expect, test } from "bun:test";
import { isPressing } from "../core/alert.ts";
import type { WatchSettings } from "./settings.ts";
import { alerts, engine, event, events, GIB, host, keys, make, now, open, phase, steps, watchWith } from "./watch-fixture.ts";

beforeEach(() => watchWith());

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
