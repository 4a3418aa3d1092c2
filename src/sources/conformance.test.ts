/** What every source must hold (core/journal.ts), whatever it reads. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { BridgeEvent } from "../core/bridge.ts";
import type { Source } from "../core/journal.ts";
import { BridgeEventsSource } from "./bridge-events/source.ts";
import { RecordingSink } from "./fixtures.ts";
import { HostSource } from "./host/source.ts";
import { PlainLogSource } from "./process-log/plain-log.ts";
import { ProcessLogSource } from "./process-log/source.ts";
import { WandbFileSource } from "./wandb-file/source.ts";

interface Subject {
  name: string;
  create: (dir: string) => Source;
}

/** A source that follows a file; `capture` is what came to be in it. */
interface Follower extends Subject {
  file: string;
  capture: Buffer;
}

const capture = (path: string): Buffer => readFileSync(join(import.meta.dir, path));

const log = (metricsFromLog: boolean) => (dir: string) => new ProcessLogSource({ stage: 1, dir, ranks: 1, metricsFromLog });

const FOLLOWERS: readonly Follower[] = [
  {
    name: "bridge-events",
    create: (dir) => new BridgeEventsSource({ stage: 1, dir, ranks: 1, parse: (line) => JSON.parse(line) as BridgeEvent }),
    file: "events.rank0.jsonl",
    capture: capture("bridge-events/captures/pocket-base_train.rank0.jsonl"),
  },
  {
    name: "process-log, a run",
    create: log(true),
    file: "stdout.log",
    capture: capture("process-log/captures/base_train-92d63d4/stdout.log"),
  },
  {
    name: "process-log, a failure",
    create: log(false),
    file: "stderr.log",
    capture: capture("process-log/captures/constructed/torchrun-oom.stderr.log"),
  },
  {
    name: "plain-log",
    create: (dir) => new PlainLogSource({ path: join(dir, "train.log"), key: "1/train.log", begins: [0, 3000] }),
    file: "train.log",
    capture: capture("process-log/captures/base_train-92d63d4/stdout.log"),
  },
  {
    name: "wandb-file",
    create: (dir) => new WandbFileSource({ stage: 1, path: join(dir, "run-whole123.wandb"), key: "1/run-whole123.wandb" }),
    file: "run-whole123.wandb",
    capture: capture("wandb-file/captures/whole/run-whole123.wandb"),
  },
];

const SUBJECTS: readonly Subject[] = [
  ...FOLLOWERS,
  { name: "host", create: (dir) => new HostSource({ baseDir: dir, trainerPid: () => process.pid, nvidiaSmi: null }) },
];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sources-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function pollAll(source: Source): void {
  while (source.poll(1000));
}

function readAtOnce({ create, file, capture: bytes }: Follower): unknown {
  const folder = mkdtempSync(join(dir, "at-once-"));
  appendFileSync(join(folder, file), bytes);
  const sink = new RecordingSink();
  const source = create(folder);
  source.start(sink, sink.offsets);
  pollAll(source);
  source.stop();
  return sink.told();
}

/** Writes the bytes piece by piece, reading after each; a new source takes over after the pieces that `takeOver` names. */
function readInPieces({ create, file, capture: bytes }: Follower, cuts: readonly number[], takeOver: (piece: number) => boolean): unknown {
  const folder = mkdtempSync(join(dir, "pieces-"));
  const sink = new RecordingSink();
  let source = create(folder);
  source.start(sink, sink.offsets);
  const ends = [...cuts, bytes.length].sort((a, b) => a - b);
  let written = 0;
  for (const [piece, end] of ends.entries()) {
    appendFileSync(join(folder, file), bytes.subarray(written, end));
    written = end;
    pollAll(source);
    if (!takeOver(piece)) continue;
    source.stop();
    source = create(folder);
    source.start(sink, new Map(sink.offsets));
  }
  pollAll(source);
  source.stop();
  return sink.told();
}

describe.each(FOLLOWERS)("$name", (follower) => {
  const cuts = fc.array(fc.nat({ max: follower.capture.length }), { maxLength: 8 });

  test("says the same however its bytes arrive", () => {
    const whole = readAtOnce(follower);
    fc.assert(
      fc.property(cuts, (at) => {
        expect(readInPieces(follower, at, () => false)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  test("says everything once when a successor goes on from the offsets", () => {
    const whole = readAtOnce(follower);
    fc.assert(
      fc.property(cuts, fc.array(fc.boolean(), { maxLength: 9 }), (at, successions) => {
        expect(readInPieces(follower, at, (piece) => successions[piece] ?? false)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  test("gets on when it has no time at all, and a successor may take over after any poll", () => {
    const whole = readAtOnce(follower);
    appendFileSync(join(dir, follower.file), follower.capture);
    const sink = new RecordingSink();
    for (let more = true; more; ) {
      const source = follower.create(dir);
      source.start(sink, new Map(sink.offsets));
      more = source.poll(0);
      source.stop();
    }
    expect(sink.told()).toEqual(whole);
  });

  test("leaves a torn tail for later", () => {
    const end = follower.capture.lastIndexOf(10, follower.capture.length - 2) + 1;
    const torn = { ...follower, capture: follower.capture.subarray(0, end + 5) };
    const whole = { ...follower, capture: follower.capture.subarray(0, end) };
    expect(readAtOnce(torn)).toEqual(readAtOnce(whole));
  });

  test("has nothing to say of a file that is not there yet", () => {
    const sink = new RecordingSink();
    const source = follower.create(dir);
    source.start(sink, sink.offsets);
    expect(source.poll(10)).toBe(false);
    expect(sink.told()).toEqual(new RecordingSink().told());
    source.stop();
  });
});

describe.each(SUBJECTS)("$name", ({ create }) => {
  test("may be stopped before it was started, and twice", () => {
    create(dir).stop();
    const source = create(dir);
    source.start(new RecordingSink(), new Map());
    source.stop();
    source.stop();
  });

  test("does not touch the sink after its stop", () => {
    const sink = new RecordingSink();
    const source = create(dir);
    source.start(sink, new Map());
    source.stop();
    const before = JSON.stringify(sink.told());
    for (const { file, capture: bytes } of FOLLOWERS) appendFileSync(join(dir, file), bytes);
    expect(source.poll(10)).toBe(false);
    expect(JSON.stringify(sink.told())).toBe(before);
  });

  test("has an id", () => {
    expect(create(dir).id).toMatch(/^[a-z-]+$/);
  });
});
