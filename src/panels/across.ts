/** Blocks beside each other: where each of so many equal columns lies, in cells or in pixels. */
import type { Across } from "../core/scene.ts";

/** Cells between two columns. */
export const GAP = 2;

/** In rows of so many; the last one may have fewer. */
export const chunks = <T>(all: readonly T[], of: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / of) }, (_, i) => all.slice(i * of, (i + 1) * of));

export interface Stretch {
  x: number;
  width: number;
}

/** The part of a width that a block has; all of it where it does not stand beside others. */
export function stretchOf(width: number, across: Across | undefined, gap = GAP): Stretch {
  if (across === undefined) return { x: 0, width };
  const [column, of] = across;
  const each = Math.max(0, Math.floor((width - gap * (of - 1)) / of));
  return { x: column * (each + gap), width: each };
}
