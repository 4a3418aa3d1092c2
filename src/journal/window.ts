/** Cuts a window on an axis into columns, as positions and as keys. */
import { between } from "../lib/range.ts";
import type { AxisIndex } from "./axis.ts";
import { grainOf, type KeyWindow } from "./columns.ts";

export interface Extent {
  from: number;
  to: number;
}

export interface Window {
  /** On the axis, columns + 1 of them. */
  edges: Float64Array;
  keys: KeyWindow;
}

function evenly(from: number, to: number, columns: number): Float64Array {
  const edges = new Float64Array(columns + 1);
  for (let i = 0; i < columns; i++) edges[i] = between(from, to, i, columns);
  edges[columns] = to;
  return edges;
}

/** Along the key itself. Wide columns have their edges moved to where buckets begin; the last edge is the last key of one. */
export function keyWindow({ from, to }: Extent, columns: number): Window {
  const end = to > from ? to : from + 1;
  const edges = evenly(from, end, columns);
  const grain = grainOf((end - from) / columns);
  if (grain > 1) {
    for (let i = 0; i < columns; i++) edges[i] = Math.round(edges[i]! / grain) * grain;
    edges[0] = Math.floor(from / grain) * grain;
    edges[columns] = (Math.floor(end / grain) + 1) * grain - 1;
  }
  return { edges, keys: { edges, lastKey: edges[columns]!, grain } };
}

/** Along an axis that is a series of its own. Keys after its end belong to its last position. */
export function axisWindow(index: AxisIndex, extent: Extent, columns: number): Window {
  const { from } = extent;
  const to = extent.to > from ? extent.to : from + 1;
  const edges = evenly(from, to, columns);
  const firstKey = index.key(from);
  const endKey = index.key(to, true);
  const last = Number.isFinite(endKey) ? endKey : index.key(index.last);
  const grain = grainOf((last - firstKey) / columns);
  if (grain > 1) return snapped(index, edges, grain);
  const keys = Float64Array.from(edges, (edge) => index.key(edge));
  return { edges, keys: { edges: keys, lastKey: to >= index.last ? Number.POSITIVE_INFINITY : endKey - 1, grain: 1 } };
}

function snapped(index: AxisIndex, even: Float64Array, grain: number): Window {
  const columns = even.length - 1;
  const edges = even.slice();
  const keys = new Float64Array(columns + 1);
  for (let i = 0; i < columns; i++) {
    const piece = index.piece(even[i]!, grain);
    keys[i] = piece?.key ?? Number.POSITIVE_INFINITY;
    edges[i] = piece?.position ?? index.last;
  }
  const beyond = index.piece(even[columns]!, grain, true);
  // The piece that the end lies in is taken whole.
  const lastKey = beyond === null ? Number.POSITIVE_INFINITY : beyond.key + grain - 1;
  keys[columns] = lastKey;
  edges[columns] = beyond === null ? Math.max(even[columns]!, index.last) : index.position(lastKey);
  return { edges, keys: { edges: keys, lastKey, grain } };
}
