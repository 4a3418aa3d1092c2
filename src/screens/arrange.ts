/**
 * From a screen's tree and the size of the terminal to rectangles. A screen is never cut off: splits that lack room
 * become stacks, and the panels of a stack that do not fit share its last place, one in front of the others.
 */
import { isSplit, type NodePath, type PartSize, type ScreenNode } from "../core/screen.ts";
import { leaves } from "./tree.ts";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Slot {
  rect: Rect;
  /** Ids of its panels; more than one: the focused one is shown, else the one that was in front last. */
  panes: readonly string[];
}

/** Cells that a panel wants, with its border. */
export interface Need {
  width: number;
  height: number;
  /** Rows beyond which it has no use for more; absent = none. */
  rows?: number;
}

/** By the kind of panel. */
export type Measure = (panel: string) => Need;

export interface Arranged {
  slots: Slot[];
  /** Where each node of the tree came to stand, by its path; only nodes that stand as the tree says. */
  rects: ReadonlyMap<string, Rect>;
}

/** Below this one panel at a time is all that can be read. */
export const SMALLEST = { columns: 60, rows: 16 };
/** A column of a flow is at least so wide: what a chart with its axis needs to be read at a glance. */
const FLOW_COLUMN = 56;

export const pathKey = (path: NodePath): string => path.join(".");

export function arrange(root: ScreenNode, rect: Rect, measure: Measure): Arranged {
  const all = leaves(root);
  if (all.length === 0) return { slots: [], rects: new Map() };
  const ids = new Map(all.map(({ path, id }) => [pathKey(path), id]));
  if (rect.width < SMALLEST.columns || rect.height < SMALLEST.rows - CHROME_ROWS)
    return { slots: [{ rect, panes: [...ids.values()] }], rects: new Map() };
  const work = new Arrangement(ids, measure);
  work.place(root, [], rect);
  return { slots: work.slots, rects: work.rects };
}

/** Rows that tabs, keys and status take from a terminal. */
const CHROME_ROWS = 3;

interface Item {
  node: ScreenNode;
  path: NodePath;
}

class Arrangement {
  readonly slots: Slot[] = [];
  readonly rects = new Map<string, Rect>();

  constructor(
    private readonly ids: ReadonlyMap<string, string>,
    private readonly measure: Measure,
  ) {}

  place(node: ScreenNode, path: NodePath, rect: Rect): void {
    this.rects.set(pathKey(path), rect);
    if (!isSplit(node)) this.slots.push({ rect, panes: [this.ids.get(pathKey(path))!] });
    else if (node.split === "flow") this.#flow(itemsOf(node, path), rect);
    else if (node.split === "columns") this.#columns(itemsOf(node, path), rect);
    else this.#rows(itemsOf(node, path), rect);
  }

  #columns(items: readonly Item[], rect: Rect): void {
    const least = items.map(({ node }) => this.#least(node).width);
    if (sum(least) > rect.width) {
      this.#stack(items, rect);
      return;
    }
    let x = rect.x;
    for (const [index, width] of divide(
      rect.width,
      items.map(({ node }, at) => ({ size: node.size, least: least[at]! })),
    ).entries()) {
      this.#part(items[index]!, { ...rect, x, width });
      x += width;
    }
  }

  #rows(items: readonly Item[], rect: Rect): void {
    const least = items.map(({ node }) => this.#least(node).height);
    if (sum(least) > rect.height) this.#stack(items, rect);
    else this.#below(items, rect);
  }

