/** A run shown again as it went, in a real terminal; and two who look at one run at once without being able to change it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { JournalWriter } from "../../src/journal/writer.ts";
import { writeJson } from "../../src/lib/files.ts";
import { runPaths } from "../../src/lib/run-dir.ts";
import { readState } from "../../src/lib/run-files.ts";
import { LAUNCHER, Pty } from "../drivers/pty.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";
import { makeRun, trainStage, unwrap } from "../fixtures/runs.ts";

const STEPS = 3600;
const BEGIN = Date.parse("2026-11-23T12:00:00Z");

let box: Sandbox;
let id: string;

/** An hour of training, a step a second, long over. */
beforeEach(() => {
  box = new Sandbox();
  const run = makeRun(box.home, trainStage(1));
  id = run.id;
  const journal = unwrap(JournalWriter.open(runPaths(run.dir).journal));
  journal.event({ stage: 1, at: BEGIN, step: null, kind: "config", body: { derived: { totalSteps: STEPS } } });
  for (let step = 0; step < STEPS; step++) journal.points(1, step, BEGIN + step * 1000, { "train/loss": 5 - step / STEPS, "train/dt": 1 });
  journal.close();
  const state = unwrap(readState(run.dir));
  const [startedAt, endedAt] = [new Date(BEGIN).toISOString(), new Date(BEGIN + STEPS * 1000).toISOString()];
  const stages = state.stages.map((stage) => ({ ...stage, status: "done" as const, startedAt, endedAt, exitCode: 0 }));
  writeJson(runPaths(run.dir).state, { ...state, status: "done", startedAt, endedAt, stages });
});
afterEach(() => box.close());

test("a replay goes on by itself, is held, sped up and sent to a step, and asks nothing of the run", async () => {
  const pty = box.tui(["runs", "replay", id, "--speed", "10", "--from", "600"], { cols: 140, rows: 40 });
  await pty.until(/REPLAY 10× · step 6\d\d · \d\d:\d\d:\d\d/);
  await pty.until(/6\d\d \/ 3,600 steps/);
  await pty.until(/7\d\d \/ 3,600 steps/);
  pty.type(" ");
  await pty.until("REPLAY ⏸");
  pty.type("G");
  await pty.until("Go to a step");
  pty.type("1800\r");
  // Steps are counted from 0: at the one that was asked for, one more is made.
  await pty.until(/REPLAY ⏸ · step 1,800 · /);
  await pty.until("1,801 / 3,600 steps");
  expect(pty.screen()).toContain("running");
  pty.type("s");
  await pty.until("this is a replay");
  pty.type("\x1b");
  pty.type(">".repeat(8));
  await pty.until("faster it cannot go");
  pty.type(" ");
  await pty.until(/REPLAY end · step 3,599 · .* 100%/);
  pty.type("r");
  await pty.until((screen) => !screen.includes("REPLAY"));
  pty.type("q");
  expect(await pty.exited()).toBe(0);
}, 60_000);

test("what a replay cannot do is told in a sentence", async () => {
  const ask = async (...args: string[]) => refused(await box.cli(["runs", "replay", id, ...args, "--json"]));
  expect(await ask("--speed", "0")).toMatchObject({ code: "usage", what: "--speed 0 is no number from 1 to 1000" });
  expect(await ask("--from", "9000")).toMatchObject({ code: "not-found", what: `${id} never came to step 9,000` });
  expect(await ask()).toMatchObject({ code: "nothing-to-attach" });
});

/** Nobody may write there, or change what is there. */
function seal(dir: string): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (lstatSync(path).isDirectory()) seal(path);
    else chmodSync(path, 0o444);
  }
  chmodSync(dir, 0o555);
}

/** Root may write anywhere: there it is somebody else who looks. */
const AS_OTHER = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

test("a run in a home that one may not write to is attached by two at once, who can change nothing", async () => {
  const journal = readFileSync(runPaths(box.runDir(id)).journal);
  seal(box.home);
  chmodSync(box.dir, 0o755);
  const env = {
    ...box.env,
    HOME: "/nonexistent",
    XDG_DATA_HOME: "/nonexistent/d",
    XDG_CACHE_HOME: "/nonexistent/c",
    XDG_CONFIG_HOME: "/nonexistent/e",
  };
  const attach = () => new Pty([...AS_OTHER, LAUNCHER, "runs", "attach", id, "--read-only", ...box.place], { cols: 140, rows: 40, env });
  const viewers = [attach(), attach()];
  for (const pty of viewers) {
    await pty.until(/3,600 \/ 3,600/);
    await pty.until("READ-ONLY");
    await pty.ready();
    pty.type("6");
    await pty.until("runs 1");
    pty.type("m");
    await pty.until("this is read-only");
    pty.type("4");
    await pty.until(/3,600 \/ 3,600/);
  }
  for (const pty of viewers) {
    pty.type("q");
    expect(await pty.exited()).toBe(0);
    await pty.close();
  }
  expect(readFileSync(runPaths(box.runDir(id)).journal).equals(journal)).toBe(true);
  expect(readdirSync(box.home).sort()).toEqual(["lock.db", "prefabs", "runs", ".gitignore"].sort());
  unseal(box.home);
}, 60_000);

function unseal(dir: string): void {
  chmodSync(dir, 0o755);
  for (const name of readdirSync(dir)) if (lstatSync(join(dir, name)).isDirectory()) unseal(join(dir, name));
}

test("--read-only refuses every command that writes, and says so", async () => {
  expect(refused(await box.cli(["runs", "delete", id, "--yes", "--read-only", "--json"]))).toMatchObject({
    code: "refused",
    what: "runs delete does not only look",
    why: "--read-only was given",
  });
  expect((await box.cli(["runs", "show", id, "--read-only"])).code).toBe(0);
});
