/** Validation over the run: each evaluation a point of a connected line, the best one marked. */
import { findMetric } from "../core/metrics.ts";
import type { Plot, Scene } from "../core/scene.ts";
import { count, loss } from "../lib/format.ts";
import { bestPoint, planned, type RunFacts, type Size, stageState } from "./data.ts";
import { definePanel } from "./kind.ts";
import { windowEdges } from "./loss.ts";
import { plotColumns } from "./paint-plot.ts";
import { AXIS_TITLES, nonFiniteMarks, toSeries, xOf, yRange } from "./series.ts";
import { untrainedEmpty } from "./untrained.ts";
import type { ChartView } from "./view.ts";

/** What counts as validation, best first. */
const CANDIDATES = ["val/bpb", "val/loss", "core/metric", "chatcore/metric"];

export function validationPanel(facts: RunFacts, size: Size, options: ChartView): Scene {
  const { data, stage } = facts;
  const known = new Set(data.metrics(stage));
  const metric = CANDIDATES.find((candidate) => known.has(candidate));
  if (metric === undefined)
    return { title: "validation", blocks: [{ block: { kind: "empty", ...(untrainedEmpty(facts, "No validation") ?? whyEmpty(facts)) } }] };

  const columns = data.query({
    stage,
    metric,
    axis: options.axis,
    ...windowEdges(facts, metric, options),
    columns: plotColumns(size.width),
  });
  const about = findMetric(metric);
  const direction = about?.better === "higher" ? "higher" : "lower";
  const best = bestPoint(data, stage, metric, direction);
  const series = toSeries(columns, metric, "s2", { connect: true, under: false });
  const plot: Plot = {
    kind: "plot",
    x: xOf(columns),
    y: yRange([series], options.scale),
    series: [series],
    marks: [...bestMark(columns, direction), ...nonFiniteMarks(columns)],
    gaps: [],
    clippedAbove: 0,
    clippedBelow: 0,
  };
  return {
    title: `${metric} ${loss(data.latest(stage, metric)?.value)}`,
    settings: `${AXIS_TITLES[columns.axis]} · ${plot.y.scale}`,
    note: best === null ? undefined : `★ best ${loss(best.value)} @ ${count(best.key)}`,
    blocks: [{ block: plot }],
  };
}

/** The best column that is in view. */
function bestMark(columns: ReturnType<RunFacts["data"]["query"]>, better: "lower" | "higher"): Plot["marks"] {
  let best = -1;
  for (let i = 0; i < columns.count.length; i++) {
    if (columns.count[i] === 0) continue;
    if (best < 0 || (better === "lower" ? columns.min[i]! < columns.min[best]! : columns.max[i]! > columns.max[best]!)) best = i;
  }
  return best < 0 ? [] : [{ x: columns.edges[best]!, glyph: "best" }];
}

function whyEmpty(facts: RunFacts): { why: string; remedy?: string } {
  const every = planned(facts, "eval_every");
  const stage = stageState(facts);
  if (typeof every === "number" && every <= 0) return { why: "No validation: eval_every is off", remedy: "set it in the next plan" };
  if (stage?.status === "pending") return { why: "No validation yet: this stage has not begun" };
  if (stage?.status !== "running") return { why: "No validation: this stage ended before its first evaluation" };
  return { why: `No validation yet: it comes ${typeof every === "number" ? `every ${count(every)} steps` : "when the script evaluates"}` };
}

export const validationKind = definePanel({
  kind: "validation",
  title: "validation",
  about: "Each evaluation as a point, the best one marked",
  options: {},
  from: ["points"],
  everyMs: 500,
  least: { width: 30, height: 7 },
  keys: ["chart"],
  looks: ["chart"],
  scene: ({ facts, size, view }) => validationPanel(facts, size, view.chart),
});
