/** Names and values on one line. */
import type { Line, Span } from "../core/scene.ts";
import { textWidth } from "../lib/graphemes.ts";

/** `name value   name value`, names dim; from the right, what does not fit is left out rather than cut. */
export function fields(pairs: ReadonlyArray<readonly [name: string, value: string]>, width: number): Line {
  const line: Span[] = [];
  let used = 0;
  for (const [name, value] of pairs) {
    const label = `${line.length > 0 ? "   " : ""}${name}${name === "" ? "" : " "}`;
    used += textWidth(label) + textWidth(value);
    if (used > width && line.length > 0) break;
    line.push({ text: label, tone: "muted" }, { text: value });
  }
  return line;
}
