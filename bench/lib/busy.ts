/** What a viewer has most to do with: an Overview of 12 charts, log, GPUs and timers, and a machine with eight GPUs. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../test/drivers/sandbox.ts";

export const SIZE = { cols: 240, rows: 70 };

/** A chart each. The last four are those that the panel of timers stacks. */
export const METRICS = [
  "train/loss",
  "train/loss_raw",
  "train/lrm",
  "train/dt",
  "train/tok_per_sec",
  "train/mfu",
  "train/grad_norm",
  "train/tokens",
  "timer/data",
  "timer/forward",
  "timer/backward",
  "timer/optimizer",
] as const;
const CHARTS_IN_A_ROW = 4;

const chart = (metric: string) => ({ panel: "chart", options: { metrics: [metric] } });
const charts = (row: number) => ({ columns: METRICS.slice(row * CHARTS_IN_A_ROW, (row + 1) * CHARTS_IN_A_ROW).map(chart) });
const SCREEN = {
  title: "Overview",
  layout: { rows: [{ columns: ["progress", "timers", "gpus"] }, charts(0), charts(1), charts(2), { columns: ["log", "events"] }] },
};

/** Stands in for the shipped Overview in this home: the one that a run opens with. */
export function busyOverview(box: Sandbox): void {
  mkdirSync(join(box.home, "screens"), { recursive: true });
  writeFileSync(join(box.home, "screens", "overview.yaml"), JSON.stringify(SCREEN));
}

/** From here on supervisors of this process find eight GPUs: an nvidia-smi that always says the same. Returns what undoes it. */
export function eightGpus(box: Sandbox): () => void {
  const bin = join(box.dir, "bin");
  mkdirSync(bin, { recursive: true });
  const lines = Array.from({ length: 8 }, (_, i) => `${i}, NVIDIA H100, 97, 60000, 80000, 640, 62`);
  writeFileSync(join(bin, "nvidia-smi"), `#!/bin/sh\ncat <<'END'\n${lines.join("\n")}\nEND\n`);
  chmodSync(join(bin, "nvidia-smi"), 0o755);
  const before = process.env["PATH"];
  process.env["PATH"] = `${bin}:${before}`;
  return () => {
    process.env["PATH"] = before;
  };
}
