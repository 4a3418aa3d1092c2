import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AlertStatus, alertsOf, isOpen } from "../core/alert.ts";
import { sentence } from "../core/result.ts";
import { JournalReader } from "../journal/reader.ts";
import { JournalWriter } from "../journal/writer.ts";
import { RunAlerts, StageAlerts } from "./alerts.ts";

let home: string;
let journal: JournalWriter;
let alerts: RunAlerts;
let stage: StageAlerts;
let problems: string[];
let configHome: string | undefined;
/** Epoch milliseconds of what comes next. */
let now: number;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  configHome = process.env["XDG_CONFIG_HOME"];
  process.env["XDG_CONFIG_HOME"] = join(home, "config");
  const dir = join(home, "runs", "one");
  mkdirSync(dir, { recursive: true });
  const opened = JournalWriter.open(join(dir, "journal.db"));
  if (!opened.ok) throw new Error(opened.failure.what);
  journal = opened.value;
  problems = [];
  now = Date.now();
  alerts = new RunAlerts({ dir, name: "one", journal: join(dir, "journal.db") }, journal, (failure) => problems.push(sentence(failure)));
  stage = new StageAlerts(alerts, { stage: 1, script: "scripts.base_train", bridged: true }, journal);
});
afterEach(() => {
  journal.close();
  if (configHome === undefined) delete process.env["XDG_CONFIG_HOME"];
  else process.env["XDG_CONFIG_HOME"] = configHome;
  rmSync(home, { recursive: true, force: true });
});

const LOW = "thresholds: [{name: low, metric: train/tok_per_sec, below: 1.0e9}]\n";

/** alerts.yaml is this from now on, null for none, and the run has seen it. */
async function setAlerts(text: string | null): Promise<void> {
  const path = join(home, "alerts.yaml");
  if (text === null) rmSync(path);
  else writeFileSync(path, text);
  now += 5000;
  if (await alerts.look(now)) stage.renew();
  commit();
}
function commit(): void {
  expect(journal.commit().ok).toBe(true);
  stage.committed(now);
}
let key = 0;
function makeStep(): void {
  now += 500;
  stage.points(1, key++, now, { "train/tok_per_sec": 1000, "time/wall": now });
  commit();
}
function told(): AlertStatus[] {
  const reader = JournalReader.open(alerts.run.journal);
  if (!reader.ok) throw new Error(reader.failure.what);
  reader.value.refresh();
  const all = alertsOf(reader.value.events({ kinds: ["alert"] }));
  reader.value.close();
  return all;
}

test("an alert of a limit that is taken out of alerts.yaml is over, with that as the reason", async () => {
  await setAlerts(LOW);
  makeStep();
  expect(told().map(isOpen)).toEqual([true]);
  await setAlerts("bell: true\n");
  expect(told()).toMatchObject([{ key: "threshold/low", clearedWhy: "It is not watched for any more, or not like that" }]);
  makeStep();
  expect(told()).toHaveLength(1);
});

test("a limit on what nothing logs is told once, as a note of which nobody is told outside, and not before it can be told", async () => {
  const notes = (): unknown[] => {
    const reader = JournalReader.open(alerts.run.journal);
    if (!reader.ok) throw new Error(reader.failure.what);
    reader.value.refresh();
    const said = reader.value.events({ kinds: ["note"] });
    reader.value.close();
    return said.map(({ stage: of, body }) => [of, body["tag"], body["what"]]);
  };
  const steps = (many: number): void => {
    for (let i = 0; i < many; i++) stage.points(1, key++, ++now, { "train/loss": 1, "time/wall": now });
    commit();
    commit();
  };
  await setAlerts(
    "thresholds: [{name: low, metric: train/lss, below: 1}, {name: is, metric: train/loss, below: 0}]\ncommand: [touch, told]\n",
  );
  steps(19);
  expect(notes()).toEqual([]);
  steps(1);
  const what = "The limit low is on train/lss, which nothing logs so far, so nothing can be said of it. Did you mean train/loss?";
  expect(notes()).toEqual([[1, "idle-limit", what]]);
  stage.points(1, key, ++now, { "val/bpb": 1 });
  commit();
  stage.takeOver();
  steps(20);
  expect(notes()).toEqual([[1, "idle-limit", what]]);
  expect(told()).toEqual([]);
});

test("a file with a mistake is told with the mistake first, and again once it is mended", async () => {
  const wellTold = (): unknown[] => {
    const reader = JournalReader.open(alerts.run.journal);
    if (!reader.ok) throw new Error(reader.failure.what);
    reader.value.refresh();
    const notes = reader.value.events({ kinds: ["note"] });
    reader.value.close();
    return notes.map(({ body }) => body["what"]);
  };
  await setAlerts("watches: {throughput: {percnt: 20}}\n");
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(
    /^alerts\.yaml is left out until it is mended: alerts\.yaml:1:\d+: `watches\.throughput\.percnt` is no key .* Did you mean percent\?$/,
  );
  expect(wellTold()).toEqual([]);
  await setAlerts("watches: {throughput: {percent: 20}}\n");
  expect(wellTold()).toEqual(["alerts.yaml is mended, and counts as it is now"]);
});

test("while there is a mistake in a file, its limits and who is told stay as they were; where nothing was, there is nothing", async () => {
  await setAlerts(`${LOW}command: [notify]\n`);
  await setAlerts(`${LOW}command: [notify\n`);
  expect(alerts.config.command).toEqual(["notify"]);
  expect(alerts.config.watches.thresholds).toMatchObject([{ name: "low" }]);
  expect(problems).toEqual([expect.stringMatching(/^alerts\.yaml has a mistake, and what it said before stays until it is mended: /)]);
  await setAlerts("command: [ring]\n");
  expect(alerts.config).toMatchObject({ command: ["ring"], watches: { thresholds: [] } });
  await setAlerts(null);
  await setAlerts("command: [notify\n");
  expect(alerts.config.command).toBeNull();
  expect(problems[1]).toStartWith("alerts.yaml is left out until it is mended: ");
});

test("a file with a mistake ends no alert: it is about to be mended, and each would be told a second time", async () => {
  await setAlerts(LOW);
  makeStep();
  await setAlerts(`${LOW}bel: true\n`);
  expect(problems).toHaveLength(1);
  makeStep();
  await setAlerts(LOW);
  makeStep();
  expect(told().map(isOpen)).toEqual([true]);
  await setAlerts("bel: true\n");
  await setAlerts(null);
  expect(told().map(isOpen)).toEqual([false]);
});
