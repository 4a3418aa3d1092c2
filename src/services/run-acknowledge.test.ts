import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeRun, type TestRun, temporaryFolder, trainStage, unwrap } from "../../test/fixtures/runs.ts";
import { type AlertBody, alertEvent, alertsOf } from "../core/alert.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { runPaths } from "../lib/run-dir.ts";
import { acknowledgeEnded, openAlert } from "./run-acknowledge.ts";

const raised = (key: "spike" | "failed", cause: string): AlertBody => ({
  ...{ phase: "raised", key, watch: key, severity: "bad", cause },
  ...{ evidence: [], actions: ["open-at"] },
});

let folder: ReturnType<typeof temporaryFolder>;
let run: TestRun;
/** A run whose stage has failed: a spike was over by then, the failure stays. */
beforeEach(() => {
  folder = temporaryFolder();
  run = makeRun(join(folder.path, "home"), trainStage(1));
  const writer = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  const tell = (body: AlertBody, at: number): void => writer.event(alertEvent(body, { stage: 1, step: 7, at }));
  tell(raised("spike", "It jumped."), 1000);
  tell({ phase: "cleared", key: "spike", why: "the stage is over" }, 2000);
  tell(raised("failed", "base_train failed"), 2000);
  unwrap(writer.close());
});
afterEach(() => folder.remove());

const alerts = () => {
  const reader = unwrap(JournalReader.open(runPaths(run.dir).journal));
  reader.refresh();
  const events = reader.events({ kinds: ["alert"] });
  reader.close();
  return { count: events.length, all: alertsOf(events) };
};

test("what outlives the run is known from then on, at its stage and step, and saying it twice says it once", () => {
  expect(acknowledgeEnded(run.dir, "failed", "cli").ok).toBe(true);
  const { all, count } = alerts();
  expect(all.at(-1)).toMatchObject({ key: "failed", clearedAt: null, acknowledgedBy: "cli", stage: 1, step: 7 });
  expect(all.at(-1)?.acknowledgedAt).toBeGreaterThan(2000);
  expect(acknowledgeEnded(run.dir, "failed", "tui").ok).toBe(true);
  expect(alerts().count).toBe(count);
});

test("what is over, or was never said, is refused", () => {
  for (const key of ["spike", "gpu-idle/3"])
    expect(acknowledgeEnded(run.dir, key, "cli")).toMatchObject({
      ok: false,
      failure: { code: "refused", what: `No alert ${key} of ${run.id} is open` },
    });
});

test("somebody who reads the journal meanwhile sees it", () => {
  const reader = unwrap(JournalReader.open(runPaths(run.dir).journal));
  reader.refresh();
  unwrap(acknowledgeEnded(run.dir, "failed", "tui"));
  expect(reader.refresh().events).toBe(true);
  expect(alertsOf(reader.events({ kinds: ["alert"] })).at(-1)?.acknowledgedBy).toBe("tui");
  reader.close();
});

test("a damaged journal is left as it is", () => {
  const { journal } = runPaths(run.dir);
  for (const name of readdirSync(run.dir)) if (name.startsWith("journal.db-")) writeFileSync(join(run.dir, name), "");
  writeFileSync(journal, "no database at all, and long enough not to be taken for an empty one".repeat(100));
  const before = readdirSync(run.dir).length;
  expect(acknowledgeEnded(run.dir, "failed", "cli").ok).toBe(false);
  expect(existsSync(journal)).toBe(true);
  expect(readdirSync(run.dir).length).toBe(before);
});

test("an open alert is meant by its key, or by what only one begins with; else those that are open are named", () => {
  expect(openAlert(run.dir, "failed")).toEqual({ ok: true, value: "failed" });
  expect(openAlert(run.dir, "fail")).toEqual({ ok: true, value: "failed" });
  const refusal = {
    ok: false,
    failure: { what: `No alert spike of ${run.id} is open`, why: "open is failed", remedy: "Name one of these" },
  };
  expect(openAlert(run.dir, "spike")).toMatchObject(refusal);
  const writer = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (const key of ["gpu-idle/1", "gpu-idle/3", "threshold/low"])
    writer.event(alertEvent({ ...raised("spike", "It idles."), key }, { stage: 1, step: 8, at: 3000 }));
  unwrap(writer.close());
  expect(openAlert(run.dir, "gpu-idle/3")).toEqual({ ok: true, value: "gpu-idle/3" });
  expect(openAlert(run.dir, "low")).toEqual({ ok: true, value: "threshold/low" });
  expect(openAlert(run.dir, "gpu-idle")).toMatchObject({
    failure: { what: `gpu-idle is more than one alert of ${run.id}`, why: "open are gpu-idle/1, gpu-idle/3" },
  });
});
