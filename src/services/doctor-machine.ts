/** The doctor's checks of the machine: GPUs, their driver and who holds them, ports, shared memory. */
import { statfsSync } from "node:fs";
import { deviceObstacle, deviceObstacles } from "../config/obstacles.ts";
import type { MachineFacts } from "../core/machine.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { bytes } from "../lib/format.ts";
import type { GpuProcess } from "../sources/host/parse.ts";
import { hasScript, type Modules, type Seen, said, type Verdict } from "./doctor-check.ts";
import { type DriverFacts, driverFacts, gpuProcesses } from "./machine.ts";
import { portIsFree } from "./ports.ts";

const SILENT = "nvidia-smi gave no answer within 3 s.";
const RUN_IT = "See whether the driver hangs: run nvidia-smi yourself";
const LOW_SHARED_MEMORY = 512 * 1024 ** 2;

const silent = (): Verdict => said("unknown", "nvidia-smi does not answer", [SILENT], RUN_IT);

/** Memory in use without which a GPU is taken for free: the driver itself keeps some. */
const BUSY = 0.1;

/** Bad when no base model can be trained here; what holds up other trainers alone is evidence. */
function withoutGpu({ features }: WorkspaceInfo, device: MachineFacts["device"]): Verdict {
  const obstacles = deviceObstacles(features, device);
  const evidence = ["nvidia-smi names no GPU.", ...obstacles.map(({ message }) => `${message}.`)];
  const base = deviceObstacle(features, device, "base_train");
  if (base !== null) return said("bad", "none, and this version cannot do without", evidence, base.remedy);
  const where = device === "mps" ? "Apple's GPU" : "the CPU";
  return said("warn", `none: ${where} trains`, evidence, "Small models alone are trained in reasonable time (prefab runcpu)");
}

export async function gpus({ machine, info }: Seen): Promise<Verdict> {
  const facts = await machine;
  if (facts === null) return silent();
  if (facts.gpus.length === 0) return withoutGpu(info, facts.device);
  const rows = facts.gpus.map(
    ({ index, name, memoryBytes, usedBytes }) => `${index} ${name}: ${bytes(usedBytes)} of ${bytes(memoryBytes)} in use`,
  );
  const all = facts.gpus.length;
  const dumb = facts.gpus.filter(({ memoryBytes, usedBytes }) => memoryBytes === null || usedBytes === null).length;
  if (dumb > 0)
    return said(
      "warn",
      `${dumb} of ${all} tell no memory`,
      rows,
      "A GPU that has failed tells nothing, nor does one that is split (MIG): `nvidia-smi` shows which it is",
    );
  const busy = facts.gpus.filter(({ memoryBytes, usedBytes }) => (usedBytes ?? 0) > BUSY * (memoryBytes ?? 0)).length;
  if (busy > 0)
    return said(
      "warn",
      `${busy} of ${all} in use`,
      rows,
      "Something holds memory on them: the check of GPU processes names what can be seen",
    );
  return said("good", `${all} free`, rows);
}

export async function attention({ machine }: Seen): Promise<Verdict> {
  const facts = await machine;
  if (facts === null) return silent();
  if (facts.gpus.length === 0) return said("skipped", "no GPU", ["Without a GPU, PyTorch's own attention is used."]);
  if (facts.flashAttention3 === null)
    return said(
      "unknown",
      "capability not told",
      ["nvidia-smi does not tell the compute capability of the GPUs."],
      "A newer driver tells it",
    );
  if (facts.flashAttention3) return said("good", "Flash Attention 3", ["The GPUs are Hopper, on which nanochat loads it."]);
  return said(
    "warn",
    "PyTorch's own, slower",
    ["Flash Attention 3 is for Hopper alone."],
    "Set window_pattern to L: sliding windows are slower than full attention without it",
  );
}

export async function driver({ modules, machine }: Seen): Promise<Verdict> {
  const facts = await driverFacts();
  if (facts.state === "none")
    return said("skipped", "none", ["There is no nvidia-smi on the PATH: no NVIDIA driver, or a container that was started without it."]);
  if (facts.state === "silent") return silent();
  if (facts.state === "failed")
    return said("bad", "nvidia-smi fails", [facts.why], "After an update of the driver reboot; in a container start it with --gpus all");
  return knownDriver(facts, await modules, ((await machine)?.gpus.length ?? 0) > 0);
}

