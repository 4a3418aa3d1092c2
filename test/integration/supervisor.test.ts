/** Whole runs with the fake trainer: real processes, real files, no model. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlannedStage } from "../../src/core/plan.ts";
import { type RequestKind, type RequestStatus, TERMINAL_STATUSES } from "../../src/core/run.ts";
import { JournalReader } from "../../src/journal/reader.ts";
import { isAlive } from "../../src/lib/process.ts";
import { runPaths, stagePaths } from "../../src/lib/run-dir.ts";
import { liveness, readLaunch, readPlan, readState } from "../../src/lib/run-files.ts";
import { adoptRun, requestRun, startSupervisor, waitForRequest } from "../../src/services/run-control.ts";
import { Trainer } from "../../src/supervisor/trainer.ts";
import { eventually } from "../drivers/cli.ts";
import {
  endProcesses,
  makeRun,
  prepareStage,
  type TestRun,
  temporaryFolder,
  testSupervisor,
  trainStage,
  unwrap,
} from "../fixtures/runs.ts";

let folder: ReturnType<typeof temporaryFolder>;
let runs: TestRun[];

beforeEach(() => {
  folder = temporaryFolder();
  runs = [];
});
afterEach(() => {
  runs.forEach(endProcesses);
  folder.remove();
});

async function begin(...stages: PlannedStage[]): Promise<TestRun> {
  const run = makeRun(folder.path, ...stages);
  runs.push(run);
  unwrap(await startSupervisor(run.dir, testSupervisor(run.dir)));
  return run;
}

const state = (run: TestRun) => unwrap(readState(run.dir));
const ended = (run: TestRun) => eventually("the run to end", () => TERMINAL_STATUSES.has(state(run).status) && state(run));
const stepping = (run: TestRun) => eventually("steps", () => (state(run).progress?.step ?? 0) > 0 && state(run));
const gone = (pid: number, ticks: number | null) => eventually(`process ${pid} to end`, () => !isAlive(pid, ticks));

function journal(run: TestRun): JournalReader {
  const reader = unwrap(JournalReader.open(runPaths(run.dir).journal));
  reader.refresh();
  return reader;
}

/** How often each step of a stage was written down by the trainer, and what the journal has. */
const stepsOf = (run: TestRun, stage = 1): number[] => journal(run).points(stage, "train/loss").keys;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const phases = (run: TestRun, id: string) =>
  journal(run)
    .events({ kinds: ["request"] })
    .filter(({ body }) => body["id"] === id)
    .map(({ body }) => body["phase"]);
const stageEvents = (run: TestRun, stage: number) =>
  journal(run)
    .events({ kinds: ["stage"], stage })
    .map(({ body }) => body["status"]);
/** What is told of supervisors that were gone. */
const deaths = (run: TestRun) =>
  journal(run)
    .events({ kinds: ["problem"] })
    .filter(({ body }) => String(body["what"]).startsWith("The supervisor ("))
    .map(({ body }) => body);

async function ask(run: TestRun, kind: RequestKind): Promise<RequestStatus> {
  const { id } = unwrap(requestRun(run.dir, kind, "test"));
  return unwrap(await waitForRequest(run.dir, id, { timeoutMs: 20_000 }));
}

/** Releases the trainer of a stage that waits for this file. */
const gate = () => join(folder.path, "go");
const openGate = () => writeFileSync(gate(), "");

test("a pipeline runs to its end and its record is whole", async () => {
  const run = await begin(prepareStage(1), trainStage(2, "--num-iterations=20"));
  const last = await ended(run);
  expect(last).toMatchObject({ status: "done", reason: null, owner: null });
  expect(last.stages.map(({ status, exitCode }) => [status, exitCode])).toEqual([
    ["done", 0],
    ["done", 0],
  ]);
  expect(last.progress).toMatchObject({ stage: 2, step: 19, totalSteps: 20, etaSeconds: 0 });
  expect(stepsOf(run, 2)).toEqual(upTo(20));
  expect(stageEvents(run, 2)).toEqual(["running", "done"]);
  expect(liveness(last)).toBe("ended");
  expect(JSON.parse(readFileSync(runPaths(run.dir).environment, "utf8")).pythonVersion).toMatch(/^3\./);
});

