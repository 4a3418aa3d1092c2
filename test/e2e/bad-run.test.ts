/** Runs that come to grief, and run directories that did. The trainer is the fixture `mortal`, which dies as it is told to. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, startTicks } from "../../src/lib/process.ts";
import { runPaths, stagePaths } from "../../src/lib/run-dir.ts";
import { eventually } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { makeRun, trainStage } from "../fixtures/runs.ts";

const { stringContaining, stringMatching } = expect;

let box: Sandbox;
/** A run that goes on through all tests that do not need one of their own. */
let long: string;
beforeAll(async () => {
  box = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
  box.prefab("mortal", "name: mortal\nstages:\n  - script: scripts.base_train\n");
  long = await start("long");
});
afterAll(() => box.close());

async function start(name: string): Promise<string> {
  return (await box.json<{ id: string }>(["train", "mortal", "--name", name, "--detach"])).id;
}

const step = (id: string): number => box.state(id).progress?.step ?? -1;
const stepsOn = (id: string, more = 5): Promise<unknown> => {
  const from = step(id);
  return eventually(`${more} more steps`, () => step(id) >= from + more);
};

/** Steps that the journal has a loss of. */
async function steps(id: string): Promise<number[]> {
  const { stdout } = await box.cli(["runs", "export", id, "--format", "jsonl"]);
  const rows = stdout.split("\n").filter((line) => line.includes('"train/loss"'));
  return rows.map((line) => (JSON.parse(line) as { step: number }).step);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const DEATHS: ReadonlyArray<readonly [how: string, sets: string[], reason: RegExp]> = [
  ["at import", ["die=import"], /ended with exit code 1\. This Python has no module mortal_kernels: install it there/],
  [
    "in step 0",
    ["die=raise"],
    /ended with exit code 1\. It ended with ValueError: the loss is not finite in step 0 \(base_train\.py:\d+\)\.$/,
  ],
  ["in the middle", ["die=raise", "die_at=30"], /the loss is not finite in step 30/],
  ["by its own decision", ["die=exit", "die_at=3"], /Its last words: The data ran out in step 3\.$/],
  ["by signal", ["die=signal", "die_at=3"], /was ended by SIGSEGV\.$/],
  ["by the kernel for want of memory", ["die=kill", "die_at=3"], /SIGKILL\. .*the machine ran out of memory\. Lower device_batch_size/],
  ["by lack of memory", ["die=memory", "die_at=3"], /The machine ran out of memory\. Lower device_batch_size/],
];

test.concurrent.each(DEATHS)("a script that dies %s", async (how, sets, reason) => {
  const name = how.replaceAll(" ", "-");
  const ran = await box.cli(["train", "mortal", "--name", name, ...sets.flatMap((set) => ["--set", set])]);
  expect(ran.code).toBe(1);
  const [id = ""] = box.runIds().filter((one) => one.endsWith(name));
  expect(ran.stderr).toContain(`nanochat-cli runs logs ${id} shows what it printed.`);
  expect(box.state(id)).toMatchObject({ status: "failed", reason: stringMatching(reason) });
  const died = sets.find((set) => set.startsWith("die_at="));
  expect(await steps(id)).toEqual(upTo(Number(died?.split("=")[1] ?? 0)));
  const told = await box.cli(["runs", "alerts", id]);
  expect(told.stdout).toMatch(/failed.*base_train failed: /s);
});

test.concurrent("a value that no layer explains is told, with the layer that it should have come from", async () => {
  const ran = await box.cli(["train", "mortal", "--name", "own-mind", "--set", "step_seconds=0", "--set", "num_iterations=5"]);
  expect(ran).toMatchObject({ code: 0, stdout: stringContaining("step_seconds is 0.001, not 0 (--set). It changes that itself") });
});

test.concurrent("a patch in the last step is refused, with the step that it would have been made in", async () => {
  const gate = join(box.dir, "last-step");
  const sets = ["num_iterations=5", "save_every=100", `wait_for=${gate}`].flatMap((set) => ["--set", set]);
  const { id } = await box.json<{ id: string }>(["train", "mortal", "--name", "last-step", "--detach", ...sets]);
  await eventually("its last step but one", () => step(id) === 3);
  const patched = box.cli(["runs", "patch", id, "save_every=7", "--yes", "--json"]);
  const { control } = stagePaths(box.runDir(id), "01-base_train");
  await eventually("the patch to be passed on", () => readFileSync(control, "utf8").includes("patch"));
  writeFileSync(gate, "");
  expect(refused(await patched)).toMatchObject({
    exit: 3,
    why: "scripts.base_train ended after step 4, before step 6 at which all ranks would have acted",
  });
});

const dead = (): string => box.runIds().find((id) => id.endsWith("in-the-middle")) as string;

test("a request to a run that has ended", async () => {
  for (const command of ["save", "stop"]) {
    expect(refused(await box.cli(["runs", command, dead(), "--json"]))).toMatchObject({ exit: 3, what: `${dead()} has ended` });
  }
  expect(refused(await box.cli(["runs", "adopt", dead(), "--json"]))).toMatchObject({ exit: 5, why: "it is failed" });
});

test("a run whose record is not written any more, as on a full disk, is listed as of the time of that", async () => {
  const { dir, id } = makeRun(box.home, trainStage(1));
  const owner = { pid: process.pid, startTicks: startTicks(process.pid), startedAt: "", version: "" };
  const heartbeatAt = new Date(Date.now() - 600_000).toISOString();
  writeFileSync(runPaths(dir).state, JSON.stringify({ ...box.state(id), status: "running", owner, heartbeatAt }));
  const row = (await box.cli(["runs", "list"])).stdout.split("\n").find((line) => line.startsWith(id));
  expect(row).toMatch(/ as of \d\d:\d\d .*running then; its record has not been written since$/);
  rmSync(dir, { recursive: true });
});

test("a corrupt state.json is told, hides no other run, and is made anew", async () => {
  const before = box.state(dead());
  writeFileSync(runPaths(box.runDir(dead())).state, '{"version": 1, "id": "20');
  const runs = await box.json<Array<{ id: string; problem: string | null }>>(["runs", "list"]);
  expect(runs.filter(({ problem }) => problem !== null)).toMatchObject([{ id: dead(), problem: stringContaining("state.json") }]);
  expect(runs.length).toBe(box.runIds().length);
  expect(refused(await box.cli(["runs", "show", dead(), "--json"]))).toMatchObject({
    exit: 1,
    remedy: stringContaining(`runs adopt ${dead()}`),
  });
  const adopted = await box.cli(["runs", "adopt", dead()]);
  expect(adopted).toMatchObject({ code: 0, stdout: `${dead()} has ended; its state.json was made anew from its files.\n` });
  const { status, reason, stages } = box.state(dead());
  expect({ status, reason, exit: stages[0]?.exitCode }).toEqual({ status: before.status, reason: before.reason, exit: 1 });
  expect(await steps(dead())).toEqual(upTo(30));
});

test("a corrupt journal.db of a run that has ended is told, and filled again", async () => {
  const { journal } = runPaths(box.runDir(dead()));
  const before = (await box.cli(["runs", "export", dead()])).stdout.split("\n").filter((line) => line.startsWith("1,"));
  writeFileSync(journal, "no journal ".repeat(1000));
  expect(refused(await box.cli(["runs", "query", dead(), "--json"]))).toMatchObject({
    exit: 1,
    code: "corrupt",
    what: `${journal} is not a readable journal`,
    remedy: stringContaining(`runs adopt ${dead()}`),
  });
  expect(await box.json<{ how: string }>(["runs", "adopt", dead()])).toMatchObject({ how: "restored" });
  const after = (await box.cli(["runs", "export", dead()])).stdout.split("\n").filter((line) => line.startsWith("1,"));
  expect(after.map((line) => line.split(",").slice(0, 3))).toEqual(before.map((line) => line.split(",").slice(0, 3)));
  expect(readdirSync(box.runDir(dead())).some((name) => name.startsWith("journal.db.corrupt-"))).toBe(true);
});

test("a run directory from a newer version is refused and left as it is", async () => {
  const { state } = runPaths(box.runDir(dead()));
  const whole = readFileSync(state, "utf8");
  const newer = whole.replace('"version": 1', '"version": 99');
  writeFileSync(state, newer);
  const commands = ["show", "follow", "adopt", "save", "export"];
  for (const ran of await Promise.all(commands.map((command) => box.cli(["runs", command, dead(), "--json"])))) {
    expect(refused(ran)).toMatchObject({
      exit: 1,
      code: "newer-version",
      what: stringContaining("has format version 99, and this nanochat-cli knows up to 1"),
      remedy: stringContaining("Update nanochat-cli"),
    });
  }
  expect(readFileSync(state, "utf8")).toBe(newer);
  writeFileSync(state, whole);
});

test("a corrupt request is put aside and told; the run goes on, and takes the next one", async () => {
  const { requests } = runPaths(box.runDir(long));
  mkdirSync(requests, { recursive: true }); // there from the first request on
  writeFileSync(join(requests, "scrawl.json"), "{ save }");
  await eventually("the letter put aside", () => readdirSync(requests).includes("scrawl.json.bad"));
  expect(box.log(long)).toMatch(/warn \S+scrawl\.json is not readable as JSON: .* It was put aside as \S+scrawl\.json\.bad\.$/m);
  expect(await box.json<{ phase: string }>(["runs", "save", long])).toMatchObject({ phase: "done" });
});

test("a checkpoint folder that disappears, or becomes something else", async () => {
  type Listed = Array<{ name: string; broken: string | null }>;
  const listed = async () => (await box.json<Listed>(["checkpoints", "list"])).filter(({ name }) => name.startsWith("base/long@"));
  const first = await box.json<{ step: number; path: string }>(["runs", "save", long]);
  rmSync(first.path, { recursive: true });
  expect(await listed()).toEqual([]);
  const second = await box.json<{ step: number; path: string }>(["runs", "save", long]);
  expect(second.path).toBe(first.path);
  expect(await listed()).toMatchObject([{ name: `base/long@${second.step}`, broken: null }]);
  rmSync(first.path, { recursive: true });
  writeFileSync(first.path, "a file");
  expect(refused(await box.cli(["runs", "save", long, "--json"]))).toMatchObject({ exit: 3, why: stringContaining(first.path) });
  await stepsOn(long);
  rmSync(first.path);
});

test("a supervisor that is killed while state.json and journal.db are damaged: another one makes both anew", async () => {
  const { state, journal } = runPaths(box.runDir(long));
  const { owner } = box.state(long);
  const reached = step(long);
  process.kill(owner?.pid as number, "SIGKILL");
  await eventually("its death", () => !isAlive(owner?.pid as number, owner?.startTicks ?? null));
  writeFileSync(state, "");
  writeFileSync(journal, "no journal ".repeat(1000));
  expect(await box.json<{ how: string }>(["runs", "adopt", long])).toMatchObject({ how: "adopted" });
  await eventually("the steps of before, and more", () => step(long) > reached);
  const have = await steps(long);
  expect(have).toEqual(upTo(have.length));
});

test("two `train` with one name: one runs, the other is refused and leaves nothing", async () => {
  const both = await Promise.all([1, 2].map(() => box.cli(["train", "mortal", "--name", "twin", "--detach", "--json"])));
  const [winner, loser] = both.sort((a, b) => a.code - b.code);
  const { id } = JSON.parse(winner?.stdout ?? "") as { id: string };
  expect(refused(loser as never)).toMatchObject({
    exit: 3,
    what: stringContaining(`Run ${id} is still going`),
    remedy: stringMatching(/^Choose another --(name|set model_tag), or wait for that run to end/),
  });
  expect(box.runIds().filter((one) => one.includes("twin"))).toEqual([id]);
  expect((await box.cli(["runs", "stop", id, "--now", "--yes"])).code).toBe(0);
});

test("two `train` without a name: both run, each in a place of its own", async () => {
  const both = await Promise.all([1, 2].map(() => box.json<{ id: string }>(["train", "mortal", "--detach"])));
  const [one = "", two = ""] = both.map(({ id }) => id);
  expect(one).not.toBe(two);
  const saved = await Promise.all([one, two].map((id) => box.json<{ path: string }>(["runs", "stop", id])));
  expect(new Set(saved.map(({ path }) => path)).size).toBe(2);
});

const SIZES: ReadonlyArray<readonly [cols: number, rows: number, sign: RegExp]> = [
  [60, 16, /TRAIN[\s\S]*long/],
  [20, 5, /\d/],
  [1, 1, /^t$/],
];

test.each(SIZES)("a terminal of %d×%d", async (cols, rows, sign) => {
  const pty = box.tui(["runs", "attach", long], { cols, rows });
  await pty.ready();
  await pty.until(sign);
  pty.type("\x11"); // ctrl+q
  expect(await pty.exited()).toBe(0);
  expect(pty.alternate).toBe(false);
});

/**
 * Takes the room for files from processes, or gives it back: a limit of 0 bytes on their size. Unlike a full disk it needs
 * no rights, and meets nobody else.
 */
function takeRoom(pids: readonly number[], taken: boolean): void {
  const program = `
import resource, sys
for pid in map(int, sys.argv[2:]):
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if sys.argv[1] == "true" else hard, hard))`;
  execFileSync("python3", ["-c", program, String(taken), ...pids.map(String)]);
}

/** How often a process has slept: the trainer sleeps in every step. */
const sleeps = (pid: number): number =>
  Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

test.if(process.platform === "linux")("a full disk: trainer and supervisor go on, and the gap is shown", async () => {
  await stepsOn(long);
  const pids = box.processes(long);
  const [trainer = 0] = pids;
  takeRoom(pids, true);
  const before = sleeps(trainer);
  await eventually("steps that nothing is written of", () => sleeps(trainer) > before + 60);
  // It writes one every second: this long without means that one could not be written.
  await eventually("a heartbeat that is overdue", () => Date.now() - Date.parse(box.state(long).heartbeatAt ?? "") > 2500);
  expect(box.processes(long)).toEqual(pids);
  takeRoom(pids, false);
  await stepsOn(long);
  const stopped = await box.json<{ phase: string; step: number }>(["runs", "stop", long]);
  expect(stopped.phase).toBe("done");
  const have = await steps(long);
  expect(have.length).toBeLessThan(stopped.step - 30);
  expect(have.at(-1)).toBe(stopped.step - 1);
  const { gaps } = await box.json<{ gaps: number[][] }>(["runs", "query", long, "train/loss", "--columns", "2000"]);
  expect(gaps.length).toBe(1);
  const { stdout } = await box.cli(["runs", "follow", long]);
  expect(stdout).toMatch(/\d+ events could not be written: File too large/);
  expect(stdout).toMatch(/journal\.db could not be used|state\.json could not be written: the limit on the size of files is reached/);
  expect((await box.cli(["runs", "logs", long, "--lines", "100000"])).stdout).toMatch(/\d+ bytes of output are missing here/);
});
