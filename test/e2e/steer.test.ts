/** Asking things of a run from another terminal. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../src/lib/process.ts";
import { stagePaths } from "../../src/lib/run-dir.ts";
import { eventually, type Ran } from "../drivers/cli.ts";
import { ROOT } from "../drivers/pty.ts";
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

describe("a pocket model that really trains", () => {
  const STEPS = 200;
  let box: Sandbox;
  beforeAll(() => {
    box = new Sandbox();
    const training = `  - script: scripts.base_train
    set: {num_iterations: ${STEPS}, max_seq_len: 64, total_batch_size: 64, eval_every: 100, eval_tokens: 256, core_metric_every: -1, sample_every: -1}
`;
    box.prefab("plain", `name: plain\nstages:\n  - script: scripts.tok_train\n${training}`);
    box.prefab("steered", `name: steered\nstages:\n${training}`);
  });
  afterAll(() => box.close());

  /** Every step with its loss, digit for digit. */
  async function losses(id: string): Promise<string[]> {
    const { stdout } = await box.cli(["runs", "export", id, "--format", "jsonl"]);
    return [...stdout.matchAll(/"step":(\d+),.*"train\/loss":([^,}]+)/g)].map(([, at, loss]) => `${at}: ${loss}`);
  }

  test("saves and a stop are answered with their step, leave whole files, and change no digit of the training", async () => {
    const plain = await start(box, "plain");
    await eventually("the tokenizer", () => box.state(plain).stages[0]?.status === "done");
    const steered = await startedUpTo(box, 5, "steered");
    const saved = [await box.json<Done>(["runs", "save", steered])];
    saved.push(...(await Promise.all([box.json<Done>(["runs", "save", steered]), box.json<Done>(["runs", "save", steered])])));
    saved.push(await box.json<Done>(["runs", "stop", steered]));
    for (const { phase } of saved) expect(phase).toBe("done");
    const stop = saved.at(-1)?.step as number;
    expect(stop).toBeLessThan(STEPS);

    await eventually("the ends", () => box.state(steered).status === "stopped" && box.state(plain).status === "done");
    type Listed = Array<{ tag: string; step: number; broken: string | null }>;
    const listed = (await box.json<Listed>(["checkpoints", "list"])).filter(({ tag }) => tag === steered);
    expect(new Set(listed.map((one) => one.step))).toEqual(new Set(saved.map((one) => one.step)));
    expect(listed.filter(({ broken }) => broken !== null)).toEqual([]);
    const undisturbed = await losses(plain);
    expect(undisturbed.length).toBe(STEPS);
    expect(await losses(steered)).toEqual(undisturbed.slice(0, stop));
  });
});

describe("a run at an awkward moment", () => {
  let box: Sandbox;
  beforeAll(() => {
    box = new Sandbox(join(ROOT, "test", "fixtures", "mortal"));
    box.prefab("two", "name: two\nstages:\n  - script: scripts.base_train\n  - script: scripts.base_eval\n");
  });
  afterAll(() => box.close());

  /** A run of two long steps, and the answer to what was asked of it in the last one. */
  async function askInTheLastStep(command: string): Promise<{ id: string; ran: Ran }> {
    const id = await start(box, "two", "--set", "num_iterations=2", "--set", "step_seconds=2");
    // The trainer's own file: state.json would tell up to a second later.
    const events = join(stagePaths(box.runDir(id), "01-base_train").bridge, "events.rank0.jsonl");
    await eventually("step 0", () => existsSync(events) && readFileSync(events, "utf8").includes('"kind":"step"'));
    return { id, ran: await box.cli(["runs", command, id, "--json"]) };
  }

  test("a save when the stage is about to end is refused, and the run goes on to its end; a stop is answered by the end, and nothing follows", async () => {
    const [save, stop] = await Promise.all([askInTheLastStep("save"), askInTheLastStep("stop")]);
    expect(refused(save.ran)).toMatchObject({ exit: 3, why: stringContaining("ended after step 1") });
    expect(JSON.parse(stop.ran.stdout)).toMatchObject({ phase: "done", step: 2, path: stringContaining(stop.id) });
    const ends = (id: string) => [box.state(id).status, ...box.state(id).stages.map(({ status }) => status)];
    await eventually("the ends", () => [save, stop].every(({ id }) => box.state(id).endedAt !== null));
    expect(ends(save.id)).toEqual(["done", "done", "done"]);
    expect(ends(stop.id)).toEqual(["stopped", "done", "pending"]);
    const listed = await box.json(["checkpoints", "list"]);
    for (const { id } of [save, stop]) expect(listed).toContainEqual(expect.objectContaining({ tag: id, step: 2, broken: null }));
  });

  test("a stop at once saves nothing and starts nothing more", async () => {
    const id = await startedUpTo(box, 5, "two");
    expect(await box.json<Done>(["runs", "stop", id, "--now"])).toMatchObject({ phase: "done", path: null });
    await eventually("the end", () => box.state(id).status === "stopped");
    expect(box.state(id).reason).toContain("at once");
    expect(box.processes(id)).toEqual([]);
    expect(await box.json(["checkpoints", "list"])).not.toContainEqual(expect.objectContaining({ tag: id }));
  });

  test("a request that nobody would take is refused, and says who can", async () => {
    const id = await startedUpTo(box, 5, "two");
    const owner = box.state(id).owner?.pid as number;
    process.kill(owner, "SIGKILL");
    await eventually("its death", () => !isAlive(owner, null));
    for (const command of ["save", "stop"]) {
      const answer = refused(await box.cli(["runs", command, id, "--json"]));
      expect(answer).toMatchObject({
        exit: 3,
        what: `Nobody looks after ${id}`,
        remedy: stringContaining(`nanochat-cli runs adopt ${id}`),
      });
    }
    expect((await box.cli(["runs", "adopt", id])).code).toBe(0);
    expect(await box.json<Done>(["runs", "stop", id])).toMatchObject({ phase: "done" });
  });
});
