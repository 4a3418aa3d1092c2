/** Where an axis has its labels, and what they say. */
import type { Plot } from "../core/scene.ts";
import { clock, count, duration, flops, si } from "../lib/format.ts";
import { cellRow, GRIDS, type Symbols, yFraction } from "./plot-dots.ts";
import { labelsOf, logLabels, withUnit } from "./tick-labels.ts";

export interface Tick {
  at: number;
  label: string;
}

const NICE = [1, 2, 2.5, 5, 10];

/** The smallest step of 1, 2, 2.5 or 5 times a power of ten that makes at most `most` intervals. */
export function niceStep(span: number, most: number): number {
  if (!(span > 0) || !Number.isFinite(span)) return 1;
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (NICE.find((nice) => nice * power >= rough * 0.999999) ?? 10);
}

function multiples(from: number, to: number, step: number): number[] {
  const found: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9 && found.length < 64; i++) found.push(i * step + 0); // not −0
  return found;
}

/** The same for a range that is wider than a number holds: a quarter of it is not. */
const ofQuarter = <T extends { from: number; to: number }>(range: T, places: (range: T) => Places): Places => {
  const quarter = places({ ...range, from: range.from / 4, to: range.to / 4 });
  return { step: quarter.step * 4, at: quarter.at.map((at) => at * 4).filter(Number.isFinite) };
};

/** Where labels stand, and how far they are apart. */
interface Places {
  at: number[];
  step: number;
}

interface Measure {
  by: number;
  /** What follows each label, the fullest first: which one it is is a question of room. None: a label is the bare value. */
  suffixes: readonly string[];
}

const PLAIN: Measure = { by: 1, suffixes: [] };

/** What values up to so large are told in, by their unit (core/metrics.ts). */
const MEASURES: Readonly<Record<string, (largest: number) => Measure>> = {
  "%": () => ({ by: 1, suffixes: ["%"] }),
  s: (largest) => (largest < 1 ? timed(1e-3, "ms") : largest < 600 ? timed(1, "s") : timed(60, "min")),
  // As its values are told: `2e18`.
  FLOPs: (largest) => {
    const power = Math.floor(Math.log10(largest || 1));
    return power < 4 ? PLAIN : { by: 10 ** power, suffixes: [`e${power}`] };
  },
  "°C": () => ({ by: 1, suffixes: ["°C", "°"] }),
  W: () => ({ by: 1, suffixes: [" W", "W"] }),
  bytes: ofBytes,
  "bytes/s": ofBytes,
};

function ofBytes(largest: number): Measure {
  const power = Math.max(0, Math.min(4, Math.floor(Math.log2(largest || 1) / 10)));
  const letter = ["", "K", "M", "G", "T"][power] ?? "";
  return letter === "" ? PLAIN : { by: 1024 ** power, suffixes: [` ${letter}iB`, `${letter}iB`, letter] };
}

const timed = (by: number, unit: string): Measure => ({ by, suffixes: [` ${unit}`, unit] });

/** The ticks of an axis in what its unit is told in: nice steps are those of the figures that one reads. */
function measured(y: Plot["y"], ticks: (y: Plot["y"]) => Tick[]): Tick[] {
  const { by, suffixes } = MEASURES[y.unit ?? ""]?.(Math.max(Math.abs(y.from), Math.abs(y.to))) ?? PLAIN;
  if (suffixes.length === 0) return ticks(y);
  const plain = ticks({ ...y, from: y.from / by, to: y.to / by });
  const labels = withUnit(
    plain.map(({ label }) => label),
    suffixes,
  );
  return labelled(
    plain.map(({ at }) => at * by),
    labels,
  );
}

const labelled = (at: readonly number[], labels: readonly string[]): Tick[] =>
  at.map((one, i) => ({ at: one, label: labels[i] ?? "" })).filter(({ label }) => label !== "");

/** Labels of the y axis, at most `most`, lowest first: all told in one way; none where nothing says what it spans. */
export const yTicks = (y: Plot["y"], most: number): Tick[] =>
  y.unknown ? [] : y.unit === "ms" ? clockTicks(y.from, y.to, most, 60_000) : measured(y, (plain) => plainTicks(plain, most));

function plainTicks(y: Plot["y"], most: number): Tick[] {
  const { from, to, whole } = y;
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [];
  if (isLog(y)) {
    const at = logPlaces(from, to, most);
    return labelled(at, logLabels(at));
  }
  const { at, step } = linearPlaces({ from, to, whole }, most);
  return labelled(at, labelsOf(at, step));
}

function linearPlaces(range: Pick<Plot["y"], "from" | "to" | "whole">, most: number): Places {
  const { from, to, whole = false } = range;
  if (!Number.isFinite(to - from)) return ofQuarter(range, (quarter) => linearPlaces(quarter, most));
  const nice = niceStep(to - from, most);
  const step = whole ? wholeStep(nice) : nice;
  // Between two numbers that are next to each other there are no others.
  return { at: [...new Set(multiples(from, to, step))], step };
}

/** A nice step, or the next whole one after it: it may be one below 1, or 2.5. */
const wholeStep = (step: number): number => (Number.isInteger(step) ? step : step < 1 ? 1 : 5);

/**
 * Of a picture so many rows high: the usual labels; where those are one or none, the coarsest round ones that do not come to lie in
 * one row. Where there are none of those either, between numbers that hardly differ, its ends say what it spans.
 */
