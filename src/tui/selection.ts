/** Moving the selection of a list. */
import type { AppState, ListId } from "./state.ts";

/** By so many rows, staying inside the list. */
export function moveSelection(state: AppState, list: ListId, by: number, rows: number): void {
  state.selected[list] = Math.max(0, Math.min(rows - 1, state.selected[list] + by));
}
