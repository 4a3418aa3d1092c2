import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeRun, type TestRun, trainStage, unwrap } from "../../test/fixtures/runs.ts";
import { IMPORTED, type RunStatus } from "../core/run.ts";
import { JournalWriter } from "../journal/writer.ts";
import { writeJson } from "../lib/files.ts";
import { takeLock } from "../lib/lock.ts";
import { startTicks } from "../lib/process.ts";
import { readAbout } from "../lib/run-about.ts";
import { runPaths, stagePaths } from "../lib/run-dir.ts";
import { readState } from "../lib/run-files.ts";
import { changeAbout, nameProblem, tagChange } from "./run-about.ts";
import { deleteRun, lossOf, lossText } from "./run-delete.ts";
import { RunView } from "./run-view.ts";
import { findRun, listRuns, type RunCache } from "./runs.ts";

let home: string;
let run: TestRun;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  run = ended("done");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function ended(status: RunStatus, owner: { pid: number; startTicks: number | null } | null = null): TestRun {
  const made = makeRun(home, trainStage(1));
  const state = unwrap(readState(made.dir));
  const full = owner && { ...owner, startedAt: state.createdAt, version: "1" };
  unwrap(writeJson(runPaths(made.dir).state, { ...state, status, owner: full }));
  return made;
}

const me = () => ({ pid: process.pid, startTicks: startTicks(process.pid) });
const aboutOf = () => unwrap(readAbout(run.dir));

/** So long ago that a listing trusts what it knows. */
function age(dir: string): void {
  const then = new Date(Date.now() - 60_000);
  utimesSync(dir, then, then);
}

test("words about a run are kept beside each other, and its own record is not touched", () => {
  const before = readFileSync(runPaths(run.dir).state, "utf8");
  unwrap(changeAbout(run.dir, { name: "the good one" }));
  unwrap(changeAbout(run.dir, tagChange(["+good", "lr/high", "+x"])));
  unwrap(changeAbout(run.dir, { note: "two\nlines\n" }));
  unwrap(changeAbout(run.dir, { archived: true }));
  unwrap(changeAbout(run.dir, tagChange(["-x", "-never"])));
  expect(aboutOf()).toEqual({ name: "the good one", tags: ["good", "lr/high"], note: "two\nlines", archived: true });
  expect(readFileSync(runPaths(run.dir).state, "utf8")).toBe(before);
  unwrap(changeAbout(run.dir, { name: "", note: "", archived: false, removeTags: ["good", "lr/high"] }));
  expect(aboutOf()).toEqual({});
});

test("what changes nothing writes nothing", () => {
  expect(unwrap(changeAbout(run.dir, tagChange(["-never"])))).toEqual({});
  expect(existsSync(runPaths(run.dir).about)).toBeFalse();
});

test("the name that it was started with is no renaming", () => {
  unwrap(changeAbout(run.dir, { name: "other" }));
  expect(unwrap(changeAbout(run.dir, { name: " test " }))).toEqual({});
});

