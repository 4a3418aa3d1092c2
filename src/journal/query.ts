/** "This metric, in this window of this axis, in N columns", answered from what a reader holds of one stage. */
import type { Axis, Neighbour, Outside, PointAt, SeriesColumns, SeriesQuery } from "../core/journal.ts";
import { findMetric } from "../core/metrics.ts";
import { AXIS_SERIES, AxisIndex, originOf } from "./axis.ts";
import { type Aggregates, aggregate, emptyAggregates, lastFiniteKey } from "./columns.ts";
import { holes, type Range, united } from "./gaps.ts";
import { countOutside } from "./outside.ts";
import { quantilesOf } from "./quantiles.ts";
import type { Series, SeriesPoint } from "./series.ts";
import { axisWindow, type Extent, keyWindow, type Window } from "./window.ts";

const touches = ([begin, end]: Range, from: number, to: number): boolean => end > from && begin < to;

const apart = (point: PointAt, position: number): number => Math.abs(point.position - position);

function extras(
  series: Series,
  { keys }: Window,
  aggregates: Aggregates,
  { decay, quantiles }: SeriesQuery,
): Pick<SeriesColumns, "smooth" | "quantiles"> {
  return {
    smooth: decay === undefined ? undefined : series.average(decay).columns(keys, aggregates.count),
    quantiles: quantiles === undefined ? undefined : quantilesOf(series, keys, aggregates, quantiles),
  };
}

/** One stage of a journal at one moment. Throw it away when the journal has changed. */
export class StageView {
  readonly #indexes = new Map<Axis, AxisIndex>();

  constructor(
    private readonly stage: number,
    private readonly series: ReadonlyMap<string, Series>,
    /** Gaps that were told of, in epoch milliseconds. */
    private readonly gaps: readonly Range[],
  ) {}

  /** All that the stage has, on that axis; null when it has nothing there. */
  extent(axis: Axis): Extent | null {
    if (axis === "step" || this.stage === 0) {
      const keys = this.#keyExtent();
      if (keys === null || axis === "step") return keys;
      return { from: keys.from * 1000, to: keys.to * 1000 };
    }
    const index = this.#index(axis);
    return index === null ? null : { from: index.first, to: index.last };
  }

