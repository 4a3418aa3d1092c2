/** Names that are shown together in few cells: cut so that what they differ in stays. */
import { middle } from "./format.ts";

type Cut = (name: string, cells: number) => string;

/**
 * Each name in at most so many cells, in their order. They are cut as `usual` does as long as no two of them look alike then;
 * those that do are cut elsewhere, around what tells them apart. Where even that has no room, a letter stands before them, as in
 * legends: the first of all names is `a`.
 */
export function apart(names: readonly string[], cells: number, usual: Cut = middle): string[] {
  // As nearly always, and asked at every frame of every chart: all of them have room.
  if (names.every((name) => usual(name, cells) === name)) return [...names];
  const shown = new Map<string, string>();
  const show = (some: readonly string[], cut: Cut): void => {
    for (const name of some) shown.set(name, cut(name, cells));
    for (const alike of groupsOf(some, shown)) {
      // What all of them begin with is longer in each smaller group, so that this ends.
      if (cut === usual || alike.length < some.length) show(alike, around(alike));
    }
  };
  const all = [...new Set(names)];
  show(all, usual);
  const unclear = new Set(groupsOf(all, shown).flat());
  return names.map((name) => {
    const text = shown.get(name) ?? name;
    return unclear.has(name) ? `${letter(all.indexOf(name))} ${text}`.slice(0, Math.max(0, cells)).trimEnd() : text;
  });
}

/** Those of the names that look alike, with each other. */
function groupsOf(names: readonly string[], shown: ReadonlyMap<string, string>): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const text = shown.get(name) ?? name;
    groups.set(text, [...(groups.get(text) ?? []), name]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

const letter = (at: number): string => String.fromCharCode("a".charCodeAt(0) + (at % 26));

/** Between the parts of a name. */
const JOINT = /[-_./ ]/;

/** Cuts names where they are the same: before what they first differ in, and in the rest where that is not enough. */
function around(names: readonly string[]): Cut {
  const [first = "", ...others] = names;
  let from = first.length;
  for (const other of others) from = Math.min(from, sameBeginning(first, other));
  return (name, cells) => {
    if (name.length <= cells) return name;
    const joint = partBegin(name, from);
    // All of the part that differs, where the difference itself is to be seen as well.
    const begin = from - joint < cells / 2 - 1 ? joint : from;
    const rest = name.slice(begin);
    if (begin === 0) return middle(name, cells);
    return rest.length < cells ? `${name.slice(0, cells - 1 - rest.length)}…${rest}` : `…${middle(rest, cells - 1)}`;
  };
}

function sameBeginning(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** Where the part of a name begins that a place is in. */
function partBegin(name: string, place: number): number {
  let at = place;
  while (at > 0 && !JOINT.test(name[at - 1]!)) at--;
  return at;
}
