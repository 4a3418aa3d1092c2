/** Figures against what nanochat's own runs printed and its author published (dev/LOG.md, README.md, run1000.sh). */
import { expect, test } from "bun:test";
import type { StageFigures } from "../../core/figures.ts";
import type { MachineFacts } from "../../core/machine.ts";
import type { Value } from "../../core/plan.ts";
import { type Commit, captured } from "../captures/capture.ts";
import { makePlan } from "../plan.ts";
import { NOTHING_KNOWN } from "../plan-input.ts";
import { CPU, DATA, h100, planInput, stage, testPrefab } from "../rules/fixtures.ts";
import { figuresOf } from "./figures.ts";
import { namedMachine } from "./gpus.ts";

interface Case {
  commit: Commit;
  set: Record<string, Value>;
  vocabulary?: number;
  ranks?: number;
  machine?: MachineFacts;
}

function figures({ commit, set, vocabulary = 32_768, ranks = 8, machine = h100(8) }: Case): StageFigures {
  const input = planInput({
    prefab: testPrefab([stage("scripts.base_train", set, ranks)]),
    workspace: captured(commit),
    surroundings: { ...NOTHING_KNOWN, machine, data: { ...DATA, vocabulary } },
  });
  const plan = makePlan({ ...input, figuresOf: figuresOf() });
  const [first] = plan.ok ? (plan.value.figures ?? []) : [];
  if (first === undefined) throw new Error(plan.ok ? "no figures" : plan.failure.what);
  return first;
}

const PARAMETERS: ReadonlyArray<readonly [what: string, Case, parameters: number]> = [
  ["d32 of run1000.sh", { commit: "3a5e0bc", set: { depth: 32 }, vocabulary: 65_536 }, 1_879_048_192],
  ["d20, 561M, of the first speedrun", { commit: "3a5e0bc", set: { depth: 20 }, vocabulary: 65_536 }, 560_988_160],
];

for (const [what, one, parameters] of PARAMETERS) {
  test(`parameters of ${what}`, () => {
    expect(figures(one).model?.parameters).toBe(parameters);
  });
}

test("parameters by group of d12 at 2dffdc8, as dev/LOG.md has them", () => {
  const groups = Object.fromEntries(
    (figures({ commit: "2dffdc8", set: { depth: 12 } }).model?.groups ?? []).map(({ name, parameters }) => [name, parameters]),
  );
  expect(groups).toMatchObject({ wte: 25_165_824, value_embeds: 150_994_944, lm_head: 25_165_824 });
  expect(groups["transformer_matrices"]).toBe(84_935_808);
});

const STEPS: ReadonlyArray<readonly [what: string, Case, steps: number]> = [
  ["d32 of run1000.sh", { commit: "3a5e0bc", set: { depth: 32 }, vocabulary: 65_536 }, 71_680],
  [
    "run 1, d24 bf16 at ratio 12",
    { commit: "2dffdc8", set: { depth: 24, target_param_data_ratio: 12, total_batch_size: 524_288 } },
    16_704,
  ],
  ["run 2, d26 at ratio 8.5", { commit: "2dffdc8", set: { depth: 26, target_param_data_ratio: 8.5, total_batch_size: 524_288 } }, 14_889],
  ["run 3, d26 fp8 at ratio 8.25", { commit: "2dffdc8", set: { depth: 26, target_param_data_ratio: 8.25 } }, 7226],
  ["d12 at 92d63d4", { commit: "92d63d4", set: { depth: 12 } }, 2520],
  ["d20 at 92d63d4", { commit: "92d63d4", set: { depth: 20 } }, 4980],
  ["d24 at 92d63d4", { commit: "92d63d4", set: { depth: 24 } }, 8352],
  ["d26 at 92d63d4", { commit: "92d63d4", set: { depth: 26 } }, 10_510],
  ["d32 at 92d63d4", { commit: "92d63d4", set: { depth: 32 } }, 9600],
];

