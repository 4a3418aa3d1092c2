/**
 * Every metric that we know by name: unit, which way is better, and the names other tools give it.
 * A metric that is not here is kept and drawn all the same, without unit or direction.
 */

export type Unit =
  | ""
  | "nats"
  | "bits/byte"
  | "s"
  | "tok/s"
  | "%"
  | "tokens"
  | "FLOPs"
  | "ms"
  | "bytes"
  | "bytes/s"
  | "W"
  | "°C"
  | "processes"
  | "fraction"
  | "count";

export interface Metric {
  id: string;
  title: string;
  unit: Unit;
  better: "lower" | "higher" | "none";
  /** Names in W&B keys, loop variables of the scripts and log fields. */
  aliases: readonly string[];
  /** Logged every step (a gap means something) or once in a while. */
  cadence: "step" | "sometimes" | "time";
  /** Set or counted, not measured: without noise, so that an average of it would tell only what it no longer is. */
  exact: boolean;
}

/** What values of a unit lie within, where they are right: an axis need not go further. */
const BOUNDS: Readonly<Partial<Record<Unit, readonly [least: number, most: number]>>> = {
  "%": [0, 100],
  s: [0, Number.MAX_VALUE],
  "tok/s": [0, Number.MAX_VALUE],
  tokens: [0, Number.MAX_VALUE],
  count: [0, Number.MAX_VALUE],
  FLOPs: [0, Number.MAX_VALUE],
  bytes: [0, Number.MAX_VALUE],
  "bytes/s": [0, Number.MAX_VALUE],
  W: [0, Number.MAX_VALUE],
};

/** The least and the most that a value of the unit means something at: a share is 0 to 100. */
export const boundsOf = (unit: string | undefined): readonly [least: number, most: number] =>
  BOUNDS[unit as Unit] ?? [-Number.MAX_VALUE, Number.MAX_VALUE];

const metric = (
  id: string,
  title: string,
  unit: Unit,
  better: Metric["better"],
  cadence: Metric["cadence"],
  aliases: string[] = [],
  exact = false,
): Metric => ({
  id,
  title,
  unit,
  better,
  cadence,
  aliases,
  exact,
});

const EXACT = true;

/** When each step was, in milliseconds: what axes are made of, and no curve that one would choose. */
export const CLOCK_METRIC = "time/wall";

// Names follow nanochat's own W&B keys (scripts/base_train.py@92d63d4) where it has one.
export const METRICS: readonly Metric[] = [
  metric("train/loss", "loss", "nats", "lower", "step", ["debiased_smooth_loss", "loss", "train_loss"]),
  metric("train/loss_raw", "loss (raw)", "nats", "lower", "step", ["train_loss_f", "train_loss_item"]),
  metric("train/lrm", "learning-rate multiplier", "", "none", "step", ["lrm"], EXACT),
  metric("train/dt", "step time", "s", "lower", "step", ["dt"]),
  metric("train/tok_per_sec", "throughput", "tok/s", "higher", "step", ["tok_per_sec"]),
  metric("train/mfu", "model FLOPs utilisation", "%", "higher", "step", ["mfu", "bf16_mfu"]),
  metric("train/grad_norm", "gradient norm", "", "none", "step", ["grad_norm", "grad_norm_tensor"]),
  metric("train/epoch", "epoch", "count", "none", "step", ["epoch"], EXACT),
  metric("train/tokens", "tokens", "tokens", "none", "step", [], EXACT),
  metric("train/seconds", "training time", "s", "none", "step", ["total_training_time"], EXACT),
  metric("train/flops", "training FLOPs", "FLOPs", "none", "step", ["total_training_flops"], EXACT),
  metric(CLOCK_METRIC, "wall clock", "ms", "none", "step", [], EXACT),
  // What a step's time goes to, by the bridge (bridge/nanochat_bridge/timers.py); on MPS the time of giving it out.
  metric("timer/data", "step time: data", "s", "lower", "step"),
  metric("timer/forward", "step time: forward", "s", "lower", "step"),
  metric("timer/backward", "step time: backward", "s", "lower", "step"),
  metric("timer/optimizer", "step time: optimizer", "s", "lower", "step"),
  metric("timer/eval", "evaluation time", "s", "lower", "sometimes"),
  metric("timer/save", "save time", "s", "lower", "sometimes"),
  metric("val/bpb", "validation bits per byte", "bits/byte", "lower", "sometimes", ["val_bpb"]),
  metric("val/loss", "validation loss", "nats", "lower", "sometimes", ["val_loss"]),
  metric("core/metric", "CORE", "", "higher", "sometimes", ["core_metric"]),
  metric("chatcore/metric", "ChatCORE", "", "higher", "sometimes", ["chatcore_metric"]),
  metric("chatcore/cat", "ChatCORE (categorical)", "", "higher", "sometimes", ["chatcore_cat"]),
  metric("rl/reward", "reward", "", "higher", "step", ["reward"]),
  metric("rl/sequence_length", "sequence length", "tokens", "none", "step", ["sequence_length"]),
  metric("host/cpu", "CPU", "%", "none", "time"),
  metric("host/memory_used", "memory used", "bytes", "none", "time"),
  metric("host/memory_total", "memory", "bytes", "none", "time", [], EXACT),
  metric("host/load1", "load", "processes", "none", "time"),
  metric("host/disk_free", "disk free", "bytes", "higher", "time"),
  metric("host/net_in", "network in", "bytes/s", "none", "time"),
  metric("host/net_out", "network out", "bytes/s", "none", "time"),
  metric("host/disk_read", "disk read", "bytes/s", "none", "time"),
  metric("host/disk_write", "disk written", "bytes/s", "none", "time"),
  metric("host/trainer_cpu", "trainer CPU", "%", "none", "time"),
  metric("host/trainer_memory", "trainer memory", "bytes", "none", "time"),
];