test("a supervisor that is killed at any moment is replaced, and every step is there exactly once", async () => {
  const run = await begin(trainStage(1, "--num-iterations=400", "--step-seconds=0.01"));
  let seed = 20261123;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  await stepping(run);
  const trainer = state(run).stages[0];
  // On a busy machine the trainer is at its end before there were ten.
  const isFarFromEnd = () => stepInFile(run) < 360;
  let kills = 0;
  for (; kills < 10 && isFarFromEnd(); kills++) {
    const owner = state(run).owner;
    if (owner === null) throw new Error("the run ended before the test was done with it");
    const until = Math.min(380, stepInFile(run) + Math.floor(random() * 20));
    await eventually("the trainer to go on", () => stepInFile(run) >= until);
    process.kill(owner.pid, "SIGKILL");
    await gone(owner.pid, owner.startTicks);
    expect(liveness(state(run))).toBe("unattended");
    expect(unwrap(await adoptRun(run.dir, testSupervisor(run.dir))).how).toBe("adopted");
  }
  expect(kills).toBeGreaterThan(1);
  const last = await ended(run);
  expect(last.status).toBe("done");
  expect(last.stages[0]).toMatchObject({ pid: trainer?.pid ?? -1, startTicks: trainer?.startTicks ?? -1, exitCode: 0 });
  expect(stepsInFile(run)).toEqual(upTo(400));
  expect(stepsOf(run)).toEqual(upTo(400));
  expect(journal(run).events({ kinds: ["rewind", "gap"] })).toEqual([]);
});

/** The steps that the trainer has written, in its own order: a second trainer would write some twice. */
function stepsInFile(run: TestRun): number[] {
  const path = join(stagePaths(run.dir, "01-base_train").bridge, "events.rank0.jsonl");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line)).flatMap(({ kind, step }) => (kind === "step" ? [step] : []));
}
const stepInFile = (run: TestRun): number => stepsInFile(run).at(-1) ?? 0;

test("a supervisor that is killed while a stage starts leaves exactly one trainer", async () => {
  for (let delayMs = 0; delayMs < 120; delayMs += 20) {
    const run = makeRun(folder.path, trainStage(1, "--num-iterations=5"));
    runs.push(run);
    const child = Bun.spawn(testSupervisor(run.dir), { stdout: "ignore", stderr: "ignore" });
    await eventually("the lock", () => existsSync(runPaths(run.dir).owner));
    await Bun.sleep(delayMs); // not a wait for anything: each round kills at another point of the start
    child.kill("SIGKILL");
    await child.exited;
    await adoptRun(run.dir, testSupervisor(run.dir));
    expect((await ended(run)).status).toBe("done");
    expect(stepsInFile(run)).toEqual(upTo(5));
    expect(stepsOf(run)).toEqual(upTo(5));
  }
});

test("a launch that was prepared and never made is made after a while, once", async () => {
  const run = makeRun(folder.path, trainStage(1, "--num-iterations=5"));
  runs.push(run);
  const paths = stagePaths(run.dir, "01-base_train");
  mkdirSync(paths.bridge, { recursive: true });
  writeFileSync(paths.control, JSON.stringify({ version: 1, commands: [] }));
  writeFileSync(paths.command, "{}");
  const trainer = new Trainer(run.plan, unwrap(readPlan(run.dir)).stages[0] as PlannedStage, paths, { info: () => {} });
  expect(trainer.begin()).toBe(false);
  expect([trainer.look(0), trainer.look(2999)].map(({ kind }) => kind)).toEqual(["launching", "launching"]);
  expect(readFileSync(paths.command, "utf8")).toBe("{}");
  expect([trainer.look(3000), trainer.look(9000)].map(({ kind }) => kind)).toEqual(["launching", "launching"]);
  await eventually("the trainer to end", () => trainer.look(Date.now()).kind === "ended");
  expect(stepsInFile(run)).toEqual(upTo(5));
});

