/** What part of which axis a chart shows, and where it is read: the same for all charts of a screen. */

import type { Axis, StageIndex } from "../core/journal.ts";
import type { Plot } from "../core/scene.ts";
import { RUN_STAGE } from "./data.ts";
import type { PanelInput } from "./kind.ts";
import { translate } from "./moment.ts";
import { plotColumns } from "./paint-plot.ts";
import { windowEdges } from "./series.ts";
import { xLabel } from "./ticks.ts";
import type { ChartView } from "./view.ts";
import { type Range, runsRange, runTime, wholeRange } from "./whole-range.ts";

export type ChartInput = Pick<PanelInput, "facts" | "size" | "thresholds" | "view" | "baselines">;

/** A metric that is drawn. */
export interface Drawn {
  metric: string;
  stage: StageIndex;
  /** In the legend. */
  name: string;
  /** The letter that tells it from others; absent = by its place among them. */
  mark?: string;
  /** How it looks where it is not smoothed by us. `both`: a line through the last values, the envelope under it. */
  how?: "envelope" | "line" | "both";
  /** Only the ground for the others: always an envelope, faint, not smoothed. */
  under?: boolean;
}

export interface Frame {
  axis: Axis;
  from: number | undefined;
  to: number | undefined;
  columns: number;
  /** On this frame's axis. */
  cursor: number | null;
  /** The cursor stands where only runs beside this one have something. */
  isBeside: boolean;
  selection: readonly [number, number] | undefined;
  /** Why the axis is not the one that was asked for, a sentence. */
  reason: string | null;
}

const WALL = "time/wall";

/** Before all that there is: asks whether there is such an axis, and has nothing summed up for it. */
const NOWHERE = { from: -2, to: -1 };

export function frameOf({ facts, size, baselines, view: { chart } }: ChartInput, lines: readonly Drawn[]): Frame {
  const columns = plotColumns(size.width);
  const first = lines.find(({ stage }) => stage !== RUN_STAGE);
  const byTime = lines.some(({ stage }) => stage === RUN_STAGE);
  if (byTime && chart.axis !== "wall") {
    const shown = byClock({ facts, chart });
    const isWhole = chart.window.kind === "all" || (chart.window.kind === "runs" && isMachine(lines));
    const range = isWhole ? unchosen(facts, shown, lines) : {};
    return { ...shown, ...range, columns, isBeside: false, reason: whyByClock(facts, lines, isWhole) };
  }
  const metric = first?.metric ?? lines[0]?.metric ?? WALL;
  const stage = first?.stage ?? lines[0]?.stage ?? facts.stage;
  const probe = facts.data.query({ stage, metric, axis: chart.axis, columns: 1, ...(byTime ? {} : NOWHERE) });
  const cursor = probe.axisReason === null ? chart.cursor : translate(facts, chart.axis, probe.axis, chart.cursor ?? Number.NaN);
  const selection = chart.selection ?? undefined;
  const isBeside = baselines.length > 0 && cursor !== null && !holds(wholeRange(facts, probe.axis), cursor);
  const common = { axis: probe.axis, columns, cursor, isBeside, reason: probe.axisReason, selection };
  const others = chart.window.kind === "runs" ? baselines.map((one) => one.facts) : null;
  const ofRuns = others === null ? null : runsRange(facts, others, probe.axis, byTime ? undefined : metric);
  const { from, to } = ofRuns ?? windowEdges({ data: facts.data, stage }, metric, chart);
  return byTime ? { ...common, from: from ?? probe.edges[0], to: to ?? probe.edges[1] } : { ...common, from, to };
}

const holds = (range: Range | null, place: number): boolean => range === null || (place >= range.from && place <= range.to);

/** The same part of the run, by the clock; the whole stage when it has no times. */
function byClock({ facts, chart }: { facts: ChartInput["facts"]; chart: ChartView }): Omit<Frame, "columns" | "reason" | "isBeside"> {
  const { data, stage } = facts;
  const { axisReason, edges, total } = data.query({ stage, metric: WALL, axis: "wall", columns: 1 });
  const known = axisReason === null && total.count > 0;
  const place = (position: number | undefined): number | undefined =>
    position === undefined ? undefined : (translate(facts, chart.axis, "wall", position) ?? undefined);
  const window = windowEdges(facts, WALL, chart);
  const chosen = chart.selection?.map(place) ?? [];
  return {
    axis: "wall",
    from: place(window.from) ?? (known ? edges[0] : undefined),
    to: place(window.to) ?? (known ? edges[1] : undefined),
    cursor: chart.cursor === null ? null : (place(chart.cursor) ?? null),
    selection: chosen[0] === undefined || chosen[1] === undefined ? undefined : [chosen[0], chosen[1]],
  };
}

/** Only the machine, which goes on from stage to stage: nothing of the stage is drawn with it. */
export const isMachine = (lines: ReadonlyArray<Pick<Drawn, "stage">>): boolean =>
  lines.length > 0 && lines.every(({ stage }) => stage === RUN_STAGE);

/** What to show of a stage's time where no part of it was chosen: of the machine alone the whole run. */
function unchosen(facts: ChartInput["facts"], shown: Pick<Frame, "from" | "to">, lines: readonly Drawn[]): Partial<Frame> {
  return isMachine(lines) ? (runTime(facts, lines[0]?.metric ?? "") ?? {}) : withSample(facts, shown, lines);
}

/** Where the charts beside it begin with the stage, it is said that this one does not. */
function whyByClock({ state }: ChartInput["facts"], lines: readonly Drawn[], isWhole: boolean): string {
  const begun = state.stages.filter(({ startedAt }) => startedAt !== null).length;
  return `By the clock${isWhole && isMachine(lines) && begun > 1 ? ", all stages" : ""}: the host has no steps`;
}
/** The machine is looked at every second or two, and that is kept by whole seconds: a stage shorter than that may have its sample beside it. */
const BESIDE_MS = 2000;

/** A range in which there is no sample, with the one that lies beside it. */
function withSample({ data }: ChartInput["facts"], { from, to }: Pick<Frame, "from" | "to">, lines: readonly Drawn[]): Partial<Frame> {
  const metric = lines.find(({ stage }) => stage === RUN_STAGE)?.metric;
  if (metric === undefined || from === undefined || to === undefined) return {};
  const at = data.nearest(RUN_STAGE, metric, "wall", from / 2 + to / 2)?.position ?? from;
  return at < from - BESIDE_MS || at > to + BESIDE_MS ? {} : { from: Math.min(from, at), to: Math.max(to, at) };
}

/** Where a chart is read, and where the point lies that is nearest. */
export const cursorOf = ({ axis, cursor }: Frame, read: number | null | undefined): Plot["cursor"] =>
  cursor === null ? undefined : { x: cursor, label: placeText(axis, cursor), read: read ?? undefined };

/** A place on the axis in words, as exactly as it is read. */
export function placeText(axis: Axis, position: number): string {
  const format = { step: "count", tokens: "count", flops: "flops", trainSeconds: "duration", wall: "clock" } as const;
  return xLabel(axis === "step" ? Math.round(position) : position, format[axis], 0);
}