  /** The last key whose time had come then, in epoch milliseconds; Infinity when all had, or the stage has no times. */
  keyUntil(at: number): number {
    if (this.stage === 0) return Math.floor(at / 1000);
    return (this.#index("wall")?.key(at, true) ?? Number.POSITIVE_INFINITY) - 1;
  }

  query(query: SeriesQuery): SeriesColumns {
    const { axis, reason, window } = this.#windowFor(query);
    const series = this.series.get(query.metric);
    const aggregates = series === undefined ? emptyAggregates(window.edges.length - 1) : aggregate(series, window.keys);
    if (query.lastKey && series !== undefined && aggregates.total.count > 0) aggregates.total.lastKey = lastFiniteKey(series, window.keys);
    return {
      metric: query.metric,
      axis,
      axisReason: reason,
      edges: window.edges,
      ...aggregates,
      gaps: this.#gaps(axis, series, window, aggregates),
      ...(series === undefined ? {} : extras(series, window, aggregates, query)),
      ...(series === undefined || !query.beside ? {} : this.#beside(axis, series, window, aggregates, query.decay)),
    };
  }

  /** The point of a metric that is nearest to a position; null without one, or without that axis. */
  nearest(metric: string, axis: Axis, position: number): PointAt | null {
    const series = this.series.get(metric);
    if (series === undefined || this.#axisFor(axis).reason !== null || !Number.isFinite(position)) return null;
    const key = this.#keyAt(axis, position);
    const { before, after } = series.around(Number.isFinite(key) ? key : (series.lastKey ?? 0));
    // The key that was found is the first at or after the position: the point before it may be nearer.
    const earlier = before === null ? null : series.around(before.key - 1).before;
    const found = [earlier, before, after].filter((point): point is SeriesPoint => point !== null);
    const placed = found.map((point) => ({ ...point, position: this.#place(axis, point.key) }));
    // Of two at one place, as an evaluation after the last step, it is the newer that stands there.
    return placed.reduce<PointAt | null>((best, point) => {
      const isNearer = best === null || apart(point, position) < apart(best, position);
      return isNearer || point.position === best?.position ? point : best;
    }, null);
  }

  /** Points of a query's window above and below a range. */
  outside(query: SeriesQuery, above: number, below: number): Outside {
    const series = this.series.get(query.metric);
    if (series === undefined) return { above: 0, below: 0, exact: true };
    return countOutside(series, this.#windowFor(query).window.keys, above, below);
  }

  #windowFor(query: SeriesQuery): { axis: Axis; reason: string | null; window: Window } {
    const { axis, reason } = this.#axisFor(query.axis);
    const whole = this.extent(axis) ?? { from: 0, to: 1 };
    // A window in the unit of another axis means nothing on this one.
    const extent = reason === null ? { from: query.from ?? whole.from, to: query.to ?? whole.to } : whole;
    return { axis, reason, window: this.#window(axis, extent, Math.max(1, Math.floor(query.columns))) };
  }

  #keyAt(axis: Axis, position: number): number {
    if (axis === "step") return Math.floor(position);
    return this.stage === 0 ? Math.floor(position / 1000) : this.#index(axis)!.key(position);
  }

  #place(axis: Axis, key: number): number {
    if (axis === "step") return key;
    return this.stage === 0 ? key * 1000 : this.#index(axis)!.position(key);
  }

  #axisFor(asked: Axis): { axis: Axis; reason: string | null } {
    if (this.stage === 0) {
      return asked === "wall" ? { axis: asked, reason: null } : { axis: "wall", reason: "What belongs to no stage is kept by time." };
    }
    if (asked === "step" || this.#index(asked) !== null) return { axis: asked, reason: null };
    // Everything has times but a log that was imported, which has none at all.
    const reason = asked === "wall" ? "Its steps have no times: a log tells none." : `The run has no ${AXIS_SERIES[asked]} to draw it by.`;
    return { axis: "step", reason };
  }

  #window(axis: Axis, extent: Extent, columns: number): Window {
    if (axis === "step") return keyWindow(extent, columns);
    if (this.stage === 0) {
      const { edges, keys } = keyWindow({ from: extent.from / 1000, to: extent.to / 1000 }, columns);
      return { edges: edges.map((edge) => edge * 1000), keys };
    }
    return axisWindow(this.#index(axis)!, extent, columns);
  }

  #gaps(axis: Axis, series: Series | undefined, { edges }: Window, aggregates: Aggregates): Range[] {
    const [from, to] = [edges[0]!, edges[edges.length - 1]!];
    const told = this.gaps.map((gap) => this.#onAxis(axis, gap)).filter((gap) => gap[1] > from && gap[0] < to);
    const cut = told.map(([a, b]): Range => [Math.max(a, from), Math.min(b, to)]);
    return united([...cut, ...this.#holes(axis, series, edges, aggregates)]);
  }

  #holes(axis: Axis, series: Series | undefined, edges: Float64Array, aggregates: Aggregates): Range[] {
    if (series === undefined || findMetric(series.row.name)?.cadence !== "step") return [];
    const [first, last] = [series.firstKey, series.lastKey];
    if (first === null || last === null) return [];
    const data = { from: this.#place(axis, first), to: this.#place(axis, last) };
    return holes(edges, aggregates, data, () => this.#usualDistance(axis, series));
  }

  /** Looked for only where a column at the end of the window is empty: there alone a line has a way to go to its rim. */
  #beside(
    axis: Axis,
    series: Series,
    { edges, keys }: Window,
    { count }: Aggregates,
    decay?: number,
  ): Pick<SeriesColumns, "before" | "after"> {
    const [from, to] = [edges[0]!, edges[count.length]!];
    const found = (point: SeriesPoint | null, rim: number): Neighbour | undefined =>
      point === null ? undefined : this.#neighbour(axis, series, point, rim, decay);
    return {
      before: count[0] === 0 ? found(series.around(Math.ceil(keys.edges[0]!) - 1).before, from) : undefined,
      after: count[count.length - 1] === 0 && Number.isFinite(keys.lastKey) ? found(series.around(keys.lastKey).after, to) : undefined,
    };
  }

  #neighbour(axis: Axis, series: Series, { key, value }: SeriesPoint, rim: number, decay?: number): Neighbour | undefined {
    const position = this.#place(axis, key);
    const [from, to] = position < rim ? [position, rim] : [rim, position];
    if (!Number.isFinite(value) || this.gaps.some((gap) => touches(this.#onAxis(axis, gap), from, to))) return undefined;
    if (findMetric(series.row.name)?.cadence === "step" && to - from > 2 * this.#usualDistance(axis, series)) return undefined;
    const only = { edges: Float64Array.of(key, key + 1), lastKey: key, grain: 1 };
    return { position, value, ...(decay !== undefined && { smooth: series.average(decay).columns(only, Uint32Array.of(1))[0] }) };
  }

  #usualDistance(axis: Axis, series: Series): number {
    const [first, last] = [series.firstKey ?? 0, series.lastKey ?? 0];
    return (this.#place(axis, last) - this.#place(axis, first)) / Math.max(1, series.countPoints() - 1);
  }

  #onAxis(axis: Axis, [from, to]: Range): Range {
    if (axis === "wall") return [from, to];
    const wall = this.#index("wall");
    if (wall === null) return [0, -1];
    const keys = this.#keyExtent()!;
    const before = wall.keyBefore(from) ?? keys.from;
    const after = wall.key(to);
    const end = Number.isFinite(after) ? after : keys.to;
    return [this.#place(axis, before), this.#place(axis, end)];
  }

  #index(axis: Axis): AxisIndex | null {
    if (axis === "step" || this.stage === 0) return null;
    let index = this.#indexes.get(axis);
    if (index === undefined) {
      const series = this.series.get(AXIS_SERIES[axis]);
      if (series === undefined) return null;
      index = new AxisIndex(series, originOf(axis, series, this.#keyExtent()?.from ?? 0));
      this.#indexes.set(axis, index);
    }
    return index.isEmpty ? null : index;
  }

  #keyExtent(): Extent | null {
    let [from, to] = [Number.POSITIVE_INFINITY, -1];
    for (const series of this.series.values()) {
      from = Math.min(from, series.firstKey ?? from);
      to = Math.max(to, series.lastKey ?? to);
    }
    return to < 0 ? null : { from, to };
  }
}
