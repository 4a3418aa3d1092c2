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
