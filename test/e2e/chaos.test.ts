import { afterEach, beforeEach, expect, test } from "bun:test";
import { isAlive } from "../../src/lib/process.ts";
import { stagePaths } from "../../src/lib/run-dir.ts";
import { readLaunch } from "../../src/lib/run-files.ts";
import { eventually } from "../drivers/cli.ts";
import { ENDLESS, Sandbox } from "../drivers/sandbox.ts";

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
  box.prefab("endless", ENDLESS);
});
afterEach(() => box.close());

const ROUNDS = 20;

/** A generator with a seed, so that a failure can be had again (Numerical Recipes' LCG). */
function* random(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

test("SIGKILL to the TUI and to the supervisor, 20 times: the trainer never stops, every step is there exactly once", async () => {
  const { id } = await box.json<{ id: string }>(["train", "endless", "--detach"]);
  const step = () => box.state(id).progress?.step ?? -1;
  await eventually("the first step", () => step() >= 0);
  const launch = readLaunch(stagePaths(box.runDir(id), "02-base_train").launch);
  const trainer = launch.ok ? launch.value?.children[0] : undefined;
  const dice = random(20);
  for (let round = 0; round < ROUNDS; round++) {
    const viewer = box.tui(["runs", "attach", id], { cols: 80, rows: 24 });
    if (dice.next().value < 0.7) await viewer.until("base_train");
    const supervisor = box.state(id).owner?.pid as number;
    const target = step() + Math.floor(dice.next().value * 20);
    await eventually("some steps", () => step() >= target);
    for (const pid of viewer.children()) process.kill(pid, "SIGKILL");
    process.kill(supervisor, "SIGKILL");
    await eventually("the supervisor's death", () => !isAlive(supervisor, null));
    expect(isAlive(trainer?.pid ?? null, trainer?.startTicks ?? null)).toBe(true);
    expect((await box.cli(["runs", "adopt", id])).code).toBe(0);
    await viewer.close();
  }
  const stopped = await box.json<{ phase: string; step: number }>(["runs", "stop", id]);
  expect(stopped.phase).toBe("done");
  await eventually("the end", () => box.state(id).status === "stopped");
  const wanted = Array.from({ length: stopped.step }, (_, i) => i);
  expect(await pointSteps(id)).toEqual(wanted);
  expect(await loggedSteps(id)).toEqual(wanted);
}, 240_000);

/** Steps of which the journal has a loss. */
async function pointSteps(id: string): Promise<number[]> {
  const exported = await box.cli(["runs", "export", id, "--format", "jsonl"]);
  const rows = exported.stdout.split("\n").filter((line) => line.includes('"train/loss"'));
  return rows.map((line) => (JSON.parse(line) as { step: number }).step);
}

/** Steps whose printed line is in the journal, as often as it is there. */
async function loggedSteps(id: string): Promise<number[]> {
  const { stdout } = await box.cli(["runs", "logs", id, "--lines", "1000000", "--filter", "step "]);
  return [...stdout.matchAll(/ step (\d{5,})\/\d+ \(/g)].map((match) => Number(match[1]));
}
