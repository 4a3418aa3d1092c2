import { expect, test } from "bun:test";
import { join } from "node:path";
import { ownHome } from "../../test/fixtures/own-home.ts";
import { planOf, trainStage, unwrap, withValue } from "../../test/fixtures/runs.ts";
import { JournalWriter } from "../journal/writer.ts";
import { writeJson } from "../lib/files.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readPlan, readState } from "../lib/run-files.ts";
import { writeCheckpoint } from "./base-dir-fixture.ts";
import { runBefore } from "./run-before.ts";
import { createRun, reserveRun } from "./run-create.ts";
import { RunView } from "./run-view.ts";
import { listRuns } from "./runs.ts";

const folder = ownHome();

/** A checkpoint of step 40, as it lies in a folder. */
const saved = (tag: string, own = tag): void => {
  writeCheckpoint(join(folder.path, "base"), "base", { step: 40, tag, userConfig: { model_tag: own } });
};

interface Ran {
  tag?: string;
  from?: number;
  saved?: readonly number[];
  baseDir?: string;
}

/** A run that trains one stage and saves at these steps; returns its id. */
function ran(name: string, { tag = "d4", from = -1, saved = [], baseDir = join(folder.path, "base") }: Ran = {}): string {
  const place = unwrap(reserveRun(folder.home, name));
  const [stage, begun] = [withValue(trainStage(1), "model_tag", tag), withValue(trainStage(1), "resume_from_step", from, "int")];
  unwrap(createRun(folder.home, place, { ...planOf(folder.home, [{ ...stage, values: [...stage.values, ...begun.values] }]), baseDir }));
  const writer = unwrap(JournalWriter.open(runPaths(place.dir).journal));
  for (const [at, step] of saved.entries()) writer.event({ at, stage: 1, step, kind: "checkpoint", body: {} });
  unwrap(writer.commit());
  writer.close();
  unwrap(writeJson(runPaths(place.dir).state, { ...unwrap(readState(place.dir)), status: "done" }));
  return place.id;
}

function before(id: string) {
  const runs = unwrap(listRuns(folder.home)).toSorted((a, b) =>
    a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? 1 : -1,
  );
  const { dir } = runs.find((run) => run.id === id)!;
  return runBefore(runs, id, unwrap(readPlan(dir)), join(folder.path, "cache"));
}

test("a resumed run goes on from the newest run before it that saved that checkpoint", () => {
  ran("a-first", { saved: [20, 40] });
  const second = ran("b-second", { from: 20, saved: [40, 60] });
  ran("c-other-tag", { tag: "d6", saved: [40] });
  ran("d-other-folder", { baseDir: join(folder.path, "elsewhere"), saved: [40] });
  const third = ran("e-third", { from: 40, saved: [80] });
  ran("f-later", { from: 20, saved: [40] });
  saved("d4");
  expect(before(third)).toEqual({ id: second, step: 40, script: trainStage(1).script });
});

test("a copy of a checkpoint under another tag is still of the run that saved it", () => {
  const first = ran("a-first", { saved: [40] });
  const resumed = ran("b-resumed", { tag: "d4-2", from: 40 });
  saved("d4-2", "d4");
  expect(before(resumed)).toEqual({ id: first, step: 40, script: trainStage(1).script });
});

test("a run that begins anew goes on from none, and neither does one whose checkpoint no run tells of", () => {
  const first = ran("a-first", { saved: [20] });
  const lost = ran("b-lost", { from: 40 });
  saved("d4");
  expect([before(first), before(lost)]).toEqual([null, null]);
});

test("a run that another one goes on from shows no value beyond that step, also none that comes later", () => {
  const place = unwrap(reserveRun(folder.home, "a-first"));
  unwrap(createRun(folder.home, place, planOf(folder.home, [trainStage(1)])));
  const writer = unwrap(JournalWriter.open(runPaths(place.dir).journal));
  const write = (from: number, to: number, metric: string): void => {
    for (let step = from; step <= to; step++) writer.points(1, step, step * 1000, { [metric]: step });
    unwrap(writer.commit());
  };
  write(0, 300, "train/loss");
  const view = unwrap(RunView.open(place.dir));
  view.showUntil({ script: trainStage(1).script, step: 100 });
  const last = (metric: string) => view.reader.query({ stage: 1, metric, axis: "step", columns: 1, lastKey: true }).total.lastKey;
  expect([last("train/loss"), view.reader.latest(1, "train/loss")?.value]).toEqual([100, 100]);
  write(301, 400, "train/loss");
  write(90, 400, "val/bpb");
  view.refresh();
  expect([last("train/loss"), last("val/bpb")]).toEqual([100, 100]);
  view.close();
  writer.close();
});
