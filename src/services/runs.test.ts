import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownHome } from "../../test/fixtures/own-home.ts";
import { makeRun, planOf, type TestRun, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readPlan } from "../lib/run-files.ts";
import { adoptRun, requestRun, waitForEnd, waitForRequest } from "./run-control.ts";
import { createRun, reserveRun } from "./run-create.ts";
import { RunView } from "./run-view.ts";
import { findRun, listRuns } from "./runs.ts";

const folder = ownHome();

/** Changes the record as its supervisor would. */
function record(run: TestRun, change: object): void {
  const path = runPaths(run.dir).state;
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
}
const OURSELVES = { pid: process.pid, startTicks: startTicks(process.pid), startedAt: "", version: "" };
const NOBODY = { ...OURSELVES, startTicks: 1 };
const ids = () => unwrap(listRuns(folder.home)).map(({ id }) => id);

test("an id is the local time and the name; of two in one second both get a folder", () => {
  const now = new Date(2026, 10, 23, 16, 12, 5);
  const names = [1, 2, 3].map(() => unwrap(reserveRun(folder.home, "My run/δ", now)).id);
  expect(names).toEqual(["20261123-161205-my-run", "20261123-161205-my-run-2", "20261123-161205-my-run-3"]);
  expect(statSync(folder.home).mode & 0o777).toBe(0o700);
});

test("the record is private, and holds the plan and the machine", () => {
  const run = makeRun(folder.home, trainStage(1, "--depth=4"));
  expect(readPlan(run.dir)).toEqual({ ok: true, value: run.plan });
  expect(JSON.parse(readFileSync(runPaths(run.dir).environment, "utf8"))).toMatchObject({
    version: 1,
    host: expect.any(String),
    pythonVersion: null,
  });
  for (const file of readdirSync(run.dir)) expect(statSync(join(run.dir, file)).mode & 0o077).toBe(0);
});

test("a list tells of which stage the progress of a run is", () => {
  const run = makeRun(folder.home, trainStage(1), trainStage(2));
  const stage = (): string | null | undefined => unwrap(listRuns(folder.home))[0]?.stage;
  expect(stage()).toBeNull();
  const { stages } = JSON.parse(readFileSync(runPaths(run.dir).state, "utf8"));
  const progress = { step: 5, totalSteps: 9, loss: 1, valBpb: null, tokensPerSecond: null, etaSeconds: null };
  record(run, { progress: { ...progress, stage: 2 } });
  expect(stage()).toBe(stages[1].name.replace(/^\d+-/, ""));
  record(run, { progress: { ...progress, stage: 7 } });
  expect(stage()).toBeNull();
});

test("a list tells since when the record of a run that goes on has not been written, and nothing of one that has ended", () => {
  const run = makeRun(folder.home, trainStage(1));
  const asOf = (): string | null | undefined => unwrap(listRuns(folder.home))[0]?.asOf;
  const old = new Date(Date.now() - 120_000).toISOString();
  record(run, { status: "running", owner: OURSELVES, heartbeatAt: new Date().toISOString() });
  expect(asOf()).toBeNull();
  record(run, { heartbeatAt: old });
  expect(asOf()).toBe(old);
  record(run, { owner: NOBODY });
  expect(asOf()).toBeNull();
  record(run, { owner: OURSELVES, status: "done" });
  expect(asOf()).toBeNull();
});

test("a list tells as of when what it says of a run is whose supervisor has died, and no time that is left", () => {
  const run = makeRun(folder.home, trainStage(1));
  const { stages } = JSON.parse(readFileSync(runPaths(run.dir).state, "utf8"));
  const { pid, startTicks } = OURSELVES;
  const now = new Date().toISOString();
  const progress = { stage: 1, step: 5, totalSteps: 9, loss: 1, valBpb: null, tokensPerSecond: null, etaSeconds: 345.9 };
  record(run, {
    status: "running",
    owner: NOBODY,
    heartbeatAt: now,
    progress,
    stages: [{ ...stages[0], status: "running", pid, startTicks }],
  });
  expect(unwrap(listRuns(folder.home))[0]).toMatchObject({ liveness: "unattended", asOf: now, progress: { step: 5, etaSeconds: null } });
});

test.each([
  ["running", 730],
  ["stopping", 730],
  ["paused", null],
  ["stopped", null],
  ["failed", null],
  ["lost", null],
  ["done", null],
] as const)("a list tells of a run that is %s as time that is left: %p", (status, etaSeconds) => {
  const run = makeRun(folder.home, trainStage(1));
  const progress = { stage: 1, step: 5, totalSteps: 9, loss: 1, valBpb: null, tokensPerSecond: null, etaSeconds: 730 };
  record(run, { status, owner: OURSELVES, heartbeatAt: new Date().toISOString(), progress });
  expect(unwrap(listRuns(folder.home))[0]?.progress?.etaSeconds).toBe(etaSeconds);
});

