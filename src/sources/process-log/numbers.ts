/** Numbers as Python's format specs print them: `1,234`, `1.5e+18`, `-0.02`, `inf`, `nan`. */

/** Source of a pattern that matches one such number. */
export const NUMBER = String.raw`-?(?:\d[\d,]*\.?\d*(?:e[+-]?\d+)?|inf|nan)`;

const WHOLE = new RegExp(`^${NUMBER}$`);

/** The number that `text` is, or null when it is none. */
export const number = (text: string): number | null => (WHOLE.test(text) ? numberOf(text) : null);

/** As `number`, for text that NUMBER has matched. */
export function numberOf(text: string): number {
  if (text.endsWith("inf")) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text.endsWith("nan") ? Number.NaN : Number(text.replaceAll(",", ""));
}
