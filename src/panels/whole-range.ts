/** All that there is on an axis: of a stage, and of the same stage of the runs beside it. */
import type { Axis, StageIndex } from "../core/journal.ts";
import { currentStage, furthest, RUN_STAGE, type RunFacts } from "./data.ts";
import { AXIS_METRICS } from "./moment.ts";
import { dataRange } from "./series.ts";

/** A range on an axis, in its unit. */
export interface Range {
  from: number;
  to: number;
}

type Of = Pick<RunFacts, "data" | "stage">;

/** All that the stage has on an axis; null when it has nothing there. */
export function wholeRange(facts: Of, axis: Axis): Range | null {
  const own = rangeOf(facts, axis === "step" ? stepMetric(facts) : AXIS_METRICS[axis], axis);
  return own === null && axis === "wall" ? machineRange(facts.data) : own;
}

/** The stage of another run that corresponds: the one of the same script. */
export function stageBeside(facts: RunFacts, other: RunFacts): StageIndex {
  const script = facts.state.stages.find(({ index }) => index === facts.stage)?.script;
  return other.state.stages.find((stage) => stage.script === script)?.index ?? currentStage(other.state);
}

/** What the stage and the runs beside it have on an axis; null when none of them has anything there. */
export function runsRange(facts: RunFacts, others: readonly RunFacts[], axis: Axis): Range | null {
  const all = [facts, ...others.map((other) => ({ data: other.data, stage: stageBeside(facts, other) }))];
  return union(all.flatMap((one) => wholeRange(one, axis) ?? []));
}

function union(ranges: readonly Range[]): Range | null {
  if (ranges.length === 0) return null;
  return { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) };
}

/** When the machine was sampled: of a stage without steps that is all that the clock tells. */
const machineRange = (data: Of["data"]): Range | null =>
  union(data.metrics(RUN_STAGE).flatMap((metric) => rangeOf({ data, stage: RUN_STAGE }, metric, "wall") ?? []));

function rangeOf({ data, stage }: Of, metric: string, axis: Axis): Range | null {
  const columns = data.query({ stage, metric, axis, columns: 1, lastKey: true });
  const { from = Number.NaN, to = Number.NaN } = dataRange(columns);
  return columns.axisReason === null && Number.isFinite(from) && to > from ? { from, to } : null;
}

/** What has a value at every step: the loss, or in a run of elsewhere what reaches furthest. */
const stepMetric = (facts: Of): string =>
  facts.data.metrics(facts.stage).includes("train/loss") ? "train/loss" : (furthest(facts)?.metric ?? "train/loss");
