/** The line in which a filter is typed. */
import type { Region } from "../lib/canvas.ts";
import { cut, textWidth } from "../lib/graphemes.ts";
import { brokenPattern } from "../lib/wanted.ts";
import type { LineEditor } from "./editor.ts";

/** In a narrower one nothing is told beside what is typed. */
const TELLING_WIDTH = 60;
/** Between what is typed and what is told. */
const GAP = 2;

/**
 * A filter that is being typed, or one that is kept. What is told beside it (`help`: what the keys do) stands at the right; what is
 * typed ends before it. Returns the column of the cursor.
 */
export function drawFilter(filter: LineEditor | string, row: Region, help = "enter keeps · esc clears"): number {
  const start = row.put(1, 0, "/", { tone: "accent", bold: true });
  const broken = brokenPattern(typeof filter === "string" ? filter : filter.text);
  // A broken expression may be as long as it likes: half of the row stays for who has to mend it.
  const told = row.width > TELLING_WIDTH ? cut(broken === null ? help : `no expression yet: ${broken}`, Math.floor(row.width / 2)) : "";
  const beside = told === "" ? 0 : GAP + textWidth(told);
  const field = row.sub(start, 0, row.width - start - beside - 1, 1);
  const { text, cursor } = typeof filter === "string" ? { text: filter, cursor: 0 } : filter.view(field.width);
  field.put(0, 0, text);
  row.put(row.width - textWidth(told) - 1, 0, told, { tone: broken === null ? "muted" : "warn" });
  return field.x + cursor;
}