test("a supervisor that died is told of when the next one takes over", async () => {
  const run = await begin(trainStage(1, "--num-iterations=60", `--wait-for=${gate()}`));
  await eventually("the launcher", () => state(run).stages[0]?.pid);
  const { owner } = state(run);
  process.kill(owner?.pid ?? -1, "SIGKILL");
  await gone(owner?.pid ?? -1, owner?.startTicks ?? null);
  expect(deaths(run)).toEqual([]);
  unwrap(await adoptRun(run.dir, testSupervisor(run.dir)));
  await eventually("its death to be told of", () => deaths(run).length > 0);
  openGate();
  expect((await ended(run)).status).toBe("done");
  expect(deaths(run)).toEqual([
    expect.objectContaining({
      what: expect.stringContaining(`(process ${owner?.pid}) was gone for`),
      why: expect.stringContaining("the trainer went on"),
    }),
  ]);
});

test("SIGTERM hands the run off: the trainer goes on and the next supervisor continues", async () => {
  const run = await begin(trainStage(1, "--num-iterations=60", `--wait-for=${gate()}`));
  await eventually("the launcher", () => state(run).stages[0]?.pid);
  const { owner } = state(run);
  process.kill(owner?.pid ?? -1, "SIGTERM");
  await eventually("the owner to leave", () => state(run).owner === null);
  expect(state(run).status).toBe("running");
  expect(isAlive(state(run).stages[0]?.pid ?? null, state(run).stages[0]?.startTicks ?? null)).toBe(true);
  unwrap(await adoptRun(run.dir, testSupervisor(run.dir)));
  openGate();
  expect((await ended(run)).status).toBe("done");
  expect(stepsOf(run)).toEqual(upTo(60));
  expect(stageEvents(run, 1)).toEqual(["running", "done"]);
  expect(deaths(run)).toEqual([]);
});

test("a save is acknowledged step by step, and training goes on", async () => {
  const run = await begin(trainStage(1, "--num-iterations=100"));
  const { id } = unwrap(requestRun(run.dir, "save", "test"));
  const status = unwrap(await waitForRequest(run.dir, id, { timeoutMs: 20_000 }));
  expect(status).toMatchObject({ phase: "done", kind: "save", bytes: 100, path: join(folder.path, "base/base_checkpoints/fake") });
  expect(phases(run, id)).toEqual(["requested", "seen", "applied", "done"]);
  expect(existsSync(join(runPaths(run.dir).requests, `${id}.json`))).toBe(false);
  expect((await ended(run)).status).toBe("done");
  expect(stepsOf(run)).toEqual(upTo(100));
});

test("a stop ends the pipeline after the stage has saved", async () => {
  const run = await begin(trainStage(1, "--num-iterations=100000"), trainStage(2));
  const status = await ask(run, "stop");
  expect(status.phase).toBe("done");
  const last = await ended(run);
  expect(last.status).toBe("stopped");
  expect(last.stages.map((stage) => stage.status)).toEqual(["stopped", "pending"]);
  expect(last.reason).toContain(`at step ${status.step}`);
});

test("a stop that comes too late for its stage still keeps the next one from starting", async () => {
  const run = await begin(trainStage(1, "--num-iterations=5", "--deaf", `--wait-for=${gate()}`), trainStage(2));
  const { id } = unwrap(requestRun(run.dir, "stop", "test"));
  await eventually("the request to be noted", () => phases(run, id).includes("requested"));
  openGate();
  const last = await ended(run);
  expect(last.status).toBe("stopped");
  expect(last.stages.map((stage) => stage.status)).toEqual(["done", "pending"]);
  expect(phases(run, id)).toEqual(["requested", "done"]);
});