/** Whether the torch that is installed runs on that driver, where its version tells what it was built for. */
function knownDriver(facts: Extract<DriverFacts, { state: "known" }>, modules: Modules | null, hasGpus: boolean): Verdict {
  const torch = modules?.["torch"] ?? null;
  const upTo = facts.cuda?.join(".") ?? null;
  const verdict = `${facts.driver ?? "unknown version"}${upTo === null ? "" : `, CUDA ${upTo}`}`;
  const evidence = [
    `Driver ${facts.driver ?? "of an unknown version"}, ${upTo === null ? "which does not tell its CUDA" : `which runs CUDA up to ${upTo}`}.`,
    ...(torch === null ? [] : [`torch ${torch}`]),
  ];
  const build = /\+(cpu|cu\d{3})\b/.exec(torch ?? "")?.[1];
  if (build === "cpu" && hasGpus)
    return said(
      "bad",
      "torch is built without CUDA",
      evidence,
      "Install a build of torch for CUDA (`uv sync --extra gpu` in later checkouts)",
    );
  // cu128 is 12.8; within one major version a newer minor one runs on an older driver (CUDA's minor version compatibility).
  const major = build === undefined || build === "cpu" ? null : Number(build.slice(2, 4));
  if (major !== null && facts.cuda !== null && major > facts.cuda[0])
    return said("bad", `too old for torch's CUDA ${major}`, evidence, `Update the driver, or install a torch for CUDA ${facts.cuda[0]}`);
  return said("good", verdict, evidence);
}

export async function processesOnGpus({ machine }: Seen): Promise<Verdict> {
  const facts = await machine;
  if (facts === null) return silent();
  if (facts.gpus.length === 0) return said("skipped", "no GPU", ["nvidia-smi names no GPU."]);
  const found = await gpuProcesses();
  if (found === null) return said("unknown", "nvidia-smi does not tell", ["nvidia-smi --query-compute-apps gave no answer."], RUN_IT);
  if (found.length > 0) return holders(found);
  const held = facts.gpus.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0);
  const room = facts.gpus.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
  if (held > BUSY * room)
    return said(
      "warn",
      `${bytes(held)} held by nobody to be seen`,
      ["nvidia-smi names no process that computes, and yet memory is in use."],
      "Look outside of this container, or as root: `fuser -v /dev/nvidia*` names who has them open",
    );
  return said("good", "none", ["nvidia-smi names no process that computes."]);
}

const MOST_NAMED = 8;

function holders(found: readonly GpuProcess[]): Verdict {
  const told = found.filter((one) => one.bytes !== null);
  const held =
    told.length === 0 ? "" : ` hold${found.length === 1 ? "s" : ""} ${bytes(told.reduce((sum, one) => sum + (one.bytes ?? 0), 0))}`;
  const sorted = found.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  const rows = sorted.slice(0, MOST_NAMED).map((one) => `${one.pid} ${one.name}: ${bytes(one.bytes)}`);
  const more = found.length > MOST_NAMED ? [`and ${found.length - MOST_NAMED} more`] : [];
  return said(
    "warn",
    `${found.length} ${found.length === 1 ? "process" : "processes"}${held}`,
    [...rows, ...more],
    "A run of this program ends with `nanochat-cli runs stop`; another process with `kill` and its number, if it is yours",
  );
}

/** Ports that nanochat's own scripts listen on, unless they are told another. */
const PORTS: ReadonlyArray<{ port: number; user: string; script: string | null; another: string }> = [
  { port: 8000, user: "chat_web", script: "chat_web", another: "`--port` gives chat_web another" },
  // Its rendezvous; with --standalone, as runs are started here, it takes any port that is free.
  { port: 29_500, user: "torchrun", script: null, another: "`--standalone` or `--master-port` gives torchrun another" },
];

export async function ports({ info }: Seen): Promise<Verdict> {
  const wanted = PORTS.filter(({ script }) => script === null || hasScript(info, script));
  const free = await Promise.all(wanted.map(({ port }) => portIsFree(port)));
  const taken = wanted.filter((_, index) => free[index] === false);
  const evidence = wanted.map(({ port, user }, index) => `${port} (${user}): ${STATES[String(free[index])]}`);
  if (taken.length > 0)
    return said(
      "warn",
      `${taken.map(({ port }) => port).join(" and ")} in use`,
      evidence,
      `Another server or training may be going on; ${taken.map(({ another }) => another).join(", ")}`,
    );
  if (free.includes(null)) return said("unknown", "could not be tried", evidence);
  return said("good", `${wanted.map(({ port }) => port).join(" and ")} free`, evidence);
}

const STATES: Readonly<Record<string, string>> = { true: "free", false: "in use", null: "could not be tried" };

export function sharedMemory(): Verdict {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    const free = bavail * bsize;
    return free < LOW_SHARED_MEMORY
      ? said("warn", `${bytes(free)} free`, ["/dev/shm"], "Several ranks exchange data through it: start the container with --shm-size=8g")
      : said("good", `${bytes(free)} free`, ["/dev/shm"]);
  } catch {
    return said("skipped", "none here", ["There is no /dev/shm on this system."]);
  }
}
