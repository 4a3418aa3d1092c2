/** Asking things of a run from another terminal. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive } from "../../src/lib/process.ts";
import { stagePaths } from "../../src/lib/run-dir.ts";
import { eventually, type Ran } from "../drivers/cli.ts";
import { LAUNCHER, ROOT } from "../drivers/pty.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";

interface Done {
  phase: string;
  step: number;
  path: string | null;
}

const { stringContaining } = expect;

const step = (box: Sandbox, id: string): number => box.state(id).progress?.step ?? -1;

async function start(box: Sandbox, prefab: string, ...more: string[]): Promise<string> {
  return (await box.json<{ id: string }>(["train", prefab, "--detach", ...more])).id;
}

/** Starts a run and waits until it has come so far. */
async function startedUpTo(box: Sandbox, wanted: number, prefab: string, ...more: string[]): Promise<string> {
  const id = await start(box, prefab, ...more);
  await eventually(`step ${wanted}`, () => step(box, id) >= wanted);
  return id;
}

const STEPS = 200;
let pocket: Sandbox;
let mortal: Sandbox;
beforeAll(() => {
  pocket = new Sandbox();
  const training = `  - script: scripts.base_train
    set: {num_iterations: ${STEPS}, max_seq_len: 64, total_batch_size: 64, eval_every: 100, eval_tokens: 256, core_metric_every: -1, sample_every: -1}
`;
  pocket.prefab("plain", `name: plain\nstages:\n  - script: scripts.tok_train\n${training}`);
  pocket.prefab("steered", `name: steered\nstages:\n${training}`);
  mortal = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
  mortal.prefab("two", "name: two\nstages:\n  - script: scripts.base_train\n  - script: scripts.base_eval\n");
});
afterAll(() => Promise.all([pocket.close(), mortal.close()]));

/** Every step with its loss, digit for digit. */
async function losses(id: string): Promise<string[]> {
  const { stdout } = await pocket.cli(["runs", "export", id, "--format", "jsonl"]);
  return [...stdout.matchAll(/"step":(\d+),.*"train\/loss":([^,}]+)/g)].map(([, at, loss]) => `${at}: ${loss}`);
}

test.concurrent("saves and a stop are answered with their step, leave whole files, and change no digit of the training", async () => {
  const plain = await start(pocket, "plain");
  await eventually("the tokenizer", () => pocket.state(plain).stages[0]?.status === "done");
  const steered = await startedUpTo(pocket, 5, "steered");
  const saved = [await pocket.json<Done>(["runs", "save", steered])];
  saved.push(...(await Promise.all([pocket.json<Done>(["runs", "save", steered]), pocket.json<Done>(["runs", "save", steered])])));
  saved.push(await pocket.json<Done>(["runs", "stop", steered]));
  // What comes after it on a line, such as a resume, finds a run that has ended.
  expect(pocket.state(steered).status).toBe("stopped");
  for (const { phase } of saved) expect(phase).toBe("done");
  const stop = saved.at(-1)?.step as number;
  expect(stop).toBeLessThan(STEPS);

  await eventually("the ends", () => pocket.state(steered).status === "stopped" && pocket.state(plain).status === "done");
  type Listed = Array<{ tag: string; step: number; broken: string | null }>;
  const listed = (await pocket.json<Listed>(["checkpoints", "list"])).filter(({ tag }) => tag === steered);
  expect(new Set(listed.map((one) => one.step))).toEqual(new Set(saved.map((one) => one.step)));
  expect(listed.filter(({ broken }) => broken !== null)).toEqual([]);
  const undisturbed = await losses(plain);
  expect(undisturbed.length).toBe(STEPS);
  expect(await losses(steered)).toEqual(undisturbed.slice(0, stop));
});

/** A run of two steps, and the answer to what was asked of it in the last one: that ends when the trainer has been told. */
async function askInTheLastStep(command: string, ...more: string[]): Promise<{ id: string; ran: Ran }> {
  const asked = join(mortal.dir, `asked-to-${command}`);
  const id = await start(mortal, "two", "--set", "num_iterations=2", "--set", `wait_for=${asked}`);
  const { bridge, control } = stagePaths(mortal.runDir(id), "01-base_train");
  const has = (file: string, text: string) => existsSync(file) && readFileSync(file, "utf8").includes(text);
  await eventually("step 0", () => has(join(bridge, "events.rank0.jsonl"), '"kind":"step"'));
  const answer = mortal.cli(["runs", command, id, ...more, "--json"]);
  await eventually("the command", () => has(control, `"${command}"`));
  writeFileSync(asked, "");
  return { id, ran: await answer };
}

