/** A screen: a tree of panels, as it stands in a YAML file and as it is edited. Plain data; see docs/screens.md. */
import type { OptionValue, Threshold } from "./panel.ts";

/** How much of its split a part takes: so many cells, or a share of what the fixed ones leave. */
export type PartSize = { cells: number } | { share: number };

export interface PanelSpec {
  /** Which kind of panel, `loss`. */
  panel: string;
  /** Own title; absent = the panel's. */
  title?: string;
  /** Only those that differ from the defaults. */
  options?: Readonly<Record<string, OptionValue>>;
  thresholds?: readonly Threshold[];
  /** Drawn anew at most so often; absent = the panel's own pace. */
  refreshSeconds?: number;
  /** A run by name or id; absent = the one that is attached. */
  run?: string;
}

/**
 * rows and columns: one below or beside another. flow: as many columns as the width has room for, filled in order; what
 * a person gets who thinks of the panels and not of the terminal.
 */
export type SplitKind = "rows" | "columns" | "flow";

export type ScreenNode = { size?: PartSize } & ({ split: SplitKind; parts: readonly ScreenNode[] } | PanelSpec);

export interface ScreenSpec {
  /** File name without `.yaml`; the id by which it is switched to. */
  name: string;
  title: string;
  layout: ScreenNode;
}

export const isSplit = (node: ScreenNode): node is ScreenNode & { split: SplitKind; parts: readonly ScreenNode[] } => "split" in node;

/** Where a node stands: the part to take at each split, from the root. */
export type NodePath = readonly number[];
