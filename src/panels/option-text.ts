/** Options as they are typed and as they are told: one text form for the command line, forms and documents. */
import type { Option, OptionValue, OptionValues } from "../core/panel.ts";
import { fail, type Result } from "../core/result.ts";
import { type PanelKind, readOptions } from "./kind.ts";

/** What an option takes, in words: `linear, log`, `a number from 0`. */
export function optionTakes(option: Option): string {
  switch (option.type) {
    case "choice":
      return option.choices.join(", ");
    case "choices":
      return `some of ${option.choices.join(", ")}`;
    case "flag":
      return "true, false";
    case "text":
      return "a text";
    case "metrics":
      return "metrics, a comma between them";
    case "number":
      return [
        "a number",
        option.min === undefined ? "" : `from ${option.min}`,
        option.max === undefined ? "" : `to ${option.max}`,
        option.default === null ? "or auto" : "",
      ]
        .filter(Boolean)
        .join(" ");
  }
}

/** A value as one would type it: `gpu/0/util,train/mfu`, `true`, `auto` for a number that is left to the panel. */
export const optionText = (value: OptionValue): string =>
  value === null ? "auto" : typeof value === "object" ? value.join(",") : String(value);

/** The value that a text stands for; a text that stands for none is handed on, for `readOptions` to refuse. */
export function valueFromText(option: Option, text: string): unknown {
  switch (option.type) {
    case "number":
      if (text.trim() === "") return option.default === null ? null : text;
      return ["auto", "none"].includes(text.trim()) ? null : Number(text);
    case "flag":
      return text === "true" ? true : text === "false" ? false : text;
    case "metrics":
    case "choices":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
    default:
      return text;
  }
}

/** All options of a kind out of `name=value` texts; refused with a sentence that names the option. */
export function optionsFromText(kind: PanelKind, texts: readonly string[]): Result<OptionValues> {
  const given: Record<string, unknown> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) return fail("usage", `${text} sets no option`, { remedy: "Write name=value" });
    const name = text.slice(0, at);
    const option = Object.hasOwn(kind.options, name) ? kind.options[name] : undefined;
    given[name] = option === undefined ? text.slice(at + 1) : valueFromText(option, text.slice(at + 1));
  }
  return readOptions(kind, given);
}
