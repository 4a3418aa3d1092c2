/** One moment of a run on every axis: what charts of different axes, and panels without one, agree on. */
import type { Axis } from "../core/journal.ts";
import type { PanelData, RunFacts } from "./data.ts";
import type { ChartView, Window } from "./view.ts";

/** The metric that gives each step its place on an axis. */
export const AXIS_METRICS: Readonly<Record<Exclude<Axis, "step">, string>> = {
  tokens: "train/tokens",
  flops: "train/flops",
  trainSeconds: "train/seconds",
  wall: "time/wall",
};

interface Of extends Pick<RunFacts, "stage"> {
  data: Pick<PanelData, "nearest">;
}

/** Where a step lies on an axis; null when the run has nothing to tell it by. */
export function positionOf({ data, stage }: Of, axis: Axis, step: number): number | null {
  if (axis === "step") return step;
  const nearest = data.nearest(stage, AXIS_METRICS[axis], "step", step);
  if (nearest === null || !Number.isFinite(nearest.value)) return null;
  // Before the first step nothing was trained: what axes begin with is what it left.
  return step === 0 && nearest.key > 0 && axis !== "wall" ? 0 : nearest.value;
}

/** The step that is nearest to a place on an axis; null when the run has nothing to tell it by. */
export function stepAt({ data, stage }: Of, axis: Axis, position: number): number | null {
  if (axis === "step") return Math.round(position);
  return data.nearest(stage, AXIS_METRICS[axis], axis, position)?.key ?? null;
}

/** A place on one axis as a place on another; null when it cannot be told. */
export function translate(facts: Of, from: Axis, to: Axis, position: number): number | null {
  if (from === to) return position;
  const step = stepAt(facts, from, position);
  return step === null ? null : positionOf(facts, to, step);
}

/** The moment that all panels are read at: the step, and when it was, in epoch milliseconds; null without a cursor. */
export function momentOf(facts: Of, { axis, cursor }: Pick<ChartView, "axis" | "cursor">): { step: number; at: number | null } | null {
  const step = cursor === null ? null : stepAt(facts, axis, cursor);
  return step === null ? null : { step, at: positionOf(facts, "wall", step) };
}

/** The view along another axis: what was looked at, and where it was read, stays the same part of the run. */
export function alongAxis(facts: Of, chart: ChartView, axis: Axis): ChartView {
  const place = (position: number): number | null => translate(facts, chart.axis, axis, position);
  const cursor = chart.cursor === null ? null : place(chart.cursor);
  return { ...chart, axis, window: windowAlong(chart.window, place), cursor, selection: null };
}

function windowAlong(window: Window, place: (position: number) => number | null): Window {
  if (window.kind !== "range") return window;
  const [from, to] = [place(window.from), place(window.to)];
  return from === null || to === null || !(to > from) ? { kind: "all" } : { kind: "range", from, to };
}
