/** Lists that are longer than their panel: which rows are shown, and where a step leads. */
import { count } from "../lib/format.ts";

/** The row that is first, of so many; the last page is the furthest. */
const clamp = (rows: number, at: number, room: number): number =>
  Math.max(0, Math.min(rows - Math.max(1, room), Number.isFinite(at) ? Math.floor(at) : 0));

/** The rows that fit from there on, and how many come after them, for the lower border. */
export function scrolled<T>(rows: readonly T[], at: number, room: number): { rows: T[]; from: number; note: string | undefined } {
  const from = clamp(rows.length, at, room);
  const below = rows.length - from - Math.max(1, room);
  return { rows: rows.slice(from, from + Math.max(1, room)), from, note: below > 0 ? `${count(below)} more below` : undefined };
}

/** `3–8 of 12`: which of all are shown, when some are not. */
export const pageNote = (before: number, shown: number, of: number): string | undefined =>
  shown < of ? `${count(before + 1)}${shown > 1 ? `–${count(before + shown)}` : ""} of ${count(of)}` : undefined;

/** How many rows of tiles a step of a list goes: a page of lines is a page of tiles. */
export const tileStep = (by: number, height: number, rows: number): number =>
  Math.abs(by) <= 1 ? by : Math.sign(by) * Math.max(rows, Math.floor(Math.abs(by) / Math.max(1, height)) * rows);

/** Where a list is after moving by so many rows (up is negative). */
export const scrollTo = (rows: number, at: number, by: number, room: number): number => clamp(rows, clamp(rows, at, room) + by, room);