test.concurrent("a save or patch when the stage is about to end is refused, and the run goes on to its end; a stop is answered by the end, and nothing follows", async () => {
  const [save, stop, patch] = await Promise.all([
    askInTheLastStep("save"),
    askInTheLastStep("stop"),
    askInTheLastStep("patch", "save_every=5", "--yes"),
  ]);
  expect(refused(patch.ran)).toMatchObject({ exit: 3, why: stringContaining("ended after step 1") });
  expect(refused(save.ran)).toMatchObject({ exit: 3, why: stringContaining("ended after step 1") });
  expect(JSON.parse(stop.ran.stdout)).toMatchObject({ phase: "done", step: 2, path: stringContaining(stop.id) });
  const ends = (id: string) => [mortal.state(id).status, ...mortal.state(id).stages.map(({ status }) => status)];
  await eventually("the ends", () => [save, stop].every(({ id }) => mortal.state(id).endedAt !== null));
  expect(ends(save.id)).toEqual(["done", "done", "done"]);
  expect(ends(stop.id)).toEqual(["stopped", "done", "pending"]);
  const listed = await mortal.json(["checkpoints", "list"]);
  for (const { id } of [save, stop]) expect(listed).toContainEqual(expect.objectContaining({ tag: id, step: 2, broken: null }));
});

test.concurrent("a save or a stop whose checkpoint cannot be written is refused with what to do, and the run trains on until one can", async () => {
  const id = await startedUpTo(mortal, 2, "two");
  const folder = join(mortal.baseDir, "base_checkpoints", id);
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(folder, "in the way");
  const save = refused(await mortal.cli(["runs", "save", id, "--json"]));
  expect(save).toMatchObject({ exit: 3, why: stringContaining("the run trains on"), remedy: stringContaining("save again") });
  const stop = refused(await mortal.cli(["runs", "stop", id, "--json"]));
  expect(stop).toMatchObject({ exit: 3, why: stringContaining("the run trains on"), remedy: stringContaining(`runs stop ${id} --now`) });
  const at = step(mortal, id);
  await eventually("more steps", () => step(mortal, id) > at);
  expect(await mortal.json(["runs", "alerts", id])).toMatchObject([{ key: "save-failed", severity: "bad", clearedAt: null }]);
  rmSync(folder);
  expect(await mortal.json(["runs", "stop", id])).toMatchObject({ phase: "done", warning: null });
});

test.concurrent("a stop at once ends a run that cannot save, and tells why nothing was saved", async () => {
  const id = await startedUpTo(mortal, 2, "two");
  const folder = join(mortal.baseDir, "base_checkpoints", id);
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(folder, "in the way");
  refused(await mortal.cli(["runs", "stop", id, "--json"]));
  expect(await mortal.json(["runs", "stop", id, "--now", "--yes"])).toMatchObject({
    phase: "done",
    lost: { checkpoint: null, failure: stringContaining("failed: FileExistsError") },
  });
});

test.concurrent("a save of a model whose loss is no number any more says so", async () => {
  const id = await startedUpTo(mortal, 5, "two", "--set", "nan_at=3");
  const warning = stringContaining("Its loss is NaN: what was saved is broken by all appearances");
  expect(await mortal.json(["runs", "save", id])).toMatchObject({ phase: "done", warning });
  expect((await mortal.cli(["runs", "stop", id])).stdout).toContain("▲ Its loss is NaN");
});

test.concurrent("a request to a trainer that stands still says what it waits for, and is answered once there are steps again", async () => {
  const id = await startedUpTo(mortal, 2, "two");
  const trainer = mortal.processes(id)[0] as number;
  process.kill(trainer, "SIGSTOP");
  const child = Bun.spawn([LAUNCHER, "runs", "save", id, ...mortal.place], {
    env: { ...process.env, ...mortal.env },
    stderr: "pipe",
  });
  let said = "";
  for await (const part of child.stderr) {
    said += new TextDecoder().decode(part);
    if (said.includes("ctrl+c")) process.kill(trainer, "SIGCONT");
  }
  expect(said).toMatch(/save: no step for [\d.]+s: it is answered at the next step; ctrl\+c leaves the request in place, .*runs show/);
  expect(await child.exited).toBe(0);
  await mortal.json(["runs", "stop", id, "--now", "--yes"]);
});

test.concurrent("a stop at once saves nothing and starts nothing more", async () => {
  const id = await startedUpTo(mortal, 5, "two");
  expect(await mortal.json<Done>(["runs", "stop", id, "--now", "--yes"])).toMatchObject({ phase: "done", path: null });
  await eventually("the end", () => mortal.state(id).status === "stopped");
  expect(mortal.state(id).reason).toContain("at once");
  await eventually("the end of its processes", () => mortal.processes(id).length === 0);
  expect(await mortal.json(["checkpoints", "list"])).not.toContainEqual(expect.objectContaining({ tag: id }));
});

test.concurrent("a request that nobody would take is refused, and says who can", async () => {
  const id = await startedUpTo(mortal, 5, "two");
  const owner = mortal.state(id).owner?.pid as number;
  process.kill(owner, "SIGKILL");
  await eventually("its death", () => !isAlive(owner, null));
  for (const command of ["save", "stop"]) {
    const answer = refused(await mortal.cli(["runs", command, id, "--json"]));
    expect(answer).toMatchObject({
      exit: 3,
      what: `Nobody looks after ${id}`,
      remedy: stringContaining(`nanochat-cli runs adopt ${id}`),
    });
  }
  expect((await mortal.cli(["runs", "adopt", id])).code).toBe(0);
  expect(await mortal.json<Done>(["runs", "stop", id])).toMatchObject({ phase: "done" });
});
