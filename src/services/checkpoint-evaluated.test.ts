import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { planOf, temporaryFolder, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import { hasFiniteModel } from "../core/checkpoint.ts";
import { JournalWriter } from "../journal/writer.ts";
import { runPaths } from "../lib/run-dir.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { withEvaluated } from "./checkpoint-evaluated.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { createRun, reserveRun } from "./run-create.ts";

let folder: ReturnType<typeof temporaryFolder>;
let home: string;
let baseDir: string;
beforeEach(() => {
  folder = temporaryFolder();
  [home, baseDir] = [join(folder.path, "home"), join(folder.path, "base")];
});
afterEach(() => folder.remove());

/** A run that writes checkpoints of `d4`, with a journal of what `write` puts in. */
function journal(write: (writer: JournalWriter) => void): void {
  const place = unwrap(reserveRun(home, "mine"));
  unwrap(createRun(home, place, { ...planOf(home, [withValue(trainStage(1), "model_tag", "d4")]), baseDir }));
  const path = runPaths(place.dir).journal;
  mkdirSync(dirname(path), { recursive: true });
  const writer = unwrap(JournalWriter.open(path));
  write(writer);
  unwrap(writer.commit());
  writer.close();
}

const told = (): Record<number, boolean | null | undefined> =>
  Object.fromEntries(
    withEvaluated(home, listCheckpoints(baseDir, join(folder.path, "cache"))).map(({ step, evaluated }) => [step, evaluated]),
  );

test("whether a checkpoint was evaluated at its own step is told by the journal of the run that wrote it", () => {
  for (const step of [100, 120, 240]) writeCheckpoint(baseDir, "base", { step });
  journal((writer) => {
    for (const step of [0, 100, 240]) writer.points(1, step, 1000 + step, { "val/bpb": 1.5 });
    for (const step of [100, 120, 240]) writer.event({ at: 1000 + step, stage: 1, step, kind: "checkpoint", body: {} });
  });
  expect(told()).toEqual({ 100: true, 120: false, 240: true });
});

test("a loss of NaN is told by the journal where the files are from before it, and of the stage that had it alone", () => {
  for (const step of [8, 9, 10]) writeCheckpoint(baseDir, "base", { step, trainLoss: step === 10 ? Number.NaN : 5 });
  writeCheckpoint(baseDir, "sft", { step: 9 });
  journal((writer) => {
    for (const step of [8, 9, 10]) {
      writer.points(1, step, 1000 + step, { "train/loss_raw": step === 8 ? 5 : Number.NaN });
      writer.event({ at: 1000 + step, stage: 1, step, kind: "checkpoint", body: { path: "/linked/base_checkpoints/d4" } });
    }
    writer.points(2, 9, 2000, { "train/loss_raw": 1 });
    writer.event({ at: 2000, stage: 2, step: 9, kind: "checkpoint", body: { path: "/linked/chatsft_checkpoints/d4" } });
  });
  const list = withEvaluated(home, listCheckpoints(baseDir, join(folder.path, "cache")));
  const good = list.filter(hasFiniteModel).map(({ stage, step }) => `${stage}@${step}`);
  expect(good.sort()).toEqual(["base@8", "sft@9"]);
});

test("of a run that nobody knows by its settings, or not at all", () => {
  for (const step of [100, 120, 240]) writeCheckpoint(baseDir, "base", { step });
  expect(told()).toEqual({ 100: null, 120: null, 240: null });
  const list = listCheckpoints(baseDir, join(folder.path, "cache"));
  const by = (userConfig: Record<string, unknown>) =>
    Object.fromEntries(
      withEvaluated(
        home,
        list.map((one) => ({ ...one, userConfig })),
      ).map(({ step, evaluated }) => [step, evaluated]),
    );
  expect(by({ eval_every: 50, num_iterations: 240 })).toEqual({ 100: true, 120: false, 240: true });
  // The last step of a horizon that was reckoned out is not known.
  expect(by({ eval_every: 50, num_iterations: -1 })).toEqual({ 100: true, 120: null, 240: null });
  expect(by({ eval_every: -1 })).toEqual({ 100: null, 120: null, 240: null });
});
