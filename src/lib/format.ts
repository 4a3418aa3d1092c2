/** Numbers as people read them. Unknown is `–`, never 0. */

export const UNKNOWN = "–";

type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => value !== null && value !== undefined && Number.isFinite(value);

/** Where a comma belongs. To make an `Intl.NumberFormat` takes longer than all else that a first frame works out. */
const THOUSANDS = /\B(?=(?:\d{3})+$)/g;

/** 1,204 */
export const count = (value: Maybe): string => (known(value) ? String(Math.round(value)).replace(THOUSANDS, ",") : UNKNOWN);

/** `1 panel`, `1,204 panels` */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

const SI: ReadonlyArray<readonly [number, string]> = [
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];

/** Three figures with an SI letter (B for 10⁹): `1.32B`, `983k`, `512`. */
export function si(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 1e18) return powerOfTen(value);
  const found = SI.find(([unit]) => size >= unit * 0.9995);
  if (found === undefined) return size >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
  const [unit, letter] = found;
  return `${threeFigures(value / unit)}${letter}`;
}

const powerOfTen = (value: number): string => value.toExponential(2).replace("+", "");

const threeFigures = (value: number): string => {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
};

const notFinite = (value: number): string => (Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "−Inf");

/** Loss and bits per byte: four decimals (six under the cursor); NaN and Inf are said. */
export function loss(value: Maybe, decimals = 4): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e6 || size < 1e-4) ? value.toExponential(2) : value.toFixed(decimals);
}

/** `1.00e18` */
export const flops = (value: Maybe): string => (known(value) ? value.toExponential(2).replace("e+", "e") : UNKNOWN);

/** A setting as one would type it: `0.02`, `250`, without the last digits of an inexact product; NaN and Inf are said. */
export function setting(value: Maybe): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (!Number.isFinite(value)) return notFinite(value);
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

/** The same where it is read and not typed, its thousands apart: `900,000`, `12,345.6`. */
export const measured = (value: Maybe): string => setting(value).replace(/^-?\d{4,}(?=$|\.)/, (whole) => whole.replace(THOUSANDS, ","));

/** `eval_every 100 → 50, depth 4 → 6`: values of a loop that were given others. */
export const changesText = (changes: ReadonlyArray<{ name: string; from: Maybe; to: number }>): string =>
  changes.map(({ name, from, to }) => `${name} ${setting(from)} → ${setting(to)}`).join(", ");

/** `34.2 GiB`; `34.1875 GiB` where so many decimals are asked for. */
export function bytes(value: Maybe, decimals?: number): string {
  if (!known(value)) return UNKNOWN;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  if (unit === 0) return `${Math.round(size)} B`;
  return `${decimals === undefined ? threeFigures(size) : size.toFixed(decimals)} ${units[unit]}`;
}

/** Percent of a fraction: without decimals unless under 10: `47%`, `3.2%`. What is not whole is never 100%. */
export function percent(fraction: Maybe): string {
  if (!known(fraction)) return UNKNOWN;
  const value = fraction < 1 ? Math.min(fraction * 100, 99) : fraction * 100;
  return `${Math.abs(value) < 9.95 && value !== 0 ? value.toFixed(1) : value.toFixed(0)}%`;
}

/** `533 ms`, `2.4s`, `2m 31s`, `1h 04m`, `3d 4h` */
export function duration(seconds: Maybe): string {
  if (!known(seconds)) return UNKNOWN;
  const total = Math.max(0, seconds);
  if (total > 0 && total < 0.0005) return "<1 ms";
  if (total < 0.9995) return `${Math.round(total * 1000)} ms`;
  if (total < 9.95) return `${total.toFixed(1)}s`;
  const s = Math.round(total);
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${pad(s % 60)}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${pad(Math.floor((s % 3600) / 60))}m`;
  const days = Math.floor(s / 86400);
  // Hours of a season ago tell nothing, and columns have no room for them.
  return days < 100 ? `${days}d ${Math.floor((s % 86400) / 3600)}h` : `${count(days)}d`;
}

/** A time that is left: nobody waits for a part of a second. */
export const roughly = (seconds: Maybe): string => (known(seconds) && seconds < 1 ? "<1s" : `~${duration(seconds)}`);

const pad = (value: number): string => String(value).padStart(2, "0");

/** `$39.60`, `$800` */
export const dollars = (amount: number): string => `$${amount < 100 ? amount.toFixed(2) : count(amount)}`;

/** How long ago, for a column that is called so: `12s`, `3h 04m`. */
export const age = (isoOrMs: string | number | null, now: number = Date.now()): string => {
  if (isoOrMs === null) return UNKNOWN;
  const seconds = (now - (typeof isoOrMs === "number" ? isoOrMs : Date.parse(isoOrMs))) / 1000;
  if (!Number.isFinite(seconds)) return UNKNOWN;
  // Tenths of a second are older than they say before they are read.
  return seconds < 59.5 ? `${Math.max(0, Math.round(seconds))}s` : duration(Math.round(seconds));
};

/** `12s ago` */
export const ago = (isoOrMs: string | number | null, now?: number): string => {
  const text = age(isoOrMs, now);
  return text === UNKNOWN ? text : `${text} ago`;
};

/** Local time of day, `16:42` or `16:42:07`. */
export const clock = (ms: number, withSeconds = false): string => {
  const date = new Date(ms);
  const hm = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return withSeconds ? `${hm}:${pad(date.getSeconds())}` : hm;
};

/** What an id begins with, from `20261129-074349-pocket`; no part of a path, which is cut where it is long. */
const STAMP = /^([^/]*?)\b\d{8}-(\d{6})\b(?!.*\/)/;

/** Names of runs without the day on which they began, `…074349-pocket`: it is what they differ in least. */
export const dayless = (text: string): string => text.replace(STAMP, "$1…$2");

/** Shortens in the middle: ids and paths keep their head and tail, those of runs the time by which they are told apart. */
export function middle(text: string, width: number): string {
  if (text.length <= width) return text;
  const timed = dayless(text);
  if (timed !== text && timed.length <= width) return timed;
  const time = /^[^…]*…\d{6}/.exec(timed === text ? "" : timed)?.[0].length ?? width;
  if (time < width) return `${timed.slice(0, time)}${middle(timed.slice(time), width - time)}`;
  if (width <= 1) return "…".slice(0, width);
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
