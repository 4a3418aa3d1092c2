/** What is selected of a list that others write to as well: it goes with the row that was chosen, not with its place. */
import type { AppState, ListId } from "./state.ts";

/** The row that was selected when the list was last looked at. */
export interface Anchor {
  at: number;
  key: string;
  /** What is narrowed anew begins at its first row. */
  filter: string;
}

type Selecting = Pick<AppState, "selected" | "anchor" | "filter">;

/** Selects the row at that place: whatever stands there when the list is next looked at. */
export function select({ selected, anchor }: Selecting, list: ListId, at: number): void {
  selected[list] = at;
  delete anchor[list];
}

/**
 * The selected row of those that are shown; undefined when there is none. Where rows have come or gone since it was chosen, the
 * place of the selection is moved to where it stands now; where it is gone, the one in its place is selected.
 */
export function selectedOf<T>(state: Selecting, list: ListId, rows: readonly T[] | null, keyOf: (row: T) => string): T | undefined {
  // An empty list may still be on its way: what was selected of it stays.
  if (rows === null || rows.length === 0) return undefined;
  const { selected, anchor, filter } = state;
  const before = anchor[list];
  const place = Math.max(0, Math.min(rows.length - 1, selected[list]));
  const isKept = before !== undefined && before.at === selected[list] && before.filter === filter[list];
  const moved = isKept && keyOf(rows[place]!) !== before.key ? rows.findIndex((row) => keyOf(row) === before.key) : -1;
  const at = moved === -1 ? place : moved;
  const row = rows[at]!;
  selected[list] = at;
  anchor[list] = { at, key: keyOf(row), filter: filter[list] };
  return row;
}