for (const [what, one, steps] of STEPS) {
  test(`steps of ${what}`, () => {
    expect(figures(one).horizon?.steps).toBe(steps);
  });
}

test("FLOPs: 1.207960e10 a token for d32 of October, 4.330784131228946e19 in all for run 1", () => {
  expect(figures({ commit: "3a5e0bc", set: { depth: 32 }, vocabulary: 65_536 }).model?.flopsPerToken.toExponential(6)).toBe("1.207960e+10");
  const run1 = figures({ commit: "2dffdc8", set: { depth: 24, target_param_data_ratio: 12, total_batch_size: 524_288 } });
  expect(run1.horizon?.flops).toBe(4.330784131228946e19);
});

const TABLE: ReadonlyArray<readonly [depth: number, millions: number, batch: number, billions: number, flops: string, hours: number]> = [
  [12, 286.3, 2 ** 19, 1.32, "1.00e+18", 0.07],
  [20, 896.5, 2 ** 20, 5.22, "1.51e+19", 1.06],
  [24, 1384, 2 ** 20, 8.76, "4.18e+19", 2.94],
  [26, 1682, 2 ** 20, 11.02, "6.60e+19", 4.64],
  [32, 2819, 2 ** 21, 20.1, "2.17e+20", 15.2],
];

for (const [depth, millions, batch, billions, flops, hours] of TABLE) {
  test(`d${depth} with the defaults of 92d63d4: parameters, batch, tokens, FLOPs, hours at 50 %`, () => {
    const { model, batch: chosen, horizon, cost } = figures({ commit: "92d63d4", set: { depth } });
    expect((model?.parameters ?? 0) / 1e6).toBeCloseTo(millions, millions < 1000 ? 1 : -0.5);
    expect(chosen).toMatchObject({ totalBatch: batch, totalBatchAutomatic: true });
    expect((horizon?.tokens ?? 0) / 1e9).toBeCloseTo(billions, billions < 20 ? 2 : 1);
    expect(horizon?.flops.toExponential(2)).toBe(flops);
    const atHalf = ((cost?.hours ?? 0) * (cost?.mfu ?? 0)) / 0.5;
    expect(Math.abs(atHalf / hours - 1)).toBeLessThan(0.05);
    expect(cost?.dollars).toBeCloseTo((cost?.hours ?? 0) * 24, 6);
  });
}

/** Known of 80 GB cards: whether a device batch fits (runs/miniseries.sh, LOG.md). */
const MEMORY: ReadonlyArray<readonly [depth: number, deviceBatch: number, fits: boolean]> = [
  [12, 32, true],
  [18, 32, true],
  [20, 16, true],
  [20, 32, false],
  [26, 16, true],
  [28, 8, true],
  [28, 16, false],
  [32, 8, true],
  [32, 16, false],
];

for (const [depth, deviceBatch, fits] of MEMORY) {
  test(`d${depth} at device batch ${deviceBatch} ${fits ? "fits" : "does not fit"} in 80 GB`, () => {
    const { memory } = figures({ commit: "92d63d4", set: { depth, device_batch_size: deviceBatch } });
    expect(memory?.verdict === "too much").toBe(!fits);
    expect(memory?.sure).toContain("fitted to");
  });
}

test("d12 takes 34 GB and d32 at 8 takes 78 GB: the model of memory is within a third of both", () => {
  const d12 = figures({ commit: "92d63d4", set: { depth: 12 } }).memory?.bytes ?? 0;
  const d32 = figures({ commit: "3a5e0bc", set: { depth: 32, device_batch_size: 8 }, vocabulary: 65_536 }).memory?.bytes ?? 0;
  expect(Math.abs(d12 / 34e9 - 1)).toBeLessThan(0.34);
  expect(Math.abs(d32 / 78e9 - 1)).toBeLessThan(0.34);
});

