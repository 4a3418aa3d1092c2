import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { planOf, temporaryFolder, trainStage, unwrap } from "../../test/fixtures/runs.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import type { Plan } from "../core/plan.ts";
import { writeJson } from "../lib/files.ts";
import { startTicks } from "../lib/process.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";
import { costBeside } from "./beside.ts";
import { createRun, reserveRun } from "./run-create.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
afterAll(() => folder.remove());

/** A run that trains here, with a checkout of such a kind. */
function training(kind: Plan["workspace"]["kind"]): void {
  const place = unwrap(reserveRun(home, kind));
  const plan = planOf(home, [trainStage(1)]);
  unwrap(createRun(home, place, { ...plan, workspace: { ...plan.workspace, kind } }));
  const owner = { pid: process.pid, startTicks: startTicks(process.pid), startedAt: "", version: "" };
  unwrap(writeJson(runPaths(place.dir).state, { ...unwrap(readState(place.dir)), status: "running", owner }));
}

const ofSize = (bytes: number) => ({ files: [{ name: "model_000001.pt", bytes }] }) as Checkpoint;

test("beside a training it is said what a model takes; beside the pocket's only of one that takes something", () => {
  expect(costBeside(home, ofSize(2 ** 30), null)).toBeNull();
  training("pocket");
  expect(costBeside(home, ofSize(2 ** 20), null)).toBeNull();
  expect(costBeside(home, ofSize(2 ** 50), null)).toContain("about 1.00 PiB of memory");
  training("nanochat");
  expect(costBeside(home, ofSize(2 ** 20), null)).toContain("takes time from it");
});
