/** All that there is on an axis: of a stage, and of the same stage of the runs beside it. */
import type { Axis, StageIndex } from "../core/journal.ts";
import { currentStage, furthest, RUN_STAGE, type RunFacts, titleOfStage } from "./data.ts";
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

interface StageBeside {
  stage: StageIndex;
  /** What it is called where it is of another script: it can be looked at beside this one, and not measured against it. */
  otherwise: string | null;
}

/**
 * The stage of another run that corresponds: the one of the same script; null when it has none. What a run of elsewhere ran may be none
 * of nanochat's scripts: of such a one, and beside it, it is the last, by its own name.
 */
export function stageBeside(facts: RunFacts, other: RunFacts): StageBeside | null {
  const script = scriptOf(facts);
  const same = other.state.stages.find((stage) => stage.script === script)?.index;
  if (same !== undefined) return { stage: same, otherwise: null };
  const last = currentStage(other.state);
  return [facts, { ...other, stage: last }].some(isForeign) ? { stage: last, otherwise: titleOfStage(other.state, last) } : null;
}

const scriptOf = ({ state, stage }: RunFacts): string => state.stages.find(({ index }) => index === stage)?.script ?? "";

/** Those whose stages correspond by name wherever they ran. */
const TRAINERS = /^scripts\.(base_train|mid_train|chat_sft|chat_rl)$/;

const isForeign = (facts: RunFacts): boolean => facts.state.imported !== undefined && !TRAINERS.test(scriptOf(facts));

/**
 * What the stage and the runs beside it have on an axis; null when none of them has anything there. `metric`: one that may reach
 * further than their steps, as the evaluation behind the last one.
 */
export function runsRange(facts: RunFacts, others: readonly RunFacts[], axis: Axis, metric?: string): Range | null {
  const beside = others.flatMap((other) => {
    const there = stageBeside(facts, other);
    return there === null ? [] : [{ data: other.data, stage: there.stage }];
  });
  const ranges = [facts, ...beside].flatMap((one) => [wholeRange(one, axis), metric === undefined ? null : rangeOf(one, metric, axis)]);
  return union(ranges.flatMap((one) => one ?? []));
}

function union(ranges: readonly Range[]): Range | null {
  if (ranges.length === 0) return null;
  return { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) };
}

/**
 * The time of a run on its machine, by a metric of that: from where its first stage began to its last step or sample, epoch
 * milliseconds; null without any.
 */
export function runTime({ data, state }: Pick<RunFacts, "data" | "state">, metric: string): Range | null {
  const ofStages = state.stages.map(({ index }) => endsOf({ data, stage: index }, AXIS_METRICS.wall, "wall"));
  // Charts beside each other begin at one moment, though some of what they show came later. Of a run of elsewhere it may be told by another clock.
  const own = state.imported === undefined ? state.stages : [];
  const begun = own.map(({ startedAt }) => Date.parse(startedAt ?? "")).filter(Number.isFinite);
  const ends = [...ofStages, endsOf({ data, stage: RUN_STAGE }, metric, "wall"), ...begun.map((at) => ({ from: at, to: at }))];
  return union(ends.flatMap((one) => one ?? []));
}

/** When the machine was sampled: of a stage without steps that is all that the clock tells. */
const machineRange = (data: Of["data"]): Range | null =>
  union(data.metrics(RUN_STAGE).flatMap((metric) => rangeOf({ data, stage: RUN_STAGE }, metric, "wall") ?? []));

function rangeOf(of: Of, metric: string, axis: Axis): Range | null {
  const ends = endsOf(of, metric, axis);
  return ends !== null && ends.to > ends.from ? ends : null;
}

/** Where the points of a stage begin and end, which may be the same place; null without such an axis. */
function endsOf({ data, stage }: Of, metric: string, axis: Axis): Range | null {
  const columns = data.query({ stage, metric, axis, columns: 1, lastKey: true });
  const { from: begin = Number.NaN, to = Number.NaN } = dataRange(columns);
  if (columns.axisReason !== null || !Number.isFinite(begin)) return null;
  // One column begins where the journal's bucket does, some steps before the first.
  const from = data.nearest(stage, metric, axis, begin)?.position ?? begin;
  // So does the last one of the machine end, which is kept by whole seconds.
  const last = stage === RUN_STAGE && columns.total.count > 0 ? columns.total.lastKey * 1000 : Number.POSITIVE_INFINITY;
  return { from, to: Math.min(to, last) };
}

/** What has a value at every step: the loss, or in a run of elsewhere what reaches furthest. */
const stepMetric = (facts: Of): string =>
  facts.data.metrics(facts.stage).includes("train/loss") ? "train/loss" : (furthest(facts)?.metric ?? "train/loss");
