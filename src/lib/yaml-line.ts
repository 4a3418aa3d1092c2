/** Where in a YAML text something stands. */
import { createRequire } from "node:module";

/** `line 7: ` of what stands at a path, else of the last thing on the way to it that is there; empty when nothing is. */
export function linePlace(text: string, path: ReadonlyArray<string | number>): string {
  // The library that knows positions is loaded when there is something to point at.
  const { isMap, isScalar, LineCounter, parseDocument }: typeof import("yaml") = createRequire(import.meta.url)("yaml");
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[depth - 1])) : undefined;
    const node = (pair?.key ?? document.getIn(path.slice(0, depth), true)) as { range?: [number, number, number] } | undefined;
    if (node?.range !== undefined) return `line ${counter.linePos(node.range[0]).line}: `;
  }
  return "";
}
