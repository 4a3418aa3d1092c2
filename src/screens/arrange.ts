/**
 * From a screen's tree and the size of the terminal to rectangles. A screen is never cut off: splits that lack room
 * become stacks, and the panels of a stack that do not fit share its last place, one in front of the others.
 */
import { isSplit, type NodePath, type ScreenNode } from "../core/screen.ts";
import { divide, type Part, partition, sum } from "./divide.ts";
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
  /** Paths of splits without room for their parts: all panels in them stand below each other, the last ones in one place. */
  stacked: ReadonlySet<string>;
}

/** Below this one panel at a time is all that can be read. */
export const SMALLEST = { columns: 60, rows: 16 };
/** A column of a flow is at least so wide: what a chart with its axis needs to be read at a glance. */
const FLOW_COLUMN = 56;

/** Room for one sentence: why there is nothing. */
const LOW_ROWS = 3;

export const pathKey = (path: NodePath): string => path.join(".");

/** `idle`: ids of panels that have nothing to show; they share the place of the first of them. */
export function arrange(root: ScreenNode, rect: Rect, measure: Measure, idle: readonly string[] = []): Arranged {
  const all = leaves(root);
  if (all.length === 0) return { slots: [], rects: new Map(), stacked: new Set() };
  const ids = new Map(all.map(({ path, id }) => [pathKey(path), id]));
  if (rect.width < SMALLEST.columns || rect.height < SMALLEST.rows - CHROME_ROWS)
    return { slots: [{ rect, panes: [...ids.values()] }], rects: new Map(), stacked: new Set([pathKey([])]) };
  const work = new Arrangement(ids, measure, idle);
  work.place({ node: root, path: [] }, rect);
  return { slots: work.slots, rects: work.rects, stacked: work.stacked };
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
  readonly stacked = new Set<string>();
  readonly #behind: ReadonlySet<string>;

  constructor(
    private readonly ids: ReadonlyMap<string, string>,
    private readonly measure: Measure,
    private readonly idle: readonly string[],
  ) {
    this.#behind = new Set(idle.slice(1));
  }

  place(item: Item, rect: Rect): void {
    const { node, path } = item;
    this.rects.set(pathKey(path), rect);
    if (!isSplit(node)) this.slots.push({ rect, panes: this.#panes(path) });
    else if (node.split === "flow") this.#flow(item, rect);
    else if (node.split === "columns") this.#columns(item, rect);
    else this.#rows(this.#items(item), rect, path);
  }

  #columns(item: Item, rect: Rect): void {
    const items = this.#items(item);
    const least = items.map((item) => this.#least(item).width);
    if (sum(least) > rect.width) {
      this.#stack(items, rect, item.path);
      return;
    }
    const [own, low] = this.#apart(items, rect);
    const height = rect.height - (low === undefined ? 0 : LOW_ROWS);
    const parts = own.map((one): Part => ({ size: one.node.size, least: this.#least(one).width }));
    let x = rect.x;
    for (const [index, width] of divide(rect.width, parts).entries()) {
      this.place(own[index]!, { ...rect, x, width, height });
      x += width;
    }
    if (low !== undefined) this.place(low, { ...rect, y: rect.y + height, height: LOW_ROWS });
  }

  /** What stands beside each other, and what has nothing to show, for a low place below where that has room: it takes no column. */
  #apart(items: readonly Item[], rect: Rect): [own: readonly Item[], low?: Item] {
    const low = items.find((item) => this.#isIdle(item));
    const own = items.filter((item) => item !== low);
    const least = Math.max(...own.map((item) => this.#least(item).height));
    return low === undefined || own.length === 0 || least + LOW_ROWS > rect.height ? [items] : [own, low];
  }

  /** Parts of the split at `path`: all of them, or a column of a flow. */
  #rows(items: readonly Item[], rect: Rect, path: NodePath): void {
    const least = items.map((item) => this.#least(item).height);
    if (sum(least) > rect.height) this.#stack(items, rect, path);
    else this.#below(items, rect);
  }

  /** One below another, each with at least what it needs. */
  #below(items: readonly Item[], rect: Rect): void {
    const parts = items.map((item) => this.#part(item, this.#least(item).height));
    let y = rect.y;
    for (const [index, height] of divide(rect.height, parts).entries()) {
      this.place(items[index]!, { ...rect, y, height });
      y += height;
    }
  }

  /** As many columns as there is room for, filled in order so that none is much fuller than another. */
  #flow(flow: Item, rect: Rect): void {
    const items = this.#items(flow);
    const needs = items.map((item) => this.#weight(item));
    let most = Math.max(1, Math.min(items.length, Math.floor(rect.width / FLOW_COLUMN)));
    let columns = partition(needs, most);
    // A column of nothing but panels that want few rows would be a hole: fewer columns fill the place.
    while (most > 1 && (isUneven(needs, columns) || this.#hasHole(items, columns, rect.height))) columns = partition(needs, --most);
    let x = rect.x;
    let at = 0;
    columns.forEach((count, index) => {
      const width = Math.round((rect.x + rect.width - x) / (columns.length - index));
      const part = items.slice(at, at + count);
      at += count;
      this.#rows(part, { ...rect, x, width }, flow.path);
      x += width;
    });
  }

  #hasHole(items: readonly Item[], columns: readonly number[], height: number): boolean {
    let at = 0;
    return columns.some((count) => {
      const wanted = items.slice(at, at + count).map((item) => this.#most(item));
      at += count;
      return wanted.every((rows) => rows !== undefined) && sum(wanted) < height / 2;
    });
  }

  /** What does not fit: as many panels as there is room for, the others behind the last one. */
  #stack(items: readonly Item[], rect: Rect, path: NodePath): void {
    this.stacked.add(pathKey(path));
    const written = items.flatMap((item) => this.#leaves(item));
    // What has nothing to show is the first to lie behind another.
    const all = [...written.filter((item) => !this.#isIdle(item)), ...written.filter((item) => this.#isIdle(item))];
    const least = all.map((item) => this.#least(item).height);
    let count = all.length;
    while (count > 1 && sum(least.slice(0, count - 1)) + Math.max(...least.slice(count - 1)) > rect.height) count--;
    const own = all.slice(0, count - 1);
    const behind = all.slice(count - 1);
    // The place is as high as any of them needs: what has no use for that lies behind what has.
    const shared = [...behind.filter((item) => this.#most(item) === undefined), ...behind.filter((item) => this.#most(item) !== undefined)];
    const parts = [
      ...own.map((item, index) => this.#part(item, least[index]!)),
      { least: Math.min(rect.height, Math.max(...least.slice(count - 1))) },
    ];
    let y = rect.y;
    for (const [index, height] of divide(rect.height, parts).entries()) {
      const panes = (index < own.length ? [own[index]!] : shared).flatMap(({ path }) => this.#panes(path));
      this.slots.push({ rect: { ...rect, y, height }, panes });
      y += height;
    }
  }

  #panes(path: NodePath): readonly string[] {
    const id = this.ids.get(pathKey(path))!;
    return id === this.idle[0] ? this.idle : [id];
  }

  /** Parts of a split that have a place of their own. */
  #items({ node, path }: Item): Item[] {
    if (!isSplit(node)) return [];
    const all = node.parts.map((part, index) => ({ node: part, path: [...path, index] }));
    return this.#behind.size === 0 ? all : all.filter((item) => this.#leaves(item).length > 0);
  }

  /** Panels in it that have a place of their own. */
  #leaves({ node, path }: Item): Item[] {
    const all = leaves(node).map(({ path: below, spec }) => ({ node: spec, path: [...path, ...below] }));
    return all.filter((item) => !this.#behind.has(this.ids.get(pathKey(item.path))!));
  }

  /** What a node needs to stand as it is written. */
  #least(item: Item): { width: number; height: number } {
    const { node } = item;
    if (!isSplit(node)) {
      const { width, height } = this.measure(node.panel);
      return { width, height };
    }
    const parts = this.#items(item).map((part) => this.#least(part));
    const widths = parts.map(({ width }) => width);
    const heights = parts.map(({ height }) => height);
    if (node.split === "columns") return { width: sum(widths), height: Math.max(0, ...heights) };
    // A flow bends: what it needs is room for its largest part.
    if (node.split === "flow") return { width: Math.max(0, ...widths), height: Math.max(0, ...heights) };
    return { width: Math.max(0, ...widths), height: sum(heights) };
  }

  /** Of a column: an idle panel has no use for the size that was given to what it would show. */
  #part(item: Item, least: number): Part {
    return { size: this.#isIdle(item) ? undefined : item.node.size, least, most: this.#most(item) };
  }

  #isIdle({ node, path }: Item): boolean {
    return !isSplit(node) && this.idle[0] !== undefined && this.ids.get(pathKey(path)) === this.idle[0];
  }

  #most(item: Item): number | undefined {
    const { node } = item;
    if (this.#isIdle(item)) return this.#least(item).height;
    return isSplit(node) || node.size !== undefined ? undefined : this.measure(node.panel).rows;
  }

  /** How much of a column it takes up: what it needs, more where it has been given a larger share. */
  #weight(item: Item): number {
    const { size } = this.#isIdle(item) ? { size: undefined } : item.node;
    const { height } = this.#least(item);
    const share = size !== undefined && "share" in size ? size.share : 1;
    return size !== undefined && "cells" in size ? size.cells : height * Math.max(1, share);
  }
}

/** Of three columns and more, one that is not half as full as the fullest: its panels have more use for the place below others. */
function isUneven(needs: readonly number[], columns: readonly number[]): boolean {
  let at = 0;
  const filled = columns.map((count) => {
    at += count;
    return sum(needs.slice(at - count, at));
  });
  return columns.length > 2 && Math.min(...filled) < Math.max(...filled) / 2;
}