test("learning: rates follow the batch and the width, weight decay the horizon", () => {
  const { learning } = figures({ commit: "92d63d4", set: { depth: 24 } });
  expect(learning?.batchScale).toBeCloseTo(Math.SQRT2, 12);
  expect(learning?.widthScale).toBeCloseTo((1536 / 768) ** -0.5, 12);
  expect(learning?.weightDecay).toBeCloseTo((0.28 * Math.SQRT2 * 1.3212e9) / 8.757e9, 3);
});

test("no hours are made up for a CPU, and it says so", () => {
  const cpu = namedMachine("cpu");
  if (!cpu.ok) throw new Error(cpu.failure.what);
  const { cost, unknown } = figures({ commit: "92d63d4", set: { depth: 6 }, ranks: 1, machine: cpu.value });
  expect(cost).toBeNull();
  expect(unknown.join()).toContain("no published figures for a CPU");
});

test("a machine is named as one writes it, and a wrong name gets the nearest", () => {
  expect(namedMachine("8xH100")).toMatchObject({ ok: true, value: { device: "cuda", flashAttention3: true } });
  expect(namedMachine("4090")).toMatchObject({ ok: true, value: { gpus: [{ name: "RTX 4090" }] } });
  const wrong = namedMachine("8xH10");
  expect(wrong.ok ? "" : `${wrong.failure.what} ${wrong.failure.remedy}`).toContain("Did you mean H100");
});

test("windows of every length of pattern and depth are what walking the layers comes to", () => {
  const flops = (depth: number, window_pattern: string) =>
    figures({ commit: "92d63d4", set: { depth, window_pattern, aspect_ratio: 128, max_seq_len: 2048 } }).model?.flopsPerToken ?? 0;
  const base = flops(1, "L");
  expect(base).toBeGreaterThan(0);
  for (const pattern of ["L", "S", "SSSL", "SL", "LSS"])
    for (let depth = 1; depth <= 9; depth++) {
      const full = flops(depth, "L");
      const layers = Array.from({ length: depth }, (_, layer) => layer === depth - 1 || pattern[layer % pattern.length] === "L");
      const short = layers.filter((long) => !long).length;
      // A short layer looks 512 back at this commit, in place of 2,048.
      expect(full - flops(depth, pattern)).toBe(12 * (depth * 128) * short * (2048 - 512));
    }
});

test("numbers beyond all sense are planned at once", () => {
  const before = performance.now();
  const huge = {
    depth: 1e12,
    device_batch_size: 1e12,
    total_batch_size: 2 ** 53 - 1,
    max_seq_len: 1e9,
    num_iterations: 1e15,
    eval_every: 1,
  };
  expect(figures({ commit: "92d63d4", set: huge, ranks: 1e9 }).model?.depth).toBe(1e12);
  expect(performance.now() - before).toBeLessThan(1500);
});

test("a checkpoint is as large as the one that nanochat wrote on a CPU, where all is in four bytes; on a GPU it is smaller", () => {
  const tiny = {
    depth: 2,
    head_dim: 64,
    aspect_ratio: 64,
    window_pattern: "L",
    max_seq_len: 128,
    device_batch_size: 2,
    total_batch_size: 512,
  };
  const cpu = figures({ commit: "92d63d4", set: { ...tiny, num_iterations: 12 }, vocabulary: 4096, ranks: 1, machine: CPU }).checkpoint;
  // base_checkpoints/newtiny of 92d63d4 with torch 2.9.1: model_000012.pt and optim_000012_rank0.pt, a few kilobytes of which are headers.
  expect((cpu?.modelBytes ?? 0) / 7_872_683).toBeCloseTo(1, 2);
  expect((cpu?.optimizerBytes ?? 0) / 14_176_997).toBeCloseTo(1, 2);
  const gpu = figures({ commit: "92d63d4", set: { ...tiny, num_iterations: 12 }, vocabulary: 4096, ranks: 1, machine: h100(1) }).checkpoint;
  expect(gpu?.modelBytes).toBe((cpu?.modelBytes ?? 0) - 2 * (2 * 4096 * 128));
});
