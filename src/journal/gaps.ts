/** Ranges in which telemetry is missing: told by the sources, or seen as holes in a series that has a point every step. */
import type { Aggregates } from "./columns.ts";
import type { Extent } from "./window.ts";

export type Range = readonly [from: number, to: number];

/**
 * Runs of empty columns between points, wider than twice the usual distance of points. `data` is where the whole series
 * begins and ends on the axis: an empty column at the rim of the window is a hole only when the series goes on beyond.
 */
export function holes(edges: Float64Array, { count, nonFinite }: Aggregates, data: Extent, averageDistance: () => number): Range[] {
  const filled: number[] = [];
  for (let i = 0; i < count.length; i++) if (count[i]! + nonFinite[i]! > 0) filled.push(i);
  const runs: Range[] = [];
  const add = (from: number, to: number) => {
    if (to > from) runs.push([edges[from]!, edges[to]!]);
  };
  const [first, last] = [filled[0] ?? count.length, filled[filled.length - 1] ?? -1];
  if (data.from < edges[0]! && data.to >= edges[0]!) add(0, first);
  for (let i = 1; i < filled.length; i++) add(filled[i - 1]! + 1, filled[i]!);
  if (last >= 0 && data.to > edges[count.length]!) add(last + 1, count.length);
  if (runs.length === 0) return runs;
  const widest = 2 * Math.min(usualDistance(edges, filled), averageDistance());
  return runs.filter(([from, to]) => to - from > widest);
}

/** Median distance of neighbouring columns that have points: in a close-up that of points, from afar a column. */
function usualDistance(edges: Float64Array, filled: readonly number[]): number {
  const distances = filled.slice(1).map((column, i) => edges[column]! - edges[filled[i]!]!);
  if (distances.length === 0) return Number.POSITIVE_INFINITY;
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1]!;
}

/** Sorted, and one range where several touch. */
export function united(ranges: readonly Range[]): Range[] {
  const sorted = ranges.filter(([from, to]) => to >= from).sort((a, b) => a[0] - b[0]);
  const out: Array<[number, number]> = [];
  for (const [from, to] of sorted) {
    const before = out[out.length - 1];
    if (before !== undefined && from <= before[1]) before[1] = Math.max(before[1], to);
    else out.push([from, to]);
  }
  return out;
}
