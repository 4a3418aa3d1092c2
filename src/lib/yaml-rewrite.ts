/** Another value in a YAML text of somebody's, with the comments of what is still in it. */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

export const YAML_STYLE = { lineWidth: 120, flowCollectionPadding: false } as const;

const isSame = (a: unknown, b: unknown): boolean => Bun.deepEquals(a, b, true);

/** The text saying `value`; comments stay with the part that they stand at. Null = not possible: it is no YAML, or has aliases. */
export function rewriteYaml(text: string, value: unknown): string | null {
  const document = parseDocument(text);
  let aliases = 0;
  visit(document, { Alias: () => void aliases++ });
  if (document.errors.length > 0 || aliases > 0) return null;
  document.contents = merged(document, document.contents, value) as typeof document.contents;
  const written = document.toString(YAML_STYLE);
  const again = parseDocument(written);
  return again.errors.length === 0 && isSame(again.toJS(), value) ? written : null;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** `before`, where it can say `value`; else a new node with its comments. */
function merged(document: Document, before: unknown, value: unknown): Node {
  const old = isNode(before) ? before : null;
  if (old !== null && isSame(old.toJS(document), value)) return old;
  if (isMap(old) && isFields(value)) return mergedMap(document, old, value);
  if (isSeq(old) && Array.isArray(value)) return mergedList(document, old, value);
  // The library tells the kind of node by the type of the value, which is not known here.
  const made = document.createNode(value) as Node;
  if (old === null) return made;
  made.commentBefore = old.commentBefore;
  made.spaceBefore = old.spaceBefore;
  // What stands behind one value would stand behind all of a list.
  if (isScalar(old) && isScalar(made)) made.comment = old.comment;
  return made;
}

/** The pairs that it had in their order, then the new ones. */
function mergedMap(document: Document, map: YAMLMap, value: Fields): YAMLMap {
  const nameOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);
  map.items = map.items.filter((pair) => Object.hasOwn(value, nameOf(pair)));
  for (const pair of map.items) pair.value = merged(document, pair.value, value[nameOf(pair)]);
  const had = new Set(map.items.map(nameOf));
  for (const [name, inner] of Object.entries(value)) if (!had.has(name)) map.items.push(document.createPair(name, inner));
  return map;
}

/** An item that says the same is the same one, wherever it stands now; of the others, those at one place are. */
function mergedList(document: Document, list: YAMLSeq, value: readonly unknown[]): YAMLSeq {
  const left = new Set(list.items);
  const same = value.map((item) => {
    const found = [...left].find((node) => isNode(node) && isSame(node.toJS(document), item));
    left.delete(found);
    return found;
  });
  list.items = value.map((item, index) => {
    const there = list.items[index];
    return same[index] ?? merged(document, left.has(there) ? there : null, item);
  });
  return list;
}
