/** Changes of a screen, each from one tree to another; what cannot be done is a sentence that says why. */
import type { KeyOf, NamedAction } from "../core/keys.ts";
import { isSplit, type NodePath, type PanelSpec, type ScreenNode } from "../core/screen.ts";
import { type Arranged, pathKey, type Rect } from "./arrange.ts";
import { insertAt, leaves, nodeAt, replaceAt, samePath, split } from "./tree.ts";

export type Direction = "left" | "right" | "up" | "down";

export type Edited = { root: ScreenNode; path: NodePath } | Refused;

interface Refused {
  reason: string;
  /** What makes it possible: an action, and what that does. */
  way?: readonly [action: NamedAction, does: string];
}

/** Why a change cannot be made and what to do about it, with the key that there is for that. */
export const refusal = ({ reason, way }: Refused, keyOf: KeyOf): string =>
  way === undefined ? reason : `${reason}: ${keyOf(way[0])} ${way[1]}`;

const AXIS: Readonly<Record<Direction, "rows" | "columns">> = { left: "columns", right: "columns", up: "rows", down: "rows" };
const FORWARD: Readonly<Record<Direction, boolean>> = { left: false, right: true, up: false, down: true };

const TOO_SMALL = {
  reason: "this terminal is too small to show the screen as it is written: make it larger, or take a panel off",
};

const parentOf = (path: NodePath): NodePath => path.slice(0, -1);
const lastOf = (path: NodePath): number => path.at(-1) ?? 0;

/** `after`: behind the selected panel in the order of the split that it is in. */
export type AddWhere = "after" | "beside" | "below";

/** Adds a panel after the selected one, or beside or below it: where its split goes the other way, the two share its place. */
export function addPanel(root: ScreenNode, at: NodePath | null, panel: PanelSpec, where: AddWhere = "after"): Edited {
  if (isSplit(root) && root.parts.length === 0) return { root: { ...root, parts: [panel] }, path: [0] };
  const path = at ?? (isSplit(root) ? [root.parts.length - 1] : []);
  const here = nodeAt(root, path);
  if (here === undefined) return { reason: "no panel is selected" };
  const parent = nodeAt(root, parentOf(path));
  const axis = where === "beside" ? "columns" : "rows";
  if (path.length === 0 || parent === undefined || !isSplit(parent)) return { root: split(axis, root, panel), path: [1] };
  if (where === "after" || parent.split === axis)
    return { root: insertAt(root, parentOf(path), lastOf(path) + 1, panel), path: [...parentOf(path), lastOf(path) + 1] };
  const { size, ...rest } = here;
  const pair = { ...split(axis, rest as ScreenNode, panel), ...(size === undefined ? {} : { size }) };
  return { root: replaceAt(root, path, pair), path: [...path, 1] };
}

export function removePanel(root: ScreenNode, path: NodePath): Edited {
  const changed = replaceAt(root, path, null);
  return { root: changed, path: firstLeaf(changed, parentOf(path)) };
}

export function duplicatePanel(root: ScreenNode, path: NodePath): Edited {
  const here = nodeAt(root, path);
  if (here === undefined || isSplit(here)) return { reason: "no panel is selected" };
  return addPanel(root, path, here);
}

/** Gives a panel other settings. */
export const changePanel = (root: ScreenNode, path: NodePath, spec: PanelSpec): Edited => {
  const size = nodeAt(root, path)?.size;
  return { root: replaceAt(root, path, size === undefined ? spec : { ...spec, size }), path };
};

/** Changes the places of two panels; those of one split take their sizes along, others take that of the place where they go. */
export function swapPanels(root: ScreenNode, a: NodePath, b: NodePath): Edited {
  const [one, other] = [nodeAt(root, a), nodeAt(root, b)];
  if (one === undefined || other === undefined || samePath(a, b)) return { reason: "there is nothing to change places with" };
  // A share is one of its own split, where all of them can be told in another order.
  if (samePath(parentOf(a), parentOf(b))) return { root: replaceAt(replaceAt(root, a, other), b, one), path: b };
  const placed = (node: ScreenNode, size: ScreenNode["size"]): ScreenNode => {
    const { size: _, ...rest } = node;
    return (size === undefined ? rest : { ...rest, size }) as ScreenNode;
  };
  return { root: replaceAt(replaceAt(root, a, placed(other, one.size)), b, placed(one, other.size)), path: b };
}

