/** Which columns of a table there is room for. */
import type { Table, TableColumn } from "../core/scene.ts";

export interface Ranked {
  /** Cells; absent = it takes what is left. */
  width?: number;
  /** Lower ones are the last to go when it gets narrow; those of 0 always stay. */
  rank: number;
}

/** Cells between two columns (paint.ts). */
const GAP = 2;

/** Those that fit beside a flexible column of at least so many cells, in their order. */
export function fitColumns<C extends Ranked>(columns: readonly C[], width: number, flexible: number): C[] {
  let left = width - flexible;
  const kept = new Set(
    [...columns]
      .sort((a, b) => a.rank - b.rank)
      .filter((column) => {
        left -= column.width === undefined ? 0 : column.width + GAP;
        return column.rank === 0 || left >= 0;
      }),
  );
  return columns.filter((column) => kept.has(column));
}

/** Cells that are left for the flexible column beside the others. */
export const roomIn = (columns: readonly Pick<TableColumn, "width">[], width: number): number =>
  Math.max(0, width - columns.reduce((sum, column) => sum + (column.width ?? 0) + GAP, -GAP));

/** A table of what columns say of each row; scenes are plain data, so what makes the cells is left behind. */
export const tableOf = (columns: readonly TableColumn[], rows: Table["rows"], selected?: number): Table => ({
  kind: "table",
  columns: columns.map(({ title, align, width, middle }) => ({ title, align, width, middle })),
  rows,
  selected,
});
