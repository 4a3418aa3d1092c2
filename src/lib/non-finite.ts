/** Numbers that JSON has no word for, as the texts in their place: what the bridge writes, and what state.json holds. */
export const NON_FINITE: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** For JSON.stringify: `null` would say that there is no value. */
export const spellNonFinite = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