  /** One below another, each with at least what it needs. */
  #below(items: readonly Item[], rect: Rect): void {
    const parts = items.map(({ node }) => ({ size: node.size, least: this.#least(node).height, most: this.#most(node) }));
    let y = rect.y;
    for (const [index, height] of divide(rect.height, parts).entries()) {
      this.#part(items[index]!, { ...rect, y, height });
      y += height;
    }
  }

  /** As many columns as there is room for, filled in order so that none is much fuller than another. */
  #flow(items: readonly Item[], rect: Rect): void {
    const needs = items.map(({ node }) => this.#weight(node));
    let most = Math.max(1, Math.min(items.length, Math.floor(rect.width / FLOW_COLUMN)));
    let columns = partition(needs, most);
    // A column of nothing but panels that want few rows would be a hole: fewer columns fill the place.
    while (most > 1 && this.#hasHole(items, columns, rect.height)) columns = partition(needs, --most);
    let x = rect.x;
    let at = 0;
    columns.forEach((count, index) => {
      const width = Math.round((rect.x + rect.width - x) / (columns.length - index));
      const part = items.slice(at, at + count);
      at += count;
      this.#rows(part, { ...rect, x, width });
      x += width;
    });
  }

  #hasHole(items: readonly Item[], columns: readonly number[], height: number): boolean {
    let at = 0;
    return columns.some((count) => {
      const wanted = items.slice(at, at + count).map(({ node }) => this.#most(node));
      at += count;
      return wanted.every((rows) => rows !== undefined) && sum(wanted) < height / 2;
    });
  }

  /** What does not fit: as many panels as there is room for, the others behind the last one. */
  #stack(items: readonly Item[], rect: Rect): void {
    const all = items.flatMap(({ node, path }) => leaves(node).map(({ path: below, spec }) => ({ node: spec, path: [...path, ...below] })));
    const least = all.map(({ node }) => this.#least(node).height);
    let count = all.length;
    while (count > 1 && sum(least.slice(0, count - 1)) + Math.max(...least.slice(count - 1)) > rect.height) count--;
    const own = all.slice(0, count - 1);
    const shared = all.slice(count - 1);
    const parts = [
      ...own.map(({ node }, index) => ({ size: node.size, least: least[index]!, most: this.#most(node) })),
      { least: Math.min(rect.height, Math.max(...least.slice(count - 1))) },
    ];
    let y = rect.y;
    for (const [index, height] of divide(rect.height, parts).entries()) {
      const panes = (index < own.length ? [own[index]!] : shared).map(({ path }) => this.ids.get(pathKey(path))!);
      this.slots.push({ rect: { ...rect, y, height }, panes });
      y += height;
    }
  }

  #part({ node, path }: Item, rect: Rect): void {
    this.place(node, path, rect);
  }

  /** What a node needs to stand as it is written. */
  #least(node: ScreenNode): { width: number; height: number } {
    if (!isSplit(node)) {
      const { width, height } = this.measure(node.panel);
      return { width, height };
    }
    const parts = node.parts.map((part) => this.#least(part));
    const widths = parts.map(({ width }) => width);
    const heights = parts.map(({ height }) => height);
    if (node.split === "columns") return { width: sum(widths), height: Math.max(0, ...heights) };
    // A flow bends: what it needs is room for its largest part.
    if (node.split === "flow") return { width: Math.max(0, ...widths), height: Math.max(0, ...heights) };
    return { width: Math.max(0, ...widths), height: sum(heights) };
  }

  #most(node: ScreenNode): number | undefined {
    return isSplit(node) || node.size !== undefined ? undefined : this.measure(node.panel).rows;
  }

  /** How much of a column it takes up: what it needs, more where it has been given a larger share. */
  #weight(node: ScreenNode): number {
    const { height } = this.#least(node);
    const share = node.size !== undefined && "share" in node.size ? node.size.share : 1;
    return node.size !== undefined && "cells" in node.size ? node.size.cells : height * Math.max(1, share);
  }
}

const itemsOf = (node: ScreenNode & { parts: readonly ScreenNode[] }, path: NodePath): Item[] =>
  node.parts.map((part, index) => ({ node: part, path: [...path, index] }));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Part {
  size?: PartSize | undefined;
  least: number;
  /** What it has a use for, where it names no size. */
  most?: number | undefined;
}

/** Sizes of parts that fill `whole` exactly, none below its least when the leasts fit. */
export function divide(whole: number, parts: readonly Part[]): number[] {
  const wish = (part: Part): number | null =>
    part.size !== undefined && "cells" in part.size
      ? part.size.cells
      : part.size === undefined && part.most !== undefined
        ? part.most
        : null;
  const sizes = parts.map(({ least }) => least);
  let left = whole - sum(sizes);
  // Those that name their rows get them first, in order.
  parts.forEach((part, index) => {
    const more = Math.max(0, Math.min(left, (wish(part) ?? part.least) - part.least));
    sizes[index]! += more;
    left -= more;
  });
  const flexible = parts.flatMap((part, index) => (wish(part) === null ? [index] : []));
  if (flexible.length === 0) {
    // Nobody asked for what is left: the last one takes it, so that the screen has no hole.
    if (sizes.length > 0) sizes[sizes.length - 1]! += left;
    return sizes.map((size) => Math.max(0, size));
  }
  return shareOut(sizes, flexible, parts, left);
}

/** Gives the flexible parts sizes in the proportion of their shares, none below what it has. */
function shareOut(sizes: number[], flexible: readonly number[], parts: readonly Part[], left: number): number[] {
  const shareOf = (index: number): number => {
    const { size } = parts[index]!;
    return size !== undefined && "share" in size ? size.share : 1;
  };
  let open = [...flexible];
  let room = left + sum(open.map((index) => sizes[index]!));
  for (;;) {
    const shares = sum(open.map(shareOf));
    const pinned = open.filter((index) => (room * shareOf(index)) / shares < sizes[index]!);
    if (pinned.length === 0 || pinned.length === open.length) break;
    room -= sum(pinned.map((index) => sizes[index]!));
    open = open.filter((index) => !pinned.includes(index));
  }
  let shares = sum(open.map(shareOf));
  for (const index of open) {
    // Rounding what is left at each part keeps the sum exact.
    const size = Math.round((room * shareOf(index)) / shares);
    sizes[index] = size;
    room -= size;
    shares -= shareOf(index);
  }
  return sizes.map((size) => Math.max(0, size));
}

/** How many of `needs` go into each of at most `columns` groups, in order, so that the fullest group is least full. */
export function partition(needs: readonly number[], columns: number): number[] {
  const groups = (limit: number): number[] => {
    const counts: number[] = [];
    let used = Number.POSITIVE_INFINITY;
    for (const need of needs) {
      if (used + need > limit) {
        counts.push(0);
        used = 0;
      }
      counts[counts.length - 1]!++;
      used += need;
    }
    return counts;
  };
  let low = Math.max(0, ...needs);
  let high = sum(needs);
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (groups(middle).length <= columns) high = middle;
    else low = middle;
  }
  const counts = groups(high);
  // A column that would stay empty takes the last panel of the fullest one.
  while (counts.length < Math.min(columns, needs.length)) {
    const largest = counts.indexOf(Math.max(...counts));
    counts.splice(largest + 1, 0, Math.floor(counts[largest]! / 2));
    counts[largest]! -= counts[largest + 1]!;
  }
  return counts;
}
