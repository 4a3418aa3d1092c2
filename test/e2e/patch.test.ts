/** Steering besides saving and stopping, by the program itself on a training pocket model. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RequestStatus } from "../../src/core/run.ts";
import { isAlive } from "../../src/lib/process.ts";
import { stagePaths } from "../../src/lib/run-dir.ts";
import { writeCheckpoint } from "../../src/services/base-dir-fixture.ts";
import { eventually } from "../drivers/cli.ts";
import { refused } from "../drivers/refused.ts";
import { ENDLESS, Sandbox } from "../drivers/sandbox.ts";

const box = new Sandbox();
const stringContaining = expect.stringContaining as (part: string) => string;
beforeAll(async () => {
  box.prefab("endless", ENDLESS);
  for (const [name, ranks] of [
    ["one", "1"],
    ["two", "2"],
  ]) {
    const { id } = await box.json<{ id: string }>([
      "train",
      "endless",
      "--name",
      name ?? "",
      "--ranks",
      ranks ?? "",
      "--detach",
      "--yes",
      "--fix",
    ]);
    await eventually(`steps of ${name}`, () => (box.state(id).progress?.step ?? -1) > 5);
  }
}, 60_000);
afterAll(() => box.close());

const idOf = (name: string): string => box.runIds().find((id) => id.endsWith(`-${name}`)) ?? "";
const requests = async (run: string): Promise<RequestStatus[]> =>
  (await box.json<{ requests: RequestStatus[] }>(["runs", "show", run])).requests;

for (const run of ["one", "two"]) {
  test(`a patch of the interval and of a learning rate is applied on ${run} rank${run === "one" ? "" : "s"}, and in the history`, async () => {
    const ran = await box.cli(["runs", "patch", run, "eval_every=50", "matrix_lr=0.01", "--yes"]);
    expect(ran).toMatchObject({ code: 0, stdout: stringContaining("eval_every 500 → 50, matrix_lr 0.02 → 0.01") });
    const patch = (await requests(run)).find(({ kind, phase }) => kind === "patch" && phase === "done");
    expect(patch?.changes?.map(({ name, to }) => [name, to])).toEqual([
      ["eval_every", 50],
      ["matrix_lr", 0.01],
    ]);
    expect((await box.cli(["runs", "history", run])).stdout).toContain("matrix_lr 0.02 → 0.01");
  });
}

const MISTAKES: ReadonlyArray<readonly [what: string, change: string, says: string]> = [
  ["a frozen field", "depth=8", "depth cannot be changed while it runs: the model has been built with it"],
  ["a value of the wrong type", "eval_every=often", "eval_every"],
  ["a value out of range", "warmdown_ratio=2", "warmdown_ratio"],
  ["a field that there is not", "eval_evry=5", "eval_evry"],
];

for (const [what, change, says] of MISTAKES) {
  test(`a patch of ${what} is refused with its sentence`, async () => {
    const failure = refused(await box.cli(["runs", "patch", "one", change, "--yes", "--json"]));
    expect(JSON.stringify(failure)).toContain(says);
  });
}

test("an interval that would write over newer checkpoints of the tag is warned of with their steps, and needs --yes", async () => {
  writeCheckpoint(box.baseDir, "base", { tag: "one", step: 98_000 });
  const unasked = await box.cli(["runs", "patch", "one", "save_every=49000"]);
  expect(unasked).toMatchObject({
    code: 3,
    stderr: stringContaining("warning: save_every would be 49000, which writes over @98000, a newer checkpoint in "),
  });
});

test("a tenfold rate is warned of, needs --yes, and is taken with it; the way back is not warned of", async () => {
  const warning = stringContaining("warning: matrix_lr would be 0.1, 10 times the 0.01 of now");
  const unasked = await box.cli(["runs", "patch", "one", "matrix_lr=0.1"]);
  expect(unasked).toMatchObject({ code: 3, stderr: warning });
  expect(await box.cli(["runs", "patch", "one", "matrix_lr=0.1", "--yes"])).toMatchObject({
    code: 0,
    stderr: warning,
    stdout: stringContaining("matrix_lr 0.01 → 0.1"),
  });
  const back = await box.cli(["runs", "patch", "one", "matrix_lr=0.01", "--yes"]);
  expect(back).toMatchObject({ code: 0, stdout: stringContaining("matrix_lr 0.1 → 0.01") });
  expect(back.stderr).not.toContain("warning");
});

test("what a patch can be of, and what not for which reason, is listed", async () => {
  const { stdout } = await box.cli(["runs", "patch", "one"]);
  expect(stdout).toMatch(/eval_every +\d+ +a whole number/);
  expect(stdout).toMatch(/frozen +now +why\n(?:.*\n)*depth +\d+ +the model has been built with it/);
  expect(stdout).toMatch(/window_pattern +L +the model has been built with it/);
  expect(stdout).toMatch(/resume_from_step +-1 +it says what this run began from/);
});

test("a patch that is half wrong changes nothing, and a change without a value is wrong usage", async () => {
  const before = (await requests("one")).length;
  const half = refused(await box.cli(["runs", "patch", "one", "sample_every=7", "depth=8", "--yes", "--json"]));
  expect(half).toMatchObject({ exit: 3, why: stringContaining("depth cannot be changed") });
  expect(refused(await box.cli(["runs", "patch", "one", "sample_every", "--json"]))).toMatchObject({ exit: 2, code: "usage" });
  expect(refused(await box.cli(["runs", "patch", "one", "sample_every=1", "sample-every=2", "--json"]))).toMatchObject({ exit: 2 });
  expect((await requests("one")).length).toBe(before);
  expect((await box.cli(["runs", "patch", "one"])).stdout).toMatch(/sample_every +-1 /);
});

test("on a terminal a patch and a stop at once are asked about; enter alone is no", async () => {
  const patch = box.tui(["runs", "patch", "one", "eval_every=70"]);
  await patch.until(/eval_every +\d+ +→ +70.*Patch it\? \[y\/N\]/s);
  patch.type("\r");
  await patch.until("Nothing was patched");
  expect(await patch.exited()).toBe(130);
  const stop = box.tui(["runs", "stop", "one", "--now"]);
  await stop.until(/\d+ steps are lost .*Stop it now, without saving\? \[y\/N\]/s);
  stop.type("\r");
  expect(await stop.exited()).toBe(130);
  const yes = box.tui(["runs", "patch", "one", "eval_every=71"]);
  await yes.until("Patch it? [y/N]");
  yes.type("y\r");
  await yes.until("→ 71.");
  expect(await yes.exited()).toBe(0);
});

test("without a terminal a stop at once and a patch need --yes, and nothing happens without it", async () => {
  const before = (await requests("one")).length;
  for (const asked of [
    ["stop", "one", "--now"],
    ["patch", "one", "eval_every=73"],
  ])
    for (const how of [[], ["--json"]]) {
      const ran = await box.cli(["runs", ...asked, ...how]);
      expect(ran.code).toBe(3);
      expect(ran.stderr).toContain("--yes");
      expect(ran.stderr).toMatch(asked[0] === "stop" ? /steps are lost|not been saved|is lost/ : /eval_every +\d+ +→ +73/);
    }
  expect((await requests("one")).length).toBe(before);
});

test("patches twice in a row are both applied, the second on top of the first", async () => {
  const made = await Promise.all(
    [61, 62].map((every) => box.json<RequestStatus>(["runs", "patch", "two", `save_every=${every}`, "--yes"])),
  );
  // Which of two that ask at once is heard first is nobody's promise: not even their ids, made before they ask, tell.
  const took = made.map(({ changes = [] }) => `${changes[0]?.from} → ${changes[0]?.to}`).join(", ");
  expect(["-1 → 61, 61 → 62", "62 → 61, -1 → 62"]).toContain(took);
  expect((await box.cli(["runs", "patch", "two", "save_every=-1", "--yes"])).code).toBe(0);
});

test("a patch during an evaluation waits for its end, and is applied", async () => {
  const told = () => readFileSync(join(stagePaths(box.runDir(idOf("one")), "02-base_train").bridge, "events.rank0.jsonl"), "utf8");
  const evaluating = () =>
    told()
      .split("\n")
      .findLast((line) => line.includes('"name":"eval"'))
      ?.includes('"begin"');
  expect((await box.cli(["runs", "patch", "one", "eval_tokens=16384", "--yes"])).code).toBe(0);
  expect((await box.cli(["runs", "evaluate", "one", "--no-wait"])).code).toBe(0);
  await eventually("the evaluation", evaluating);
  const patched = await box.json<RequestStatus>(["runs", "patch", "one", "eval_tokens=256", "--yes"]);
  expect(patched).toMatchObject({ changes: [{ name: "eval_tokens", from: 16384, to: 256 }] });
});

test("an evaluation asked for comes at once", async () => {
  const ran = await box.cli(["runs", "evaluate", "one"]);
  expect(ran).toMatchObject({ code: 0, stdout: stringContaining("val/bpb") });
});

test("a paused run takes no step until it goes on", async () => {
  const paused = await box.cli(["runs", "pause", "two"]);
  const at = Number(/Paused at step (\d[\d,]*)/.exec(paused.stdout)?.[1]?.replaceAll(",", ""));
  const id = idOf("two");
  // Its record follows the answer, which is read from the journal.
  await eventually("the record to say so", () => box.state(id).status === "paused");
  const again = refused(await box.cli(["runs", "pause", "two", "--json"]));
  expect(JSON.stringify(again)).toContain("paused");
  // The record says both at once; steps are counted from 0, and none is made behind the one that it was paused at.
  expect(box.state(id).progress?.step).toBe(at - 1);
  expect((await box.cli(["runs", "resume", "two"])).code).toBe(0);
  await eventually("steps after the pause", () => (box.state(id).progress?.step ?? 0) > at + 5);
});

test("what is asked of a paused run at a terminal is told to wait until it goes on", async () => {
  expect((await box.cli(["runs", "pause", "two"])).code).toBe(0);
  const asked = box.tui(["runs", "patch", "two", "save_every=77", "--yes"], { cols: 200 });
  await asked.until("at the same step, once the run goes on");
  await asked.until("is paused: this is done once it goes on (`nanochat-cli runs resume");
  await eventually("the request", async () => (await requests("two")).at(-1)?.kind === "patch");
  expect((await box.cli(["runs", "resume", "two"])).code).toBe(0);
  expect(await asked.process.exited).toBe(0);
});

test("where nobody can be asked a paused run refuses at once what it would do once it goes on; --no-wait asks for it", async () => {
  expect((await box.cli(["runs", "pause", "two"])).code).toBe(0);
  const before = (await requests("two")).length;
  for (const kind of ["evaluate", "sample", "save"])
    expect(refused(await box.cli(["runs", kind, "two", "--json"]))).toMatchObject({
      exit: 3,
      what: stringContaining(`is paused: ${kind} is done once it goes on`),
      remedy: stringContaining("--no-wait"),
    });
  expect(await requests("two")).toHaveLength(before);
  expect((await box.cli(["runs", "sample", "two", "--no-wait"])).code).toBe(0);
  expect((await box.cli(["runs", "resume", "two"])).code).toBe(0);
  await eventually("the sample", async () => (await requests("two")).find(({ kind }) => kind === "sample")?.phase === "done");
});

test("a run whose supervisor is killed while it is paused is adopted as it is: nothing is lost, nothing done twice", async () => {
  const id = idOf("two");
  expect((await box.cli(["runs", "pause", id])).code).toBe(0);
  const owner = box.state(id).owner?.pid as number;
  process.kill(owner, "SIGKILL");
  await eventually("its death", () => !isAlive(owner, null));
  expect((await box.cli(["runs", "adopt", id])).code).toBe(0);
  await eventually("the pause to be known again", () => box.state(id).status === "paused");
  const made = await requests(id);
  expect((await box.cli(["runs", "resume", id])).code).toBe(0);
  const after = await requests(id);
  expect(after.map(({ kind, phase }) => `${kind} ${phase}`)).toEqual([
    ...made.slice(0, -1).map(({ kind, phase }) => `${kind} ${phase}`),
    "pause done",
    "resume done",
  ]);
  const steps = (await box.cli(["runs", "export", id, "--format", "jsonl"])).stdout.matchAll(/"step":(\d+),.*"train\/loss"/g);
  const numbers = [...steps].map(([, step]) => Number(step));
  expect(numbers).toEqual(numbers.map((_, index) => index));
});

test("a stop while it is paused saves and ends it, and what was waiting is answered", async () => {
  const id = idOf("two");
  expect((await box.cli(["runs", "pause", id])).code).toBe(0);
  expect((await box.cli(["runs", "evaluate", id, "--no-wait"])).code).toBe(0);
  await eventually("the request", async () => (await requests(id)).at(-1)?.kind === "evaluate");
  const stopped = await box.json<RequestStatus>(["runs", "stop", id]);
  expect(stopped).toMatchObject({ phase: "done", path: stringContaining("two") });
  await eventually("the end", () => box.state(id).status === "stopped");
  expect((await requests(id)).filter(({ phase }) => phase !== "done" && phase !== "refused")).toEqual([]);
});

test("a stop at once tells what is lost", async () => {
  const lost = await box.json<{ lost: { steps: number; checkpoint: number | null } }>(["runs", "stop", "one", "--now", "--yes"]);
  expect(lost).toMatchObject({ phase: "done", lost: { checkpoint: null } });
  expect(lost.lost.steps).toBeGreaterThan(5);
});

test("a resume goes on with what was patched by then, says so with what takes it back, and leaves the rates to the optimizer", async () => {
  const id = idOf("two");
  const dry = await box.cli(["checkpoints", "resume", "base/two", "--dry-run"]);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toMatch(/^ +eval_every +50 /m);
  expect(dry.stdout).toContain("--save-every=77");
  expect(dry.stdout).not.toContain("--matrix-lr=0.01");
  const told = new RegExp(`eval_every is 50, as it was patched at step [\\d,]+ of ${id}, which began with 500\\.`);
  expect(dry.stdout).toMatch(told);
  expect(dry.stdout).toContain("`--set eval_every=500`");
  expect(dry.stdout).toMatch(/^01-base_train, 2 ranks, resumes at step [\d,]+$/m);
  expect(dry.stdout).toMatch(/^warning +01-base_train: It goes on with learning rates as they were patched, .*: matrix_lr \S+ → 0\.01\./m);
  const back = await box.cli(["checkpoints", "resume", "base/two", "--dry-run", "--set", "eval_every=500"]);
  expect(back.stdout).not.toMatch(told);
  expect(back.stdout).toContain("--eval-every=500");
});
