import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { BridgeEvent } from "../../core/bridge.ts";
import type { JournalEvent, Sink } from "../../core/journal.ts";
import { BridgeEventsSource } from "./source.ts";

/** Twenty-four steps of the pocket trainer under the bridge, with a save asked for at step 5. */
const CAPTURE = readFileSync(join(import.meta.dir, "captures", "pocket-base_train.rank0.jsonl"));

/** What the real parser does with lines that are well formed. */
const parse = (line: string): BridgeEvent => {
  try {
    return JSON.parse(line) as BridgeEvent;
  } catch {
    return { kind: "unknown", t: 0, line, why: "The line is not JSON." };
  }
};

class Recorder implements Sink {
  readonly calls: unknown[] = [];
  readonly events: JournalEvent[] = [];
  readonly offsets = new Map<string, number>();

  points(stage: number, key: number, atMs: number, values: Readonly<Record<string, number>>): void {
    this.calls.push([stage, key, atMs, { ...values }]);
  }
  event(event: JournalEvent): void {
    this.calls.push(event);
    this.events.push(event);
  }
  log(): void {
    throw new Error("the bridge has no log lines");
  }
  offset(file: string, offset: number): void {
    this.offsets.set(file, offset);
  }
}

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "bridge-events-"));
  file = join(dir, "events.rank0.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function started(sink: Sink, offsets: ReadonlyMap<string, number> = new Map(), ranks = 1): BridgeEventsSource {
  const source = new BridgeEventsSource({ stage: 2, dir, ranks, parse });
  source.start(sink, offsets);
  return source;
}

function pollAll(source: BridgeEventsSource): void {
  while (source.poll(1000));
}

function readAtOnce(content: string | Buffer): Recorder {
  writeFileSync(file, content);
  const sink = new Recorder();
  const source = started(sink);
  pollAll(source);
  source.stop();
  return sink;
}

const jsonl = (...events: object[]): string => events.map((event) => `${JSON.stringify({ t: 1, ...event })}\n`).join("");

