/** How fast the training goes: tokens a second, utilisation and the time of a step, one below another. */

import type { OptionValues } from "../core/panel.ts";
import type { Scene } from "../core/scene.ts";
import type { ChartInput } from "./chart-frame.ts";
import { chartOf, noteOf, titleOf } from "./chart-of.ts";
import { SMOOTHING } from "./chart-options.ts";
import { type RunFacts, stageState } from "./data.ts";
import { definePanel } from "./kind.ts";
import { findDrawn } from "./metric-list.ts";
import { AXIS_TITLES, windowText } from "./series.ts";
import { drawnOf, metricTitle, smallPlot } from "./small-plot.ts";

const RATE = "train/tok_per_sec";
const MFU = "train/mfu";

const OPTIONS = {
  metrics: {
    type: "metrics",
    default: [RATE, MFU, "train/dt"],
    title: "Metrics",
    help: "One below another, as many as have room; `*` as in timer/*",
  },
  smoothing: SMOOTHING,
} as const;

/** Rows below which a plot tells nothing. */
const LEAST_ROWS = 5;

/** A device whose peak the script does not know has no utilisation: the script says 0 all the time. */
const isKnown = ({ data, stage }: RunFacts, metric: string): boolean =>
  metric !== MFU || data.query({ stage, metric, axis: "step", columns: 1 }).total.max !== 0;

export function throughputPanel(input: ChartInput & { options: OptionValues<typeof OPTIONS> }): Scene {
  const { facts, options, size, view } = input;
  const there = findDrawn(input, options.metrics).lines.filter(({ stage }) => stage === facts.stage);
  const metrics = there.map(({ metric }) => metric).filter((metric) => isKnown(facts, metric));
  const [first, ...others] = metrics;
  if (first === undefined) return { title: "throughput", blocks: [{ block: { kind: "empty", why: whyEmpty(facts) } }] };
  const room = Math.max(1, Math.floor(size.height / LEAST_ROWS)) - 1;
  const name = metricTitle(first);
  const chart = chartOf(input, { lines: [drawnOf(input, first)], decay: options.smoothing });
  const window = windowText(view.chart.window, view.chart.axis);
  const unseen = others.slice(room).map(metricTitle);
  return {
    // The head of the first chart is that of the panel.
    title: titleOf(name, chart),
    name,
    tone: chart.tone,
    settings: [AXIS_TITLES[chart.frame.axis], ...(window === null ? [] : [window])].join(" · "),
    note: noteOf([...chart.notes, ...(unseen.length > 0 ? [`no room for ${unseen.join(", ")}`] : [])]),
    blocks: [
      { block: chart.plot },
      ...others.slice(0, room).flatMap((metric) => smallPlot(input, metric, undefined, { decay: options.smoothing }).blocks),
    ],
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
