import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertEvent, DELIVERY } from "../core/alert.ts";
import type { Plan } from "../core/plan.ts";
import { JournalWriter } from "../journal/writer.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { firstState, readState } from "../lib/run-files.ts";
import { acknowledgeEnded } from "../services/run-acknowledge.ts";
import { deleteRun } from "../services/run-delete.ts";
import { RunAlerts } from "./alerts.ts";
import { tellAfterwards } from "./held.ts";
import { SupervisorLog } from "./log.ts";
import { RunRecord } from "./record.ts";

const EVERY_MS = 10;
/** Not quiet is one minute in a day, which is twelve hours from now. */
const timeOfDay = (ms: number): string => `"${new Date(ms).toTimeString().slice(0, 5)}"`;
const FAR = Date.now() + 12 * 3600_000;
const QUIET = `quiet_hours: {from: ${timeOfDay(FAR + 60_000)}, to: ${timeOfDay(FAR)}}\n`;
const PLAN = { name: "one", prefab: "p", stages: [] as unknown } as Plan;
let home: string;
let dir: string;
let record: RunRecord;
let alerts: RunAlerts;
let leaving: boolean;
let configHome: string | undefined;

/** A run that has failed in quiet hours, with that held back. */
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  configHome = process.env["XDG_CONFIG_HOME"];
  process.env["XDG_CONFIG_HOME"] = join(home, "config");
  dir = join(home, "runs", "one");
  mkdirSync(dir, { recursive: true });
  writeFileSync(runPaths(dir).plan, "version: 1\n");
  const journal = opened();
  const words = { key: "failed", watch: "failed", severity: "bad", cause: "It failed." } as const;
  journal.event(alertEvent({ phase: "raised", ...words, evidence: [], actions: [] }, { stage: 1, at: Date.now(), step: 7 }));
  const fields = { key: "failed", way: null, outcome: "held", why: "quiet hours until 23:59" };
  journal.event({ stage: 0, at: Date.now(), step: null, kind: "note", body: { tag: DELIVERY, fields } });
  journal.close();
  const log = new SupervisorLog();
  record = new RunRecord(dir, { ...firstState(dir, PLAN, "2026-01-01T00:00:00Z"), status: "failed" }, log);
  record.take({ pid: process.pid, startTicks: startTicks(process.pid), startedAt: "2026-01-01T00:00:00Z", version: "0" });
  alerts = new RunAlerts({ dir, name: "one", journal: runPaths(dir).journal }, journal, (failure) => log.problem(failure));
  leaving = false;
  setAlerts(QUIET);
  await alerts.look(Date.now());
});
afterEach(() => {
  if (configHome === undefined) delete process.env["XDG_CONFIG_HOME"];
  else process.env["XDG_CONFIG_HOME"] = configHome;
  rmSync(home, { recursive: true, force: true });
});

function opened(): JournalWriter {
  const journal = JournalWriter.open(runPaths(dir).journal);
  if (!journal.ok) throw new Error(journal.failure.what);
  return journal.value;
}
function setAlerts(quiet: string): void {
  writeFileSync(join(home, "alerts.yaml"), `command: ["sh", "-c", "cat >> ${home}/told"]\n${quiet}`);
}
const told = (): unknown => (existsSync(join(home, "told")) ? JSON.parse(readFileSync(join(home, "told"), "utf8")) : null);
const owner = (): unknown => {
  const state = readState(dir);
  return state.ok ? state.value.owner : "unreadable";
};
const wait = (): Promise<void> => tellAfterwards({ dir, record, alerts, log: new SupervisorLog(), leaving: () => leaving }, EVERY_MS);

test("what quiet hours held back of a run that has ended is told when they are over, and its supervisor leaves", async () => {
  const telling = wait();
  expect([told(), owner()]).toEqual([null, expect.objectContaining({ pid: process.pid })]);
  setAlerts("");
  await telling;
  expect([told(), owner()]).toEqual([expect.objectContaining({ key: "failed", step: 7 }), null]);
  expect(told()).not.toHaveProperty("clearedAt");
});

test("what was acknowledged meanwhile is not told, and not waited for", async () => {
  const telling = wait();
  expect(acknowledgeEnded(dir, "failed", "cli")).toEqual({ ok: true, value: undefined });
  await telling;
  expect([told(), owner()]).toEqual([null, null]);
});

test("one that is asked to leave does so, and tells nothing", async () => {
  const telling = wait();
  leaving = true;
  await telling;
  expect([told(), owner()]).toEqual([null, null]);
});

test("a run that waits to tell can be deleted, and is not brought back", async () => {
  const telling = wait();
  expect(deleteRun(dir).ok).toBe(true);
  await telling;
  expect([told(), existsSync(dir)]).toEqual([null, false]);
});
