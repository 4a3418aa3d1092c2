/** Any metrics as lines in one plot. */

import { findMetric } from "../core/metrics.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Scene } from "../core/scene.ts";
import type { ChartInput } from "./chart-frame.ts";
import { withHint } from "./chart-notes.ts";
import { chartOf, headOf, noteOf } from "./chart-of.ts";
import { SCALE } from "./chart-options.ts";
import { definePanel } from "./kind.ts";
import { findDrawn, highestFirst, lacksForGood } from "./metric-list.ts";
import { lacksGpus } from "./no-gpus.ts";
import { notPinned } from "./series.ts";

const OPTIONS = {
  metrics: {
    type: "metrics",
    default: ["train/grad_norm"],
    title: "Metrics",
    help: "A line each; `*` stands for a part of a name: gpu/*/util, timer/*, *loss*",
  },
  title: { type: "text", default: "", title: "Title of the metrics", help: "Absent: the metrics' own" },
  scale: SCALE,
  from: { type: "number", default: null, title: "Y from", help: "Lower end of the y axis; absent: by what is in view" },
  to: { type: "number", default: null, title: "Y to", help: "Upper end of the y axis; absent: by what is in view" },
  envelope: {
    type: "flag",
    default: true,
    title: "Envelope",
    help: "From the lowest to the highest value of each column, not its last one",
  },
  smoothing: {
    type: "number",
    default: null,
    min: 0,
    max: 0.9999,
    title: "Smoothing",
    help: "How much of the average each point leaves (0.9); absent: as chosen for all charts",
  },
  decimals: { type: "number", default: null, min: 0, max: 12, title: "Decimals", help: "Of its values; absent: by their unit" },
} as const;

export function chartPanel(input: ChartInput & { options: OptionValues<typeof OPTIONS> }): Scene {
  const { options } = input;
  const found = findDrawn(input, options.metrics);
  const only = found.lines.length === 1 ? found.lines[0]?.metric : undefined;
  const title = options.title || (only === undefined ? options.metrics.join(" ") : (findMetric(only)?.title ?? only));
  if (found.lines.length === 0) return { title, blocks: [{ block: { kind: "empty", ...found.empty() } }] };
  const decimals = options.decimals === null ? null : Math.floor(options.decimals);
  const chart = chartOf(input, {
    lines: highestFirst(input, found.lines),
    scale: options.scale === "shared" ? undefined : options.scale,
    pinned: { from: options.from, to: options.to },
    decay: options.smoothing,
    envelope: options.envelope,
    decimals,
  });
  const notes = [...notPinned(options, chart.plot.y), ...chart.notes];
  return {
    ...headOf(title, chart, decimals),
    name: title,
    tone: chart.tone,
    note: noteOf(withHint(notes, chart.hint, input.size.width)),
    blocks: [{ block: chart.plot }],
  };
}

export const chartKind = definePanel({
  kind: "chart",
  title: "chart",
  about: "Any metrics as lines in one plot",
  options: OPTIONS,
  from: ["points", "events", "baselines"],
  everyMs: 250,
  least: { width: 30, height: 7 },
  keys: ["chart"],
  looks: ["chart"],
  idle: (facts, { metrics }) => lacksGpus(facts, metrics) || lacksForGood(facts, metrics),
  scene: chartPanel,
});