/** Takes a panel out of its place, and puts it beside or below another one. */
export function placePanel(root: ScreenNode, from: NodePath, to: NodePath, where: "beside" | "below"): Edited {
  const here = nodeAt(root, from);
  if (here === undefined || isSplit(here) || samePath(from, to)) return { reason: "there is nothing to put it beside" };
  const { size: _, ...rest } = here;
  const added = addPanel(root, to, rest, where);
  if ("reason" in added) return added;
  // In the split where it was put, what stands behind that has moved on.
  const at = added.path.length - 1;
  const isMoved = samePath(from.slice(0, at), parentOf(added.path)) && from[at]! >= lastOf(added.path);
  return remove(added.root, isMoved ? from.with(at, from[at]! + 1) : from, added.path);
}

/**
 * Moves a panel one place: past its neighbour, into the split beside it, or out of its own. In a flow, forward and back
 * in the order in which it is filled.
 */
export function movePanel(root: ScreenNode, path: NodePath, direction: Direction): Edited {
  if (path.length === 0) return { reason: "it is the only panel" };
  const step = FORWARD[direction] ? 1 : -1;
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const above = path.slice(0, depth);
    const ancestor = nodeAt(root, above);
    if (ancestor === undefined || !isSplit(ancestor)) continue;
    if (ancestor.split !== "flow" && ancestor.split !== AXIS[direction]) continue;
    const at = path[depth]!;
    const to = at + step;
    const own = depth === path.length - 1;
    if (own && (to < 0 || to >= ancestor.parts.length)) continue;
    return own ? past(root, path, to) : out(root, path, above, step > 0 ? at + 1 : at);
  }
  return aside(root, path, direction);
}

/** Past its neighbour, or into it when that is a split. */
function past(root: ScreenNode, path: NodePath, to: number): Edited {
  const parent = parentOf(path);
  const neighbour = nodeAt(root, [...parent, to]);
  const here = nodeAt(root, path);
  if (neighbour === undefined || here === undefined) return { reason: "there is nothing to change places with" };
  if (!isSplit(neighbour)) return swapPanels(root, path, [...parent, to]);
  const { size: _, ...rest } = here;
  const at = to > lastOf(path) ? 0 : neighbour.parts.length;
  const inside = insertAt(root, [...parent, to], at, rest as ScreenNode);
  return remove(inside, path, [...parent, to, at]);
}

/** Out of its split, to a place in one further up. */
function out(root: ScreenNode, path: NodePath, above: NodePath, index: number): Edited {
  const here = nodeAt(root, path)!;
  const { size: _, ...rest } = here;
  const inserted = insertAt(root, above, index, rest as ScreenNode);
  const own = path.with(above.length, path[above.length]! >= index ? path[above.length]! + 1 : path[above.length]!);
  return remove(inserted, own, [...above, index]);
}

/** To the side of all others, where nothing above it is split that way. */
function aside(root: ScreenNode, path: NodePath, direction: Direction): Edited {
  const parent = nodeAt(root, parentOf(path));
  if (parent === undefined || !isSplit(parent) || parent.split === AXIS[direction] || parent.split === "flow")
    return { reason: "it is at the edge already" };
  if (parent.parts.length < 2) return { reason: "it is the only panel" };
  const { size: _, ...rest } = nodeAt(root, path)!;
  const others = replaceAt(root, path, null);
  const parts = FORWARD[direction] ? [others, rest as ScreenNode] : [rest as ScreenNode, others];
  return { root: split(AXIS[direction], ...parts), path: [FORWARD[direction] ? 1 : 0] };
}

