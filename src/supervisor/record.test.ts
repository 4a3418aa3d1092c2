import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEvent } from "../core/journal.ts";
import type { RunState } from "../core/run.ts";
import { readState } from "../lib/run-files.ts";
import { SupervisorLog } from "./log.ts";
import { RunRecord } from "./record.ts";

const STATE: RunState = {
  version: 1,
  id: "r",
  name: "r",
  prefab: "p",
  status: "starting",
  createdAt: "2026-11-23T12:00:00Z",
  startedAt: null,
  endedAt: null,
  reason: null,
  stages: [],
  owner: null,
  heartbeatAt: null,
  progress: null,
};

let folder: string;
let events: JournalEvent[];
let record: RunRecord;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  events = [];
  const log = new SupervisorLog();
  log.keepIn({ log: () => {}, event: (event) => void events.push(event) });
  record = new RunRecord(folder, STATE, log);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const onDisk = () => {
  const read = readState(folder);
  return read.ok ? read.value : read.failure.code;
};

test("each change is on disk, with the time of writing", () => {
  record.update({ status: "running" });
  expect(onDisk()).toMatchObject({ status: "running", heartbeatAt: expect.stringMatching(/^\d{4}-.*Z$/) });
});

test("a state that cannot be written is told once, kept, and written when that works again", () => {
  const path = join(folder, "state.json");
  mkdirSync(path);
  record.update({ status: "running" });
  record.update({ reason: "x" });
  expect(events.map(({ kind }) => kind)).toEqual(["problem"]);
  rmSync(path, { recursive: true });
  record.update({});
  expect(onDisk()).toMatchObject({ status: "running", reason: "x" });
});

test("a heartbeat writes nothing before its second is over, while the run stands as it did", () => {
  record.update({ status: "running" });
  rmSync(join(folder, "state.json"));
  record.heartbeat("running", null);
  expect(record.exists).toBe(false);
});

const PROGRESS = { stage: 1, step: 5, totalSteps: 9, loss: 1, valBpb: null, tokensPerSecond: null, etaSeconds: null };

test("a run that comes to stand otherwise is on disk at once, with the step of that", () => {
  record.update({ status: "running", progress: PROGRESS });
  record.heartbeat("paused", { ...PROGRESS, step: 8 });
  expect(onDisk()).toMatchObject({ status: "paused", progress: { step: 8 } });
});

test("a heartbeat without progress keeps the last one", () => {
  const progress = PROGRESS;
  record.update({ progress });
  record.heartbeat("running", null);
  record.leave({ status: "done" });
  expect(onDisk()).toMatchObject({ progress, owner: null, status: "done" });
});

test("a run that was deleted under its supervisor does not come back", () => {
  record.update({ status: "running" });
  rmSync(folder, { recursive: true });
  record.update({ status: "stopping" });
  record.leave();
  expect(record.exists).toBe(false);
  expect(events).toEqual([]);
});
