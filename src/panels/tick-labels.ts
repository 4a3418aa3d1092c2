/** What the labels of one axis say: all in one way, with the same decimals, none cut and no two alike. */

/** In cells: what the gutter of a plot has for a label. */
export const LONGEST = 7;

/** How one axis tells its values: by what they are divided, with so many decimals, and what follows them. */
interface Way {
  divide: (value: number) => number;
  decimals: number;
  suffix: string;
}

const MOST_DECIMALS = 20;
const LETTERS = ["k", "M", "B", "T", "P"];

/** Decimals that multiples of a step need: 0.25 has two. */
function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals++) {
    const whole = step * 10 ** decimals;
    if (Math.round(whole) !== 0 && Math.abs(whole - Math.round(whole)) < whole * 1e-6) return decimals;
  }
  return MOST_DECIMALS;
}

/** In two parts: the least of all numbers is divided by a power of ten that is none. */
const byPower =
  (power: number) =>
  (value: number): number =>
    value / 10 ** Math.trunc(power / 2) / 10 ** (power - Math.trunc(power / 2));

function scaled(power: number, suffix: string, step: number): Way {
  const divide = byPower(power);
  return { divide, decimals: decimalsOf(divide(step)), suffix };
}

const plain = (step: number): Way => ({ divide: (value) => value, decimals: decimalsOf(step), suffix: "" });

/** The usual one first. A range may be small and far from zero: then what is usual does not tell its values apart. */
function waysOf(largest: number, step: number): Way[] {
  const power = Math.floor(Math.log10(largest));
  const finer = Math.floor(Math.log10(step));
  const exponents = [power, finer].map((one) => scaled(one, `e${one}`, step));
  const thousands = Math.min(LETTERS.length, Math.floor(power / 3));
  const letter = LETTERS[thousands - 1];
  if (power >= 18) return exponents;
  if (power >= 4 && letter !== undefined) return [scaled(3 * thousands, letter, step), plain(step), ...exponents];
  return decimalsOf(step) > 4 ? [...exponents, plain(step)] : [plain(step), ...exponents];
}

/** Zero is zero in any unit; without one it has the decimals of the others. */
function write(value: number, { divide, decimals, suffix }: Way): string {
  const text = divide(value).toFixed(decimals);
  const isZero = Number(text) === 0;
  return isZero && suffix !== "" ? "0" : `${isZero ? (0).toFixed(decimals) : text}${suffix}`;
}

const fits = (labels: readonly string[], room = LONGEST): boolean =>
  labels.every((label) => label.length <= room) && new Set(labels).size === labels.length;

/** All in the first way that tells them apart in so much room; null when none does. */
function alike(values: readonly number[], step: number, room: number): string[] | null {
  const largest = Math.max(0, ...values.map(Math.abs));
  if (largest === 0) return values.length > 1 ? null : values.map(() => "0");
  const ways = waysOf(largest, step).map((way) => values.map((value) => write(value, way)));
  return ways.find((labels) => fits(labels, room)) ?? null;
}

/**
 * Labels of values that lie a multiple of `step` apart, lowest first. Where no way of writing tells them apart in the room
 * that there is, the others are told as what they have more than the lowest (`1.235e8`, `+5`, `+10`), or not at all: empty.
 */
export function labelsOf(values: readonly number[], step: number): string[] {
  const usual = alike(values, step, LONGEST);
  if (usual !== null) return usual;
  const [lowest = 0, ...others] = values;
  const more = alike(
    others.map((value) => value - lowest),
    step,
    LONGEST - 1,
  );
  return [short(lowest), ...others.map((_, i) => (more === null ? "" : `+${more[i]}`))];
}

/** As exactly as there is room: `1.1`, `-1.5e99`, `-2e308`. */
function short(value: number): string {
  for (let digits = LONGEST - 1; digits > 0; digits--) {
    const texts = [String(Number(value.toPrecision(digits))), value.toExponential(digits - 1)].map((text) =>
      text.replace("+", "").replace(/\.?0+e/, "e"),
    );
    const found = texts.find((text) => text.length <= LONGEST);
    if (found !== undefined) return found;
  }
  return "";
}

/** Each in a way of its own, for an axis of powers of ten: there the same decimals would be mostly zeros. */
function apart(values: readonly number[]): string[] {
  return values.map((value) => labelsOf([value], 10 ** Math.floor(Math.log10(value)))[0] ?? "");
}

/** Labels of a logarithmic axis: alike where that has room, else each by itself. */
export function logLabels(values: readonly number[]): string[] {
  const [least = 1, most = 1] = [values[0], values.at(-1)];
  if (least < 1e-4 || most >= 10_000) return apart(values);
  const alike = values.map((value) => value.toFixed(decimalsOf(least)));
  return fits(alike) ? alike : apart(values);
}

/** With the unit at each of them but zero, in the fullest way for which all of them have room; without it where none has. */
export function withUnit(labels: readonly string[], units: readonly string[]): string[] {
  const told = units.map((unit) => labels.map((label) => (label === "0" ? label : `${label}${unit}`)));
  return told.find((texts) => fits(texts)) ?? [...labels];
}