/** Takes out what was moved; where it went to may have moved up by that. */
function remove(root: ScreenNode, from: NodePath, to: NodePath): Edited {
  const moved = nodeAt(root, to);
  const changed = replaceAt(root, from, null);
  const found = findNode(changed, moved);
  return { root: changed, path: found ?? [] };
}

/** Where this very node stands; a split that was left with one part gave that part a new object, but the same panel. */
function findNode(root: ScreenNode, wanted: ScreenNode | undefined, path: NodePath = []): NodePath | null {
  if (root === wanted) return path;
  if (!isSplit(root)) return null;
  for (const [index, part] of root.parts.entries()) {
    const found = findNode(part, wanted, [...path, index]);
    if (found !== null) return found;
  }
  return null;
}

const firstLeaf = (root: ScreenNode, near: NodePath): NodePath => {
  let path: NodePath = nodeAt(root, near) === undefined ? [] : near;
  for (let node = nodeAt(root, path); node !== undefined && isSplit(node) && node.parts.length > 0; node = nodeAt(root, path))
    path = [...path, 0];
  return path;
};

/**
 * Makes a panel larger (by > 0) or smaller along an axis, by cells of the terminal that it is shown on: its neighbour
 * gives or takes them. The sizes are kept as shares, so that they hold on another terminal too.
 */
export function resizePanel(root: ScreenNode, path: NodePath, axis: "rows" | "columns", by: number, standing: Arranged): Edited {
  const { rects } = standing;
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const above = path.slice(0, depth);
    const ancestor = nodeAt(root, above);
    if (ancestor === undefined || !isSplit(ancestor)) continue;
    if (ancestor.split === "flow") return axis === "columns" ? FLOWS : at(path, flowShare(root, path.slice(0, depth + 1), by, rects));
    if (ancestor.split !== axis || ancestor.parts.length < 2) continue;
    if (isStacked(root, above, standing)) return whyStacked(standing);
    return at(path, shift(root, above, path[depth]!, by, axis, rects));
  }
  if (isStacked(root, path, standing)) return whyStacked(standing);
  return { reason: axis === "columns" ? "nothing stands beside it" : "nothing stands above or below it" };
}

/** Whether a panel stands in a stack that the tree does not speak of: side by side it did not fit. */
export const isStacked = (root: ScreenNode, path: NodePath, { stacked }: Arranged): boolean =>
  [...path, -1].some((_, depth) => {
    const node = nodeAt(root, path.slice(0, depth));
    return node !== undefined && isSplit(node) && node.split === "columns" && stacked.has(pathKey(path.slice(0, depth)));
  });

/** Panels that have no room lie behind others, which no tree can tell. */
const isShared = ({ slots }: Arranged): boolean => slots.some(({ panes }) => panes.length > 1);

function whyStacked(standing: Arranged): Refused {
  if (isShared(standing)) return TOO_SMALL;
  const columns = Math.max(...standing.slots.map(({ rect }) => rect.x + rect.width));
  return {
    reason: `side by side these panels do not fit in ${columns} columns, so they are stacked`,
    way: ["edit.fix-flow", "keeps them so, and then they can be resized"],
  };
}

const FLOWS: Refused = {
  reason: "these panels find their own places and widths",
  way: ["edit.fix-flow", "makes rows and columns of them as they stand, which can be resized"],
};

/** A change that leaves the panel where it stands in the tree, however far up it was made. */
const at = (path: NodePath, edited: Edited): Edited => ("root" in edited ? { ...edited, path } : edited);

/** Moves the border behind a part (or before it, for the last one). */
function shift(
  root: ScreenNode,
  above: NodePath,
  index: number,
  by: number,
  axis: "rows" | "columns",
  rects: ReadonlyMap<string, Rect>,
): Edited {
  const ancestor = nodeAt(root, above);
  if (ancestor === undefined || !isSplit(ancestor)) return { reason: "there is nothing to resize" };
  const sizes = ancestor.parts.map((_, at) => cellsOf(rects.get(pathKey([...above, at])), axis));
  if (sizes.some((size) => size === null)) return TOO_SMALL;
  const neighbour = index === sizes.length - 1 ? index - 1 : index + 1;
  const wanted = sizes.map((size, at) => size! + (at === index ? by : at === neighbour ? -by : 0));
  if (wanted.some((size) => size < 3)) return { reason: "there is no room left on that side" };
  const parts = ancestor.parts.map((part, at) => ({ ...part, size: { share: wanted[at]! } }));
  return { root: replaceAt(root, above, { ...ancestor, parts }), path: [...above, index] };
}

