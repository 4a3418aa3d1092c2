/** Looking into a screen's tree, and making another one from it; nothing here changes what it is given. */
import { isSplit, type NodePath, type PanelSpec, type ScreenNode, type SplitKind } from "../core/screen.ts";

export interface Leaf {
  path: NodePath;
  spec: PanelSpec & { size?: ScreenNode["size"] };
  /** By which the focus finds it again: its kind, and a number where there are several. */
  id: string;
}

/** Trees are never changed, and theirs are asked for at every key. */
const known = new WeakMap<ScreenNode, readonly Leaf[]>();

/** All panels in the order of the file. */
export function leaves(root: ScreenNode): readonly Leaf[] {
  const found = known.get(root) ?? leavesOf(root);
  known.set(root, found);
  return found;
}

function leavesOf(root: ScreenNode): Leaf[] {
  const seen = new Map<string, number>();
  return walk(root, []).map(({ path, spec }) => {
    const count = (seen.get(spec.panel) ?? 0) + 1;
    seen.set(spec.panel, count);
    return { path, spec, id: count === 1 ? spec.panel : `${spec.panel} ${count}` };
  });
}

function walk(node: ScreenNode, path: NodePath): Array<Omit<Leaf, "id">> {
  if (!isSplit(node)) return [{ path, spec: node }];
  return node.parts.flatMap((part, index) => walk(part, [...path, index]));
}

export function nodeAt(root: ScreenNode, path: NodePath): ScreenNode | undefined {
  let node: ScreenNode | undefined = root;
  for (const index of path) node = node !== undefined && isSplit(node) ? node.parts[index] : undefined;
  return node;
}

/** Another node in the place of one; null takes it out, and a split that is left with one part becomes that part. */
export function replaceAt(root: ScreenNode, path: NodePath, node: ScreenNode | null): ScreenNode {
  const [index, ...rest] = path;
  if (index === undefined) return node ?? empty();
  if (!isSplit(root)) return root;
  const part = root.parts[index];
  if (part === undefined) return root;
  const changed = rest.length === 0 ? node : replaceAt(part, rest, node);
  const parts = root.parts.flatMap((one, at) => (at !== index ? [one] : changed === null ? [] : [changed]));
  return tidy({ ...root, parts });
}

/** Puts a node before the one at `index` of the split at `path`. */
export function insertAt(root: ScreenNode, path: NodePath, index: number, node: ScreenNode): ScreenNode {
  const split = nodeAt(root, path);
  if (split === undefined || !isSplit(split)) return root;
  return replaceAt(root, path, { ...split, parts: split.parts.toSpliced(index, 0, node) });
}

/** A split of one part is that part, with the split's size; a split in a split of the same kind is taken apart. */
function tidy(node: ScreenNode): ScreenNode {
  if (!isSplit(node)) return node;
  // What the last part was taken out of flows from now on: empty rows and columns are a mistake in a file.
  if (node.parts.length === 0) return { ...node, split: "flow" };
  const only = node.parts.length === 1 ? node.parts[0] : undefined;
  // A flow of one panel stays a flow: the next one that is added flows too.
  if (only === undefined || node.split === "flow") return node;
  const { size: _, ...rest } = only;
  return node.size === undefined ? (rest as ScreenNode) : ({ ...rest, size: node.size } as ScreenNode);
}

export const empty = (): ScreenNode => ({ split: "flow", parts: [] });

export const split = (kind: SplitKind, ...parts: ScreenNode[]): ScreenNode => ({ split: kind, parts });

export const samePath = (a: NodePath, b: NodePath): boolean => a.length === b.length && a.every((index, at) => index === b[at]);
