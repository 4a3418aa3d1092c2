/**
 * Changes one value of a YAML text and leaves every other character as it is: comments, order, blank lines, spelling.
 * Null = not possible in place (an alias, an anchor, an explicit key); whoever asks must read the result again.
 */
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, Scalar, type YAMLMap, type YAMLSeq } from "yaml";

export type YamlValue = string | number | boolean | null;
/** What can be put where nothing is yet. */
export type YamlTree = YamlValue | { readonly [key: string]: YamlTree };
type Path = ReadonlyArray<string | number>;

/** Sets the value at `path`; maps on the way that are not there are made. */
export function setInYaml(text: string, path: Path, value: YamlTree): string | null {
  let node: unknown = parseDocument(text).contents;
  for (const [depth, key] of path.entries()) {
    const last = depth === path.length - 1;
    if (isSeq(node)) {
      node = node.items[Number(key)];
      continue;
    }
    if (!isMap(node)) return null;
    const pair = pairOf(node, key);
    if (pair === undefined) return addPair(text, node, String(key), nest(path.slice(depth + 1), value));
    if (last) return replaceValue(text, pair, value);
    node = pair.value;
  }
  return null;
}

/** Puts an item before the one at `index` of the list at `path`, or at its end. */
export function addToYaml(text: string, path: Path, index: number, item: YamlTree): string | null {
  const list = parseDocument(text).getIn(path, true);
  if (!isSeq(list)) return list === undefined ? addPair(text, parseDocument(text).contents, String(path[0]), [item]) : null;
  if (list.items.length === 0) return list.range == null ? null : splice(text, list.range[0], list.range[1], `[${flow(item)}]`);
  if (list.flow) return addFlowItem(text, list, index, flow(item));
  const [first] = list.items as Node[];
  const column = columnOf(text, text.lastIndexOf("-", (first?.range?.[0] ?? 0) - 1));
  const lines = itemLines(item, column);
  const before = index > 0 ? (list.items[Math.min(index, list.items.length) - 1] as Node) : null;
  if (before === null) return splice(text, lineStart(text, first?.range?.[0] ?? 0), null, `${lines}\n`);
  return insertAfter(text, before, lines);
}

/** Takes the key at `path` away with its value; a map that it leaves empty goes too, unless a comment stands in it. */
export function removeFromYaml(text: string, path: Path): string | null {
  const root = parseDocument(text);
  const map = root.getIn(path.slice(0, -1), true);
  const pair = isMap(map) ? pairOf(map, path.at(-1) ?? "") : undefined;
  if (!isMap(map) || pair === undefined) return null;
  const parent = root.getIn(path.slice(0, -2), true);
  if (map.items.length === 1 && path.length > 1 && isMap(parent)) return emptyMap(text, parent, pair, path);
  return map.flow ? removeFlowPair(text, map, pair) : removeLines(text, map, pair);
}

const pairOf = (map: YAMLMap, key: string | number): Pair | undefined =>
  map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));

const nest = (path: Path, value: YamlTree): YamlTree => [...path].reverse().reduce<YamlTree>((inner, key) => ({ [key]: inner }), value);

const splice = (text: string, from: number, to: number | null, instead: string): string =>
  text.slice(0, from) + instead + text.slice(to ?? from);

const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;
const columnOf = (text: string, at: number): number => at - lineStart(text, at);

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end > at && text[end - 1] === "\r" ? end - 1 : end;
}

/** A text that reads the same in every place, bare where that is plain. */
function scalar(value: YamlValue): string {
  if (typeof value !== "string") return value === null ? "null" : String(value);
  const bare = /^[A-Za-z_/][\w./+-]*$/.test(value) && parseDocument(value).toJS() === value;
  return bare ? value : JSON.stringify(value);
}

const isTree = (value: unknown): value is { readonly [key: string]: YamlTree } => typeof value === "object" && value !== null;

const flow = (value: YamlTree): string =>
  isTree(value)
    ? `{${Object.entries(value)
        .map(([key, inner]) => `${scalar(key)}: ${flow(inner)}`)
        .join(", ")}}`
    : scalar(value);

/** `key: value` at a column, what is inside of it two further in; the first line without its indentation. */
function blockLines(key: string, value: YamlTree | YamlTree[], column: number): string {
  if (Array.isArray(value)) return `${scalar(key)}:\n${value.map((item) => itemLines(item, column + 2)).join("\n")}`;
  if (!isTree(value)) return `${scalar(key)}: ${scalar(value)}`;
  const entries = Object.entries(value);
  if (entries.length === 0) return `${scalar(key)}: {}`;
  const pad = " ".repeat(column + 2);
  return `${scalar(key)}:\n${entries.map(([name, inner]) => pad + blockLines(name, inner, column + 2)).join("\n")}`;
}

function itemLines(item: YamlTree, column: number): string {
  const pad = " ".repeat(column);
  if (!isTree(item)) return `${pad}- ${scalar(item)}`;
  const lines = Object.entries(item).map(([key, value]) => blockLines(key, value, column + 2));
  return `${pad}- ${lines.join(`\n${pad}  `)}`;
}

