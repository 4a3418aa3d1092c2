/** YAML of the user's, read quickly; what is wrong with it, and where something stands, is told by its line. */
import { createRequire } from "node:module";

/** The library that knows positions takes long to load: only when there is something to point at. */
const yaml = (): typeof import("yaml") => createRequire(import.meta.url)("yaml");

/**
 * What the text says (null when it is empty), or what keeps it from being YAML: `line 3: All collection items must …`. `strictly`: a key
 * that is there twice keeps it too, where else the last one counts; that takes longer to find.
 */
export function readYaml(text: string, strictly = false): { ok: true; value: unknown } | { ok: false; why: string } {
  const fault = strictly ? faultOf(text) : null;
  if (fault !== null) return { ok: false, why: fault };
  try {
    return { ok: true, value: Bun.YAML.parse(text) ?? null };
  } catch (error) {
    return { ok: false, why: faultOf(text) ?? (error instanceof Error ? error.message : String(error)) };
  }
}

/** Null when the library finds nothing wrong with it. */
function faultOf(text: string): string | null {
  const { LineCounter, parseDocument } = yaml();
  const counter = new LineCounter();
  const [fault] = parseDocument(text, { lineCounter: counter, prettyErrors: false }).errors;
  return fault === undefined ? null : `line ${counter.linePos(fault.pos[0]).line}: ${fault.message}`;
}

/** `line 7: ` of what stands at a path, else of the last thing on the way to it that is there; empty when nothing is. */
export function linePlace(text: string, path: ReadonlyArray<string | number>): string {
  const { isMap, isScalar, LineCounter, parseDocument } = yaml();
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
