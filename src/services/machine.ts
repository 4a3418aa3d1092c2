/** What this machine has to train on. */
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { run } from "../bridge/child.ts";
import type { GpuFacts, MachineFacts } from "../core/machine.ts";

const TIMEOUT_MS = 3000;
const MIB = 1024 ** 2;
const FIELDS = "index,name,memory.total,memory.used,compute_cap";

/** Null when nvidia-smi did not answer in time: then nothing is known, which is not the same as no GPU. */
export async function machineFacts(): Promise<MachineFacts | null> {
  const said = await run(["nvidia-smi", `--query-gpu=${FIELDS}`, "--format=csv,noheader,nounits"], { cwd: "/", timeoutMs: TIMEOUT_MS });
  if (said !== null && said.code === null) return null;
  const gpus = said === null || said.code !== 0 ? [] : parseGpus(said.stdout);
  const apple = platform() === "darwin" && arch() === "arm64";
  return {
    source: "probed",
    device: gpus.length > 0 ? "cuda" : apple ? "mps" : "cpu",
    gpus,
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    torch: null,
    // nanochat loads it on Hopper alone (nanochat/flash_attention.py@92d63d4).
    flashAttention3: gpus.length > 0 ? gpus.every(({ capability }) => capability?.[0] === 9) : false,
  };
}

/** One GPU a line; what a driver does not know it calls `[N/A]`. */
export function parseGpus(text: string): GpuFacts[] {
  return text.split("\n").flatMap((line): GpuFacts[] => {
    const [index, name, total, used, capability] = line.split(",").map((part) => part.trim());
    if (!/^\d+$/.test(index ?? "") || !name) return [];
    const bytes = (value: string | undefined): number | null => (/^\d+$/.test(value ?? "") ? Number(value) * MIB : null);
    const parts = /^(\d+)\.(\d+)$/.exec(capability ?? "");
    return [
      {
        index: Number(index),
        name,
        memoryBytes: bytes(total),
        usedBytes: bytes(used),
        capability: parts ? [Number(parts[1]), Number(parts[2])] : null,
      },
    ];
  });
}