test("stop-now ends the trainer by SIGTERM and says that there is no checkpoint", async () => {
  const run = await begin(prepareStage(1, "/nonexistent/never"), trainStage(2));
  await eventually("the launcher", () => state(run).stages[0]?.pid);
  expect((await ask(run, "stop-now")).phase).toBe("done");
  const last = await ended(run);
  expect(last).toMatchObject({ status: "stopped" });
  expect(last.stages[0]).toMatchObject({ status: "stopped", signal: "SIGTERM" });
  expect(last.reason).toContain("no checkpoint");
});

test("requests are refused with the reason: no bridge, no such capability, a stage that ended, a run that ended", async () => {
  const run = await begin(
    prepareStage(1, gate()),
    trainStage(2, "--num-iterations=30", "--no-save=this fork guards its saves", `--wait-for=${gate()}2`),
  );
  expect((await ask(run, "save")).reason).toContain("not a training script");
  openGate();
  await eventually("the second stage", () => state(run).stages[1]?.pid);
  expect(await ask(run, "save")).toMatchObject({ phase: "refused", reason: "this fork guards its saves" });
  writeFileSync(`${gate()}2`, "");
  await ended(run);
  expect(requestRun(run.dir, "save", "test")).toMatchObject({ ok: false, failure: { code: "refused" } });
});

test("a request to an unattended run is refused with the way out", async () => {
  const run = await begin(trainStage(1, "--num-iterations=20", `--wait-for=${gate()}`));
  const { owner } = state(run);
  process.kill(owner?.pid ?? -1, "SIGKILL");
  await gone(owner?.pid ?? -1, owner?.startTicks ?? null);
  const refused = requestRun(run.dir, "save", "test");
  expect(refused).toMatchObject({ ok: false, failure: { code: "refused", remedy: expect.stringContaining("runs adopt") } });
});

test("a script that fails stops the pipeline and its last words are the reason", async () => {
  const run = await begin(trainStage(1, "--fail-at=3"), trainStage(2));
  const last = await ended(run);
  expect(last.status).toBe("failed");
  expect(last.reason).toContain("the loss is not finite at step 3");
  expect(last.stages.map((stage) => [stage.status, stage.exitCode])).toEqual([
    ["failed", 1],
    ["pending", null],
  ]);
});

test("a killed trainer is told by its signal", async () => {
  const run = await begin(trainStage(1, "--num-iterations=100000"));
  await stepping(run);
  const launch = unwrap(readLaunch(stagePaths(run.dir, "01-base_train").launch));
  process.kill(launch?.children[0]?.pid ?? -1, "SIGKILL");
  const last = await ended(run);
  expect(last.stages[0]).toMatchObject({ status: "failed", signal: "SIGKILL" });
  expect(last.reason).toContain("SIGKILL");
});

test("when all processes die at once that is told, and adoption says that the stage is lost", async () => {
  const run = await begin(trainStage(1, "--num-iterations=100000"));
  await stepping(run);
  endProcesses(run);
  const { owner } = state(run);
  await gone(owner?.pid ?? -1, owner?.startTicks ?? null);
  await eventually("the end of all", () => liveness(state(run)) === "gone");
  expect(unwrap(await adoptRun(run.dir, testSupervisor(run.dir))).how).toBe("over");
  const last = await ended(run);
  expect(last.status).toBe("lost");
  expect(last.stages[0]?.reason).toContain("no exit was recorded");
});

test("a second supervisor leaves at once and the first is not disturbed", async () => {
  const run = await begin(trainStage(1, "--num-iterations=40"));
  const second = Bun.spawn(testSupervisor(run.dir), { stdout: "ignore", stderr: "pipe" });
  const said = await new Response(second.stderr).text();
  expect(await second.exited).toBe(3);
  expect(said).toContain(`process ${state(run).owner?.pid} looks after it`);
  expect((await ended(run)).status).toBe("done");
  expect(stepsOf(run)).toEqual(upTo(40));
});

