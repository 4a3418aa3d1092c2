/** Places in a range of numbers, also in one that is wider than a number holds (from −1e308 to 1e308). */

/** The place that lies `part` of `whole` on the way: `between(0, 100, 1, 4)` is 25. */
export function between(from: number, to: number, part: number, whole = 1): number {
  const way = (to - from) * part;
  return Number.isFinite(way) ? from + way / whole : from * (1 - part / whole) + to * (part / whole);
}

/** How far `at` is on the way: 0 at `from`, 1 at `to`, beyond them outside; NaN where there is no way. */
export function shareOf(from: number, to: number, at: number): number {
  const span = to - from;
  return Number.isFinite(span) && Number.isFinite(at - from) ? (at - from) / span : (at / 4 - from / 4) / (to / 4 - from / 4);
}
