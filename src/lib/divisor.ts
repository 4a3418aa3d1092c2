/** Divisors, found in a time that a mistyped number cannot make long. */

/** Beyond this a search would be felt; what is not found until then is not worth proposing. */
const MOST_TRIES = 1_000_000;

/** The largest divisor of `whole` that is at most `limit`, both 1 or more; 1 when none was found within a million tries. */
export function largestDivisor(whole: number, limit: number): number {
  const top = Math.min(limit, whole);
  for (let divisor = top; divisor > 1 && divisor > top - MOST_TRIES; divisor--) if (whole % divisor === 0) return divisor;
  return 1;
}