test("a model tag that a running run writes to is refused, and the folder is given back", () => {
  const stages = [withValue(trainStage(1), "model_tag", "d4")];
  const first = makeRun(folder.home, ...stages);
  const place = unwrap(reserveRun(folder.home, "second"));
  expect(createRun(folder.home, place, planOf(folder.home, stages))).toMatchObject({
    ok: false,
    failure: { code: "refused", what: expect.stringContaining(first.id) },
  });
  expect(existsSync(place.dir)).toBe(false);
  record(first, { status: "done" });
  expect(createRun(folder.home, unwrap(reserveRun(folder.home, "third")), planOf(folder.home, stages)).ok).toBe(true);
});

test("where the tag names the model as well a run that writes to it is waited for, or the model is copied", () => {
  const sft = { ...withValue(trainStage(1), "model_tag", "d4"), script: "scripts.chat_sft" };
  const base = withValue(trainStage(1), "model_tag", "d4");
  makeRun(folder.home, sft);
  const remedyOf = (...stages: (typeof base)[]) => {
    const refused = createRun(folder.home, unwrap(reserveRun(folder.home, "second")), planOf(folder.home, stages));
    return refused.ok ? null : refused.failure.remedy;
  };
  expect(remedyOf(sft)).toMatch(
    /^Wait for that run to end, or copy the folder of its model, .*\/base_checkpoints\/d4, beside it as d4-2, /,
  );
  expect(remedyOf(base, sft)).toBe("Choose another --set model_tag, or wait for that run to end");
});

test("a home without runs has none; one that cannot be made is a sentence", () => {
  expect(listRuns(folder.home)).toEqual({ ok: true, value: [] });
  writeFileSync(folder.home, "a file");
  expect(reserveRun(folder.home, "x")).toMatchObject({ ok: false, failure: { code: "io", what: expect.stringContaining(folder.home) } });
});

test("the list: newest first, liveness told, and a damaged record does not hide the others", () => {
  const [old, live, damaged, newer] = [1, 2, 3, 4].map(() => makeRun(folder.home, trainStage(1))) as [TestRun, TestRun, TestRun, TestRun];
  record(old, { createdAt: "2026-01-01T00:00:00Z", status: "done" });
  record(live, { createdAt: "2026-02-01T00:00:00Z", status: "running", owner: OURSELVES });
  writeFileSync(runPaths(damaged.dir).state, "{");
  record(newer, { version: 9 });
  mkdirSync(join(folder.home, "runs", "being-made"));
  const runs = unwrap(listRuns(folder.home));
  expect(runs.slice(0, 2).map(({ id, liveness, problem }) => [id, liveness, problem])).toEqual([
    [live.id, "owned", null],
    [old.id, "ended", null],
  ]);
  expect(runs.slice(2).map(({ problem }) => problem)).toEqual([
    expect.stringContaining("version 9"),
    expect.stringContaining("not readable"),
  ]);
});

test("a run is found by id, name, part of its id, or as the last one", () => {
  const place = (name: string) => {
    const reserved = unwrap(reserveRun(folder.home, name));
    unwrap(createRun(folder.home, reserved, planOf(folder.home, [], name)));
    return reserved.id;
  };
  const [alpha, beta] = [place("alpha"), place("beta")];
  const found = (wanted: string) => unwrap(findRun(folder.home, wanted)).id;
  expect([found(alpha), found("alpha"), found("bet")]).toEqual([alpha, alpha, beta]);
  expect(ids()).toContain(found("last"));
  expect(findRun(folder.home, "2")).toMatchObject({ ok: false, failure: { code: "usage", why: expect.stringContaining(alpha) } });
  expect(findRun(folder.home, "alhpa")).toMatchObject({
    ok: false,
    failure: { code: "not-found", remedy: expect.stringContaining("alpha") },
  });
});

test("of several runs with one name the one that is going is meant; without one the name is refused with their ids", () => {
  const [a, b] = [makeRun(folder.home, trainStage(1)), makeRun(folder.home, trainStage(1))] as const;
  expect(findRun(folder.home, "test")).toMatchObject({ ok: false, failure: { code: "usage" } });
  record(a, { status: "done" });
  expect(unwrap(findRun(folder.home, "test")).id).toBe(b.id);
  record(b, { status: "done" });
  expect(findRun(folder.home, "test")).toMatchObject({
    failure: { code: "usage", what: "test may be any of 2 runs", why: expect.stringContaining(b.id), remedy: "Name one by its id" },
  });
  expect(unwrap(findRun(folder.home, a.id)).id).toBe(a.id);
});

