/** Values as the script spells them. Argparse takes `--flag=value`; the configurator of the first versions is strict. */
import type { ScriptInfo } from "../core/params.ts";
import type { ResolvedValue, Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";

type Spell = (entry: ResolvedValue) => Result<string | null>;

/** Null = nothing to say on the command line. */
const SPELLINGS: Readonly<Record<ScriptInfo["style"], Spell>> = {
  argparse: ({ parameter, value }) => {
    if (value === null || (parameter.isFlag && value === false)) return ok(null);
    if (parameter.isFlag) return ok(parameter.flag);
    return ok(parameter.flag === "" ? String(value) : `${parameter.flag}=${value}`);
  },
  configurator: (entry) => spellStrictly(entry),
  argv: () => ok(null),
  none: () => ok(null),
};

/**
 * nanochat/configurator.py@3a5e0bc asserts that the literal's type is the default's: a float needs its dot, a string that
 * looks like a number its quotes; it splits at every `=`, so no value may hold one.
 */
function spellStrictly({ parameter, value }: ResolvedValue): Result<string | null> {
  if (value === null) return ok(null);
  const literal = LITERALS[parameter.type === "any" || parameter.type === "unknown" ? kindOf(value) : parameter.type](value);
  if (literal.includes("=")) {
    return fail("usage", `${parameter.name} cannot hold "="`, {
      why: "this version's configurator cannot read it",
      remedy: "Choose a value without it",
    });
  }
  return ok(`${parameter.flag}=${literal}`);
}

const kindOf = (value: Value) =>
  typeof value === "boolean" ? "bool" : typeof value === "string" ? "str" : Number.isInteger(value) ? "int" : "float";

const LITERALS: Readonly<Record<"int" | "float" | "bool" | "str", (value: Value) => string>> = {
  int: (value) => String(value),
  float: (value) => (/[.en]/.test(String(value)) ? String(value) : `${value}.0`),
  bool: (value) => (value ? "True" : "False"),
  str: (value) => (isLiteral(String(value)) ? `"${value}"` : String(value)),
};

/** Whether Python's literal_eval would make something else than a string of it. */
const isLiteral = (text: string): boolean => /^[+-]?(\d|\.\d)/.test(text) || /^(True|False|None)$/.test(text) || /^[[({'"]/.test(text);

/** Whether the script would have that value by itself. */
const isDefault = ({ parameter, value, origin }: ResolvedValue): boolean =>
  origin.layer === "default" || (parameter.defaultKnown && !parameter.required && parameter.default === value);

/** The arguments of a script for everything that differs from its defaults. */
export function spellArguments(style: ScriptInfo["style"], values: readonly ResolvedValue[]): Result<string[]> {
  const args: string[] = [];
  for (const entry of values) {
    if (isDefault(entry)) continue;
    const spelled = SPELLINGS[style](entry);
    if (!spelled.ok) return spelled;
    if (spelled.value !== null) args.push(spelled.value);
  }
  return ok(args);
}
