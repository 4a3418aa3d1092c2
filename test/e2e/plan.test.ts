/** Plans by command: what would really run, what is refused, fixed, overridden and asked, and a past run once more. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Plan } from "../../src/core/plan.ts";
import { stagePaths } from "../../src/lib/run-dir.ts";
import { readPlan } from "../../src/lib/run-files.ts";
import { eventually } from "../drivers/cli.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";

interface PlanJson extends Plan {
  commands: Array<{ stage: string; argv: string[]; cwd: string; ranks: number; launcher: string }>;
  fixed: Array<{ id: string }>;
}

const TINY = `name: tiny
workspace: pocket
stages:
  - script: scripts.tok_train
  - script: scripts.base_train
    set: {num_iterations: 4, warmup_steps: 1, max_seq_len: 32, total_batch_size: 32, eval_every: 2, eval_tokens: 64, core_metric_every: -1, sample_every: -1}
`;
/** Two errors that can be fixed, and one warning. */
const WRONG = ["--set", "total_batch_size=33", "--set", "eval_tokens=1", "--set", "matrix_lr=0"];

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
  box.prefab("tiny", TINY);
});
afterAll(() => box.close());

const ended = (id: string) => eventually(`the end of ${id}`, () => box.state(id).status === "done");

test("the plan's commands are the ones that run, and run:ID runs them once more", async () => {
  const { commands } = await box.json<PlanJson>(["plan", "tiny", "--name", "first"]);
  const { id } = await box.json<{ id: string }>(["train", "tiny", "--name", "first", "--detach"]);
  await ended(id);
  for (const { stage, argv, cwd, ranks, launcher } of commands) {
    expect(JSON.parse(readFileSync(stagePaths(box.runDir(id), stage).command, "utf8"))).toMatchObject({ argv, cwd, ranks, launcher });
  }
  const again = await box.json<{ id: string }>(["train", `run:${id}`, "--name", "second", "--detach"]);
  await ended(again.id);
  const [one, two] = [id, again.id].map((run) => readPlan(box.runDir(run)));
  expect(two?.ok && two.value.prefab).toBe(`run:${id}`);
  expect(two?.ok && valuesOf(two.value)).toEqual(one?.ok ? valuesOf(one.value) : []);
  expect(await losses(again.id)).toEqual(await losses(id));
});

test("the Config tab shows the tag that a run of the prefab would have, as the plan does", async () => {
  const pty = box.tui(["runs", "attach", "first"], { cols: 160 });
  await pty.until("Loss");
  pty.type("2");
  await pty.until("o open…");
  pty.type("o");
  await pty.until("enter chooses");
  pty.type("tiny\r");
  await pty.until(/model_tag +\d{8}-\d{6}\S* +this run/);
  await pty.close();
});

/** All values but the run's own tag. */
const valuesOf = ({ stages }: Plan) =>
  stages.map(({ script, ranks, values }) => [
    script,
    ranks,
    values.flatMap(({ parameter, value }) => (parameter.name === "model_tag" ? [] : [[parameter.name, value]])),
  ]);

const losses = async (id: string): Promise<string[]> =>
  [...(await box.cli(["runs", "export", id, "--format", "jsonl"])).stdout.matchAll(/"train\/loss":([^,}]+)/g)].map(
    ([, loss]) => loss ?? "",
  );

test("errors refuse to start, each with its name, and --fix settles them", async () => {
  const no = refused(await box.cli(["train", "tiny", ...WRONG, "--detach", "--json"]));
  expect(no).toMatchObject({ exit: 3, what: "The plan has 2 errors" });
  for (const name of ["total_batch_size is 33", "eval_tokens is 1"]) expect(no.why).toContain(name);
  expect(no.remedy).toBe("--fix settles them; --force starts it all the same");
  const { fixed, findings } = await box.json<PlanJson>(["plan", "tiny", ...WRONG, "--fix"]);
  expect(fixed.map(({ id }) => id)).toEqual(["batch-divides", "eval-nothing", "zero-rate"]);
  expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
});

test("--from leaves out what is there already, and a stage that is none is refused with those that are", async () => {
  const { stages } = await box.json<PlanJson>(["plan", "tiny", "--from", "base_train"]);
  expect(stages.map(({ name }) => name)).toEqual(["01-base_train"]);
  const no = refused(await box.cli(["train", "tiny", "--from", "base_trian", "--json"]));
  expect(no).toMatchObject({ exit: 2, what: "Prefab tiny has no stage base_trian", remedy: "Its stages are tok_train, base_train" });
});

test("--force says what it overrides", async () => {
  const forced = await box.cli(["train", "tiny", "--set", "total_batch_size=33", "--force", "--detach", "--json"]);
  expect(forced.code).toBe(0);
  expect(forced.stderr).toMatch(/--force overrides: 02-base_train: total_batch_size is 33 tokens/);
  // What would be written where nothing finds it is not.
  const never = await box.cli(["train", "tiny", "--set", "model_tag=../tiny", "--force", "--detach", "--json"]);
  expect(never.code).not.toBe(0);
  expect(`${never.stdout}${never.stderr}`).toContain("is no name of a folder");
  expect(`${never.stdout}${never.stderr}`).not.toContain("--force");
  const { id } = JSON.parse(forced.stdout) as { id: string };
  await eventually("its failure", () => box.state(id).status === "failed");
});

test("where nobody can answer a warning is printed and refuses the run, also beforehand; --yes starts it", async () => {
  const before = box.runIds().length;
  const train = ["train", "tiny", "--set", "matrix_lr=0", "--detach"];
  const ran = await box.cli(train);
  expect([ran.code, box.runIds().length]).toEqual([3, before]);
  expect(ran.stderr).toContain("warning: 02-base_train: matrix_lr is 0");
  expect(ran.stderr).toContain(
    "The run was not started: a warning was not accepted, and there is no terminal to ask at. Settle it with --fix, or give --yes.",
  );
  const others = [["--dry-run"], ["--dry-run", "--yes"], ["--json"]].map((more) => box.cli([...train, ...more]));
  expect((await Promise.all(others)).map(({ code }) => code)).toEqual([3, 0, 3]);
  expect((await box.cli([...train, "--yes"])).code).toBe(0);
});

test("on a terminal a warning is asked about once: enter is no and leaves nothing, y starts", async () => {
  const before = box.runIds().length;
  const shy = box.tui(["train", "tiny", "--set", "matrix_lr=0", "--detach"]);
  await shy.until("Start all the same? [y/N]");
  shy.type("\r");
  expect(await shy.process.exited).toBe(3);
  await shy.until("a warning was not accepted");
  expect(box.runIds()).toHaveLength(before);
  const bold = box.tui(["train", "tiny", "--set", "matrix_lr=0", "--detach"]);
  await bold.until("Start all the same? [y/N]");
  bold.type("y\r");
  expect(await bold.process.exited).toBe(0);
  const sure = box.tui(["train", "tiny", "--set", "matrix_lr=0", "--detach", "--yes"]);
  expect(await sure.process.exited).toBe(0);
  expect(box.runIds()).toHaveLength(before + 2);
});

test("a past run that is not there is told as runs are", async () => {
  expect(refused(await box.cli(["plan", "run:nothing", "--json"]))).toMatchObject({ exit: 4, what: expect.stringContaining("nothing") });
});
