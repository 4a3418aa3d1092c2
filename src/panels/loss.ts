/** The loss: the raw values of every step as an envelope, the average over it, and what goes with it where there is room. */

import { findMetric } from "../core/metrics.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Block, Scene } from "../core/scene.ts";
import type { ChartInput, Drawn } from "./chart-frame.ts";
import { AVERAGE, RAW, scriptAverages } from "./chart-lines.ts";
import { withHint } from "./chart-notes.ts";
import { chartOf, headOf, noteOf } from "./chart-of.ts";
import { SMOOTHING } from "./chart-options.ts";
import { position, type RunFacts, stageState } from "./data.ts";
import { definePanel } from "./kind.ts";
import { patchNote } from "./marks.ts";
import { emaText, SCRIPT_DECAY, STRONG_DECAY } from "./series.ts";
import { smallPlot } from "./small-plot.ts";
import { untrainedEmpty } from "./untrained.ts";
import { shortNames } from "./value.ts";

/** What stands for the loss where a script has none: RL reports its reward. */
const INSTEAD = ["rl/reward"];

/** Small charts below, in this order, while the loss itself keeps so many rows. */
const BESIDE = ["train/grad_norm", "train/lrm"];
const LOSS_ROWS = 14;
const BESIDE_ROWS = 5;

const OPTIONS = {
  raw: { type: "flag", default: true, title: "Each step", help: "Shows the loss of each step under the average" },
  components: {
    type: "flag",
    default: false,
    title: "Components",
    help: "Draws the parts of the loss (train/loss_…) as lines of their own",
  },
  beside: {
    type: "flag",
    default: true,
    title: "Gradient norm and rate",
    help: "Adds the gradient norm and the learning-rate multiplier below where there is height",
  },
  smoothing: SMOOTHING,
} as const;

type Options = OptionValues<typeof OPTIONS>;

export function lossPanel(input: ChartInput & { options: Options }): Scene {
  const { facts, size, options } = input;
  const known = new Set(facts.data.metrics(facts.stage));
  const main = [AVERAGE, RAW, ...INSTEAD].find((metric) => known.has(metric));
  const title = main === undefined || main === AVERAGE || main === RAW ? "loss" : (findMetric(main)?.title ?? main);
  if (main === undefined)
    return { title, blocks: [{ block: { kind: "empty", ...(untrainedEmpty(facts, "No loss") ?? whyEmpty(facts)) } }] };
  const { smoothing } = input.view.chart;
  const decay = options.smoothing ?? (smoothing === "strong" ? STRONG_DECAY : null);
  const parts = options.components ? componentsOf(known) : [];
  const averaged = decay ?? (smoothing === "off" || !scriptAverages(facts) ? "none" : "script");
  const own = linesOf(main, known, facts.stage, options.raw, averaged);
  const chart = chartOf(input, { lines: [...own, ...named(parts, facts.stage)], decay, envelope: options.raw });
  // Other panels have the script's average as the loss: what is another figure says so.
  const readAs = averaged === "none" && chart.readings[0]?.metric === RAW ? "raw" : chart.readAs;
  const beside = options.beside ? BESIDE.filter((metric) => known.has(metric)) : [];
  const room = Math.max(0, Math.floor((size.height - LOSS_ROWS) / BESIDE_ROWS));
  const notes = [...chart.notes, patchNote(facts) ?? ""].filter((note) => note !== "");
  return {
    name: title,
    ...headOf(title, { ...chart, readAs, readings: chart.readings.slice(0, 1) }),
    tone: chart.tone,
    note: noteOf(withHint(notes, chart.hint, size.width)),
    blocks: [
      { block: chart.plot },
      ...beside.slice(0, room).flatMap((metric): Block[] => smallPlot(input, metric, BESIDE_ROWS, { bare: true }).blocks),
    ],
  };
}

/** The average over its raw values; averaged by us, or not at all, the raw values themselves. */
function linesOf(main: string, known: ReadonlySet<string>, stage: number, raw: boolean, averaged: number | "script" | "none"): Drawn[] {
  const values = main === AVERAGE && known.has(RAW) ? RAW : main;
  if (typeof averaged === "number") return [{ metric: values, stage, name: emaText(averaged), how: "envelope" }];
  // What the script has averaged is no value of a step, and a log has nothing else.
  if (averaged === "script" && values === AVERAGE) return [{ metric: main, stage, name: emaText(SCRIPT_DECAY), how: "line" }];
  if (averaged === "none" || values === main)
    return [{ metric: values, stage, name: "loss", how: averaged === "none" ? "envelope" : "both" }];
  const ground: Drawn[] = raw ? [{ metric: RAW, stage, name: "each step", under: true }] : [];
  return [...ground, { metric: main, stage, name: emaText(SCRIPT_DECAY), how: "line" }];
}

function componentsOf(known: ReadonlySet<string>): string[] {
  return [...known].filter((metric) => metric.startsWith(`${AVERAGE}_`) && metric !== RAW).sort();
}

const named = (metrics: readonly string[], stage: number): Drawn[] => {
  const names = shortNames([AVERAGE, ...metrics]).slice(1);
  return metrics.map((metric, i) => ({ metric, stage, name: names[i] ?? metric, how: "line" }));
};

function whyEmpty(facts: RunFacts): { why: string; remedy?: string } {
  const stage = stageState(facts);
  if (stage === undefined || stage.status === "pending") return { why: "No loss yet: this stage has not begun" };
  if (stage.status === "running")
    return { why: position(facts) === null ? "No loss yet: it comes with the first step" : "This script reports no loss" };
  return { why: "No loss: this stage made no training step" };
}

export const lossKind = definePanel({
  kind: "loss",
  title: "loss",
  about: "The loss of every step under its average, with checkpoints and patches",
  options: OPTIONS,
  from: ["points", "events", "baselines"],
  everyMs: 250,
  least: { width: 30, height: 8 },
  keys: ["chart"],
  looks: ["chart"],
  scene: lossPanel,
});
