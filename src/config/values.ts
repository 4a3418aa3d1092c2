/** Is that a value for this parameter? From YAML (typed) or from the command line (text). */
import type { Parameter, ParamType } from "../core/params.ts";
import type { Value } from "../core/plan.ts";
import { secretFault } from "../lib/secret-look.ts";
import { didYouMean } from "../lib/suggest.ts";

/** A checked value, or why it is none: the end of the sentence "depth …". */
export type Checked = { ok: true; value: Value } | { ok: false; why: string; remedy?: string };

const good = (value: Value): Checked => ({ ok: true, value });
const bad = (why: string, remedy?: string): Checked => ({ ok: false, why, remedy });

const INTEGER = /^[+-]?\d[\d_]*$/;
const DECIMAL = /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
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
  int: (text) => {
    const plain = Number(text.replaceAll(/[_,]/g, ""));
    if (INTEGER.test(text) && Number.isSafeInteger(plain)) return good(plain);
    const meant = text.trim() !== "" && Number.isSafeInteger(plain) ? `Write it as ${plain}` : undefined;
    return bad(`takes a whole number, not "${text}"`, meant);
  },
  float: (text) => (DECIMAL.test(text) ? good(Number(text.replaceAll("_", ""))) : bad(`takes a number, not "${text}"`)),
  bool: (text) => (text.toLowerCase() in WORDS ? good(WORDS[text.toLowerCase()] ?? false) : bad(`takes true or false, not "${text}"`)),
  str: good,
  any: (text) => (DECIMAL.test(text) ? good(Number(text.replaceAll("_", ""))) : good(text)),
  unknown: good,
};

/** What each type takes out of YAML, where 1 and "1" are different things. */
const FROM_YAML: Readonly<Record<ParamType, (value: Exclude<Value, null>) => Checked>> = {
  int: (value) => (Number.isInteger(value) ? good(value) : bad(`takes a whole number, not ${JSON.stringify(value)}`)),
  float: (value) =>
    Number.isFinite(value) ? good(value) : bad(`takes a number, not ${typeof value === "number" ? value : JSON.stringify(value)}`),
  bool: (value) =>
    typeof value === "boolean" || value === 0 || value === 1
      ? good(Boolean(value))
      : bad(`takes true or false, not ${JSON.stringify(value)}`),
  str: (value) => good(String(value)),
  any: good,
  unknown: good,
};

/** What a text is without knowing the parameter: for one that the script does not have. */
export function guessValue(text: string): Value {
  if (DECIMAL.test(text)) return Number(text.replaceAll("_", ""));
  if (/^(none|null)$/i.test(text)) return null;
  return /^(true|false)$/i.test(text) ? text.toLowerCase() === "true" : text;
}

export function checkText(parameter: Parameter, text: string): Checked {
  const secret = secretFault(parameter.name, text);
  if (secret !== null) return bad(secret.why, secret.remedy);
  if (parameter.nullable && /^(none|null)$/i.test(text)) return good(null);
  return inChoices(parameter, FROM_TEXT[parameter.type](text));
}

export function checkValue(parameter: Parameter, value: Value): Checked {
  if (value === null) return parameter.nullable ? good(null) : bad("cannot be empty");
  const secret = typeof value === "string" ? secretFault(parameter.name, value) : null;
  if (secret !== null) return bad(secret.why, secret.remedy);
  return inChoices(parameter, FROM_YAML[parameter.type](value));
}

/** A default need not be among the choices: argparse does not look (scripts/chat_eval.py:192@92d63d4). */
function inChoices({ choices, default: usual }: Parameter, checked: Checked): Checked {
  if (!checked.ok || choices === null || checked.value === null || checked.value === usual) return checked;
  if (choices.includes(checked.value as string | number)) return checked;
  const all = choices.map(String);
  return bad(`is one of ${all.join(", ")}, not "${checked.value}"`, didYouMean(String(checked.value), all, `Choose one of them`));
}