/** Metrics whose names have a part that is not known beforehand: a task, a GPU, a part of the loss. */
const FAMILIES: ReadonlyArray<readonly [pattern: RegExp, of: (id: string, part: string) => Metric]> = [
  [/^chatcore\/(.+)$/, (id, task) => metric(id, `ChatCORE ${task}`, "", "higher", "sometimes")],
  [/^core\/(.+)$/, (id, task) => metric(id, `CORE ${task}`, "", "higher", "sometimes")],
  [/^train\/loss_(.+)$/, (id, part) => metric(id, `loss (${part})`, "nats", "lower", "step")],
  [/^gpu\/(\d+)\/util$/, (id, gpu) => metric(id, `GPU ${gpu} utilisation`, "%", "higher", "time")],
  [/^gpu\/(\d+)\/memory_used$/, (id, gpu) => metric(id, `GPU ${gpu} memory used`, "bytes", "none", "time")],
  [/^gpu\/(\d+)\/memory_total$/, (id, gpu) => metric(id, `GPU ${gpu} memory`, "bytes", "none", "time", [], EXACT)],
  [/^gpu\/(\d+)\/power$/, (id, gpu) => metric(id, `GPU ${gpu} power`, "W", "none", "time")],
  [/^gpu\/(\d+)\/temperature$/, (id, gpu) => metric(id, `GPU ${gpu} temperature`, "°C", "lower", "time")],
];

const byAnyName = new Map<string, Metric>(
  METRICS.flatMap((m) => [[m.id, m], ...m.aliases.map((a) => [a, m] as const)] as Array<[string, Metric]>),
);

/** What the families say of names that were asked for; a run has some hundred at most. */
const ofFamilies = new Map<string, Metric | undefined>();
const MOST_REMEMBERED = 4096;

/** The metric for an id or alias, or undefined when it is not one that we know. */
export function findMetric(name: string): Metric | undefined {
  const known = byAnyName.get(name) ?? ofFamilies.get(name);
  if (known !== undefined || ofFamilies.has(name)) return known;
  let found: Metric | undefined;
  for (const [pattern, of] of FAMILIES) {
    const part = pattern.exec(name)?.[1];
    if (part === undefined) continue;
    found = of(name, part);
    break;
  }
  if (ofFamilies.size >= MOST_REMEMBERED) ofFamilies.clear();
  ofFamilies.set(name, found);
  return found;
}

/** Whether an average of its values means something: not of what comes once in a while, nor of what is exact. */
export function isAveraged(name: string): boolean {
  const known = findMetric(name);
  return known === undefined || !(known.exact || known.cadence === "sometimes");
}

/** Our id for a name that a source uses; an unknown name is its own id. */
export const metricId = (name: string): string => byAnyName.get(name)?.id ?? name;

export const GPU_FIGURES = ["util", "memory_used", "memory_total", "power", "temperature"] as const;

/** `gpu/0/util` and friends: GPU metrics carry their index. */
export const gpuMetric = (gpu: number, what: (typeof GPU_FIGURES)[number]): string => `gpu/${gpu}/${what}`;
