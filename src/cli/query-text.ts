/** What `runs query` prints: the points of a window themselves where they are no more than was asked for, else columns of them. */
import type { Axis, SeriesColumns, SeriesQuery } from "../core/journal.ts";
import type { JournalReader } from "../journal/reader.ts";
import { count, flops, loss, setting } from "../lib/format.ts";
import { positionOf } from "../panels/moment.ts";
import { table } from "./table.ts";

/** A point as it is kept. */
export interface QueryPoint {
  /** The step; of what the machine does the second, since 1970. */
  key: number;
  /** On the axis. */
  at: number;
  value: number;
}

/** The points of a query's window; null where there are more than it has columns for. */
export function pointsOf(reader: JournalReader, query: SeriesQuery, series: SeriesColumns): QueryPoint[] | null {
  const some = [...series.count, ...series.nonFinite].reduce((sum, points) => sum + points, 0);
  if (some > query.columns) return null;
  const { stage, metric } = query;
  // A window in the unit of another axis means nothing on this one.
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = series.axisReason === null ? query : {};
  const { keys, values } = reader.points(stage, metric);
  const place = (key: number): number => (stage === 0 ? key * 1000 : (positionOf({ data: reader, stage }, series.axis, key) ?? key));
  const points = keys.map((key, i): QueryPoint => ({ key, at: place(key), value: values[i] ?? Number.NaN }));
  return points.filter(({ at }) => at >= from && at <= to);
}

/** A place on an axis for a table: exact, and a moment with its day. */
const PLACES: Readonly<Record<Axis, (at: number) => string>> = {
  step: count,
  tokens: count,
  flops: (at) => (at === 0 ? "0" : flops(at)),
  trainSeconds: setting,
  wall: (at) => new Date(at).toISOString(),
};

/** How values of one metric are told: large counts as they are, all others to so many digits. */
function valueText(all: Iterable<number>): (value: number) => string {
  const finite = [...all].filter(Number.isFinite);
  return finite.every(Number.isInteger) && finite.some((value) => value >= 1000) ? setting : (value) => loss(value, 6);
}

export function pointsText(points: readonly QueryPoint[], axis: Axis): string {
  if (points.length === 0) return "No points there.";
  const told = valueText(points.map(({ value }) => value));
  return table(
    [axis, "value"],
    points.map(({ at, value }) => [PLACES[axis](at), told(value)]),
    new Set([0, 1]),
  );
}

/** From each column's first place to its last; on the axis of steps both are steps, and the last is at most `newest`. */
export function columnsText(
  { axis, edges, min, max, last, count: finite, nonFinite }: SeriesColumns,
  newest = Number.POSITIVE_INFINITY,
): string {
  const columns = finite.length;
  const until = (i: number): number => {
    if (axis !== "step") return edges[i + 1]!;
    // Columns end where the journal's buckets do, which may be beyond the last step.
    return Math.min(newest, i < columns - 1 ? Math.ceil(edges[i + 1]!) - 1 : edges[i + 1]!);
  };
  const text = valueText([...min, ...max, ...last]);
  // Of a column without a finite value there is none to tell.
  const told = (value: number): string => (Number.isFinite(value) ? text(value) : "no number");
  const begin = (i: number): number => (axis === "step" ? Math.ceil(edges[i]!) : edges[i]!);
  const rows = Array.from({ length: columns }, (_, i) => i)
    .filter((i) => finite[i]! > 0 || nonFinite[i]! > 0)
    .map((i) => [
      PLACES[axis](begin(i)),
      PLACES[axis](until(i)),
      ...[min[i]!, max[i]!, last[i]!].map(told),
      nonFinite[i]! > 0 ? `${count(finite[i])} and ${count(nonFinite[i])} NaN or Inf` : count(finite[i]),
    ]);
  return table([`${axis} from`, "to", "min", "max", "last", "points"], rows, new Set([0, 1, 2, 3, 4, 5]), { spare: [5, 3, 2] });
}