function replaceValue(text: string, pair: Pair, value: YamlTree): string | null {
  const { value: node } = pair;
  if (!isScalar(node) || node.range == null || node.anchor !== undefined || node.tag !== undefined || isTree(value)) return null;
  const [from, to] = node.range;
  if (from === to) return splice(text, from, to, ` ${scalar(value)}`);
  const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  return splice(text, from, to, isBlock ? `${scalar(value)}\n` : scalar(value));
}

function addPair(text: string, map: unknown, key: string, value: YamlTree | YamlTree[]): string | null {
  if (!isMap(map) || map.range == null) return null;
  if (map.flow) {
    if (Array.isArray(value)) return null;
    const last = map.items.at(-1);
    const pair = `${scalar(key)}: ${flow(value)}`;
    if (last === undefined) return splice(text, map.range[0], map.range[1], `{${pair}}`);
    const end = (last.value as Node | null)?.range?.[1] ?? (last.key as Node).range?.[1];
    return end === undefined ? null : splice(text, end, null, `, ${pair}`);
  }
  const first = map.items[0]?.key as Node | undefined;
  if (first?.range == null || text[first.range[0]] === "?") return null;
  const column = columnOf(text, first.range[0]);
  return insertAfter(text, map as Node, " ".repeat(column) + blockLines(key, value, column));
}

/** Whole lines behind the last one that belongs to a node. */
function insertAfter(text: string, node: Node, lines: string): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const written = lines.replaceAll("\n", newline);
  const end = endOf(node);
  if (text[end - 1] === "\n") return splice(text, end, null, written + newline);
  return splice(text, lineEnd(text, end), null, newline + written);
}

/** Where the last thing of a node ends: not the comments and blank lines that a block takes in behind it. */
function endOf(node: Node): number {
  if (isMap(node) && !node.flow) {
    const last = node.items.at(-1);
    const value = last?.value as Node | null | undefined;
    return value?.range != null && value.range[0] !== value.range[1] ? endOf(value) : ((last?.key as Node | undefined)?.range?.[1] ?? 0);
  }
  if (isSeq(node) && !node.flow) return endOf(node.items.at(-1) as Node);
  return node.range?.[1] ?? 0;
}

function addFlowItem(text: string, list: YAMLSeq, index: number, item: string): string | null {
  const at = list.items[index] as Node | undefined;
  if (at?.range != null) return splice(text, at.range[0], null, `${item}, `);
  const last = list.items.at(-1) as Node;
  return last.range == null ? null : splice(text, last.range[1], null, `, ${item}`);
}

function removeFlowPair(text: string, map: YAMLMap, pair: Pair): string | null {
  const index = map.items.indexOf(pair);
  const [before, after] = [map.items[index - 1], map.items[index + 1]];
  const own = (pair.key as Node).range?.[0];
  const end = (one: Pair): number | undefined => ((one.value ?? one.key) as Node).range?.[1];
  if (own === undefined) return null;
  if (after !== undefined) return splice(text, own, (after.key as Node).range?.[0] ?? own, "");
  return before === undefined ? null : splice(text, end(before) ?? own, end(pair) ?? own, "");
}

/** The lines of a pair, with a comment that stands behind it on its last one; those above it stay. */
function removeLines(text: string, map: YAMLMap, pair: Pair): string | null {
  const start = (pair.key as Node).range?.[0];
  if (start === undefined) return null;
  const from = lineStart(text, start);
  const value = pair.value as Node | null;
  const end = value?.range != null && value.range[0] !== value.range[1] ? endOf(value) : ((pair.key as Node).range?.[1] ?? start);
  const to = text[end - 1] === "\n" ? end : Math.min(text.length, text.indexOf("\n", end) < 0 ? text.length : text.indexOf("\n", end) + 1);
  if (text.slice(from, start).trim() === "") return splice(text, from, to, "");
  const next = map.items[map.items.indexOf(pair) + 1]?.key as Node | undefined; // behind the dash of a list
  return next?.range == null ? null : splice(text, start, next.range[0], "");
}

/** The last pair of a map: the map goes with it, or stays as `{}` beside its comments. */
function emptyMap(text: string, parent: YAMLMap, pair: Pair, path: Path): string | null {
  const holder = pairOf(parent, path.at(-2) ?? "");
  const key = (holder?.key as Node | undefined)?.range;
  const own = (pair.key as Node).range;
  const map = holder?.value;
  if (holder === undefined || key == null || own == null || !isMap(map)) return null;
  if (map.anchor !== undefined) return null;
  const end = endOf(map);
  const isNoted = text.slice(key[1], own[0]).includes("#") || (map.flow === true && text.slice(end, lineEnd(text, end)).includes("#"));
  if (!isNoted) return removeFromYaml(text, path.slice(0, -1));
  if (map.flow) return map.range == null ? null : splice(text, map.range[0], end, "{}");
  const without = removeLines(text, map, pair);
  const colon = text.indexOf(":", key[1]);
  return without === null ? null : splice(without, colon + 1, null, " {}");
}
