import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkspaceInfo } from "../core/params.ts";
import type { Plan } from "../core/plan.ts";
import { type Result, sentence } from "../core/result.ts";
import { BASE_TRAIN, parameter, script, workspace } from "./fixtures.ts";
import { makePlan } from "./plan.ts";
import { NOTHING_KNOWN } from "./plan-input.ts";
import { loadPrefab } from "./prefab.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "prefabs-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (name: string, yaml: string) => writeFileSync(join(dir, `${name}.yaml`), yaml);
const folders = () => [{ dir, layer: "prefab" as const }];
const SCRIPTS = workspace([BASE_TRAIN, script("scripts.tok_train", [parameter("vocab_size", "int", 32768)])]);

function plan(yaml: string, sets: string[] = [], where: WorkspaceInfo = SCRIPTS): Result<Plan> {
  write("mine", yaml);
  const prefab = loadPrefab("mine", folders());
  if (!prefab.ok) return prefab;
  return makePlan({
    prefab: prefab.value,
    workspace: where,
    python: { argv: ["python3"], reason: "test" },
    baseDir: "/base",
    sets,
    name: "mine",
    modelTag: "mine-1",
    surroundings: NOTHING_KNOWN,
  });
}

const good = (result: Result<Plan>): Plan => {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
};
const said = (result: Result<unknown>): string => (result.ok ? "nothing was wrong" : sentence(result.failure));

const MINE = "name: mine\nstages:\n  - script: scripts.tok_train\n  - script: scripts.base_train\n    set:\n      depth: 4\n";

test("every value knows where it came from, and only what differs becomes an argument", () => {
  const [, train] = good(plan(MINE, ["embedding_lr=0.1"])).stages;
  const origin = (name: string) => train?.values.find((v) => v.parameter.name === name)?.origin;
  expect(origin("depth")).toEqual({ layer: "prefab", file: join(dir, "mine.yaml"), line: 6, prefab: "mine" });
  expect(origin("embedding_lr")).toEqual({ layer: "--set" });
  expect(origin("model_tag")).toEqual({ layer: "override" });
  expect(origin("device_batch_size")).toEqual({ layer: "default" });
  expect(train?.args).toEqual(["--depth=4", "--embedding-lr=0.1", "--model-tag=mine-1"]);
});

test("a prefab that extends another keeps what it does not change", () => {
  write(
    "below",
    "name: below\nenv: {OMP_NUM_THREADS: '1'}\nstages:\n  - script: scripts.base_train\n    set: {depth: 12, device_batch_size: 8}\n",
  );
  const made = good(plan("name: mine\nextends: below\nstages:\n  - script: scripts.base_train\n    set: {depth: 4}\n"));
  expect(made.stages[0]?.args).toEqual(["--depth=4", "--device-batch-size=8", "--model-tag=mine-1"]);
  expect(made.env).toEqual({ OMP_NUM_THREADS: "1" });
});

test("several ranks share a training stage, and only that", () => {
  const made = good(plan(MINE.replace("stages:", "ranks: 2\nstages:")));
  expect(made.stages.map(({ ranks, launcher }) => [ranks, launcher])).toEqual([
    [1, "python"],
    [2, "torchrun"],
  ]);
});

test("a flag that is false and a value that is empty are not said to the script", () => {
  const made = good(plan(MINE, ["fp8=false", "model-tag=none"]));
  expect(made.stages[1]?.args).toEqual(["--depth=4"]);
  expect(good(plan(MINE, ["fp8=yes"])).stages[1]?.args).toContain("--fp8");
});

test("the strict configurator of early versions gets dots and quotes where it wants them", () => {
  const old = workspace([
    script(
      "scripts.base_train",
      [parameter("ratio", "float", 20, { flag: "--ratio" }), parameter("run", "str", "dummy", { flag: "--run" })],
      {
        style: "configurator",
        trainable: true,
      },
    ),
  ]);
  const yaml = "name: mine\nstages:\n  - script: scripts.base_train\n    set: {ratio: 8, run: '123'}\n";
  expect(good(plan(yaml, [], old)).stages[0]?.args).toEqual(["--ratio=8.0", '--run="123"']);
  expect(said(plan(yaml, ["run=a=b"], old))).toContain('run cannot hold "="');
});

