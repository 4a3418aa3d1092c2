/** Numbers that options take. */
import { fail, ok, type Result } from "../core/result.ts";
import { count } from "../lib/format.ts";

export interface NumberRange {
  least?: number;
  most?: number;
  /** The least that is too much. */
  below?: number;
  whole?: boolean;
  /** A time as well, `2026-05-01T12:30`, for its milliseconds since 1970. */
  orTime?: boolean;
}

/** What a range takes, to stand behind "no": `whole number from 1 to 100,000`, `number from 0 to below 1`, `number`. */
function kindOf({ least, most, below, whole = false, orTime = false }: NumberRange): string {
  const from = least === undefined ? "" : ` from ${least}`;
  const to = most !== undefined ? ` to ${most < 10_000 ? most : count(most)}` : below !== undefined ? ` to below ${below}` : "";
  return `${whole ? "whole number" : "number"}${from}${to}${orTime ? ", and no time as 2026-05-01T12:30" : ""}`;
}

/** NaN where it is none. */
function numberOf(given: unknown, { orTime = false }: NumberRange): number {
  if (given === "") return Number.NaN;
  const value = Number(given);
  return Number.isNaN(value) && orTime ? Date.parse(String(given)) : value;
}

function lies(value: number, { least, most, below, whole = false }: NumberRange): boolean {
  if (Number.isNaN(value) || (whole && !Number.isInteger(value))) return false;
  return value >= (least ?? value) && value <= (most ?? value) && (below === undefined || value < below);
}

/** The numbers that were given of these options, by name; the first that its range does not take is a failure that names it. */
export function numbersOf<N extends string>(
  options: Readonly<Record<string, unknown>>,
  ranges: Readonly<Record<N, NumberRange>>,
): Result<Readonly<Partial<Record<N, number>>>> {
  const found: Partial<Record<N, number>> = {};
  for (const name of Object.keys(ranges) as N[]) {
    const given = options[name];
    if (given === undefined) continue;
    const value = numberOf(given, ranges[name]);
    if (!lies(value, ranges[name])) {
      return fail("usage", `--${name} ${given === "" ? '""' : String(given)} is no ${kindOf(ranges[name])}`, {
        remedy: `Leave --${name} out for the usual`,
      });
    }
    found[name] = value;
  }
  return ok(found);
}
