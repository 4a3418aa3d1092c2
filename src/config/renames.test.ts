import { expect, test } from "bun:test";
import type { Value } from "../core/plan.ts";
import { COMMITS, type Commit, captured } from "./captures/capture.ts";
import { makePlan } from "./plan.ts";
import { NOTHING_KNOWN, type PlanInput } from "./plan-input.ts";
import { SCRIPT_CHANGES, translate } from "./renames.ts";
import { stage, testPrefab } from "./rules/fixtures.ts";

const plan = (commit: Commit, script: string, set: Record<string, Value>, more: Partial<PlanInput> = {}) => {
  const made = makePlan({
    prefab: testPrefab([stage(script, set)]),
    workspace: captured(commit),
    python: { argv: ["python3"], reason: "test" },
    baseDir: "/base",
    sets: [],
    name: "mine",
    modelTag: "mine",
    surroundings: NOTHING_KNOWN,
    ...more,
  });
  if (!made.ok) throw new Error(made.failure.what);
  const [planned] = made.value.stages;
  const own = made.value.findings.filter(({ id }) => ["renamed", "dropped", "not-translated"].includes(id));
  return { args: planned?.args ?? [], said: own.map(({ severity, message }) => `${severity}: ${message}`), plan: made.value };
};

test("every parameter of every version is known to every other version that has the script", () => {
  const unknown = COMMITS.flatMap((from) =>
    captured(from).scripts.flatMap(({ module, parameters }) =>
      COMMITS.flatMap((to) => {
        const script = captured(to).scripts.find((one) => one.module === module);
        if (script === undefined || script.style === "argv" || script.style === "none") return [];
        const missing = parameters.filter(({ name }) => !script.parameters.some((one) => one.name === name));
        return missing.filter(({ name }) => translate(script, name) === null).map(({ name }) => `${module}.${name} ${from} → ${to}`);
      }),
    ),
  );
  expect(unknown).toEqual([]);
});

test("every script of every version is known to every other version", () => {
  const modules = new Set(COMMITS.flatMap((commit) => captured(commit).scripts.map(({ module }) => module)));
  const everywhere = [...modules].filter((module) =>
    COMMITS.every((commit) => captured(commit).scripts.some((one) => one.module === module)),
  );
  const changed = SCRIPT_CHANGES.map(({ script }) => script);
  expect([...modules].filter((module) => !everywhere.includes(module)).sort()).toEqual(changed.sort());
});

test("a renamed parameter is given under its name of this version, and that is said", () => {
  const { args, said } = plan("92d63d4", "scripts.chat_sft", { step: 40, model_tag: "d4" });
  expect(args).toContain("--model-step=40");
  expect(said).toEqual(["info: step is called model_step in this version (renamed, eb7bbc1)"]);
  expect(plan("3a5e0bc", "scripts.chat_sft", { num_iterations: 9 }).args).toContain("--max_iterations=9");
});

test("a share of the run becomes steps where the length of the run is known, and is refused where not", () => {
  expect(plan("92d63d4", "scripts.base_train", { num_iterations: 200, warmup_ratio: 0.1 }).args).toContain("--warmup-steps=20");
  expect(plan("eb7bbc1", "scripts.base_train", { num_iterations: 200, warmup_steps: 20 }).args).toContain("--warmup_ratio=0.1");
  const { said } = plan("92d63d4", "scripts.base_train", { warmup_ratio: 0.1 });
  expect(said[0]).toContain("error: warmup_ratio=0.1 cannot be turned into warmup_steps without num_iterations");
});

test("a parameter that is gone is told when its value changes nothing, and an error when it does", () => {
  const same = plan("3a5e0bc", "scripts.base_train", { window_pattern: "L" });
  expect(same.said).toEqual([
    "info: scripts.base_train has no window_pattern in this version: every layer sees the whole context (fbc1484)",
  ]);
  const other = plan("3a5e0bc", "scripts.base_train", { window_pattern: "SSSL" });
  expect(other.said[0]).toStartWith("error: ");
  expect(other.said[0]).toContain("window_pattern=SSSL would change what comes out");
});

test("the name of this version wins when both are given", () => {
  const { args, said } = plan("92d63d4", "scripts.base_train", { num_iterations: 200, warmup_ratio: 0.5, warmup_steps: 7 });
  expect(args).toContain("--warmup-steps=7");
  expect(said).toEqual([]);
});

test("--set with underscores on a version with dashes works, and says nothing", () => {
  const { args, said } = plan("92d63d4", "scripts.base_train", {}, { sets: ["--device_batch_size=16"] });
  expect(args).toContain("--device-batch-size=16");
  expect(said).toEqual([]);
});

test("--set takes the name of another version", () => {
  expect(plan("92d63d4", "scripts.chat_sft", {}, { sets: ["max_iterations=3"] }).args).toContain("--num-iterations=3");
});

test("a float of the configurator's versions gets its dot", () => {
  expect(plan("3a5e0bc", "scripts.base_train", { matrix_lr: 1 }).args).toContain("--matrix_lr=1.0");
  expect(plan("92d63d4", "scripts.base_train", { matrix_lr: 1 }).args).toContain("--matrix-lr=1");
});

test("a stage whose script is gone is left out or done by another, with the reason", () => {
  const stages = [stage("scripts.base_train", {}), stage("scripts.base_loss", { split_tokens: 4096 }), stage("scripts.mid_train", {})];
  const { plan: made } = plan("92d63d4", "scripts.base_train", {}, { prefab: testPrefab(stages) });
  expect(made.stages.map(({ script }) => script)).toEqual(["scripts.base_train", "scripts.base_eval"]);
  expect(made.stages[1]?.args).toEqual(["--eval=bpb", "--model-tag=mine", "--split-tokens=4096"]);
  expect(made.findings.filter(({ id }) => id.startsWith("stage-")).map(({ message }) => message)).toEqual([
    "scripts.base_loss runs as scripts.base_eval: base_eval measures the loss too (0307997)",
    "scripts.mid_train is left out: there is no mid-training any more: chat_sft starts from the base model (1ddaad1)",
  ]);
});

test("an optional stage is left out without a word where there is no such script, and runs where there is", () => {
  const stages = [stage("scripts.base_train", {}), { ...stage("scripts.mid_train", {}), optional: true }];
  const scripts = (commit: Commit) => {
    const { plan: made } = plan(commit, "scripts.base_train", {}, { prefab: testPrefab(stages) });
    return [made.stages.map(({ script }) => script), made.findings.filter(({ id }) => id === "stage-left-out").length];
  };
  expect(scripts("92d63d4")).toEqual([["scripts.base_train"], 0]);
  expect(scripts("9a71d13")).toEqual([["scripts.base_train", "scripts.mid_train"], 0]);
});

test("a stage takes over the settings of the one whose work it does", () => {
  const stages = [stage("scripts.base_loss", { split_tokens: 4096 }), stage("scripts.base_eval", { max_per_task: 9 })];
  const { plan: made } = plan("92d63d4", "scripts.base_train", {}, { prefab: testPrefab(stages) });
  expect(made.stages.map(({ args }) => args)).toEqual([["--model-tag=mine", "--max-per-task=9", "--split-tokens=4096"]]);
});
