/** What this machine has to train on. */
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { run } from "../bridge/child.ts";
import type { GpuFacts, MachineFacts } from "../core/machine.ts";
import { GPU_MODEL_QUERY, type Gpu, parseGpus } from "../sources/host/parse.ts";

const TIMEOUT_MS = 3000;

/** Null when nvidia-smi did not answer in time: then nothing is known, which is not the same as no GPU. */
export async function machineFacts(): Promise<MachineFacts | null> {
  const said = await run(["nvidia-smi", ...GPU_MODEL_QUERY], { cwd: "/", timeoutMs: TIMEOUT_MS });
  if (said !== null && said.code === null) return null;
  const gpus = said === null || said.code !== 0 ? [] : parseGpus(said.stdout).map(factsOf);
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

const factsOf = ({ index, name, memoryTotal, memoryUsed, capability }: Gpu): GpuFacts => ({
  index,
  name,
  memoryBytes: memoryTotal,
  usedBytes: memoryUsed,
  capability,
});
