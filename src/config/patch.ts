/** Whether a running loop can be given a new value: judged as one types, and again before the trainer is asked. */
import type { PatchField } from "../core/bridge.ts";
import { didYouMean } from "./suggest.ts";

/** A decimal number as a command line has it; no `0x10`, no `1,000`, no empty text. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** What a field takes: `a whole number of at least 1`. */
export function expected({ type, min, max }: Pick<PatchField, "type" | "min" | "max">): string {
  const kind = type === "int" ? "a whole number" : "a number";
  if (min !== null && max !== null) return `${kind} from ${min} to ${max}`;
  if (min !== null) return `${kind} of at least ${min}`;
  return max === null ? kind : `${kind} of at most ${max}`;
}

/** The number that a typed text stands for; NaN when it stands for none. */
export const readNumber = (text: string): number => (NUMBER.test(text.trim()) ? Number(text) : Number.NaN);

/** Why `name` cannot be given `value` (a number, or text as it was typed): sentences with what to do; null when it can. */
export function patchProblem(fields: readonly PatchField[], name: string, value: number | string): string | null {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return unknownField(fields, name);
  if (field.frozen !== null) return `${name} cannot be patched: ${field.frozen}`;
  const number = typeof value === "number" ? value : readNumber(value);
  return takes(field, number) ? null : `${name} takes ${expected(field)}, and ${value} is not one: give such a number.`;
}

function unknownField(fields: readonly PatchField[], name: string): string {
  const known = fields.map((field) => field.name);
  const patchable = fields.filter(({ frozen }) => frozen === null).map((field) => field.name);
  const all = patchable.length === 0 ? "Nothing of this script can be patched." : `What can be patched: ${patchable.join(", ")}.`;
  return `There is no field ${name}. ${didYouMean(name, known, all)}`;
}

const takes = ({ type, min, max }: PatchField, value: number): boolean =>
  Number.isFinite(value) && (type === "float" || Number.isInteger(value)) && value >= (min ?? value) && value <= (max ?? value);
