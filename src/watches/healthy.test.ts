/** Runs that went well raise nothing, whatever they did besides making steps (captures/README.md). */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { alertsOf } from "../core/alert.ts";
import { decodeCapture } from "./captures/capture.ts";
import type { Heard } from "./engine.ts";
import { alertsWith, timeOf } from "./replay.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

const FOLDER = join(import.meta.dir, "captures");
const CAPTURES = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl.gz"));

test("there are ten pocket runs at least, and one of a real nanochat", () => {
  expect(CAPTURES.filter((name) => name.startsWith("pocket-")).length).toBeGreaterThanOrEqual(10);
  expect(CAPTURES.filter((name) => name.startsWith("real-")).length).toBeGreaterThanOrEqual(1);
});

for (const name of CAPTURES) {
  const stages = decodeCapture(readFileSync(join(FOLDER, name)));
  test(`${name} trains, and nothing is said of it`, () => {
    const steps = stages.flatMap(({ heard }) => heard.filter((one) => one.kind === "points" && one.values["train/loss_raw"] !== undefined));
    expect(steps.length).toBeGreaterThan(100);
    const said = stages.flatMap(({ heard, ...stage }) => alertsOf(alertsWith(DEFAULT_SETTINGS, stage, heard)));
    expect(said.map(({ key, step, cause }) => ({ key, step, cause }))).toEqual([]);
  });

  test(`${name} with a loss that is no number in its middle is not quiet`, () => {
    const said = stages.flatMap(({ heard, ...stage }) => {
      const spoilt = heard.map((one, i) => (i === heard.length >> 1 ? { ...nan, stage: stage.stage, at: timeOf(one) } : one));
      return alertsOf(alertsWith(DEFAULT_SETTINGS, stage, spoilt));
    });
    expect(said.map(({ key }) => key)).toContain("non-finite");
  });
}

const nan: Heard & { kind: "points" } = { kind: "points", stage: 1, key: 1, at: 0, values: { "train/loss_raw": Number.NaN } };
