import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Value } from "../core/plan.ts";
import { COMMITS, captured } from "./captures/capture.ts";
import { fixable, fixPlan } from "./fix.ts";
import type { PlanInput, Surroundings } from "./plan-input.ts";
import { a100, CPU, checkpoint, DATA, h100, planInput, simpleFigures, stage, testPrefab } from "./rules/fixtures.ts";

const fixed = (input: PlanInput) => {
  const result = fixPlan(input);
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
};

test("fixes are taken one after the other, and what was taken is told", () => {
  const set = { depth: 0, max_seq_len: 512, total_batch_size: 16_384, device_batch_size: 30, eval_tokens: 8 };
  const { plan, taken } = fixed(planInput({ prefab: testPrefab([stage("scripts.base_train", set)]) }));
  expect(taken.map(({ id }) => id)).toEqual(["range", "batch-divides", "eval-nothing"]);
  const value = (name: string) => plan.stages[0]?.values.find(({ parameter }) => parameter.name === name);
  expect(value("device_batch_size")).toMatchObject({ value: 16, origin: { layer: "fix" } });
  expect(value("depth")).toMatchObject({ value: 20, origin: { layer: "default" } });
  expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("warnings are settled too, after errors", () => {
  const { taken } = fixed(planInput({ prefab: testPrefab([stage("scripts.base_train", { matrix_lr: 0, depth: 0 })]) }));
  expect(taken.map(({ id, severity }) => `${severity} ${id}`)).toEqual(["error range", "warning zero-rate"]);
});

test("a fix whose reason another one takes away is not taken", () => {
  const stages = [stage("scripts.base_train", {}, 8), stage("scripts.chat_sft", {}, 8)];
  const { plan, taken } = fixed(planInput({ prefab: testPrefab(stages), surroundings: { ...planInput().surroundings, machine: h100(1) } }));
  expect(taken.map(({ stage, fix }) => `${stage}: ${fix?.title}`)).toEqual([
    "01-base_train: Set ranks to 1",
    "02-chat_sft: Set ranks to 1",
  ]);
  expect(plan.stages[1]?.values.find(({ parameter }) => parameter.name === "load_optimizer")?.value).toBe(1);
});

test("a fix wins over --set", () => {
  const { plan } = fixed(planInput({ sets: ["device_batch_size=24", "total_batch_size=524288"] }));
  expect(plan.stages[0]?.args).toContain("--device-batch-size=16");
});

test("missing data and a missing tokenizer become stages, in their order", () => {
  const surroundings: Surroundings = { ...planInput().surroundings, tokenizer: false, data: { ...DATA, shards: 0 } };
  const { plan } = fixed(planInput({ surroundings }));
  expect(plan.stages.map(({ name }) => name)).toEqual(["01-dataset", "02-tok_train", "03-base_train"]);
});

test("a parameter of another version is left out when it is asked for", () => {
  const { plan, taken } = fixed(planInput({ prefab: testPrefab([stage("scripts.base_train", { grad_clip: 1 })]) }));
  expect(taken.map(({ id }) => id)).toEqual(["not-translated"]);
  expect(plan.findings).toEqual([]);
});

test("what is only worth knowing is not fixed by itself", () => {
  const surroundings: Surroundings = { ...planInput().surroundings, wandbKey: true };
  expect(fixed(planInput({ surroundings })).taken).toEqual([]);
});

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(-1, 0, 1, 2, 3, 7, 8, 24, 32, 48, 512, 2048, 100_000, 524_288),
  fc.integer({ min: -5, max: 1_000_000 }),
);
const settings = fc.record(
  {
    depth: value,
    aspect_ratio: value,
    head_dim: value,
    max_seq_len: value,
    device_batch_size: fc.oneof(value, fc.integer({ min: 1, max: 200 })),
    total_batch_size: value,
    num_iterations: value,
    eval_every: value,
    eval_tokens: value,
    core_metric_every: value,
    sample_every: value,
    save_every: value,
    target_flops: value,
    target_param_data_ratio: fc.integer({ min: -2, max: 30 }),
    resume_from_step: fc.constantFrom<Value>(-1, 7, 40),
    final_lr_frac: fc.constantFrom<Value>(0, 0.5, 2, -1),
    matrix_lr: fc.constantFrom<Value>(0, 0.02, -3),
    window_pattern: fc.constantFrom<Value>("L", "SSSL", "", "abc"),
    device_type: fc.constantFrom<Value>("", "cuda", "cpu", "tpu"),
    fp8: fc.boolean(),
  },
  { requiredKeys: [] },
);
const tuning = fc.record(
  {
    num_iterations: value,
    max_seq_len: value,
    device_batch_size: fc.integer({ min: -1, max: 70 }),
    total_batch_size: value,
    eval_tokens: value,
    warmup_ratio: fc.constantFrom<Value>(0, 0.4, 0.9, 2),
    warmdown_ratio: fc.constantFrom<Value>(0.5, 1, -1),
  },
  { requiredKeys: [] },
);
const reinforcement = fc.record(
  {
    device_batch_size: fc.integer({ min: -1, max: 40 }),
    num_samples: fc.integer({ min: -1, max: 40 }),
    examples_per_step: fc.integer({ min: -1, max: 40 }),
    eval_every: fc.integer({ min: -4, max: 4 }),
    save_every: fc.integer({ min: -4, max: 4 }),
    max_new_tokens: fc.constantFrom<Value>(0, 256, 100_000),
  },
  { requiredKeys: [] },
);
const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  machine: fc.constantFrom(null, CPU, h100(1), h100(3), h100(8), a100(2)),
  data: fc.constantFrom(null, DATA, { ...DATA, shards: 0, diskFreeBytes: 3 * 2 ** 30 }, { ...DATA, vocabulary: 65_536 }),
  checkpoints: fc.constantFrom(null, [], [checkpoint("base", "mine", 40, 2)], [checkpoint("base", "d4", 7, 8)]),
  tokenizer: fc.constantFrom(null, true, false),
  evalBundle: fc.constantFrom(null, true, false),
  wandbImport: fc.constant(null),
  wandbKey: fc.constantFrom(null, true, false),
  namesakes: fc.constantFrom(null, [], [{ id: "r1", going: true }]),
});

test("whatever is wrong, taking all fixes ends with nothing left that could be fixed, and only once each", () => {
  fc.assert(
    fc.property(
      fc.record({
        commit: fc.constantFrom(...COMMITS),
        settings,
        surroundings,
        ranks: fc.integer({ min: 1, max: 9 }),
        more: fc.subarray(["scripts.mid_train", "scripts.chat_sft", "scripts.chat_rl", "scripts.base_eval", "scripts.base_loss"]),
        tuning,
        reinforcement,
      }),
      ({ commit, settings, surroundings, ranks, more, tuning, reinforcement }) => {
        const sets: Record<string, Record<string, Value>> = { "scripts.chat_sft": tuning, "scripts.chat_rl": reinforcement };
        const stages = [stage("scripts.base_train", settings), ...more.map((script) => stage(script, sets[script]))];
        const input = planInput({
          prefab: testPrefab(stages, { ranks }),
          workspace: captured(commit),
          surroundings,
          figuresOf: simpleFigures,
        });
        const { plan, taken } = fixed(input);
        expect(fixable(plan).map(({ id, message }) => `${id}: ${message}`)).toEqual([]);
        expect(taken.length).toBeLessThan(40);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