describe("a captured run", () => {
  test("becomes points of every step, evaluations, samples, checkpoints and the save's progress", () => {
    const sink = readAtOnce(CAPTURE);
    const points = sink.calls.filter(Array.isArray) as Array<[number, number, number, Record<string, number>]>;
    const steps = points.filter(([, , , values]) => "train/loss" in values);
    expect(steps.map(([, step]) => step)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(steps[0]![3]["train/loss"]).toBe(5.603554550104969);
    expect(points.filter(([, , , values]) => "val/bpb" in values).map(([, step]) => step)).toEqual([0, 10, 20, 24]);
    const kinds = Object.groupBy(sink.events, ({ kind }) => kind);
    expect(kinds.hello?.[0]?.body).toMatchObject({ protocol: 1, rank: 0, capabilities: { save: { available: true } } });
    expect(kinds.config?.[0]?.body).toMatchObject({ settings: { num_iterations: 24 } });
    expect(kinds.sample).toHaveLength(14);
    expect(kinds.checkpoint?.map(({ step, body }) => [step, body["trigger"], body["path"]])).toEqual([
      [8, "request", "/home/user/nanochat-base/base_checkpoints/capture"],
      [24, "final", "/home/user/nanochat-base/base_checkpoints/capture"],
    ]);
    expect(kinds.request?.map(({ step, body }) => [body["id"], body["kind"], body["phase"], step, body["bytes"]])).toEqual([
      ["a1", "save", "seen", 5, null],
      ["a1", "save", "applied", 7, null],
      ["a1", "save", "done", 8, 4629362],
    ]);
    expect(kinds.phase?.[0]).toMatchObject({ stage: 2, step: 0, body: { name: "eval", state: "begin", seconds: null } });
    expect(kinds.note?.[0]?.body).toMatchObject({ tag: "bye", fields: { rank: 0, code: 0 } });
    expect([...sink.offsets]).toEqual([["2/bridge/events.rank0.jsonl", CAPTURE.length]]);
  });

  test("is the same when it is written in any pieces, and read by owners that die in between", () => {
    const whole = readAtOnce(CAPTURE);
    const piece = fc.record({ bytes: fc.integer({ min: 0, max: 6000 }), dies: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 20 }), (pieces) => {
        writeFileSync(file, "");
        const sink = new Recorder();
        let source = started(sink);
        let at = 0;
        for (const { bytes, dies } of [...pieces, { bytes: CAPTURE.length, dies: true }]) {
          appendFileSync(file, CAPTURE.subarray(at, at + bytes));
          at += bytes;
          pollAll(source);
          if (!dies) continue;
          source.stop();
          source = started(sink, sink.offsets);
        }
        pollAll(source);
        source.stop();
        expect(sink.calls).toEqual(whole.calls);
        expect(sink.offsets).toEqual(whole.offsets);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the names of metrics", () => {
  test("that a script logs become ours, and unknown ones stay", () => {
    const sink = readAtOnce(jsonl({ kind: "metrics", step: 3, m: { val_bpb: 1.5, "core/hellaswag": 0.2, core_metric: 0.1 } }));
    expect(sink.calls).toEqual([[2, 3, 1000, { "val/bpb": 1.5, "core/hellaswag": 0.2, "core/metric": 0.1 }]]);
  });
});

describe("a patch", () => {
  test("is kept with what it changed, and so is what can be patched after it", () => {
    const changes = [{ name: "eval_every", from: 100, to: 50 }];
    const fields = [{ name: "eval_every", type: "int", value: 50, min: 1, max: null, effect: "", frozen: null }];
    const sink = readAtOnce(
      jsonl(
        { kind: "command", id: "p", command: "patch", state: "applied", step: 9, how: "eval_every", changes },
        { kind: "config", settings: {}, derived: {}, fields },
      ),
    );
    expect(sink.events[0]).toMatchObject({ kind: "request", step: 9, body: { id: "p", kind: "patch", phase: "applied", changes } });
    expect(sink.events[1]?.body).toEqual({ settings: {}, derived: {}, fields });
  });
});

describe("several ranks", () => {
  test("each have their file, and only rank 0 speaks for a request", () => {
    const command = { kind: "command", id: "r", command: "save", state: "applied", step: 9, how: "save_every" };
    writeFileSync(file, jsonl(command));
    writeFileSync(join(dir, "events.rank1.jsonl"), jsonl(command));
    const sink = new Recorder();
    pollAll(started(sink, new Map(), 2));
    expect(sink.events.map(({ kind }) => kind)).toEqual(["request", "note"]);
    expect(sink.events[1]?.body).toMatchObject({ tag: "rank-command", fields: { rank: 1, phase: "applied", step: 9 } });
    expect([...sink.offsets.keys()]).toEqual(["2/bridge/events.rank0.jsonl", "2/bridge/events.rank1.jsonl"]);
  });
});

describe("bad input", () => {
  test("a bridge of another protocol is refused in a sentence and read no further", () => {
    const sink = readAtOnce(jsonl({ kind: "hello", protocol: 2 }, { kind: "step", step: 1, m: { "train/loss": 1 } }));
    expect(sink.calls).toHaveLength(1);
    expect(sink.events[0]).toMatchObject({
      kind: "problem",
      body: { source: "bridge-events", what: `${file} is not read`, why: "the bridge speaks protocol 2, and this nanochat-cli 1" },
    });
  });

  test("a line that is not understood is told of once, a thousand of them four times, and the rest is read", () => {
    const sink = readAtOnce(`${"garbage\n".repeat(1500)}${jsonl({ kind: "step", step: 1, m: { x: 1 } })}`);
    expect(sink.events.map(({ body }) => String(body["what"]).replace(file, "F"))).toEqual([
      "A line of F could not be understood",
      "10 lines of F could not be understood",
      "100 lines of F could not be understood",
      "1,000 lines of F could not be understood",
    ]);
    expect(sink.calls.at(-1)).toEqual([2, 1, 1000, { x: 1 }]);
  });

  test("escape sequences in what a model wrote do not get through", () => {
    const sink = readAtOnce(jsonl({ kind: "sample", step: 1, prompt: "a", text: "\x1b[2Jhi\x07\nthere" }));
    expect(sink.events[0]?.body).toEqual({ prompt: "a", text: "hi\nthere" });
  });

  test("a time that no calendar has is no reason to stop", () => {
    const sink = readAtOnce(jsonl({ t: 1e300, kind: "command", id: "r", command: "stop", state: "seen", step: 1, at: 3 }));
    expect(sink.events[0]?.body).toMatchObject({ id: "r", phase: "seen", applyAt: 3 });
  });

  test("a folder in the place of the file is a problem that names it", () => {
    mkdirSync(file);
    const sink = new Recorder();
    pollAll(started(sink));
    expect(sink.events.map(({ body }) => body["what"])).toEqual([`${file} could not be read`]);
  });

  test("files that are not there yet, and stopping before a start, are fine", () => {
    const sink = new Recorder();
    expect(started(sink, new Map(), 3).poll(5)).toBe(false);
    expect(sink.calls).toEqual([]);
    new BridgeEventsSource({ stage: 1, dir, ranks: 1, parse }).stop();
  });
});
