import { describe, expect, test } from "bun:test";
import type { Finding, Value } from "../../core/plan.ts";
import { captured } from "../captures/capture.ts";
import { withFix } from "../fix.ts";
import { makePlan } from "../plan.ts";
import type { PlanInput } from "../plan-input.ts";
import { RULE_IDS } from "./all.ts";
import { checkpoint, DATA, h100, planInput, stage, testPrefab } from "./fixtures.ts";
import { CASES } from "./rule-cases.ts";
import { around, base, only } from "./rule-inputs.ts";
import { listedWords } from "./words.ts";

function findings(input: PlanInput): Finding[] {
  const plan = makePlan(input);
  if (!plan.ok) throw new Error(plan.failure.what);
  return plan.value.findings;
}

test("every rule has a case below", () => {
  expect([...new Set(CASES.map(({ id }) => id))].sort()).toEqual([...RULE_IDS].sort());
});

describe("a rule fires, and its fix settles it", () => {
  for (const { id, when, input, fix } of CASES) {
    test(`${id} when ${when}`, () => {
      const whole = planInput(input);
      const fired = findings(whole).find((finding) => finding.id === id);
      if (fired === undefined) throw new Error(`said only ${findings(whole).map((one) => one.id)}`);
      expect(fired.message).toMatch(/[^.]$/);
      if (fix === null) expect(fired.fix).toBeUndefined();
      else if (fix === "inserts") expect(fired.fix?.insert).toHaveLength(1);
      else expect(Object.fromEntries((fired.fix?.set ?? []).map(({ name, value }) => [name, value]))).toEqual(fix);
      if (fired.fix)
        expect(findings(withFix(whole, fired.fix)).filter((finding) => finding.id === id && finding.stage === fired.stage)).toEqual([]);
    });
  }
});

test("nothing is said of a plan as nanochat's own scripts start it", () => {
  const machine = around({ machine: h100(8), data: DATA, checkpoints: [], tokenizer: true, evalBundle: true, wandbImport: true });
  const stages = [
    stage("scripts.base_train", {}, 8),
    stage("scripts.base_eval", {}, 8),
    stage("scripts.chat_sft", {}, 8),
    stage("scripts.chat_eval", {}, 8),
  ];
  expect(findings(planInput({ ...machine, prefab: testPrefab(stages) }))).toEqual([]);
});

test("a tokenizer that would be replaced can be kept, where the plan trains something with it", () => {
  const remedy = (...scripts: string[]): string | undefined =>
    findings(planInput({ ...around({ data: { ...DATA, tokenizer: "abc" } }), prefab: testPrefab(scripts.map((one) => stage(one))) })).find(
      ({ id }) => id === "tokenizer-kept",
    )?.remedy;
  expect(remedy("scripts.tok_train", "scripts.tok_eval", "scripts.base_train")).toBe("--from base_train keeps the one that is there");
  expect(remedy("scripts.tok_train")).toBeUndefined();
});

test("words are listed with bars, at the start of a comment or behind a colon, and nowhere else", () => {
  expect(listedWords("mean | query | cls")).toEqual(["mean", "query", "cls"]);
  expect(listedWords("Source of the model: sft|mid|rl")).toEqual(["sft", "mid", "rl"]);
  expect(listedWords("base|mid , which checkpoint to load from")).toEqual(["base", "mid"]);
  for (const none of [null, "", "Default = all tasks. Use | to split multiple tasks.", "the ratio a|b of it"])
    expect(listedWords(none)).toEqual([]);
});

test("a resume with all settings as they were is warned of nothing", () => {
  const kept = { depth: 4, num_iterations: 100, max_seq_len: 512, window_pattern: "L", matrix_lr: 0.02, total_batch_size: -1 };
  const input = {
    ...around({ checkpoints: [checkpoint("base", "d4", 40, 1, { userConfig: kept })] }),
    ...base({ resume_from_step: 40, model_tag: "d4", ...kept }),
  };
  expect(findings(planInput(input)).filter(({ severity }) => severity !== "info")).toEqual([]);
});

test("a resume is refused where it saves newer checkpoints again, and names them; the newest is resumed without a word", () => {
  const said = (set: Record<string, Value>, steps: readonly number[] = [20, 40, 60, 61]) =>
    findings(
      planInput({
        ...around({ checkpoints: steps.map((step) => checkpoint("base", "d4", step)) }),
        ...base({ model_tag: "d4", depth: 4, num_iterations: 61, save_every: 20, ...set }),
      }),
    ).filter(({ id }) => id === "resume-over-newer");
  const [found] = said({ resume_from_step: 40 });
  expect(found?.severity).toBe("error");
  expect(found?.message).toContain("base/d4@40: resumed there, a run would write over @60, @61, in /base/base_checkpoints/d4");
  const copy = "esume a copy of it: `nanochat-cli checkpoints resume base/d4@40 --as d4-2`";
  expect(found?.remedy).toStartWith(`R${copy}`);
  expect(said({ resume_from_step: 20, num_iterations: 80 })[0]?.remedy).toStartWith(`Resume base/d4@61, or r${copy.replace("40", "20")}`);
  expect(said({ resume_from_step: 40, num_iterations: 50 })).toEqual([]);
  expect(said({ resume_from_step: 40, save_every: -1 })[0]?.message).toContain("write over @61,");
  expect(said({ resume_from_step: 40, num_iterations: -1 })[0]?.message).toContain("write over @60, @61,");
  expect(said({ resume_from_step: 61 })).toEqual([]);
  expect(said({ resume_from_step: 40, model_tag: "d5" })).toEqual([]);
});

