/** Where a text that was looked for stands in another: marked so that it is seen without colour. */
import type { Span } from "../core/scene.ts";

/** More marks in a row say nothing further. */
const MOST = 100;

/** The text in spans, every place in which it holds `wanted` (in upper or lower case) bold and underlined. */
export function withMatches(text: string, wanted: string): Span[] {
  if (wanted === "") return [{ text }];
  const [lower, sought] = [text.toLowerCase(), wanted.toLowerCase()];
  // A letter that grows by being made small would move every place after it.
  if (lower.length !== text.length) return [{ text }];
  const spans: Span[] = [];
  let done = 0;
  for (let at = lower.indexOf(sought); at >= 0 && spans.length < MOST; at = lower.indexOf(sought, done)) {
    if (at > done) spans.push({ text: text.slice(done, at) });
    spans.push({ text: text.slice(at, at + sought.length), bold: true, underline: true });
    done = at + sought.length;
  }
  return done < text.length || spans.length === 0 ? [...spans, { text: text.slice(done) }] : spans;
}
