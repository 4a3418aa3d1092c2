/** Keys of the user's own (docs/keymap.md): the action table with other keys, and what is wrong in the files. */
import type { Action } from "../core/action.ts";
import { type KeyOf, usualKey } from "../core/keys.ts";
import { isRecord } from "../lib/shape.ts";
import { didYouMean } from "../lib/suggest.ts";
import { linePlace, readYaml } from "../lib/yaml-place.ts";
import type { UserFile } from "../services/user-files.ts";
import type { AppContext } from "./context.ts";
import { keyName, NAMED_KEYS } from "./key-names.ts";
import { keyLabel } from "./keys.ts";
import { TABS } from "./tabs.ts";

type AppAction = Action<AppContext>;

export interface Keymap {
  /** All actions with the keys that work. */
  actions: readonly AppAction[];
  /** Files that there are, and what is not used of each: `line 3: …`. */
  files: ReadonlyArray<{ file: string; mistakes: string[] }>;
  /** The file that an action's keys come from, when they are not ours. */
  from: ReadonlyMap<string, string>;
}

/** What a file says of one action. */
interface Entry {
  id: string;
  keys: readonly string[];
  file: UserFile;
}

/** Keys that write the same to a terminal of old as a key with a name (docs/keymap.md). */
const TWINS: ReadonlyMap<string, string> = new Map([
  ["ctrl+i", "tab"],
  ["ctrl+m", "enter"],
  ["ctrl+[", "esc"],
]);

const nameOf = ({ id, title }: AppAction): string => `${id} (${title})`;

/** Lays the files over our own keys, the last one on top; what cannot be used is said, and ours stay there. */
export function readKeymap(ours: readonly AppAction[], files: readonly UserFile[]): Keymap {
  const mistakes = new Map(files.map(({ file }) => [file, [] as string[]]));
  const tell = ({ file, text }: UserFile, path: readonly string[], what: string): void => {
    mistakes.get(file)?.push(`${text.ok ? linePlace(text.value, path) : ""}${what}`);
  };
  const entries = new Map(
    files.flatMap((file) => entriesOf(file, ours, (path, what) => tell(file, path, what))).map((one) => [one.id, one]),
  );
  for (let clash = clashOf(ours, entries); clash !== null; clash = clashOf(ours, entries)) {
    entries.delete(clash.entry.id);
    tell(clash.entry.file, [clash.entry.id], `${clash.key} is ${clash.other.id} (${clash.other.title}) already: its own keys stay`);
  }
  const actions = ours.map((action) => ({ ...action, keys: entries.get(action.id)?.keys ?? action.keys }));
  for (const { id, keys, file } of entries.values())
    for (const key of keys)
      if (TWINS.has(key)) tell(file, [id], `${id}: ${key} is ${TWINS.get(key)} to many terminals: another key works in all`);
  for (const { entry, key, first, second, place } of sharedKeys(ours, actions, entries))
    tell(entry.file, [entry.id], `${key} is ${nameOf(first)} and ${nameOf(second)}: ${place} the first one wins. Give one another key`);
  return {
    actions,
    files: files.map(({ file }) => ({ file, mistakes: mistakes.get(file) ?? [] })),
    from: new Map([...entries.values()].map(({ id, file }) => [id, file.file])),
  };
}

/** The key that a sentence names for an action: the first one, else the way through the palette. */
export function keyOfActions(actions: readonly AppAction[]): KeyOf {
  const labels = new Map(actions.flatMap(({ id, keys: [key] }) => (key === undefined ? [] : [[id, keyLabel(key)] as const])));
  const label = (id: string): string | undefined => labels.get(id);
  return (id) => label(id) ?? label("palette") ?? usualKey("palette");
}

/** Why a key that is ours for an action does not do it, and what does; null = it does. */
export function movedKey({ id: was }: AppAction, actions: readonly AppAction[], key: string): string | null {
  const keysNow = (id: string): readonly string[] => actions.find((action) => action.id === id)?.keys ?? [];
  if (keysNow(was).includes(key)) return null;
  const [own] = keysNow(was);
  if (own !== undefined) return `keymap.yaml has it on ${keyLabel(own)}, not on ${keyLabel(key)}`;
  const [palette] = keysNow("palette");
  const way = palette === undefined ? "give it one there" : `the palette has it (${keyLabel(palette)})`;
  return `keymap.yaml gives it no key: ${way}`;
}

