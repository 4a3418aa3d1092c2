/** Panels and dialogs in sentences, for ears: no drawing, no columns, no glyph that stands for a word. */
import type { Block, Line, Plot, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { type Canvas, toneIndex } from "../lib/canvas.ts";
import { measured, percent } from "../lib/format.ts";

/** Glyphs of states, and what they are for; bars, rules and arrows that say nothing go. */
const WORDS: ReadonlyArray<readonly [glyph: RegExp, word: string]> = [
  [/●/g, "live: "],
  [/◐/g, "busy: "],
  [/○/g, "well: "],
  [/✕/g, "bad: "],
  [/■/g, "stopped: "],
  [/▲/g, "warning: "],
  [/◆/g, "checkpoint: "],
  // At the end of a run's name it is of its note; a patch has words behind it.
  [/ ✎$/g, ", note"],
  [/✎/g, "patch: "],
  [/★( best)?/g, "best "],
  [/⚑/g, "baseline "],
  [/⏸/g, "paused: "],
  [/⟳/g, "again: "],
  [/→/g, "to"],
  [/≥/g, "at least "],
  [/ · /g, ", "],
  [/[\u2500-\u259f\u2800-\u28ff⏎▸▾⏷•›·]+/g, " "],
];

/** A text of the screen, as it is read aloud. */
export const spokenText = (text: string): string =>
  WORDS.reduce((left, [glyph, word]) => left.replace(glyph, word), plain(text))
    .replace(/\s+/g, " ")
    .replace(/(\w+): \1\b:?/g, "$1:")
    // A word for a glyph has a space of its own, and a colon that nothing may follow.
    .replace(/ (?=[),:])/g, "")
    .trim();

/** Lies behind what is selected. */
const SELECTED = toneIndex("surface");

/** The rows of a drawn box: what each says, and what of it is selected, a line of its own. Empty rows say nothing. */
export function spokenRows(canvas: Canvas): Array<{ text: string; selected: string | null }> {
  return Array.from({ length: canvas.height }, (_, y) => {
    const looks = canvas.bg.subarray(y * canvas.width, (y + 1) * canvas.width);
    const part = spokenText(canvas.rowText(y, looks.indexOf(SELECTED), looks.lastIndexOf(SELECTED) + 1));
    return { text: spokenText(canvas.rowText(y)), selected: part === "" ? null : part };
  }).filter(({ text }) => text !== "");
}

/** A glyph that stands alone in its cell announces nothing. */
const cellText = (line: Line): string => lineText(line).replace(/:$/, "");

const lineText = (line: Line): string => spokenText(line.map(({ text }) => text).join(""));

/** Title and all that it shows, a sentence a line. */
export function spokenScene({ title, settings, note, blocks }: Scene): string[] {
  const head = [`Panel ${title}`, settings, note].flatMap((part) => (part ? [spokenText(part)] : [])).join(", ");
  return [`${head}.`, ...blocks.flatMap(({ block }) => spokenBlock(block))].filter((line) => line !== "");
}

function spokenBlock(block: Block["block"]): string[] {
  switch (block.kind) {
    case "empty":
      return [block.remedy === undefined ? `${spokenText(block.why)}.` : `${spokenText(block.why)}. ${spokenText(block.remedy)}.`];
    case "text":
      return block.lines.map(lineText);
    case "table":
      return block.rows.map((row, at) => {
        const cells = row.map((cell, i) => [block.columns[i]?.title ?? "", cellText(cell)] as const).filter(([, text]) => text !== "");
        return `${at === block.selected ? "Selected: " : ""}${cells.map(([name, text]) => `${name} ${text}`.trim()).join(", ")}`;
      });
    case "plot":
      return spokenPlot(block);
    case "heat":
      return block.rows.map(({ name, value }) => `${name} ${value ?? ""}`.trim());
    case "picture":
      return [`picture ${spokenText(block.name)}, ${block.width} by ${block.height} pixels`];
    case "bar":
      return [percent(block.fraction)];
  }
}

/**
 * Of each line where it is, and between what it lies in the part that is shown. One with a single value a column passes over what lies
 * between them: of that it is said between what it is drawn.
 */
function spokenPlot({ series, clippedAbove, clippedBelow }: Plot): string[] {
  const lines = series.map(({ name, value, min, max, last }) => {
    const low = Math.min(...min.filter(Number.isFinite));
    const high = Math.max(...max.filter(Number.isFinite));
    const now = value ?? measured((last ?? max).findLast((one) => Number.isFinite(one)));
    const lies = min === max ? "drawn between" : "between";
    return `${spokenText(name)} ${now}${Number.isFinite(low) && low < high ? `, ${lies} ${measured(low)} and ${measured(high)}` : ""}`;
  });
  const clipped = clippedAbove + clippedBelow;
  return clipped > 0 ? [...lines, `${clipped} points lie outside of what is shown`] : lines;
}
