/** "Did you mean": the nearest known name to a mistyped one. */

/** Damerau–Levenshtein distance (adjacent transpositions count one), cut off above `limit`. */
export function distance(a: string, b: string, limit = 4): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

/** The names nearest to `given`: one that starts with it or is within a third of its length; best first, at most three. */
export function nearest(given: string, known: Iterable<string>): string[] {
  const fold = (name: string) => name.toLowerCase().replaceAll("_", "-");
  const wanted = fold(given);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const scored = [...new Set(known)].filter(Boolean).map((name) => {
    const candidate = fold(name);
    const close = distance(wanted, candidate, limit);
    const prefix = wanted.length >= 3 && (candidate.startsWith(wanted) || wanted.startsWith(candidate));
    return { name, score: close <= limit ? close : prefix ? limit + 0.5 : Number.POSITIVE_INFINITY };
  });
  return scored
    .filter(({ score }) => Number.isFinite(score))
    .sort((a, b) => a.score - b.score || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The names of a path's kin: those of its group (`optim/…`), or with its last part (`…/lr`); the nearest first, at most three. */
export function kin(given: string, known: Iterable<string>): string[] {
  const at = given.lastIndexOf("/") + 1;
  const [group, last] = [given.slice(0, at), given.slice(at)];
  const isKin = (name: string): boolean => (group !== "" && name.startsWith(group)) || (last !== "" && name.endsWith(`/${last}`));
  const far = (name: string): number => distance(given, name, Math.max(given.length, name.length));
  return [...new Set(known)]
    .filter((name) => name !== given && isKin(name))
    .sort((a, b) => far(a) - far(b) || a.localeCompare(b))
    .slice(0, 3);
}

/** `Did you mean depth, or head_dim?`, else the fallback. `near`: by what names are near. */
export function didYouMean(given: string, known: Iterable<string>, otherwise: string, near = nearest): string {
  const names = near(given, known);
  return names.length === 0 ? otherwise : `Did you mean ${names.join(", or ")}?`;
}
