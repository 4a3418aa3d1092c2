/** How keys are written in a keymap file, and which of them there are. */
import { textWidth } from "../lib/graphemes.ts";

/** Keys that write nothing; letters, digits and signs are written as themselves. */
export const NAMED_KEYS: readonly string[] = [
  ...["enter", "esc", "space", "tab", "backspace", "delete", "insert"],
  ...["up", "down", "left", "right", "home", "end", "pageup", "pagedown"],
  ...Array.from({ length: 12 }, (_, i) => `f${i + 1}`),
];

const MODIFIERS = ["ctrl", "alt", "shift"] as const;

const ALIASES: Readonly<Record<string, string>> = {
  escape: "esc",
  return: "enter",
  del: "delete",
  ins: "insert",
  pgup: "pageup",
  pgdn: "pagedown",
  control: "ctrl",
  meta: "alt",
  option: "alt",
};

const known = (part: string): string => ALIASES[part] ?? part;

const isSign = (text: string): boolean => [...text].length === 1 && !/[\s\x00-\x1f\x7f-\x9f]/.test(text) && textWidth(text) > 0;

/** The one way in which a key is written that may be written in several, or why there is no such key (the end of a sentence). */
export function keyName(given: string): { key: string } | { why: string } {
  if (isSign(given)) return { key: given };
  // A plus stands between the parts, and may be the last one itself.
  const parts = given.endsWith("++") ? [...given.slice(0, -2).split("+"), "+"] : given.split("+");
  const base = known((parts.at(-1) ?? "").toLowerCase());
  const modifiers = parts.slice(0, -1).map((part) => known(part.toLowerCase()));
  const stranger = modifiers.find((part) => !(MODIFIERS as readonly string[]).includes(part));
  if (stranger !== undefined) return { why: `${stranger} is no modifier: there are ${MODIFIERS.join(", ")}` };
  if (!isSign(base) && !NAMED_KEYS.includes(base)) return { why: `there is no key ${base === "" ? "without a name" : base}` };
  if (isSign(base) && !modifiers.includes("ctrl") && !modifiers.includes("alt"))
    return { why: "with shift alone a key writes another letter: write that letter" };
  if (isSign(base) && modifiers.includes("shift")) return { why: "most terminals do not tell shift beside ctrl or alt" };
  const key = [...MODIFIERS.filter((one) => modifiers.includes(one)), base].join("+");
  return key === "ctrl+c" ? { why: "ctrl+c always interrupts, and twice leaves" } : { key };
}
