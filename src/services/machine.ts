/** What this machine has to train on, and who is using it. */
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { type Finished, run } from "../bridge/child.ts";
import type { GpuFacts, MachineFacts } from "../core/machine.ts";
import { plain } from "../lib/ansi.ts";
import {
  type Driver,
  GPU_MODEL_QUERY,
  GPU_PROCESS_QUERY,
  GPU_QUERY,
  type Gpu,
  type GpuProcess,
  parseDriver,
  parseGpuProcesses,
  parseGpus,
} from "../sources/host/parse.ts";

const TIMEOUT_MS = 3000;

/** Null when there is no such program; its code is null when it did not answer in time. */
const nvidiaSmi = (args: readonly string[], timeoutMs: number): Promise<Finished | null> =>
  run(["nvidia-smi", ...args], { cwd: "/", timeoutMs });

/** Null when nvidia-smi did not answer in time: then nothing is known, which is not the same as no GPU. */
export async function machineFacts(timeoutMs = TIMEOUT_MS): Promise<MachineFacts | null> {
  const said = await askForGpus(timeoutMs);
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
    flashAttention3: flashAttention3(gpus),
  };
}

/** With the compute capability, where nvidia-smi knows of such a thing: one that does not refuses the whole question. */
async function askForGpus(timeoutMs: number): Promise<Finished | null> {
  const said = await nvidiaSmi(GPU_MODEL_QUERY, timeoutMs);
  const refused = said !== null && said.code !== 0 && `${said.stdout}${said.stderr}`.includes("compute_cap");
  return refused ? nvidiaSmi(GPU_QUERY, timeoutMs) : said;
}

/** nanochat loads it on Hopper alone (nanochat/flash_attention.py@92d63d4); null where a capability is not known. */
function flashAttention3(gpus: readonly GpuFacts[]): boolean | null {
  if (gpus.length === 0 || gpus.some(({ capability }) => capability !== null && capability[0] !== 9)) return false;
  return gpus.every(({ capability }) => capability !== null) ? true : null;
}

const factsOf = ({ index, name, memoryTotal, memoryUsed, capability }: Gpu): GpuFacts => ({
  index,
  name,
  memoryBytes: memoryTotal,
  usedBytes: memoryUsed,
  capability,
});

/** `none`: there is no nvidia-smi. `silent`: it did not answer in time. `failed`: it said why it cannot tell. */
export type DriverFacts = { state: "none" } | { state: "silent" } | { state: "failed"; why: string } | ({ state: "known" } & Driver);

/** The driver as nvidia-smi tells of it. */
export async function driverFacts(timeoutMs = TIMEOUT_MS): Promise<DriverFacts> {
  const said = await nvidiaSmi([], timeoutMs);
  if (said === null) return { state: "none" };
  if (said.code === null) return { state: "silent" };
  if (said.code === 0) return { state: "known", ...parseDriver(said.stdout) };
  const [why] = `${said.stdout}${said.stderr}`.trim().split("\n");
  return { state: "failed", why: why ? plain(why) : `nvidia-smi ended with exit code ${said.code}` };
}

/** The processes that compute on GPUs; null when nvidia-smi cannot tell. In a container those outside are not seen. */
export async function gpuProcesses(timeoutMs = TIMEOUT_MS): Promise<GpuProcess[] | null> {
  const said = await nvidiaSmi(GPU_PROCESS_QUERY, timeoutMs);
  return said?.code === 0 ? parseGpuProcesses(said.stdout) : null;
}
