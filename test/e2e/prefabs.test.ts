/** Prefabs by command: what is wrong with them, where two differ, keeping one, and the secrets that none may hold. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mistake } from "../../src/config/yaml-document.ts";
import type { DraftDifference } from "../../src/core/draft.ts";
import type { Plan } from "../../src/core/plan.ts";
import { eventually } from "../drivers/cli.ts";
import { refused } from "../drivers/refused.ts";
import { Sandbox } from "../drivers/sandbox.ts";

const TINY = `# the smallest
name: tiny
workspace: pocket
stages:
  - script: scripts.tok_train
  - script: scripts.base_train
    set:
      num_iterations: 4 # enough
      warmup_steps: 1
      max_seq_len: 32
      total_batch_size: 32
      eval_every: 2
      eval_tokens: 64
      core_metric_every: -1
      sample_every: -1
`;

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
  box.prefab("tiny", TINY);
});
afterAll(() => box.close());

const textOf = (name: string): string => readFileSync(join(box.home, "prefabs", `${name}.yaml`), "utf8");
const differences = async (a: string, b: string): Promise<DraftDifference[]> =>
  (await box.json<{ differences: DraftDifference[] }>(["prefabs", "diff", a, b])).differences;

test("validate tells every mistake of every file, and its exit code says whether there is one", async () => {
  const file = join(box.dir, "bad.yaml");
  writeFileSync(file, TINY.replace("name: tiny", "name: bad").replace("4 #", "four #").replace("eval_every", "eval_evry"));
  const bad = await box.cli(["prefabs", "validate", file, "tiny", "--json"]);
  expect(bad.code).toBe(1);
  const [first, second] = JSON.parse(bad.stdout) as Array<{ mistakes: Mistake[] }>;
  expect(first?.mistakes.map(({ line, field }) => [line, field])).toEqual([
    [8, "scripts.base_train.num_iterations"],
    [12, "scripts.base_train.eval_evry"],
  ]);
  expect(second?.mistakes).toEqual([]);
  const said = await box.cli(["prefabs", "validate", file]);
  expect(said.stdout).toContain(`${file}:12: scripts.base_train has no parameter eval_evry. Did you mean eval_every?`);
  expect((await box.cli(["prefabs", "validate"])).code).toBe(0); // all that there are
  expect(refused(await box.cli(["prefabs", "validate", "tinny", "--json"]))).toMatchObject({ exit: 4, remedy: "Did you mean tiny?" });
});

test("a prefab is kept as what differs, changed where it stands, and replaced only after a yes", async () => {
  const saved = await box.json(["prefabs", "save", "mine", "--from", "tiny", "--set", "base_train.eval_every=4", "--set", "depth=2"]);
  expect(saved).toMatchObject({ how: "extends", extends: "tiny", lost: [] });
  expect(textOf("mine")).toBe("name: mine\nextends: tiny\nstages:\n  - script: scripts.base_train\n    set:\n      eval_every: 4\n");
  const no = refused(await box.cli(["prefabs", "save", "tiny", "--set", "num_iterations=8", "--json"]));
  expect(no).toMatchObject({ exit: 3, why: "base_train.num_iterations 4 would be lost", remedy: expect.stringContaining("--yes") });
  expect(textOf("tiny")).toBe(TINY);
  await box.json(["prefabs", "save", "tiny", "--set", "num_iterations=8", "--yes"]);
  expect(textOf("tiny")).toBe(TINY.replace("4 # enough", "8 # enough"));
  const terminal = box.tui(["prefabs", "save", "tiny", "--set", "num_iterations=4"]);
  await terminal.until(/all\s+the\s+same\?\s+\[y\/N\]/);
  expect(terminal.screen().replaceAll(/\s+/g, " ")).toContain("base_train.num_iterations 8 would be lost");
  terminal.type("y\r");
  expect(await terminal.process.exited).toBe(0);
  expect(textOf("tiny")).toBe(TINY);
});

test("one of ours is hidden only after a yes, marked where it is, and comes to light when yours is deleted", async () => {
  const saving = ["prefabs", "save", "pocket", "--set", "base_train.eval_every=4"];
  const no = refused(await box.cli([...saving, "--json"]));
  expect(no).toMatchObject({
    exit: 3,
    what: "pocket is a prefab that comes with the program",
    why: expect.stringContaining("pocket.yaml"),
  });
  await box.json([...saving, "--yes"]);
  expect((await box.cli(["prefabs", "list"])).stdout).toMatch(/^pocket +yours, hides ours /m);
  expect(refused(await box.cli(["prefabs", "delete", "pocket", "--json"]))).toMatchObject({
    exit: 3,
    remedy: expect.stringContaining("--yes"),
  });
  expect(await box.json(["prefabs", "delete", "pocket", "--yes"])).toMatchObject({ shows: expect.stringContaining("pocket.yaml") });
  expect(refused(await box.cli(["prefabs", "delete", "pocket", "--yes", "--json"]))).toMatchObject({
    what: "pocket comes with the program",
  });
});

test("a past run differs from its prefab in what was set, and is kept as that", async () => {
  const { id } = await box.json<{ id: string }>(["train", "tiny", "--set", "matrix_lr=0.03", "--name", "first", "--detach"]);
  await eventually("its end", () => box.state(id).status === "done");
  expect(await differences("tiny", id)).toEqual([{ stage: "base_train", name: "matrix_lr", here: "0.02", there: "0.03" }]);
  await box.json(["prefabs", "save", "again", "--from", id]);
  expect(textOf("again")).toBe("name: again\nextends: tiny\nstages:\n  - script: scripts.base_train\n    set:\n      matrix_lr: 0.03\n");
  expect(await differences("again", `run:${id}`)).toEqual([]);
  expect(await differences(join(box.home, "prefabs", "again.yaml"), "again")).toEqual([]);
  const none = await box.cli(["prefabs", "diff", "tiny", "frist", "--json"]);
  expect(refused(none)).toMatchObject({ exit: 4, remedy: expect.stringContaining("first") });
});

test("prefabs of two kinds are compared as they are written, and that is said", async () => {
  const compared = await box.cli(["prefabs", "diff", "tiny", "speedrun", "--json"]);
  expect(JSON.parse(compared.stdout)).toMatchObject({ compared: "written" });
  expect(compared.stderr).toContain("Compared as they are written");
});

test("a name that a run has already is refused where checkpoints would be written over, and warned of where not", async () => {
  const no = refused(await box.cli(["train", "tiny", "--name", "first", "--detach", "--json"]));
  expect(no).toMatchObject({ exit: 3, what: expect.stringContaining("model tag first already has checkpoints") });
  const { findings } = await box.json<Plan>(["plan", "tiny", "--name", "first"]);
  expect(findings.find(({ id }) => id === "run-name")).toMatchObject({
    severity: "warning",
    remedy: expect.stringContaining("another --name"),
  });
});

test("secrets are refused wherever they are given, told where they belong, and repeated nowhere", async () => {
  const secret = "sesame-open-sesame";
  box.prefab("leaky", `name: leaky\nenv:\n  OPENAI_API_KEY: ${secret}\nstages:\n  - script: scripts.base_train\n`);
  const ways: string[][] = [
    ["plan", "leaky"],
    ["train", "leaky", "--detach"],
    ["prefabs", "save", "mine", "--set", `WANDB_API_KEY=${secret}`],
    ["train", "tiny", "--set", `base_train.hf-token=${secret}`, "--detach"],
    ["plan", "tiny", "--set", `run=hf_${"x1Y2".repeat(9)}`],
  ];
  for (const way of ways) {
    const no = await box.cli([...way, "--json"]);
    expect(refused(no)).toMatchObject({ exit: 3, remedy: expect.stringContaining("secrets set") });
    expect(no.stdout + no.stderr).not.toMatch(/sesame|x1Y2/);
  }
  const checked = await box.cli(["prefabs", "validate", "leaky"]);
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain("leaky.yaml:3:19: `env.OPENAI_API_KEY` is a secret by its name");
  expect(checked.stdout + checked.stderr).not.toContain("sesame");
});
