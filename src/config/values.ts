/** Is that a value for this parameter? From YAML (typed) or from the command line (text). */
import type { Parameter, ParamType } from "../core/params.ts";
import type { Value } from "../core/plan.ts";
import { didYouMean } from "./suggest.ts";

/** A checked value, or why it is none: the end of the sentence "depth …". */
export type Checked = { ok: true; value: Value } | { ok: false; why: string; remedy?: string };

const good = (value: Value): Checked => ({ ok: true, value });
const bad = (why: string, remedy?: string): Checked => ({ ok: false, why, remedy });

const INTEGER = /^[+-]?\d[\d_]*$/;
const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/** What each type reads out of a command line's text. */
const FROM_TEXT: Readonly<Record<ParamType, (text: string) => Checked>> = {
  int: (text) => (INTEGER.test(text) ? good(Number(text.replaceAll("_", ""))) : bad(`takes a whole number, not "${text}"`)),
  float: (text) => (text.trim() !== "" && !Number.isNaN(Number(text)) ? good(Number(text)) : bad(`takes a number, not "${text}"`)),
  bool: (text) => (text.toLowerCase() in WORDS ? good(WORDS[text.toLowerCase()] ?? false) : bad(`takes true or false, not "${text}"`)),
  str: good,
  any: (text) => (INTEGER.test(text) || (text.trim() !== "" && !Number.isNaN(Number(text))) ? good(Number(text)) : good(text)),
  unknown: good,
};

/** What each type takes out of YAML, where 1 and "1" are different things. */
const FROM_YAML: Readonly<Record<ParamType, (value: Exclude<Value, null>) => Checked>> = {
  int: (value) => (Number.isInteger(value) ? good(value) : bad(`takes a whole number, not ${JSON.stringify(value)}`)),
  float: (value) => (typeof value === "number" ? good(value) : bad(`takes a number, not ${JSON.stringify(value)}`)),
  bool: (value) =>
    typeof value === "boolean" || value === 0 || value === 1
      ? good(Boolean(value))
      : bad(`takes true or false, not ${JSON.stringify(value)}`),
  str: (value) => good(String(value)),
  any: good,
  unknown: good,
};

export function checkText(parameter: Parameter, text: string): Checked {
  if (parameter.nullable && /^(none|null)$/i.test(text)) return good(null);
  return inChoices(parameter, FROM_TEXT[parameter.type](text));
}

export function checkValue(parameter: Parameter, value: Value): Checked {
  if (value === null) return parameter.nullable ? good(null) : bad("cannot be empty");
  return inChoices(parameter, FROM_YAML[parameter.type](value));
}

function inChoices({ choices }: Parameter, checked: Checked): Checked {
  if (!checked.ok || choices === null || checked.value === null) return checked;
  if (choices.includes(checked.value as string | number)) return checked;
  const all = choices.map(String);
  return bad(`is one of ${all.join(", ")}, not "${checked.value}"`, didYouMean(String(checked.value), all, `Choose one of them`));
}
