import { expect, test } from "bun:test";
import type { Plan } from "../core/plan.ts";
import { sentence } from "../core/result.ts";
import { IMPORTED } from "../core/run.ts";
import { captured } from "./captures/capture.ts";
import { makePlan } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { prefabOfPlan } from "./plan-prefab.ts";
import { planInput, stage, testPrefab } from "./rules/fixtures.ts";

function plan(more: Partial<PlanInput>): Plan {
  const made = makePlan(planInput(more));
  if (!made.ok) throw new Error(made.failure.what);
  return made.value;
}
const values = ({ stages }: Plan, tag = "then") =>
  stages.map((one) => one.values.map(({ parameter, value }) => [parameter.name, value === tag ? "its tag" : value]));

const past = plan({
  prefab: testPrefab([stage("scripts.base_train", { depth: 4 }, 2), stage("scripts.chat_sft", {}, 2)]),
  sets: ["matrix_lr=0.5"],
  modelTag: "then",
});
const again = (more: Partial<PlanInput> = {}): Plan => plan({ prefab: prefabOfPlan(past, "r1", "/runs/r1/plan.yaml"), ...more });

test("a past run as a prefab resolves to the same values, under a tag of its own", () => {
  const replanned = again({ modelTag: "now" });
  expect(values(replanned, "now")).toEqual(values(past));
  expect(replanned.stages.map(({ ranks }) => ranks)).toEqual([2, 2]);
  const origin = (name: string) => replanned.stages[0]?.values.find(({ parameter }) => parameter.name === name)?.origin;
  expect(origin("matrix_lr")).toEqual({ layer: "prefab", prefab: "run:r1", file: "/runs/r1/plan.yaml" });
  expect(origin("embedding_lr")).toEqual({ layer: "default" });
});

test("--set still changes it", () => {
  expect(again({ sets: ["base_train.depth=6"] }).stages[0]?.args).toContain("--depth=6");
});

test("where the checkout's defaults are others, the run's own are given, and that is said", () => {
  const replanned = again({ workspace: captured("2dffdc8") });
  expect(replanned.stages[0]?.args).toContain("--unembedding-lr=0.008");
  const said = replanned.findings.filter(({ id }) => id === "default-changed").map(({ message }) => message);
  expect(said).toContain("The default of unembedding_lr is 0.004 here and was 0.008 in run:r1: the run's own is taken");
});

test("a default that this checkout has no parameter for is no matter", () => {
  const replanned = again({ workspace: captured("a445144") });
  expect(replanned.findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("of an imported run of another program it is said what it is, and no file is blamed", () => {
  const foreign: Plan = { ...past, prefab: IMPORTED, stages: [{ ...past.stages[0]!, script: "scripts.train_other" }] };
  const made = makePlan(planInput({ prefab: prefabOfPlan(foreign, "r1", "/runs/r1/plan.yaml") }));
  if (made.ok) throw new Error("There is a plan of it");
  const said = sentence(made.failure);
  expect(said).toMatch(
    /^run:r1 was imported and cannot be started from here: it is a run of train_other, which is none of the scripts of \//,
  );
  expect(said).not.toContain("plan.yaml");
});

test("of an imported run with settings that the script does not have it is said which, and no file is blamed", () => {
  const [first] = past.stages;
  const strange = first!.values.slice(0, 2).map((value, i) => ({ ...value, parameter: { ...value.parameter, name: ["lr", "width"][i]! } }));
  const imported: Plan = { ...past, prefab: IMPORTED, stages: [{ ...first!, values: [...first!.values, ...strange] }] };
  const made = makePlan(planInput({ prefab: prefabOfPlan(imported, "r1", "/runs/r1/plan.yaml") }));
  expect(made.ok ? "" : sentence(made.failure)).toStartWith(
    "run:r1 was imported and cannot be started from here: scripts.base_train of this checkout has no parameter lr, width.",
  );
  const own = makePlan(planInput({ prefab: prefabOfPlan({ ...imported, prefab: "pocket" }, "r1", "/runs/r1/plan.yaml") }));
  expect(own.ok ? "" : sentence(own.failure)).toStartWith("run:r1: scripts.base_train has no parameter lr.");
});