test("a damaged state.json is made anew, with what became of the stages", async () => {
  const run = await begin(prepareStage(1), trainStage(2, "--num-iterations=30", `--wait-for=${gate()}`));
  await eventually("the second stage", () => state(run).stages[1]?.pid);
  const { owner } = state(run);
  process.kill(owner?.pid ?? -1, "SIGKILL");
  await gone(owner?.pid ?? -1, owner?.startTicks ?? null);
  writeFileSync(runPaths(run.dir).state, '{"version": 1, "id"');
  unwrap(await adoptRun(run.dir, testSupervisor(run.dir)));
  openGate();
  const last = await ended(run);
  expect(last.stages.map(({ status }) => status)).toEqual(["done", "done"]);
  expect(stepsOf(run, 2)).toEqual(upTo(30));
  expect(stageEvents(run, 1)).toEqual(["running", "done"]);
});

test("a damaged journal is set aside and filled again from the files", async () => {
  const run = await begin(trainStage(1, "--num-iterations=30"), trainStage(2, "--num-iterations=30", `--wait-for=${gate()}`));
  await eventually("the second stage", () => state(run).stages[1]?.pid);
  const { owner } = state(run);
  process.kill(owner?.pid ?? -1, "SIGKILL");
  await gone(owner?.pid ?? -1, owner?.startTicks ?? null);
  rmSync(`${runPaths(run.dir).journal}-wal`, { force: true }); // SQLite would mend the file out of it
  writeFileSync(runPaths(run.dir).journal, "this is no database, and long enough to be taken for one that is damaged".repeat(100));
  unwrap(await adoptRun(run.dir, testSupervisor(run.dir)));
  openGate();
  expect((await ended(run)).status).toBe("done");
  expect(stepsOf(run, 1)).toEqual(upTo(30));
  expect(stepsOf(run, 2)).toEqual(upTo(30));
});

test("a broken request file is put aside and told of; one of a newer version is refused", async () => {
  const run = await begin(trainStage(1, "--num-iterations=20", `--wait-for=${gate()}`));
  const { requests } = runPaths(run.dir);
  mkdirSync(requests);
  writeFileSync(join(requests, "0-broken.json"), '{"version": 1, "id":');
  writeFileSync(join(requests, "1-newer.json"), JSON.stringify({ version: 2, id: "1-newer", kind: "dance" }));
  await eventually("the broken file to be put aside", () => existsSync(join(requests, "0-broken.json.bad")));
  await eventually("the newer one to be refused", () => phases(run, "1-newer").includes("refused"));
  // It is put aside first: what is told of it comes with the next commit.
  await eventually("the broken one to be told of", () =>
    journal(run)
      .events({ kinds: ["problem"] })
      .some(({ body }) => String(body["what"]).includes("0-broken.json")),
  );
  openGate();
  expect((await ended(run)).status).toBe("done");
});

test("a run directory of a newer version is refused in a sentence and left alone", async () => {
  const run = makeRun(folder.path, trainStage(1));
  const before = { ...state(run), version: 2 };
  writeFileSync(runPaths(run.dir).state, JSON.stringify(before));
  expect(await startSupervisor(run.dir, testSupervisor(run.dir))).toMatchObject({
    ok: false,
    failure: { why: expect.stringContaining("version 2") },
  });
  expect(JSON.parse(readFileSync(runPaths(run.dir).state, "utf8"))).toEqual(before);
  expect(existsSync(stagePaths(run.dir, "01-base_train").dir)).toBe(false);
});

test("a Python that is not there fails the stage with its name", async () => {
  const run = makeRun(folder.path, trainStage(1));
  const plan = readFileSync(runPaths(run.dir).plan, "utf8");
  writeFileSync(runPaths(run.dir).plan, plan.replace(/^ {2}- .*python.*$/m, "  - /nonexistent/python"));
  unwrap(await startSupervisor(run.dir, testSupervisor(run.dir)));
  expect((await ended(run)).reason).toContain("/nonexistent/python could not be started");
});