const cellsOf = (rect: Rect | undefined, axis: "rows" | "columns"): number | null =>
  rect === undefined ? null : axis === "rows" ? rect.height : rect.width;

/** In a flow a panel's height is its share of its column. */
function flowShare(root: ScreenNode, path: NodePath, by: number, rects: ReadonlyMap<string, Rect>): Edited {
  const node = nodeAt(root, path);
  const rect = rects.get(pathKey(path));
  if (node === undefined || rect === undefined) return TOO_SMALL;
  const cells = rect.height + by;
  if (cells < 3) return { reason: "there is no room left on that side" };
  return { root: replaceAt(root, path, { ...node, size: { cells } }), path };
}

/** Makes rows and columns of a flow, and of what is stacked for want of room, just as it stands on this terminal. */
export function fixFlow(root: ScreenNode, path: NodePath, standing: Arranged): Edited {
  const above = [...path.keys(), path.length].map((depth) => path.slice(0, depth)).find((one) => isLoose(root, one, standing));
  if (above === undefined) return { reason: "these panels stand in rows and columns already" };
  const fixed = asItStands(root, above, standing);
  if (fixed === null) return TOO_SMALL;
  const { size } = nodeAt(root, above) ?? {};
  const changed = replaceAt(root, above, size === undefined ? fixed : { ...fixed, size });
  // Their order stays as it was: the panel is the one of the same number.
  const number = leaves(root).findIndex((leaf) => samePath(leaf.path, path));
  return { root: changed, path: leaves(changed)[number]?.path ?? firstLeaf(changed, above) };
}

/** A node that does not stand as rows and columns of the tree. */
const isLoose = (root: ScreenNode, path: NodePath, { stacked }: Arranged): boolean => {
  const node = nodeAt(root, path);
  return node !== undefined && isSplit(node) && (node.split === "flow" || stacked.has(pathKey(path)));
};

/** The node as rows and columns of this terminal; null where a panel of it lies behind another. */
function asItStands(root: ScreenNode, path: NodePath, standing: Arranged): ScreenNode | null {
  const node = nodeAt(root, path);
  if (node === undefined || !isSplit(node)) return node ?? null;
  const parts = node.parts.map((_, index) => [...path, index]);
  if (isLoose(root, path, standing) && node.split !== "flow") return stackOf(root, path, standing);
  const fixed = parts.map((part) => asItStands(root, part, standing));
  const rects = parts.map((part) => standing.rects.get(pathKey(part)));
  if (fixed.includes(null) || rects.includes(undefined)) return null;
  if (node.split !== "flow") return { ...node, parts: fixed.map((part) => part!) };
  const columns = Map.groupBy(fixed.keys(), (index) => rects[index]!.x);
  const kept = [...columns.values()].map((indices) => {
    const { width } = rects[indices[0]!]!;
    const column = indices.map((index) => ({ ...fixed[index]!, size: { share: rects[index]!.height } }));
    return { ...(column.length === 1 ? column[0]! : split("rows", ...column)), size: { share: width } };
  });
  return kept.length === 1 ? kept[0]! : split("columns", ...kept);
}

/** All panels of a split below each other, where each has a place of its own. */
function stackOf(root: ScreenNode, path: NodePath, { slots }: Arranged): ScreenNode | null {
  const inside = leaves(root).filter((leaf) => samePath(leaf.path.slice(0, path.length), path));
  const rows = slots.flatMap(({ rect, panes }) => {
    const leaf = inside.find(({ id }) => panes.includes(id));
    return leaf === undefined ? [] : [{ ...leaf.spec, size: { share: rect.height } }];
  });
  return rows.length === inside.length ? split("rows", ...rows) : null;
}