test("a resume that is refused names no newer checkpoint whose validation is not finite, and says why", () => {
  const spoilt = (step: number, valBpb: number) => checkpoint("base", "d4", step, 1, { valBpb });
  const remedy = (from: number) =>
    findings(
      planInput({
        ...around({ checkpoints: [spoilt(10, 2), spoilt(20, 1.5), spoilt(30, Number.POSITIVE_INFINITY), spoilt(40, Number.NaN)] }),
        ...base({ model_tag: "d4", depth: 4, num_iterations: 61, save_every: 10, resume_from_step: from }),
      }),
    ).find(({ id }) => id === "resume-over-newer")?.remedy;
  const why = "; the weights of @40 are NaN or infinite by all appearances";
  expect(remedy(10)).toStartWith("Resume a copy of base/d4@20: `nanochat-cli checkpoints resume base/d4@20 --as d4-2`");
  expect(remedy(10)).toEndWith(why);
  expect(remedy(20)).toStartWith("Resume a copy of it: `nanochat-cli checkpoints resume base/d4@20 --as d4-2`");
  expect(remedy(20)).toEndWith(why);
});

test("a model tag that is in use is refused with a name that is free", () => {
  const there = [checkpoint("base", "mine", 1), checkpoint("sft", "mine-2", 1)];
  const [found] = findings(planInput(around({ checkpoints: there }))).filter(({ id }) => id === "tag-in-use");
  expect(found?.remedy).toBe("Choose another --name, such as mine-3");
  const taught = [checkpoint("base", "mine", 1), checkpoint("sft", "mine", 1)];
  const again = { ...around({ checkpoints: taught }), ...only("scripts.chat_sft", { model_tag: "mine" }) };
  expect(findings(planInput(again)).find(({ id }) => id === "tag-in-use")?.remedy).toBe("Move /base/sft_checkpoints/mine away");
});

test("what is wrong has one remedy: that of its fix", () => {
  const [found] = findings(planInput({ ...base({}), sets: ["device_type=tpu"] })).filter(({ id }) => id === "word");
  expect(found?.remedy).toBe(found?.fix?.title as string);
});

test("off is doubted only where the source is known to lack a guard", () => {
  const said = (features: Record<string, boolean>) =>
    findings(planInput({ ...base({ eval_every: -1 }), workspace: captured("eb7bbc1", { features }) })).map(({ id }) => id);
  expect(said({ eval_every_guarded: false })).toEqual(["interval-negative"]);
  expect(said({ eval_every_guarded: true })).toEqual([]);
  expect(said({})).toEqual([]);
});

test("an old evaluation that cannot be told a model is told of when it would measure another", () => {
  const stages = [stage("scripts.base_train", { depth: 12 }), stage("scripts.base_eval")];
  const said = (tag: string) =>
    findings(
      planInput({ ...around({ checkpoints: [checkpoint("base", tag, 9)] }), workspace: captured("9a71d13"), prefab: testPrefab(stages) }),
    )
      .filter(({ id }) => id === "source-guessed")
      .map(({ message }) => message);
  expect(said("d20")).toEqual([
    "base_eval is not told which base model to take, and would take d20, the one of the largest depth, not this run's mine",
  ]);
  expect(said("other")).toEqual([]);
});

test("an evaluation after fine-tuning is told what to evaluate, and where each version puts it", () => {
  const tags = (commit: "9a71d13" | "92d63d4", scripts: string[]) => {
    const plan = makePlan(planInput({ workspace: captured(commit), prefab: testPrefab(scripts.map((name) => stage(`scripts.${name}`))) }));
    return plan.ok ? plan.value.stages.map(({ args }) => args.join(" ")) : [];
  };
  expect(tags("9a71d13", ["base_train", "mid_train", "chat_sft", "chat_eval"])).toEqual([
    "--model_tag=mine",
    "--model_tag=mine",
    "--model_tag=d20",
    "--source=sft --model-tag=d20",
  ]);
  expect(tags("92d63d4", ["base_train", "chat_sft", "chat_eval"])).toEqual([
    "--model-tag=mine",
    "--model-tag=mine",
    "--source=sft --model-tag=mine",
  ]);
});

test("a rate far from its default says how far; one that is near says nothing", () => {
  const said = (matrix_lr: number): string[] =>
    findings(planInput(base({ matrix_lr })))
      .filter(({ id }) => id === "far-rate")
      .map(({ message, severity }) => `${severity}: ${message}`);
  expect(said(5)).toEqual(["info: matrix_lr is 5, 250 × the default of 0.02"]);
  expect(said(0.0001)).toEqual(["info: matrix_lr is 0.0001, 1/200 of the default of 0.02"]);
  expect([said(0.2), said(0.005), said(50)]).toEqual([[], [], []]);
});

test("the fix of a setting that several stages have names the stage", () => {
  const stages = [
    stage("scripts.base_train", { total_batch_size: 300, device_batch_size: 1, max_seq_len: 128 }),
    stage("scripts.chat_sft"),
  ];
  const titles = (of: typeof stages): string[] =>
    findings(planInput({ prefab: testPrefab(of) })).flatMap(({ id, fix }) => (id === "batch-divides" && fix ? [fix.title] : []));
  expect(titles(stages)[0]).toBe("Set total_batch_size to 256 in base_train");
  expect(titles(stages.slice(0, 1))[0]).toBe("Set total_batch_size to 256");
});