test("only a run with an owner can be asked; the refusal says what to do", () => {
  const run = makeRun(folder.home, trainStage(1));
  record(run, { status: "running", owner: OURSELVES });
  const { id } = unwrap(requestRun(run.dir, "save", "test"));
  expect(JSON.parse(readFileSync(join(runPaths(run.dir).requests, `${id}.json`), "utf8"))).toMatchObject({
    version: 1,
    id,
    kind: "save",
    from: "test",
  });
  record(run, { status: "running", owner: NOBODY });
  expect(requestRun(run.dir, "stop", "test")).toMatchObject({
    ok: false,
    failure: { remedy: expect.stringContaining(`runs adopt ${run.id}`) },
  });
  record(run, { status: "done" });
  expect(requestRun(run.dir, "stop", "test")).toMatchObject({ ok: false, failure: { what: `${run.id} has ended` } });
});

test("waiting ends with the run, or when the time is over", async () => {
  const run = makeRun(folder.home, trainStage(1));
  record(run, { status: "running", owner: OURSELVES });
  expect(await waitForRequest(run.dir, "x", { timeoutMs: 1 })).toMatchObject({
    ok: false,
    failure: { why: expect.stringContaining("has not seen it") },
  });
  record(run, { status: "done" });
  expect(await waitForRequest(run.dir, "x", { timeoutMs: 60_000 })).toMatchObject({ ok: false, failure: { code: "refused" } });
});

test("a stop is waited for until the record says that the run has ended, with bounded patience and a sentence", async () => {
  const run = makeRun(folder.home, trainStage(1));
  record(run, { status: "stopping", owner: OURSELVES });
  expect(await waitForEnd(run.dir, 0)).toMatchObject({
    ok: false,
    failure: { what: expect.stringContaining("has not ended within"), remedy: expect.stringContaining(`runs stop ${run.id} --now`) },
  });
  let isOver = false;
  const waiting = waitForEnd(run.dir).then((ended) => [ended.ok, isOver]);
  isOver = true;
  record(run, { status: "stopped" });
  expect(await waiting).toEqual([true, true]);
});

test("adopting: an ended run has nothing left, an owned one stays with its owner, a supervisor that fails is told by its log", async () => {
  const run = makeRun(folder.home, trainStage(1));
  record(run, { status: "done" });
  expect(await adoptRun(run.dir)).toMatchObject({ ok: false, failure: { code: "nothing-to-attach" } });
  record(run, { status: "running", owner: OURSELVES });
  expect(await adoptRun(run.dir)).toEqual({ ok: true, value: { pid: process.pid, how: "already" } });
  record(run, { heartbeatAt: new Date(Date.now() - 60_000).toISOString() });
  expect(await adoptRun(run.dir)).toMatchObject({
    ok: false,
    failure: {
      why: expect.stringContaining(`process ${process.pid} looks after it, but has written nothing since`),
      remedy: expect.stringContaining(`\`kill -CONT ${process.pid}\``),
    },
  });
  record(run, { owner: NOBODY });
  const failing = ["sh", "-c", "echo 2026-11-23T12:00:00Z error the disk is gone; exit 7"];
  expect(await adoptRun(run.dir, failing)).toMatchObject({
    ok: false,
    failure: { why: "its supervisor ended at once (exit code 7). It said: the disk is gone" },
  });
  expect(await adoptRun(run.dir, ["/nonexistent/bun"])).toMatchObject({ ok: false, failure: { code: "failed" } });
});

test("a view follows the record, and keeps what it knew when that is damaged", () => {
  const run = makeRun(folder.home, trainStage(1));
  const view = unwrap(RunView.open(run.dir));
  expect(view.refresh().state).toBe(false);
  record(run, { status: "running", owner: OURSELVES });
  expect(view.refresh().state).toBe(true);
  expect([view.state().status, view.liveness()]).toEqual(["running", "owned"]);
  writeFileSync(runPaths(run.dir).state, "{");
  expect(view.refresh().state).toBe(false);
  expect(view.state().status).toBe("running");
  view.close();
});

test("what is no folder is no run: a file, a link that leads nowhere or to itself", () => {
  const run = makeRun(folder.home, trainStage(1));
  const runs = join(folder.home, "runs");
  writeFileSync(join(runs, ".DS_Store"), "");
  symlinkSync(join(runs, "nowhere"), join(runs, "broken"));
  symlinkSync(join(runs, "loop"), join(runs, "loop"));
  const cache = new Map();
  expect([1, 2].map(() => unwrap(listRuns(folder.home, cache)).map(({ id }) => id))).toEqual([[run.id], [run.id]]);
  expect(findRun(folder.home, ".DS_Store")).toMatchObject({ ok: false, failure: { code: "not-found" } });
});
