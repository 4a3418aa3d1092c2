import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "../../test/fixtures/runs.ts";
import { alertsOf } from "../core/alert.ts";
import { readState } from "../lib/run-files.ts";
import { overText } from "../panels/alerts.ts";
import { history } from "../sources/wandb-file/fixtures.ts";
import { FolderImport } from "./import-all.ts";
import { followImport } from "./import-follow.ts";
import { importRun } from "./run-import.ts";
import { exit, folder, home, inFolder, journal, put, told, wandb } from "./run-import-fixture.ts";

inFolder();

const value = (step: number, loss: string) => history({ step: String(step), "train/loss": loss, _timestamp: String(1_700_000_000 + step) });
const steps = (from: number, to: number, nan: readonly number[] = []): Buffer[] =>
  Array.from({ length: to - from }, (_, i) => value(from + i, nan.includes(from + i) ? '"NaN"' : String(3 - (from + i) / 1000)));
const saidOf = (dir: string) =>
  journal(dir, (reader) => alertsOf(reader.events({ kinds: ["alert"] }))).map(({ key, step, clearedAt }) => [
    key,
    step,
    clearedAt !== null,
  ]);

describe("what was imported is watched", () => {
  test("as a run of ours would have been, at the times of its own", async () => {
    const file = put("run-a.wandb", wandb("a", 1_700_000_000, ...steps(0, 200, [50, 120]), exit(0)));
    const { dir } = unwrap(await importRun(home, file));
    expect(saidOf(dir)).toEqual([
      ["non-finite", 50, true],
      ["non-finite", 120, true],
    ]);
    const [first] = journal(dir, (reader) => reader.events({ kinds: ["alert"] }));
    expect(first?.at).toBe(1_700_000_050_000);
  });

  test("on and on as it grows, and nothing is said twice", async () => {
    const grown = (to: number) => wandb("a", 1_700_000_000, ...steps(0, to, [50, 120]));
    const file = put("run-a.wandb", grown(60), true);
    const follow = async () => unwrap(await importRun(home, file, { follow: true }));
    const { dir, state } = await follow();
    expect([state.status, ...saidOf(dir)]).toEqual(["running", ["non-finite", 50, false]]);
    writeFileSync(file, grown(110));
    await follow();
    await follow();
    expect(saidOf(dir)).toEqual([["non-finite", 50, true]]);
    writeFileSync(file, grown(130));
    await follow();
    expect(saidOf(dir)).toEqual([
      ["non-finite", 50, true],
      ["non-finite", 120, false],
    ]);
  });

  test("also where it was resumed after years, of whose seconds none is looked at", async () => {
    const later = history({ step: "60", "train/loss": '"NaN"', _timestamp: String(2_100_000_000) });
    const { dir } = unwrap(await importRun(home, put("run-a.wandb", wandb("a", 1_700_000_000, ...steps(0, 60), later, exit(0)))));
    expect(saidOf(dir).map(([key]) => key)).toContain("non-finite");
  }, 10_000);

  test("by the limits of this home", async () => {
    const limits = "thresholds:\n  - {name: low, metric: train/loss, below: 2.95, for_steps: 3}\n";
    put(join("home", "alerts.yaml"), limits);
    const { dir } = unwrap(await importRun(home, put("run-a.wandb", wandb("a", 1_700_000_000, ...steps(0, 100), exit(0)))));
    expect(saidOf(dir)).toEqual([["threshold/low", 53, true]]);
  });

  test("also a log, whose steps have no times", async () => {
    const line = (i: number) =>
      `step ${String(i).padStart(5, "0")}/00100 (${i}.00%) | loss: ${i === 40 ? "nan" : "2.5"} | lrm: 1.00 | dt: 10.00ms`;
    const { dir } = unwrap(await importRun(home, put("train.log", `${Array.from({ length: 100 }, (_, i) => line(i)).join("\n")}\n`)));
    expect(saidOf(dir)).toEqual([["non-finite", 40, true]]);
    const [alert] = journal(dir, (reader) => alertsOf(reader.events({ kinds: ["alert"] })));
    expect(overText(alert!)).toBe("over after 20 steps: All values have been finite for 20 steps");
    expect(alert!.cause).toEndWith(" at step 40: while it is, nothing is learned.");
  });

  /** One that goes on, with an alert that is open. */
  const followed = async () => {
    const file = put("run-a.wandb", wandb("a", 1_700_000_000, ...steps(0, 60, [50])), true);
    const first = unwrap(await importRun(home, file, { follow: true }));
    expect(saidOf(first.dir)).toEqual([["non-finite", 50, false]]);
    return { file, first };
  };
  const whyCleared = (dir: string) =>
    journal(dir, (reader) => alertsOf(reader.events({ kinds: ["alert"] }))).map(({ clearedWhy }) => clearedWhy);

  test("until its file has rested for long; what lasts when it goes on all the same is said again", async () => {
    const { file, first } = await followed();
    put("run-a.wandb", readFileSync(file));
    const { dir, state } = unwrap(await importRun(home, file, { follow: true }));
    expect([state.status, dir]).toEqual(["lost", first.dir]);
    const why = "01-base_train was lost: its file has no end: it was killed, or it still goes on";
    expect(whyCleared(dir)).toEqual([why]);
    put("run-a.wandb", wandb("a", 1_700_000_000, ...steps(0, 70, [50, 60])), true);
    await importRun(home, file, { follow: true });
    expect(saidOf(dir)).toEqual([
      ["non-finite", 50, true],
      ["non-finite", 60, false],
    ]);
  });

  test("until its file is gone, by whom ever it is followed", async () => {
    const { file, first } = await followed();
    rmSync(file);
    const ended = await followImport(home, file, first, { again: () => Promise.resolve(true) });
    expect(told(ended)).toContain("There is nothing at");
    expect(unwrap(readState(first.dir))).toMatchObject({
      status: "lost",
      owner: null,
      reason: expect.stringContaining("There is nothing at"),
      stages: [{ status: "lost" }],
    });
    expect(whyCleared(first.dir)).toEqual([expect.stringContaining("01-base_train was lost: there is nothing at")]);
  });

  test("until it is gone from the folder of which all are followed", async () => {
    const file = put(join("wandb", "run-1-a", "run-a.wandb"), wandb("a", 1_700_000_000, ...steps(0, 60, [50])), true);
    const all = new FolderImport(home, join(folder.path, "wandb"), {});
    const [run] = unwrap(await all.look(true)).runs;
    rmSync(file);
    put(join("wandb", "run-2-b", "run-b.wandb"), wandb("b", 1_700_000_000, ...steps(0, 5), exit(0)), true);
    expect(unwrap(await all.look(true)).failures).toEqual([]);
    expect(whyCleared(run!.dir)).toEqual([expect.stringContaining("any more")]);
    expect(unwrap(readState(run!.dir)).status).toBe("lost");
  });
});
