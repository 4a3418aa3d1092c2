/** The GPUs of the machine as they are at one moment, and which of them the run uses. */
import { GPU_FIGURES, gpuMetric } from "../core/metrics.ts";
import { numberField, plannedStage, RUN_STAGE, type RunFacts, record, textField } from "./data.ts";
import type { Reading } from "./reading.ts";

type Figure = (typeof GPU_FIGURES)[number];

/** Null = not known. */
export interface GpuNow {
  index: number;
  /** `NVIDIA H100 80GB HBM3` */
  name: string | null;
  /** The rank that is on it; null when none is, or that cannot be told. */
  rank: number | null;
  /** Percent. */
  util: number | null;
  /** Bytes. */
  used: number | null;
  total: number | null;
  /** Watts. */
  power: number | null;
  /** °C */
  temperature: number | null;
  metrics: Readonly<Record<Figure, string>>;
}

/** Ascending by number. */
export function gpusNow(facts: RunFacts, { host }: Pick<Reading, "host">): GpuNow[] {
  const indices = facts.data.metrics(RUN_STAGE).flatMap((metric) => /^gpu\/(\d{1,4})\//.exec(metric)?.[1] ?? []);
  const ranks = rankOf(facts);
  const names = gpuNames(facts);
  return [...new Set(indices.map(Number))]
    .sort((a, b) => a - b)
    .map((index) => {
      const metrics = Object.fromEntries(GPU_FIGURES.map((what) => [what, gpuMetric(index, what)])) as Record<Figure, string>;
      const value = (what: Figure): number | null => host(metrics[what])?.value ?? null;
      return {
        index,
        name: names.get(index) ?? null,
        rank: ranks(index),
        util: value("util"),
        used: value("memory_used"),
        total: value("memory_total"),
        power: value("power"),
        temperature: value("temperature"),
        metrics,
      };
    });
}

/**
 * nanochat gives each process the device of its local rank (`torch.device("cuda", ddp_local_rank)`,
 * nanochat/common.py compute_init@92d63d4), counted among those that CUDA_VISIBLE_DEVICES leaves.
 */
function rankOf(facts: RunFacts): (gpu: number) => number | null {
  const stage = plannedStage(facts);
  const ranks = stage?.ranks ?? 0;
  const visible = facts.plan.env["CUDA_VISIBLE_DEVICES"];
  const order = visible === undefined ? null : visible.split(",").map((one) => one.trim());
  return (gpu) => {
    const at = order === null ? gpu : order.indexOf(String(gpu));
    return at >= 0 && at < ranks ? at : null;
  };
}

/** As the host source tells them, once each (sources/host). */
function gpuNames({ data }: RunFacts): ReadonlyMap<number, string> {
  const notes = data.events({ kinds: ["note"], stage: RUN_STAGE }).filter(({ body }) => body["tag"] === "host-gpu");
  return new Map(
    notes.flatMap(({ body }) => {
      const fields = record(body["fields"]);
      const [index, name] = [numberField(fields, "index"), textField(fields, "name")];
      return index === null || name === null ? [] : [[index, name] as const];
    }),
  );
}