test("a name is shown harmless, whatever is in it, and one of a megabyte is refused", () => {
  unwrap(changeAbout(run.dir, { name: "\x1b]0;owned\x07a\x1b[31mred\x1b[0m\n\u202eevil\u202c שלום 🙂\t!" }));
  expect(aboutOf().name).toBe("ared evil שלום 🙂 !");
  const refused = changeAbout(run.dir, { name: "n".repeat(1 << 20) });
  expect(refused).toMatchObject({ ok: false, failure: { code: "usage", what: "A name has at most 200 characters" } });
  expect(changeAbout(run.dir, { note: "n".repeat(1 << 20) })).toMatchObject({ ok: false, failure: { code: "usage" } });
  for (const tag of ["two words", "\x1b[31m", "", "-", "#a", "t".repeat(41), "\u202ex"])
    expect(changeAbout(run.dir, { addTags: [tag] })).toMatchObject({ ok: false, failure: { code: "usage" } });
  const many = Array.from({ length: 33 }, (_, i) => `t${i}`);
  expect(changeAbout(run.dir, { addTags: many })).toMatchObject({ ok: false, failure: { code: "usage" } });
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["tags that are no list", '{"version":1,"tags":"a"}'],
  ["a newer version", '{"version":99}'],
  ["too much", `{"version":1,"note":"${"n".repeat(2 << 20)}"}`],
])("an about.json that is %s is told with the run, hides nothing of it, and is never written over", (_, text) => {
  const path = runPaths(run.dir).about;
  writeFileSync(path, text);
  const [row] = unwrap(listRuns(home));
  expect(row).toMatchObject({ id: run.id, status: "done", problem: null, about: {} });
  expect(row!.aboutProblem).toContain(path);
  expect(changeAbout(run.dir, { note: "mine" }).ok).toBe(false);
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("what was edited by hand is cut to what can be shown", () => {
  const tags = ["a", "\x1b[2J", "a", ...Array.from({ length: 50 }, (_, i) => `t${i}`)];
  writeJson(runPaths(run.dir).about, { version: 1, name: `\x1b[2J${"x".repeat(999)}`, tags });
  expect(aboutOf().name).toBe("x".repeat(200));
  expect(aboutOf().tags).toHaveLength(32);
  expect(aboutOf().tags![0]).toBe("a");
});

test("a run is found by the name that it was given, before the one that another was started with", () => {
  const other = ended("done");
  expect(findRun(home, "test")).toMatchObject({ ok: false, failure: { what: "test may be any of 2 runs" } });
  unwrap(changeAbout(other.dir, { name: "better" }));
  expect(unwrap(findRun(home, "better")).id).toBe(other.id);
  expect(unwrap(findRun(home, "test")).id).toBe(run.id);
  unwrap(changeAbout(run.dir, { name: "better" }));
  expect(findRun(home, "better")).toMatchObject({ ok: false, failure: { what: "better may be any of 2 runs" } });
});

test("a listing reads again only what has changed, and gives the same object for what has not", () => {
  const other = ended("done");
  for (const { dir } of [run, other]) age(dir);
  const cache: RunCache = new Map();
  const before = unwrap(listRuns(home, cache));
  expect(unwrap(listRuns(home, cache)).every((row, i) => row === before[i])).toBe(true);
  unwrap(changeAbout(other.dir, { note: "new" }));
  const after = unwrap(listRuns(home, cache));
  expect(after.find(({ id }) => id === other.id)!.about.note).toBe("new");
  expect(after.find(({ id }) => id === run.id)).toBe(before.find(({ id }) => id === run.id)!);
  rmSync(other.dir, { recursive: true });
  expect(unwrap(listRuns(home, cache)).map(({ id }) => id)).toEqual([run.id]);
  expect(cache.size).toBe(1);
});

test("a state that is written again right after it was read is seen", () => {
  const cache: RunCache = new Map();
  listRuns(home, cache);
  const state = unwrap(readState(run.dir));
  unwrap(writeJson(runPaths(run.dir).state, { ...state, status: "failed" }));
  expect(unwrap(listRuns(home, cache))[0]!.status).toBe("failed");
});

test("of steps a deletion takes those that the record holds: of a resumed run, and of a script whose first step is 1", () => {
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (let step = 149; step < 250; step++) journal.points(1, step, 1000 + step, { "train/loss": 1 });
  for (let step = 1; step <= 209; step++) journal.points(2, step, 2000 + step, { "train/loss": 1 });
  for (let step = 3; step < 8; step++) journal.points(3, step, 3000 + step, { "rl/reward": 1 });
  journal.points(1, 250, 1250, { "val/bpb": 1 });
  journal.points(3, 8, 3008, { "rl/pass_at_1": 1 });
  journal.close();
  expect(lossOf(run.dir).steps).toBe(101 + 209 + 5);
});

test("what a deletion takes is counted, and checkpoints of the base dir stay", () => {
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  for (let step = 0; step < 40; step++) journal.points(1, step, 1000 + step, { "train/loss": 1 });
  journal.event({ stage: 1, at: 1, step: 1, kind: "note", body: {} });
  journal.log({ stage: 1, at: 1, stream: "stdout", rank: null, level: "info", text: "x" });
  journal.close();
  mkdirSync(runPaths(run.dir).transcripts);
  writeFileSync(join(runPaths(run.dir).transcripts, "talk.md"), "hello");
  const checkpoint = join(run.plan.baseDir, "base_checkpoints", "d4", "model.pt");
  mkdirSync(join(checkpoint, ".."), { recursive: true });
  writeFileSync(checkpoint, "weights");
  const loss = lossOf(run.dir);
  expect(loss).toMatchObject({ id: run.id, steps: 40, events: 1, lines: 1, transcripts: 1 });
  expect(loss.bytes).toBeGreaterThan(1000);
  expect(lossText([loss])).toStartWith("40 steps, 1 event, 1 log line, 1 transcript, ");
  unwrap(deleteRun(run.dir));
  expect(existsSync(run.dir)).toBe(false);
  expect(existsSync(checkpoint)).toBe(true);
  expect(readdirSync(join(home, "runs"))).toEqual([]);
});

test("a run that goes on, or of which a process lives, is not deleted, and why is said", () => {
  const why = (dir: string) => {
    const deleted = deleteRun(dir);
    expect(existsSync(dir)).toBe(true);
    return deleted.ok ? "" : (deleted.failure.why ?? "");
  };
  expect(why(ended("running", me()).dir)).toBe("it is still going");
  expect(why(ended("running").dir)).toContain("what started its trainer have died");
  const damaged = ended("done");
  writeFileSync(runPaths(damaged.dir).state, "{");
  const launch = stagePaths(damaged.dir, damaged.plan.stages[0]!.name).launch;
  unwrap(writeJson(launch, { version: 1, ...me(), startedAt: "", children: [] }));
  expect(why(damaged.dir)).toBe(`process ${process.pid} of it still runs`);
  const held = takeLock(runPaths(run.dir).owner, 0);
  expect(why(run.dir)).toContain("another process looks after it");
  if (held.taken) held.lock.release();
  const link = join(home, "runs", "20260101-000000-link");
  symlinkSync(run.dir, link);
  expect(why(link)).toContain("its folder is a link");
});

test("a run whose record is damaged can be deleted, and what an interrupted deletion left is swept up and never listed", () => {
  writeFileSync(runPaths(run.dir).state, "{");
  const left = ended("done");
  const half = join(home, "runs", `.deleted-${basename(left.dir)}`);
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half);
  writeFileSync(join(half, "state.json"), readFileSync(runPaths(left.dir).state));
  expect(unwrap(listRuns(home)).map(({ id }) => id)).not.toContain(basename(half));
  unwrap(deleteRun(run.dir));
  expect(readdirSync(join(home, "runs"))).toEqual([left.id]);
});

test("who has a deleted run open keeps what he has read, and nothing brings the run back", () => {
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  journal.points(1, 7, 1000, { "train/loss": 2 });
  journal.commit();
  const view = unwrap(RunView.open(run.dir));
  view.refresh();
  unwrap(deleteRun(run.dir));
  journal.points(1, 8, 1000, { "train/loss": 1 });
  journal.commit();
  for (let i = 0; i < 3; i++) view.refresh();
  expect(view.state().status).toBe("done");
  expect(view.reader.latest(1, "train/loss")?.key).toBeGreaterThanOrEqual(7);
  expect(changeAbout(run.dir, { note: "late" })).toMatchObject({ ok: false, failure: { code: "not-found" } });
  expect(deleteRun(run.dir)).toMatchObject({ ok: false, failure: { code: "not-found" } });
  view.close();
  journal.close();
  expect(existsSync(run.dir)).toBe(false);
});

test("a name by which the run could not be asked for is none", () => {
  for (const name of ["last", " last ", "20261128-050000-first", "--help", "n".repeat(201)]) {
    expect(nameProblem(name)).not.toBeNull();
    expect(changeAbout(run.dir, { name }).ok).toBe(false);
  }
  for (const name of ["", "lasting", "the last", "2026", "a-b"]) expect(nameProblem(name)).toBeNull();
});

test("the last run is none that was imported after it had ended, unless there are no others", () => {
  const imported = ended("done");
  const made = unwrap(readState(imported.dir));
  unwrap(writeJson(runPaths(imported.dir).state, { ...made, prefab: IMPORTED, createdAt: "2999-01-01T00:00:00.000Z" }));
  expect(unwrap(listRuns(home))[0]?.id).toBe(imported.id);
  expect(unwrap(findRun(home, "last")).id).toBe(run.id);
  rmSync(run.dir, { recursive: true });
  expect(unwrap(findRun(home, "last")).id).toBe(imported.id);
});

test("a carriage return in a note begins a line, alone or before a line feed: nothing that stood before it is lost", () => {
  expect(unwrap(changeAbout(run.dir, { note: "red \r back\r\nagain\r" })).note).toBe("red \n back\nagain");
});
