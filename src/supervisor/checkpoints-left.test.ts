import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalWriter } from "../journal/writer.ts";
import { checkpointsLeft } from "./checkpoints-left.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  path = join(folder, "journal.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A journal with a checkpoint at each of these steps and, at the one before, this loss. */
function journal(losses: Readonly<Record<number, number>>): void {
  const opened = JournalWriter.open(path);
  if (!opened.ok) throw new Error(opened.failure.what);
  for (const [key, loss] of Object.entries(losses)) {
    const step = Number(key);
    opened.value.points(1, step - 1, step, { "train/loss_raw": loss });
    opened.value.event({ stage: 1, at: step, step, kind: "checkpoint", body: { path: `/base/at-${step}` } });
  }
  opened.value.close();
}

const newest = { path: "/base/at-2000", step: 2000 };

test("the newest checkpoint is told where its loss was a finite number, and where nothing can be read", () => {
  journal({ 1000: 2, 2000: 1.5 });
  expect(checkpointsLeft(path, 1, newest)).toEqual({ checkpoint: newest, spoilt: null });
  expect(checkpointsLeft(join(folder, "nowhere.db"), 1, newest)).toEqual({ checkpoint: newest, spoilt: null });
});

test("of a loss that became infinite the newest checkpoint of before is told, where there is one", () => {
  journal({ 500: 3, 1000: 2, 1500: Number.NaN, 2000: Number.POSITIVE_INFINITY });
  expect(checkpointsLeft(path, 1, newest)).toEqual({ checkpoint: { path: "/base/at-1000", step: 1000 }, spoilt: 2000 });
});

test("of one that never was finite none is told", () => {
  journal({ 2000: Number.NaN });
  expect(checkpointsLeft(path, 1, newest)).toEqual({ checkpoint: null, spoilt: 2000 });
});
