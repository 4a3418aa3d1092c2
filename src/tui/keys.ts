/** Keys by the names that the action table, the footer and the help use. */

/** What the terminal told of a key press. */
export interface RawKey {
  name: string;
  ctrl: boolean;
  shift: boolean;
  meta: boolean;
  sequence: string;
}

export interface Key {
  /** `s`, `S`, `?`, `enter`, `ctrl+p`, `shift+tab`, `alt+b`. */
  name: string;
  /** The character to insert where text is typed, or null for a key that writes nothing. */
  text: string | null;
}

const NAMES: Readonly<Record<string, string>> = {
  return: "enter",
  linefeed: "enter",
  kpenter: "enter",
  escape: "esc",
  space: "space",
  pageup: "pageup",
  pagedown: "pagedown",
};

/** How keys are shown where there is little room, and where `delete delete` would be read twice. */
const SHOWN: Readonly<Record<string, string>> = { delete: "del", backspace: "bksp", pageup: "pgup", pagedown: "pgdn" };

/** `del`, `ctrl+s`: a key as footer and help show it. */
export const keyLabel = (name: string): string => SHOWN[name] ?? name;

const isPrintable = (text: string): boolean => [...text].length === 1 && !/[\x00-\x1f\x7f-\x9f]/.test(text);

/** One name for a key, whatever protocol the terminal speaks. */
export function toKey({ name, ctrl, shift, meta, sequence }: RawKey): Key {
  if (!ctrl && !meta && isPrintable(sequence)) return { name: sequence === " " ? "space" : sequence, text: sequence };
  const base = NAMES[name] ?? name;
  // ctrl+shift+p and ctrl+p are one key to a terminal without the newer protocols, so they are one key to us.
  const shifted = shift && base.length > 1;
  return { name: `${ctrl ? "ctrl+" : ""}${meta ? "alt+" : ""}${shifted ? "shift+" : ""}${base}`, text: null };
}

const SEQUENCES: Readonly<Record<string, string>> = { enter: "\r", esc: "\x1b", space: " " };
const RAW_NAMES: Readonly<Record<string, string>> = { enter: "return", esc: "escape" };

/** What a terminal tells when a key of this name is pressed: `a`, `S`, `enter`, `ctrl+p`, `shift+tab`. */
export function rawKeyOf(name: string): RawKey {
  const parts = name.length > 1 ? name.split("+") : [name];
  const base = parts.at(-1) ?? "";
  const has = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  return {
    name: RAW_NAMES[base] ?? base.toLowerCase(),
    ctrl: has("ctrl"),
    shift: has("shift") || (base.length === 1 && base !== base.toLowerCase()),
    meta: has("alt"),
    sequence: parts.length > 1 ? "\x00" : (SEQUENCES[base] ?? ([...base].length === 1 ? base : "\x1b[")),
  };
}

/** A letter, digit or sign after an escape, or ctrl with a letter; what else begins so is a sequence of the terminal's own. */
const ESC_AND_KEY = /^\x1b([^\x00-\x1f\x7f[\]O_PX^]|[\x01-\x07\x0b\x0c\x0e-\x1a])$/u;
const CTRL_LETTERS = 0x60;

/** How many times esc was pressed, where that was read together: to the terminal it is one key with alt, or none. 0 for any other. */
export const escapesIn = ({ sequence }: RawKey): number => (/^\x1b{2,}$/.test(sequence) ? sequence.length : 0);

/** `esc` and the next key, read together: to the terminal that is one key with alt. Null for any other. */
export function escAndKey({ sequence }: RawKey): readonly [RawKey, RawKey] | null {
  const next = ESC_AND_KEY.exec(sequence)?.[1];
  return next === undefined ? null : [rawKeyOf("esc"), rawKeyOf(keyAlone(next))];
}

/** `esc` and then a key with alt, read together: to the terminal that is no key at all. Null for any other. */
export function escAndAlt({ sequence }: RawKey): { escapes: number; key: RawKey } | null {
  const escapes = sequence.search(/[^\x1b]/) - 1;
  const own = sequence.slice(escapes);
  const next = ESC_AND_KEY.exec(own)?.[1];
  return escapes < 1 || next === undefined ? null : { escapes, key: { ...rawKeyOf(keyAlone(next)), meta: true, sequence: own } };
}

function keyAlone(next: string): string {
  const code = next.charCodeAt(0);
  return code < 0x20 ? `ctrl+${String.fromCharCode(CTRL_LETTERS + code)}` : next;
}
