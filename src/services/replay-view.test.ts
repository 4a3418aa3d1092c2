import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRun, type TestRun, trainStage, unwrap } from "../../test/fixtures/runs.ts";
import { JournalWriter } from "../journal/writer.ts";
import { writeJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";
import { factsOf } from "../panels/data.ts";
import { openReplay, ReplayView } from "./replay-view.ts";

const BEGIN = Date.parse("2026-11-23T12:00:00Z");
const iso = (seconds: number): string => new Date(BEGIN + seconds * 1000).toISOString();

let home: string;
let run: TestRun;
let now: number;
const open: ReplayView[] = [];

/** A run of two stages: 100 steps in 100 seconds, then 20 in 20, and an end. */
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  run = makeRun(home, trainStage(1), trainStage(2));
  now = 5_000;
  const state = unwrap(readState(run.dir));
  const times = [
    [0, 100],
    [100, 120],
  ] as const;
  const stages = state.stages.map((stage, i) => ({
    ...stage,
    status: "done",
    startedAt: iso(times[i]![0]),
    endedAt: iso(times[i]![1]),
    exitCode: 0,
  }));
  writeJson(runPaths(run.dir).state, { ...state, status: "failed", reason: "It broke.", startedAt: iso(0), endedAt: iso(120), stages });
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  journal.event({ stage: 1, at: BEGIN, step: null, kind: "config", body: { derived: { totalSteps: 100 } } });
  for (let second = 0; second < 120; second++) {
    const [stage, step] = second < 100 ? [1, second] : [2, second - 100];
    journal.points(stage, step, BEGIN + second * 1000, { "train/loss": 10 - step / 100, "train/dt": 1 });
    journal.log({ stage, at: BEGIN + second * 1000, stream: "stdout", rank: null, level: "info", text: `second ${second}` });
  }
  journal.event({ stage: 1, at: BEGIN + 50_000, step: 50, kind: "checkpoint", body: { bytes: 1 } });
  journal.close();
});
afterEach(() => {
  for (const view of open.splice(0)) view.close();
  rmSync(home, { recursive: true, force: true });
});

function replay(speed = 10): ReplayView {
  const view = unwrap(ReplayView.open(run.dir, { speed, clock: () => now }));
  open.push(view);
  return view;
}

const loss = (view: ReplayView, stage = 1) => view.reader.latest(stage, "train/loss")?.key ?? null;

test("the run is shown as it was: points, events, log, state and progress up to the moment", () => {
  const view = replay(10);
  expect(view.at).toBe(BEGIN);
  expect(view.state()).toMatchObject({ status: "running", endedAt: null, reason: null });
  now += 3_000;
  expect(view.refresh()).toEqual({ points: true, events: false, log: true, state: true });
  expect(loss(view)).toBe(30);
  expect(loss(view, 2)).toBeNull();
  expect(view.reader.metrics(2)).toEqual([]);
  expect(view.reader.log({ limit: 1 })[0]?.text).toBe("second 30");
  expect(view.reader.events({ kinds: ["checkpoint"] })).toEqual([]);
  expect(view.step).toBe(30);
  expect(view.state().progress).toMatchObject({ stage: 1, step: 30, totalSteps: 100, etaSeconds: 69 });
  expect(view.state().stages.map(({ status }) => status)).toEqual(["running", "pending"]);
  expect(view.liveness()).toBe("owned");
  expect(factsOf(view, null, 1).now).toBe(BEGIN + 30_000);
  now += 8_000;
  view.refresh();
  expect(view.state().stages.map(({ status }) => status)).toEqual(["done", "running"]);
  expect(view.reader.events({ kinds: ["checkpoint"] })).toHaveLength(1);
  expect(loss(view, 2)).toBe(10);
});

test("it ends where the run did, and stays there", () => {
  const view = replay(1000);
  now += 60_000;
  view.refresh();
  expect(view.at).toBe(view.to);
  expect(view.state()).toMatchObject({ status: "failed", reason: "It broke." });
  expect(view.liveness()).toBe("ended");
  now += 60_000;
  expect(view.refresh()).toEqual({ points: false, events: false, log: false, state: false });
});

test("speed, hold and moment change where it is, never by a jump", () => {
  const view = replay(10);
  now += 2_000;
  view.setSpeed(1);
  expect(view.at).toBe(BEGIN + 20_000);
  now += 2_000;
  expect(view.at).toBe(BEGIN + 22_000);
  view.setPaused(true);
  now += 50_000;
  expect(view.at).toBe(BEGIN + 22_000);
  view.setPaused(false);
  now += 1_000;
  expect(view.at).toBe(BEGIN + 23_000);
  view.seek(view.timeOf(1, 70)!);
  view.refresh();
  expect(loss(view)).toBe(70);
  view.seek(view.timeOf(1, 5)!);
  view.refresh();
  expect(loss(view)).toBe(5);
  view.seek(0);
  expect(view.at).toBe(view.from);
  view.setSpeed(1e9);
  expect(view.speed).toBe(1000);
  expect(view.timeOf(1, 100)).toBeNull();
});

