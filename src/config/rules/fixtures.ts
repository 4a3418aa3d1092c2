/** Prefabs, machines and data made by hand; for tests only. */
import type { Checkpoint, CheckpointStage } from "../../core/checkpoint.ts";
import type { StageFigures } from "../../core/figures.ts";
import type { DataFacts, MachineFacts } from "../../core/machine.ts";
import type { Value } from "../../core/plan.ts";
import { captured } from "../captures/capture.ts";
import { NOTHING_KNOWN, type PlanInput } from "../plan-input.ts";
import type { Prefab, PrefabStage } from "../prefab.ts";
import type { FiguresOf } from "./context.ts";

export const stage = (script: string, set: Readonly<Record<string, Value>> = {}, ranks?: number): PrefabStage => ({
  script,
  ranks,
  set: new Map(Object.entries(set).map(([name, value]) => [name, { value, origin: { layer: "prefab", prefab: "mine" } }])),
});

export const testPrefab = (stages: PrefabStage[], more: Partial<Prefab> = {}): Prefab => ({
  name: "mine",
  title: "mine",
  description: "",
  workspace: undefined,
  hardware: undefined,
  file: "/prefabs/mine.yaml",
  lineage: ["mine"],
  env: {},
  ranks: 1,
  stages,
  ...more,
});

const GIB = 2 ** 30;

export const CPU: MachineFacts = {
  source: "probed",
  device: "cpu",
  gpus: [],
  cpus: 8,
  memoryBytes: 32 * GIB,
  torch: "2.9.1",
  flashAttention3: false,
};

const gpus = (count: number, name: string, capability: readonly [number, number], memory: number): MachineFacts["gpus"] =>
  Array.from({ length: count }, (_, index) => ({ index, name, memoryBytes: memory * GIB, usedBytes: 0, capability }));

export const h100 = (count: number): MachineFacts => ({
  ...CPU,
  device: "cuda",
  gpus: gpus(count, "NVIDIA H100 80GB HBM3", [9, 0], 80),
  flashAttention3: true,
});

export const a100 = (count: number): MachineFacts => ({
  ...h100(count),
  gpus: gpus(count, "NVIDIA A100-SXM4-80GB", [8, 0], 80),
  flashAttention3: false,
});

export const DATA: DataFacts = {
  baseDir: "/base",
  vocabulary: 32_768,
  tokenizer: "abc",
  shards: 400,
  diskFreeBytes: 1000 * GIB,
  readOnly: null,
};

export const checkpoint = (
  stageName: CheckpointStage,
  tag: string,
  step: number,
  ranks = 1,
  more: Partial<Checkpoint> = {},
): Checkpoint => ({
  stage: stageName,
  tag,
  step,
  dir: `/base/${stageName}_checkpoints/${tag}`,
  files: Array.from({ length: ranks }, (_, rank) => ({ name: `optim_${String(step).padStart(6, "0")}_rank${rank}.pt`, bytes: 10 })),
  bytes: 10 * ranks,
  writtenAt: "2026-01-01T00:00:00.000Z",
  valBpb: null,
  modelConfig: { n_layer: 4, vocab_size: 32_768, sequence_len: 512 },
  userConfig: {},
  broken: null,
  ...more,
});

/** A plan of base_train at 92d63d4 of which nothing is known. */
export const planInput = (more: Partial<PlanInput> = {}): PlanInput => ({
  prefab: testPrefab([stage("scripts.base_train")]),
  workspace: captured("92d63d4"),
  python: { argv: ["python3"], reason: "test" },
  baseDir: "/base",
  sets: [],
  name: "mine",
  modelTag: "mine",
  surroundings: NOTHING_KNOWN,
  ...more,
});

const MILLION = 1e6;

/**
 * A planner simple enough to reckon in one's head: a million parameters a layer, a gibibyte of memory for each sequence,
 * half a million tokens a step where the script chooses, a shard for every hundred million tokens.
 */
export const simpleFigures: FiguresOf = (context, changes) => {
  const number = (name: string): number => Number(changes[name] ?? context.inherited(name) ?? 1);
  const [deviceBatch, sequence] = [number("device_batch_size"), number("max_seq_len")];
  const totalBatch = number("total_batch_size") > 0 ? number("total_batch_size") : 524_288;
  const micro = deviceBatch * sequence * context.ranks;
  const tokens = number("target_param_data_ratio") * number("depth") * MILLION;
  const steps = number("num_iterations") > 0 ? number("num_iterations") : Math.floor(tokens / totalBatch);
  const bytes = deviceBatch * GIB;
  const capacityBytes = context.machine?.gpus[0]?.memoryBytes ?? null;
  const room = capacityBytes === null ? null : capacityBytes / bytes;
  const figures: StageFigures = {
    stage: context.stage.name,
    model: null,
    batch: {
      deviceBatch,
      sequence,
      ranks: context.ranks,
      totalBatch,
      totalBatchAutomatic: number("total_batch_size") < 0,
      tokensPerMicroBatch: micro,
      accumulation: totalBatch % micro === 0 ? totalBatch / micro : null,
    },
    horizon: { steps, tokens: steps * totalBatch, ratio: 1, flops: 1, shards: Math.ceil((steps * totalBatch) / (100 * MILLION)) },
    learning: null,
    checkpoint: { modelBytes: GIB, optimizerBytes: GIB, count: number("save_every") > 0 ? Math.floor(steps / number("save_every")) : 1 },
    memory: {
      bytes,
      capacityBytes,
      verdict: room === null ? "unknown" : room < 1 ? "too much" : room < 1.2 ? "tight" : "fits",
      sure: "made up",
    },
    cost: null,
    unknown: [],
  };
  return figures;
};