const MISTAKES: ReadonlyArray<readonly [title: string, sets: string[], wanted: string]> = [
  [
    "an unknown parameter",
    ["dept=4"],
    "--set dept=4: scripts.tok_train and scripts.base_train have no parameter dept. Did you mean depth?",
  ],
  ["a parameter like no other", ["qqq=4"], "have no parameter qqq. `nanochat-cli params scripts.base_train` lists those of one."],
  [
    "one of a single stage",
    ["base_train.qqq=4"],
    "scripts.base_train has no parameter qqq. `nanochat-cli params scripts.base_train` lists its",
  ],
  ["a wrong type", ["depth=four"], '--set depth=four: depth of scripts.base_train takes a whole number, not "four".'],
  [
    "a wrong choice",
    ["fp8_recipe=rowise"],
    'fp8_recipe of scripts.base_train is one of rowwise, tensorwise, not "rowise". Did you mean rowwise?',
  ],
  ["an unknown stage", ["base_trian.depth=4"], "this plan has no stage base_trian. Did you mean base_train?"],
  ["no assignment", ["depth"], "--set depth is no assignment. Write it as NAME=VALUE"],
];
for (const [title, sets, wanted] of MISTAKES) {
  test(`${title} is refused with its own sentence`, () => {
    expect(said(plan(MINE, sets))).toContain(wanted);
  });
}

test("underscores, dashes and flags spell the same parameter", () => {
  for (const set of ["device_batch_size=4", "device-batch-size=4", "--device-batch-size=4", "base_train.device_batch_size=4"]) {
    expect(good(plan(MINE, [set])).stages[1]?.args).toContain("--device-batch-size=4");
  }
});

test("mistakes in YAML are named with file, line and column", () => {
  expect(said(plan("name: mine\nstages: [\n"))).toContain("mine.yaml:");
  expect(said(plan("name: mine\nstagess: []\n"))).toContain("stagess");
  expect(said(plan("name: mine\nstages:\n  - script: scripts.base_train\n    set:\n      dpth: 4\n"))).toContain("mine.yaml:5");
  expect(said(plan("name: mine\nstages:\n  - script: scripts.base_train\n    set:\n      depth: '4'\n"))).toContain(
    'takes a whole number, not "4"',
  );
  expect(said(plan("name: mine\nstages:\n  - script: 7\n"))).toContain("mine.yaml:3:13: `stages.0.script` takes a text, not a number");
});

test("a stage that the checkout does not have, and a prefab for another kind of workspace, are said", () => {
  expect(said(plan("name: mine\nstages:\n  - script: scripts.base_trian\n"))).toContain(
    "wants scripts.base_trian, which /checkout does not have. Did you mean scripts.base_train",
  );
  const findings = good(plan(`workspace: pocket\n${MINE}`)).findings;
  expect(findings[0]).toMatchObject({ id: "prefab-workspace", severity: "error" });
});

test("a prefab for another kind of workspace, with a script that this one does not have, says which kind it is for", () => {
  const yaml = "name: mine\nworkspace: nanochat\nstages:\n  - script: scripts.tok_eval\n";
  expect(said(plan(yaml, [], { ...SCRIPTS, kind: "pocket" }))).toBe(
    "Prefab mine is for a nanochat workspace, and /checkout is the pocket one. Name a nanochat checkout with --workspace.",
  );
});

test("an unknown prefab, and one that extends itself, are refused", () => {
  write("pocket", "name: pocket\nextends: loop\n");
  write("loop", "name: loop\nextends: pocket\n");
  expect(said(loadPrefab("poket", folders()))).toContain("There is no prefab poket. Did you mean pocket?");
  expect(said(loadPrefab("pocket", folders()))).toContain("Prefab pocket extends itself: pocket → loop → pocket.");
});
