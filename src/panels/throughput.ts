/** How fast the training goes: tokens a second, utilisation and the time of a step, one below another. */

import type { OptionValues } from "../core/panel.ts";
import type { Scene } from "../core/scene.ts";
import { si } from "../lib/format.ts";
import type { ChartInput } from "./chart-frame.ts";
import { toneOf } from "./chart-limits.ts";
import { SMOOTHING } from "./chart-options.ts";
import { type RunFacts, stageState } from "./data.ts";
import { definePanel } from "./kind.ts";
import { AXIS_TITLES, windowText } from "./series.ts";
import { smallPlot } from "./small-plot.ts";

const RATE = "train/tok_per_sec";

const OPTIONS = {
  metrics: {
    type: "metrics",
    default: [RATE, "train/mfu", "train/dt"],
    title: "Metrics",
    help: "One below another, as many as have room",
  },
  smoothing: SMOOTHING,
} as const;

/** Rows below which a plot tells nothing. */
const LEAST_ROWS = 5;

export function throughputPanel(input: ChartInput & { options: OptionValues<typeof OPTIONS> }): Scene {
  const { facts, options, size, view } = input;
  const known = facts.data.metrics(facts.stage);
  const metrics = options.metrics.filter((metric) => known.includes(metric));
  const rate = facts.data.latest(facts.stage, RATE)?.value;
  if (metrics.length === 0) return { title: "throughput", blocks: [{ block: { kind: "empty", why: whyEmpty(facts) } }] };
  const shown = metrics.slice(0, Math.max(1, Math.floor(size.height / LEAST_ROWS)));
  const window = windowText(view.chart.window, view.chart.axis);
  return {
    title: `throughput ${si(rate)} tok/s`,
    tone: toneOf(RATE, rate ?? null, input.thresholds),
    settings: [AXIS_TITLES[view.chart.axis], ...(window === null ? [] : [window])].join(" · "),
    note: shown.length < metrics.length ? `${metrics.length - shown.length} more with more rows` : undefined,
    blocks: shown.flatMap((metric) => smallPlot(input, metric, undefined, { decay: options.smoothing })),
  };
}

const whyEmpty = (facts: RunFacts): string =>
  stageState(facts)?.status === "running" ? "No step has been timed yet" : "This stage has told of no throughput";

export const throughputKind = definePanel({
  kind: "throughput",
  title: "throughput",
  about: "Tokens a second, utilisation and the time of a step",
  options: OPTIONS,
  from: ["points", "events", "baselines"],
  everyMs: 250,
  least: { width: 30, height: 8 },
  keys: ["chart"],
  looks: ["chart"],
  scene: throughputPanel,
});
