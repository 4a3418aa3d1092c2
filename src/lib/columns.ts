/** Two texts beside each other, or one below the other where there is no room. */
import { fit, wrap } from "./graphemes.ts";

const NARROWEST = 30;
const BETWEEN = " │ ";

/** Paragraphs are wrapped; `cells` is the width of the terminal. */
export function sideBySide([left, right]: readonly [string, string], cells: number): string {
  const width = Math.floor((cells - BETWEEN.length) / 2);
  if (width < NARROWEST) return `${left}\n\n${right}`;
  const rows = (text: string): string[] => text.split("\n").flatMap((line) => (line === "" ? [""] : wrap(line, width)));
  const [a, b] = [rows(left), rows(right)];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => `${fit(a[i] ?? "", width)}${BETWEEN}${b[i] ?? ""}`.trimEnd()).join(
    "\n",
  );
}
