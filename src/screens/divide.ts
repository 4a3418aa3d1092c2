/** Lengths: a whole divided among parts that ask for some of it, and a row of parts divided into groups. */
import type { PartSize } from "../core/screen.ts";

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export interface Part {
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
