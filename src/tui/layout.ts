/** Where panels stand: a split tree for each size of terminal, solved into rectangles. Pure. */

import type { Rect, Slot } from "../screens/arrange.ts";

/** Rows or columns of parts, or a slot that shows one of several panels at a time. */
export type Node = { split: "rows" | "columns"; parts: readonly Part[] } | { panes: readonly string[] };

/** A part's size: so many cells, or a share of what the fixed ones leave. */
export interface Part {
  cells?: number;
  share?: number;
  node: Node;
}

const rows = (...parts: Part[]): Node => ({ split: "rows", parts });
const columns = (...parts: Part[]): Node => ({ split: "columns", parts });
const pane = (...panes: string[]): Node => ({ panes });

/** For a terminal of at least so many columns and rows. */
export interface Design {
  columns: number;
  rows: number;
  node: Node;
}

/** The Runs screen: the list, and what it looks like inside a run where there is room. */
export const RUNS_DESIGNS: readonly Design[] = [
  {
    columns: 140,
    rows: 22,
    node: columns(
      { share: 3, node: pane("runs") },
      { share: 2, node: rows({ share: 3, node: pane("preview") }, { share: 2, node: pane("about") }) },
    ),
  },
  { columns: 140, rows: 16, node: columns({ share: 3, node: pane("runs") }, { share: 2, node: pane("preview", "about") }) },
  {
    columns: 100,
    rows: 32,
    node: rows(
      { share: 3, node: pane("runs") },
      { share: 2, node: columns({ share: 3, node: pane("preview") }, { share: 2, node: pane("about") }) },
    ),
  },
  { columns: 60, rows: 32, node: rows({ share: 3, node: pane("runs") }, { share: 2, node: pane("preview", "about") }) },
  { columns: 0, rows: 0, node: pane("runs", "about") },
];

/** Before a plan is open: one panel that says how to open one. */
export const NO_DRAFT_DESIGNS: readonly Design[] = [{ columns: 0, rows: 0, node: pane("config") }];

export const CONFIG_DESIGNS: readonly Design[] = [
  {
    columns: 150,
    rows: 30,
    node: columns(
      { cells: 28, node: pane("sections") },
      { share: 3, node: rows({ share: 3, node: pane("config") }, { cells: 12, node: pane("parameter", "plan") }) },
      { share: 2, node: rows({ share: 3, node: pane("figures") }, { share: 2, node: pane("findings") }) },
    ),
  },
  {
    columns: 100,
    rows: 24,
    node: columns(
      { cells: 22, node: pane("sections") },
      { share: 3, node: rows({ share: 1, node: pane("config") }, { cells: 9, node: pane("parameter", "plan") }) },
      { share: 2, node: rows({ share: 3, node: pane("figures") }, { share: 2, node: pane("findings") }) },
    ),
  },
  {
    columns: 60,
    rows: 20,
    node: rows(
      { share: 3, node: columns({ cells: 22, node: pane("sections") }, { share: 1, node: pane("config") }) },
      { share: 2, node: pane("figures", "findings", "parameter", "plan") },
    ),
  },
  { columns: 0, rows: 0, node: pane("config", "sections", "figures", "findings", "parameter", "plan") },
];

/** The Setup screen: stages and checks, and what was seen of the selected one. */
export const SETUP_DESIGNS: readonly Design[] = [
  {
    columns: 100,
    rows: 20,
    node: columns(
      { share: 1, node: rows({ cells: 12, node: pane("ledger") }, { share: 1, node: pane("checks") }) },
      { share: 1, node: pane("evidence") },
    ),
  },
  { columns: 60, rows: 20, node: rows({ cells: 11, node: pane("ledger", "checks") }, { share: 1, node: pane("evidence") }) },
  { columns: 0, rows: 0, node: pane("ledger", "checks", "evidence") },
];

export const CHECKPOINT_DESIGNS: readonly Design[] = [
  { columns: 120, rows: 16, node: columns({ share: 1, node: pane("checkpoints") }, { share: 1, node: pane("checkpoint") }) },
  { columns: 60, rows: 20, node: rows({ share: 2, node: pane("checkpoints") }, { share: 3, node: pane("checkpoint") }) },
  { columns: 0, rows: 0, node: pane("checkpoints", "checkpoint") },
];

export const EVAL_DESIGNS: readonly Design[] = [
  {
    columns: 160,
    rows: 16,
    node: columns(
      { cells: 62, node: rows({ share: 2, node: pane("models") }, { share: 1, node: pane("presets") }) },
      { share: 1, node: rows({ share: 1, node: pane("transcript") }, { cells: 3, node: pane("prompt") }) },
    ),
  },
  {
    columns: 100,
    rows: 16,
    node: columns(
      { cells: 40, node: rows({ share: 2, node: pane("models") }, { share: 1, node: pane("presets") }) },
      { share: 1, node: rows({ share: 1, node: pane("transcript") }, { cells: 3, node: pane("prompt") }) },
    ),
  },
  {
    columns: 40,
    rows: 16,
    node: rows({ cells: 6, node: pane("models", "presets") }, { share: 1, node: pane("transcript") }, { cells: 3, node: pane("prompt") }),
  },
  { columns: 0, rows: 0, node: rows({ share: 1, node: pane("transcript", "models", "presets") }, { cells: 3, node: pane("prompt") }) },
];

/** Where the panels of a screen stand on a terminal of this size. */
export const slotsOf = (designs: readonly Design[], { width, height }: Pick<Rect, "width" | "height">, body: Rect): Slot[] =>
  solve(designFor(designs, width, height), body);

/** The design for a terminal of this size. */
export const designFor = (designs: readonly Design[], width: number, height: number): Node =>
  (designs.find((design) => width >= design.columns && height >= design.rows) ?? designs.at(-1)!).node;

/** Rectangles of all slots. They never overlap and never leave `rect`; where there is no room one may be empty. */
export function solve(node: Node, rect: Rect): Slot[] {
  if ("panes" in node) return [{ rect, panes: node.panes }];
  const across = node.split === "columns";
  const whole = across ? rect.width : rect.height;
  let at = 0;
  return sizes(node.parts, whole).flatMap((size, index) => {
    const start = at;
    at += size;
    const part = node.parts[index]!.node;
    return across ? solve(part, { ...rect, x: rect.x + start, width: size }) : solve(part, { ...rect, y: rect.y + start, height: size });
  });
}

function sizes(parts: readonly Part[], whole: number): number[] {
  const total = Math.max(0, whole);
  let left = total;
  const fixed = parts.map(({ cells }) => {
    const size = Math.min(cells ?? 0, left);
    left -= size;
    return size;
  });
  let shares = parts.reduce((sum, { share }) => sum + (share ?? 0), 0);
  return parts.map(({ share = 0 }, index) => {
    if (share === 0) return fixed[index]!;
    // Rounding what is left at each part keeps the sum exact.
    const size = Math.round((left * share) / shares);
    left -= size;
    shares -= share;
    return size;
  });
}