export function yLabels(y: Plot["y"], rows: number, symbols: Symbols = "braille"): Tick[] {
  const usual = yTicks(y, Math.max(1, Math.floor(rows / 2.5)));
  if (y.unknown || y.unit === "ms" || usual.length >= 2 || rows < 2) return usual;
  const round = measured(y, (plain) => roundTicks(plain, rows, symbols));
  if (round.length >= 2) return round;
  const [low, high] = y.whole ? [Math.ceil(y.from), Math.floor(y.to)] : [y.from, y.to];
  if (!(high > low)) return usual;
  return measured({ ...y, from: low, to: high }, ({ from, to }) =>
    labelled([from, to], labelsOf([from, to], Math.max(y.whole ? 1 : 0, niceStep(to - from, 50)))),
  );
}

/** The coarsest round labels that lie in different rows, as far apart as their values: all of them, else the lowest and the highest. */
function roundTicks(y: Plot["y"], rows: number, symbols: Symbols): Tick[] {
  const rowOf = (at: number): number => cellRow(y, at, rows, symbols) ?? Number.NaN;
  /** By how many rows two labels are nearer to each other, or further apart, than what they tell. */
  const off = (low: number, high: number): number =>
    Math.abs(rowOf(low) - rowOf(high) - (yFraction(y, high) - yFraction(y, low)) * (rows - 1 / GRIDS[symbols].down));
  let best: Tick[] = [];
  for (const { at, step } of roundPlaces(y)) {
    const inside = at.filter((one) => !Number.isNaN(rowOf(one)));
    const [lowest = 0, highest = 0] = [inside[0], inside.at(-1)];
    const taken = new Set(inside.map(rowOf)).size;
    if (taken < 2) continue;
    const isAiry = taken === inside.length && taken * 2 <= rows + 1;
    const isEven = inside.every((one, i) => i === 0 || off(inside[i - 1]!, one) <= MOST_OFF.several);
    const shown = isAiry && isEven ? inside : [lowest, highest];
    const found = labelled(shown, isLog(y) ? logLabels(shown) : labelsOf(shown, step));
    if (found.length < 2) continue;
    if (off(lowest, highest) <= MOST_OFF.two) return found;
    if (best.length === 0) best = found;
  }
  return best;
}

/** What an eye does not take for another scale, in rows. */
const MOST_OFF = { two: 0.75, several: 0.5 };

/** Round numbers within, from few to many: multiples of 5, 2 and 1 times a power of ten, or on a log axis such numbers themselves. */
function roundPlaces(y: Plot["y"]): Places[] {
  const { from, to, whole = false } = y;
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [];
  if (isLog(y)) return MANTISSAS.map((mantissas) => ({ at: roundNumbers(from, to, mantissas), step: 0 }));
  if (!Number.isFinite(to - from)) {
    const quarters = roundPlaces({ ...y, from: from / 4, to: to / 4 });
    return quarters.map(({ at, step }) => ({ step: step * 4, at: at.map((one) => one * 4) }));
  }
  const power = Math.floor(Math.log10(to - from));
  const steps = [power, power - 1].flatMap((one) => [5, 2, 1].map((nice) => nice * 10 ** one));
  return steps.filter((step) => !whole || step >= 1).map((step) => ({ at: multiples(from, to, step), step }));
}

const isLog = ({ from, to, scale }: Plot["y"]): boolean => scale === "log" && from > 0 && to / from > 8;

/** By what powers of ten are multiplied on a log axis, from few to many. */
const MANTISSAS = [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]] as const;

function logPlaces(from: number, to: number, most: number): number[] {
  const decades = Math.log10(to) - Math.log10(from); // to / from may be more than a double holds
  const mantissas = decades * 3 <= most ? MANTISSAS[1] : MANTISSAS[0];
  const stride = Math.max(1, Math.ceil((decades * mantissas.length) / Math.max(1, most)));
  return roundNumbers(from, to, mantissas).filter((_, i) => i % stride === 0);
}

function roundNumbers(from: number, to: number, mantissas: readonly number[]): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const mantissa of mantissas) {
      const at = mantissa * 10 ** power;
      if (at >= from * 0.999999 && at <= to * 1.000001) found.push(at);
    }
  }
  return found;
}

const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800];

const timeStep = (seconds: number, most: number): number => CLOCK_STEPS.find((step) => seconds / step <= most) ?? niceStep(seconds, most);

/** Labels of the x axis, at most `most`, from the left. */
export function xTicks({ from, to, format }: Plot["x"], most: number): Tick[] {
  if (!(to > from) || !Number.isFinite(from) || !Number.isFinite(to)) return [{ at: from, label: xLabel(from, format, 0) }];
  if (!Number.isFinite(to - from)) return linearPlaces({ from, to }, most).at.map((at) => ({ at, label: xLabel(at, format, 0) }));
  if (format === "clock") return clockTicks(from, to, most);
  const nice = niceStep(to - from, most);
  const step = format === "duration" ? timeStep(to - from, most) : format === "count" ? wholeStep(nice) : nice;
  return multiples(from, to, step).map((at) => ({ at, label: xLabel(at, format, step) }));
}

/** `least` milliseconds apart: a gutter has no room for seconds. */
function clockTicks(from: number, to: number, most: number, least = 0): Tick[] {
  const step = Math.max(least, timeStep((to - from) / 1000, most) * 1000);
  // Round local hours, not UTC ones: a zone may be off by half an hour.
  const shift = new Date(from).getTimezoneOffset() * 60_000;
  return multiples(from - shift, to - shift, step).map((at) => ({ at: at + shift, label: xLabel(at + shift, "clock", step) }));
}

/** A position on the x axis in words. `step` tells how fine it needs to be. */
export function xLabel(at: number, format: Plot["x"]["format"], step: number): string {
  if (format === "clock") return clock(at, step < 60_000);
  if (format === "duration") return at === 0 ? "0s" : duration(at);
  if (format === "flops") return at === 0 ? "0" : flops(at);
  return Math.abs(at) < 1_000_000 ? count(at) : si(at);
}