test("without a speed all of the run takes about a minute, however long it was", () => {
  const speed = (): number => {
    const view = unwrap(ReplayView.open(run.dir, { clock: () => now }));
    open.push(view);
    return view.speed;
  };
  const end = (seconds: number) => writeJson(runPaths(run.dir).state, { ...unwrap(readState(run.dir)), endedAt: iso(seconds) });
  expect(speed()).toBe(2);
  end(3725);
  expect(speed()).toBe(62);
  end(10 * 3600);
  expect(speed()).toBe(600);
  end(10 * 24 * 3600);
  expect(speed()).toBe(1000);
});

test("a run shorter than a minute is shown no slower than it went", () => {
  const short = makeRun(home, trainStage(1));
  const journal = unwrap(JournalWriter.open(runPaths(short.dir).journal));
  for (let step = 0; step < 20; step++) journal.points(1, step, BEGIN + step * 1000, { "train/loss": 1 });
  journal.close();
  const view = unwrap(ReplayView.open(short.dir, { clock: () => now }));
  open.push(view);
  expect(view.speed).toBe(1);
  expect(view.stepsOf(1)).toMatchObject({ from: 0, to: 19 });
});

test("the steps of a stage end with the last one that was made, where an evaluation after it bears the next number", () => {
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  journal.points(1, 100, BEGIN + 100_000, { "val/bpb": 1 });
  journal.close();
  expect(replay().stepsOf(1)).toEqual({ from: 0, to: 99 });
});

test("the steps of a stage are told also before they have come", () => {
  const view = replay();
  expect([view.stepsOf(1), view.stepsOf(2), view.stepsOf(3)]).toEqual([{ from: 0, to: 99 }, { from: 0, to: 19 }, null]);
});

test("a replay begins at a step when it is asked to; one that never came is refused", () => {
  const view = unwrap(openReplay(run.dir, { step: 40 }));
  open.push(view);
  expect(loss(view)).toBeGreaterThanOrEqual(40);
  expect(loss(view)).toBeLessThan(100);
  expect(openReplay(run.dir, { step: 4000 })).toMatchObject({
    ok: false,
    failure: { code: "not-found", what: `${run.id} never came to step 4,000` },
  });
});

test("a run that goes on can be replayed, and is caught up with", () => {
  const state = unwrap(readState(run.dir));
  writeJson(runPaths(run.dir).state, { ...state, status: "running", endedAt: null, reason: null });
  expect(replay(1000).goesOn).toBe(true);
  const view = replay(1000);
  now += 1000;
  view.refresh();
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  journal.points(2, 20, BEGIN + 130_000, { "train/loss": 1 });
  journal.close();
  view.refresh();
  now += 1000;
  expect(view.refresh().points || loss(view, 2) === 20).toBe(true);
  view.refresh();
  expect(loss(view, 2)).toBe(20);
});

test("nothing is written", () => {
  const listing = (): string[] =>
    readdirSync(run.dir).map((name) => `${name} ${name.endsWith("-shm") ? "" : statSync(join(run.dir, name)).mtimeMs}`);
  const before = listing();
  const view = replay();
  now += 3000;
  view.refresh();
  view.seek(view.to);
  view.refresh();
  open.pop()?.close();
  expect(listing().filter((name) => !/-(wal|shm) /.test(name))).toEqual(before);
});

test("a replay of a run that has ended does not go on, not even at its beginning", () => {
  const view = replay();
  expect([view.liveness(), view.goesOn]).toEqual(["owned", false]);
});

test("a run without a single time cannot be replayed, and says so", () => {
  const empty = makeRun(home, trainStage(1));
  const journal = unwrap(JournalWriter.open(runPaths(empty.dir).journal));
  for (let step = 0; step < 9; step++) journal.points(1, step, Number.NaN, { "train/loss": 1 });
  journal.close();
  expect(ReplayView.open(empty.dir)).toMatchObject({ ok: false, failure: { code: "refused", what: `${empty.id} cannot be replayed` } });
});

test("a run that was paused then is shown as paused, without a time to its end", () => {
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (const [second, state] of [
    [60, "begin"],
    [70, "end"],
  ] as const)
    journal.event({ stage: 1, at: BEGIN + second * 1000, step: 60, kind: "phase", body: { name: "pause", state } });
  journal.close();
  const view = replay();
  const shown = [59, 65, 75].map((second) => {
    view.seek(BEGIN + second * 1000);
    const { state } = view.refresh();
    return [state, view.state().status, view.state().progress?.etaSeconds];
  });
  expect(shown).toEqual([
    [true, "running", 40],
    [true, "paused", null],
    [true, "running", 24],
  ]);
});
