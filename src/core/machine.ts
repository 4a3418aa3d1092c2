/** The machine and the data that a plan is checked against. Null everywhere = not known, which is never the same as none. */

export interface GpuFacts {
  index: number;
  /** As nvidia-smi and torch name it: `NVIDIA H100 80GB HBM3`. */
  name: string;
  memoryBytes: number | null;
  usedBytes: number | null;
  /** CUDA compute capability, `[9, 0]`. */
  capability: readonly [number, number] | null;
}

export interface MachineFacts {
  /** Where this comes from: looked at, or named by the user (`--on 8xH100`). */
  source: "probed" | "named";
  device: "cuda" | "mps" | "cpu";
  gpus: GpuFacts[];
  cpus: number;
  memoryBytes: number;
  /** Version of the workspace's torch; null = not installed or not asked. */
  torch: string | null;
  /** Whether Flash Attention 3 can be loaded there. */
  flashAttention3: boolean | null;
}

/** A base dir with less room than this is full: not even a tokenizer fits. */
export const FULL_BYTES = 1 << 20;

/** What lies under NANOCHAT_BASE_DIR, looked at without unpickling anything. */
export interface DataFacts {
  baseDir: string;
  /** Entries of the tokenizer, special tokens included. */
  vocabulary: number | null;
  /** Short SHA-256 of tokenizer.pkl. */
  tokenizer: string | null;
  /** Data shards on disk, the validation shard included. */
  shards: number | null;
  diskFreeBytes: number | null;
  /** Why the base dir cannot be written to; null when it can. */
  readOnly: string | null;
}

/** A process of the machine, by what it uses now. Its arguments are never read: they may hold secrets. */
export interface MachineProcess {
  pid: number;
  /** Name of its owner, else the number. */
  user: string;
  /** Of the command, its first word: some programs put their arguments behind it. */
  name: string;
  /** Percent of one core since the look before, so 8 busy cores are 800; null at the first look. */
  cpu: number | null;
  /** Resident bytes; pages that several processes share count in each. */
  memory: number;
  /** Bytes that it holds on GPUs; null = none, or the driver does not say. */
  gpuMemory: number | null;
}

/** What was found when the processes were looked at last. */
export interface MachineProcesses {
  /** Epoch milliseconds. */
  at: number;
  /** In no order; those of the kernel itself are not among them. */
  all: readonly MachineProcess[];
  /** How many processors there are: the most that `cpu` comes to, by 100. */
  cores: number;
}

export const BY_USE = ["cpu", "memory", "gpu"] as const;
export type Use = (typeof BY_USE)[number];

const USE: Readonly<Record<Use, (process: MachineProcess) => number>> = {
  cpu: ({ cpu }) => cpu ?? 0,
  memory: ({ memory }) => memory,
  gpu: ({ gpuMemory }) => gpuMemory ?? 0,
};

/** Those that use the most come first; of equal ones those with more memory, then the older number. */
export const byUse = (all: readonly MachineProcess[], use: Use): MachineProcess[] =>
  [...all].sort((a, b) => USE[use](b) - USE[use](a) || b.memory - a.memory || a.pid - b.pid);
