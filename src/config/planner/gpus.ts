/** GPUs by name: peak BF16 FLOPS (nanochat/common.py get_peak_flops@92d63d4), memory, and what an hour of one costs. */
import type { GpuFacts, MachineFacts } from "../../core/machine.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { didYouMean } from "../../lib/suggest.ts";

export interface GpuModel {
  /** All of these words occur in the device's name, small letters. */
  words: readonly string[];
  name: string;
  peakFlops: number;
  gibibytes: number;
  /** Dollars for one GPU and hour; null = not known, the user may say. */
  dollarsPerHour: number | null;
  capability: readonly [number, number];
  fp8: boolean;
}

const gpu = (
  words: string,
  name: string,
  peakFlops: number,
  gibibytes: number,
  capability: readonly [number, number],
  dollarsPerHour: number | null = null,
): GpuModel => ({ words: words.split(" "), name, peakFlops, gibibytes, capability, dollarsPerHour, fp8: capability[0] >= 9 });

// The first that fits counts. About $3 for an hour of an H100: README.md@92d63d4 ($24 for eight).
export const GPUS: readonly GpuModel[] = [
  gpu("gb200", "GB200", 2.5e15, 186, [10, 0]),
  gpu("b200", "B200", 2.25e15, 180, [10, 0]),
  gpu("b100", "B100", 1.8e15, 180, [10, 0]),
  gpu("h200", "H200", 989e12, 141, [9, 0]),
  gpu("h100 nvl", "H100 NVL", 835e12, 94, [9, 0], 3),
  gpu("h100 pcie", "H100 PCIe", 756e12, 80, [9, 0], 3),
  gpu("h100", "H100", 989e12, 80, [9, 0], 3),
  gpu("a100 40", "A100 40GB", 312e12, 40, [8, 0]),
  gpu("a100", "A100", 312e12, 80, [8, 0]),
  gpu("a800", "A800", 312e12, 80, [8, 0]),
  gpu("l40s", "L40S", 362e12, 48, [8, 9]),
  gpu("a40", "A40", 149.7e12, 48, [8, 6]),
  gpu("a30", "A30", 165e12, 24, [8, 0]),
  gpu("l4", "L4", 121e12, 24, [8, 9]),
  gpu("5090", "RTX 5090", 209.5e12, 32, [12, 0]),
  gpu("4090", "RTX 4090", 165.2e12, 24, [8, 9]),
  gpu("3090", "RTX 3090", 71e12, 24, [8, 6]),
];

export const findGpu = (name: string): GpuModel | null => {
  const lower = name.toLowerCase();
  return GPUS.find(({ words }) => words.every((word) => lower.includes(word))) ?? null;
};

const GIB = 1024 ** 3;

/** `8xH100`, `4090`, `cpu`: a machine that is not this one, to plan for. */
export function namedMachine(given: string): Result<MachineFacts> {
  const base = { source: "named" as const, cpus: 0, memoryBytes: 0, torch: null };
  if (/^cpu$/i.test(given)) return ok({ ...base, device: "cpu", gpus: [], flashAttention3: false });
  const match = /^(?:(\d+) ?[x×] ?)?(.+)$/i.exec(given.trim());
  const count = Number(match?.[1] ?? 1);
  const model = findGpu(match?.[2] ?? "");
  if (model === null || count < 1 || count > 1024) {
    const names = GPUS.map(({ name }) => name);
    return fail("usage", `--on ${given} is no machine that is known`, {
      remedy: didYouMean(match?.[2] ?? given, names, `Write 8xH100, 1x4090 or cpu; there are ${names.join(", ")}`),
    });
  }
  const gpus = Array.from(
    { length: count },
    (_, index): GpuFacts => ({
      index,
      name: model.name,
      memoryBytes: model.gibibytes * GIB,
      usedBytes: 0,
      capability: model.capability,
    }),
  );
  // nanochat loads Flash Attention 3 on Hopper alone (nanochat/flash_attention.py@92d63d4).
  return ok({ ...base, device: "cuda", gpus, flashAttention3: model.capability[0] === 9 });
}
