/** YAML of the user's, read quickly; what is wrong with it, and where something stands, is told by its line. */
import { faultsOf, yaml } from "./yaml-fault.ts";

/** What the text says (null when it is empty), or what keeps it from being YAML: `line 3: All collection items must …`. */
export function readYaml(text: string): { ok: true; value: unknown } | { ok: false; why: string } {
  try {
    const value: unknown = Bun.YAML.parse(text) ?? null;
    const fault = mayDouble(text, value) ? faultOf(text) : null;
    return fault === null ? { ok: true, value } : { ok: false, why: fault };
  } catch (error) {
    return { ok: false, why: /[\0\uFFFD]/.test(text) ? "it holds bytes that are no text" : (faultOf(text) ?? String(error)) };
  }
}

/**
 * Whether a key may be there twice, of which the quick reader takes the last without a word: more is followed by a colon than became
 * a key, or something has an anchor, which may have become many, or a part of itself: that is not counted.
 */
const mayDouble = (text: string, value: unknown): boolean => {
  const bare = text.replace(/(?:^|\s)#.*$/gm, "");
  return bare.includes("&") || (bare.match(/:(?=\s|$)/gm)?.length ?? 0) > keysIn(value);
};

function keysIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, one) => sum + keysIn(one), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** Null when the library finds nothing wrong with it. */
function faultOf(text: string): string | null {
  const { LineCounter, parseDocument } = yaml();
  const counter = new LineCounter();
  const [fault] = faultsOf(text, parseDocument(text, { lineCounter: counter, prettyErrors: false }));
  return fault === undefined ? null : `line ${counter.linePos(fault.offset).line}: ${fault.why}`;
}

type Path = ReadonlyArray<string | number>;

/** `line 7: ` of what stands at a path, else of the last thing on the way to it that is there; empty when nothing is. */
export function linePlace(text: string, path: Path): string {
  const line = lineAt(text, path);
  return line === null ? "" : `line ${line}: `;
}

/** Each mistake with its line, in the order of the lines: what is of the file as a whole comes first. */
export const linesOf = (text: string, mistakes: ReadonlyArray<{ path: Path; what: string }>): string[] =>
  mistakes
    .map(({ path, what }) => ({ line: lineAt(text, path), what }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ line, what }) => (line === null ? what : `line ${line}: ${what}`));

function lineAt(text: string, path: Path): number | null {
  const { isMap, isScalar, LineCounter, parseDocument } = yaml();
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[depth - 1])) : undefined;
    const node = (pair?.key ?? document.getIn(path.slice(0, depth), true)) as { range?: [number, number, number] } | undefined;
    if (node?.range !== undefined) return counter.linePos(node.range[0]).line;
  }
  return null;
}