function entriesOf(file: UserFile, ours: readonly AppAction[], wrong: (path: readonly string[], what: string) => void): Entry[] {
  const { text } = file;
  let value: unknown = null;
  if (!text.ok) wrong([], text.failure.why ?? text.failure.what);
  else {
    const read = readYaml(text.value);
    if (!read.ok) {
      wrong([], `it is no valid YAML: ${read.why}`);
      return [];
    }
    value = read.value ?? {};
    if (!isRecord(value)) wrong([], "A keymap is a list of `action: [keys]`");
  }
  return Object.entries(isRecord(value) ? value : {}).flatMap(([id, given]) => {
    const names = ours.map((action) => action.id);
    if (!names.includes(id)) {
      wrong([id], `There is no action ${id}. ${didYouMean(id, names, "`nanochat-cli keys` lists them.")}`);
      return [];
    }
    const keys = keysOf(given);
    if (typeof keys === "string") wrong([id], `${id}: ${keys}`);
    return typeof keys === "string" ? [] : [{ id, keys, file }];
  });
}

/** The keys that are given, or what is wrong with them. */
function keysOf(given: unknown): string[] | string {
  const list = Array.isArray(given) ? given : given === null ? [] : [given];
  const keys: string[] = [];
  for (const one of list) {
    if (typeof one !== "string" && typeof one !== "number") return "a key is a text: some signs, such as ~, need quotes";
    const named = keyName(String(one));
    if ("why" in named) return `${one}: ${named.why}. ${didYouMean(String(one), NAMED_KEYS, "docs/keymap.md lists the keys.")}`;
    if (!keys.includes(named.key)) keys.push(named.key);
  }
  return keys;
}

/** An entry whose key another action of its group has as well. */
function clashOf(ours: readonly AppAction[], entries: ReadonlyMap<string, Entry>): { entry: Entry; key: string; other: AppAction } | null {
  const taken = new Map<string, AppAction>();
  // Ours first: of two, it is what a file says that gives way.
  const ordered = [...ours].sort((a, b) => Number(entries.has(a.id)) - Number(entries.has(b.id)));
  for (const action of ordered) {
    const entry = entries.get(action.id);
    for (const key of entry?.keys ?? action.keys) {
      const other = taken.get(`${action.group} ${key}`);
      if (other !== undefined && entry !== undefined) return { entry, key, other };
      taken.set(`${action.group} ${key}`, action);
    }
  }
  return null;
}

/** A key that two actions of one place have though of different groups: the nearer group gets it there. */
interface Shared {
  /** The entry that brought it about. */
  entry: Entry;
  key: string;
  first: AppAction;
  second: AppAction;
  /** `on Train` */
  place: string;
}

/** Those that a file has brought about: where ours have it like that, it is meant. */
function sharedKeys(ours: readonly AppAction[], actions: readonly AppAction[], entries: ReadonlyMap<string, Entry>): Shared[] {
  const usual = new Map(ours.map(({ id, keys }) => [id, keys]));
  const isMeant = (key: string, both: readonly AppAction[]): boolean => both.every(({ id }) => usual.get(id)?.includes(key));
  // What is reached in one place at the same time, the nearest first, whatever panel has the focus (input.ts `groups`).
  const places = [
    ...TABS.map(({ title, groups }) => ({ place: `on ${title}`, groups: [...groups, "global" as const] })),
    { place: "where a screen is edited", groups: ["edit", "global"] as const },
  ];
  return places.flatMap(({ place, groups }) => {
    const taken = new Map<string, AppAction>();
    return groups
      .flatMap((group) => actions.filter((action) => action.group === group))
      .flatMap((second) =>
        second.keys.flatMap((key): Shared[] => {
          const first = taken.get(key);
          if (first === undefined) taken.set(key, second);
          const entry = entries.get(second.id) ?? (first && entries.get(first.id));
          return first === undefined || entry === undefined || isMeant(key, [first, second]) ? [] : [{ entry, key, first, second, place }];
        }),
      );
  });
}
