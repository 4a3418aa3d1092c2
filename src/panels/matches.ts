/** Where a text that was looked for stands in another: marked so that it is seen without colour. */
import type { Span } from "../core/scene.ts";
import { placesOf } from "../lib/wanted.ts";

/** More marks in a row say nothing further. */
const MOST = 100;

/** The text in spans, what a filter asks for bold and underlined. */
export function withMatches(text: string, filter: string): Span[] {
  if (filter === "") return [{ text }];
  const spans: Span[] = [];
  let done = 0;
  for (const [from, to] of placesOf(filter, text, MOST)) {
    if (from > done) spans.push({ text: text.slice(done, from) });
    spans.push({ text: text.slice(from, to), bold: true, underline: true });
    done = to;
  }
  return done < text.length || spans.length === 0 ? [...spans, { text: text.slice(done) }] : spans;
}
