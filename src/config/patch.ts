/** Whether a running loop can be given a new value: judged as one types, and again before the trainer is asked. */
import type { PatchField, ValueBefore, ValuesBefore } from "../core/bridge.ts";
import { count, setting } from "../lib/format.ts";
import { didYouMean } from "../lib/suggest.ts";
import { implausibleRate, isRate } from "./rules/ranges.ts";

/** A decimal number as a command line has it; no `0x10`, no `1,000`, no empty text. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** What a field takes: `a whole number, 1 or more`. */
export function expected({ type, min, max }: Pick<PatchField, "type" | "min" | "max">): string {
  const kind = type === "int" ? "a whole number" : "a number";
  if (min !== null && max !== null) return `${kind} from ${min} to ${max}`;
  if (min !== null) return `${kind}, ${min} or more`;
  return max === null ? kind : `${kind}, at most ${max}`;
}

/** What it is now, as it is typed. */
export const nowText = ({ value, text }: Pick<PatchField, "value" | "text">): string => text ?? setting(value);

/** What `value` does there. */
export const effectOf = ({ effect, off }: Pick<PatchField, "effect" | "off">, value: number): string =>
  value <= 0 && off !== undefined ? off : effect;

/** The number that a typed text stands for; NaN when it stands for none. */
export const readNumber = (text: string): number => (NUMBER.test(text.trim()) ? Number(text) : Number.NaN);

/**
 * Why `name` cannot be given `value` (a number, or text as it was typed): a sentence that tells what would do; null when
 * it can. In the words of bridge/nanochat_bridge/patches.py, which judges it once more.
 */
export function patchProblem(fields: readonly PatchField[], name: string, value: number | string): string | null {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return unknownField(fields, name);
  if (field.frozen !== null) return `${name} cannot be changed while it runs: ${field.frozen}`;
  const number = typeof value === "number" ? value : readNumber(value);
  const wanted = unmet(field, number);
  return wanted === null ? null : `${name} takes ${wanted}, not ${value === "" ? "nothing" : value}`;
}

/**
 * What may be meant, and is hardly: sentences to warn with before it is asked for. In the words of the plan's rules. On the way back to
 * what a field was before nothing is a leap, however far it is: it is what one takes when a leap was too much.
 */
export const patchDoubts = (
  fields: readonly PatchField[],
  values: Readonly<Record<string, number>>,
  before: ValuesBefore = new Map(),
): string[] =>
  Object.entries(values).flatMap(([name, value]) => {
    const now = fields.find((field) => field.name === name)?.value ?? null;
    const was = before.get(name);
    const isNoLeap = !mayBeLeap(name, now, value) || (was !== undefined && now !== null && isWayBack(was, now, value));
    const why = implausibleRate(name, value) ?? (isNoLeap ? null : rateJump(now, value));
    return why === null ? [] : [`${name} would be ${setting(value)}, ${why}`];
  });

/** What may be a leap at all. A weight decay falls as fast as one likes: scripts let it go to 0 themselves. */
const mayBeLeap = (name: string, now: number | null, value: number): boolean =>
  isRate(name) || (name === "weight_decay" && now !== null && value > now);

/** To what was at first, or nearer to it; to what was before the last patch only where that has led farther away. */
function isWayBack({ first, last }: ValueBefore, now: number, value: number): boolean {
  const away = (rate: number): number => Math.abs(Math.log(rate / first));
  return isSame(value, first) || (value - first) * (value - now) <= 0 || (isSame(value, last) && away(value) <= away(now));
}

/** What a loop has computed may differ from what is typed in its last digits. */
const isSame = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.abs(b);

/** From here on a rate changes by an order of magnitude at one step, which schedules do over many. */
const JUMP = 10 * (1 - 1e-9); // 0.3 / 0.03 may be a little less

/** What such a jump of a rate does and what to do instead, the end of a sentence; null when it is none. */
function rateJump(now: number | null, value: number): string | null {
  if (now === null || !(now > 0) || !(value >= 0)) return null;
  if (value === 0) return "which stops learning: what it belongs to stays as it is. Choose a small rate if it is to go on";
  if (value / now >= JUMP)
    return `${count(value / now)} times the ${setting(now)} of now: the loss may climb, or become NaN. Save first, or go there in smaller steps`;
  if (now / value >= JUMP)
    return `1/${count(now / value)} of the ${setting(now)} of now: it may hardly learn any more. Go there in smaller steps if you are not sure`;
  return null;
}

/** Why less will not do, where the number alone does not tell. */
const WHY_LEAST: Readonly<Record<string, string>> = { eval_tokens: " (less evaluates on nothing)" };

function unmet({ name, type, min, max }: PatchField, value: number): string | null {
  if (type === "int" && !Number.isInteger(value)) return "a whole number";
  // Larger ones would be rounded on their way, and not be what was typed.
  if (type === "int" && !Number.isSafeInteger(value)) return `at most ${Number.MAX_SAFE_INTEGER}`;
  if (!Number.isFinite(value)) return "a finite number";
  if (min !== null && value < min) return `${min} or more${WHY_LEAST[name] ?? ""}`;
  return max !== null && value > max ? `at most ${max}` : null;
}

function unknownField(fields: readonly PatchField[], name: string): string {
  const known = fields.map((field) => field.name);
  const patchable = fields.filter(({ frozen }) => frozen === null).map((field) => field.name);
  const all = patchable.length === 0 ? "nothing of this script can be patched" : `what can be patched is ${patchable.join(", ")}`;
  return didYouMean(name, known, `There is no setting ${name}: ${all}`).replace(/^Did/, `There is no setting ${name}: did`);
}
