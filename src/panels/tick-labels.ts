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
  const exponent = scaled(power, `e${power}`, step);
  const thousands = Math.min(LETTERS.length, Math.floor(power / 3));
  const letter = LETTERS[thousands - 1];
  if (power >= 18) return [exponent];
  if (power >= 4 && letter !== undefined) return [scaled(3 * thousands, letter, step), plain(step), exponent];
  return decimalsOf(step) > 4 ? [exponent, plain(step)] : [plain(step), exponent];
}

/** Zero is zero in any unit; without one it has the decimals of the others. */
function write(value: number, { divide, decimals, suffix }: Way): string {
  const text = divide(value).toFixed(decimals);
  const isZero = Number(text) === 0;
  return isZero && suffix !== "" ? "0" : `${isZero ? (0).toFixed(decimals) : text}${suffix}`;
}

const fits = (labels: readonly string[]): boolean =>
  labels.every((label) => label.length <= LONGEST) && new Set(labels).size === labels.length;

/**
 * Labels of values that lie a multiple of `step` apart, lowest first. Where no way of writing tells them apart in the room
 * that there is, the others are told as what they have more than the lowest: `1.235e8`, `+5`, `+10`.
 */
export function labelsOf(values: readonly number[], step: number): string[] {
  const largest = Math.max(0, ...values.map(Math.abs));
  if (largest === 0) return values.map(() => "0");
  for (const way of waysOf(largest, step)) {
    const labels = values.map((value) => write(value, way));
    if (fits(labels)) return labels;
  }
  return relative(values, step);
}

function relative([lowest = 0, ...others]: readonly number[], step: number): string[] {
  const more = labelsOf(
    others.map((value) => value - lowest),
    step,
  );
  return [short(lowest), ...more.map((label) => `+${label}`)];
}

/** As exactly as there is room: `-1.5e99`, `-2e308`. */
export function short(value: number): string {
  for (let digits = 4; digits > 0; digits--) {
    const text = value.toExponential(digits).replace("+", "");
    if (text.length <= LONGEST) return text;
  }
  return value.toExponential(0).replace("+", "");
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

/** With the unit at each of them but zero, if all of them have room for it. */
export function withUnit(labels: readonly string[], unit: string): string[] {
  const told = (suffix: string): string[] => labels.map((label) => (label === "0" ? label : `${label}${suffix}`));
  return [told(unit), told(unit.trim())].find(fits) ?? [...labels];
}
