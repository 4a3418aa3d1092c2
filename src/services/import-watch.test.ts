import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "../../test/fixtures/runs.ts";
import { alertsOf } from "../core/alert.ts";
import { history } from "../sources/wandb-file/fixtures.ts";
import { importRun } from "./run-import.ts";
import { exit, home, inFolder, journal, put, wandb } from "./run-import-fixture.ts";

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
  });
});
