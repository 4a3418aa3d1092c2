/** Raw records by command: of a run's journal, and of a `.wandb` file that was not imported. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JournalWriter } from "../../src/journal/writer.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { ROOT } from "../drivers/pty.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { makeRun, trainStage, unwrap } from "../fixtures/runs.ts";

const FILE = join(ROOT, "src", "sources", "wandb-file", "captures", "whole", "run-whole123.wandb");
const BEGAN = 1_700_000_000_000;

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Each line of the answer, as an object. */
async function lines(...args: string[]): Promise<Array<Record<string, unknown>>> {
  const { stdout } = await box.cli(["runs", "records", ...args, "--json"]);
  return stdout.trim() === ""
    ? []
    : stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("a .wandb file is told record by record, without an import, and by its folder", async () => {
  const folder = join(box.dir, "wandb", "run-1");
  mkdirSync(folder, { recursive: true });
  copyFileSync(FILE, join(folder, "run-whole123.wandb"));
  expect(await lines(folder, "--limit", "all")).toHaveLength(322);
  expect(await lines(FILE, "--kind", "exit")).toMatchObject([{ number: 322, type: "exit", body: { code: 0 } }]);
  expect((await lines(FILE, "--from", "12", "--to", "14")).map(({ type }) => type)).toEqual(["summary", "summary", "history"]);
  expect(await lines(FILE, "--follow", "--limit", "2")).toHaveLength(2);
  expect((await box.cli(["runs", "records", FILE, "--kind", "histroy"])).stderr).toContain("There are history");
  expect((await box.cli(["runs", "list"])).stdout).not.toContain("d4-first");
});

test("a run's journal is told record by record", async () => {
  const run = makeRun(box.home, trainStage(1));
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (let step = 0; step < 20; step++) {
    journal.points(1, step, BEGAN + step * 1000, { "train/loss": step === 19 ? Number.NaN : 5 });
    journal.log({ stage: 1, at: BEGAN + step * 1000, stream: "stdout", rank: null, level: "info", text: `step ${step}` });
  }
  journal.close();
  const [last] = await lines(run.id, "--kind", "points", "--limit", "1");
  expect(last).toEqual({ kind: "points", stage: 1, step: 19, time: "2023-11-14T22:13:39.000Z", body: { "train/loss": "NaN" } });
  expect(await lines(run.id, "--from", "3", "--to", "5")).toHaveLength(3);
  expect(await lines(run.id, "--from", "2023-11-14T22:13:38Z", "--kind", "log")).toHaveLength(2);
  const text = (await box.cli(["runs", "records", run.id, "--limit", "2"])).stdout;
  expect(text).toMatch(/ 1 points +19 {2}\{"train\/loss":"NaN"\}\n/);
  expect((await box.cli(["runs", "records", run.id, "--from", "soon"])).code).toBe(2);
  writeFileSync(join(box.dir, "x.wandb"), "no such");
  expect((await box.cli(["runs", "records", join(box.dir, "x.wandb")])).stderr).toContain("not a .wandb file");
});
