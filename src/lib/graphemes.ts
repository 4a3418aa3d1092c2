/** How wide a text is on a terminal, and cutting and wrapping it without tearing a character apart. */

// Characters that are one cell each and never join with a neighbour: ASCII, Latin, dashes, arrows, mathematics, box
// drawing, blocks, geometry (without the two wide squares), braille, and the glyphs of our own vocabulary.
const LONE =
  "\\x20-\\x7e\\xa1-\\xac\\xae-\\u02ff\\u2010-\\u2027\\u2030-\\u205e\\u2190-\\u21ff\\u2200-\\u22ff\\u2500-\\u25fc\\u2605\\u2606\\u2691\\u270e\\u2715\\u27f3\\u2800-\\u28ff";
const NARROW = new RegExp(`^[${LONE}]*$`);
// Line breaks, kana, Chinese characters and what stands between those are one each as well.
const ONE = `[${LONE}\\n\\u3000-\\u3029\\u3041-\\u3096\\u30a1-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uff01-\\uff60]`;
/** What stands among its like: a mark or a jamo may join what stands beside it. */
const AMONG_ITS_LIKE = new RegExp(`(?<=${ONE}|^)${ONE}+(?=${ONE}|$)`, "g");
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
/** Made for the first text that needs it: a start needs none, and it takes some milliseconds. */
let segmenter: Intl.Segmenter | null = null;

/** True when every UTF-16 unit of the text is exactly one cell: then length is width. */
export const isNarrow = (text: string): boolean => NARROW.test(text);

/**
 * Calls `each` with every character as a reader sees it (a grapheme) and its cells, 1 or 2; stops when it returns false.
 * A control character is handed on as a space, one without width (a stray joiner, a direction mark) not at all.
 */
export function eachGrapheme(text: string, each: (grapheme: string, width: number) => unknown): void {
  if (isNarrow(text)) {
    for (let i = 0; i < text.length; i++) if (each(text[i]!, 1) === false) return;
    return;
  }
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) {
    const control = CONTROL.test(segment);
    const width = control ? 1 : Math.min(2, Bun.stringWidth(segment));
    if (width > 0 && each(control ? " " : segment, width) === false) return;
  }
}

/** How many characters `eachGrapheme` would hand on: of a megabyte in some milliseconds, as only what may join is looked at one by one. */
export function countGraphemes(text: string): number {
  const joining = text.replace(AMONG_ITS_LIKE, "");
  let found = text.length - joining.length;
  eachGrapheme(joining, () => ++found);
  return found;
}

/** Cells that the text takes. */
export const textWidth = (text: string): number => (isNarrow(text) ? text.length : graphemesWidth(text));

/** Apart: what has a function within it makes room for that at each call, and nearly all texts are narrow. */
function graphemesWidth(text: string): number {
  let cells = 0;
  eachGrapheme(text, (_, width) => {
    cells += width;
  });
  return cells;
}

// No character is longer in UTF-16 units, or is looked at further: a line of a megabyte costs no more than what is shown of it.
const LONGEST = 64;

/** Enough of the start of a text to tell what of it fits into so many cells, and whether that is all. */
const start = (text: string, cells: number): string => (text.length > (cells + 2) * LONGEST ? text.slice(0, (cells + 2) * LONGEST) : text);

/** The longest start of the text that fits into so many cells. */
function head(text: string, cells: number): string {
  if (isNarrow(text)) return text.slice(0, Math.max(0, cells));
  let used = 0;
  let out = "";
  eachGrapheme(text, (grapheme, width) => {
    used += width;
    if (used > cells) return false;
    out += grapheme;
    return true;
  });
  return out;
}

/** The text in at most so many cells, with … in place of what was cut. */
export function cut(text: string, cells: number): string {
  if (text.length <= cells && isNarrow(text)) return text;
  const near = start(text, cells);
  if (near === text && textWidth(text) <= cells) return text;
  return cells < 1 ? "" : `${head(near, cells - 1)}…`;
}

/** Parts joined by ` · ` in at most so many cells: whole parts from the left, with … in place of those that have no room. */
export function cutParts(text: string, cells: number): string {
  if (textWidth(text) <= cells) return text;
  const parts = text.split(" · ");
  while (parts.length > 1) {
    parts[parts.length - 1] = "…";
    const shown = parts.join(" · ");
    if (textWidth(shown) <= cells) return shown;
    parts.pop();
  }
  return cut(text, cells);
}

/** From so many cells on the beginning of a part tells something. */
const LEAST_BEGINNING = 10;

/**
 * The same for a sentence: of the first part that has no room its beginning, cut between words, where enough cells are left
 * for one. It never ends in a number, whose rest (digits, a unit, the seconds of a duration) might be what is cut.
 */
export function cutWords(text: string, cells: number): string {
  if (textWidth(text) <= cells) return text;
  const parts = text.split(" · ");
  while (parts.length > 0) {
    const last = parts.pop() ?? "";
    const before = parts.map((part) => `${part} · `).join("");
    const room = cells - textWidth(before);
    const beginning = room < LEAST_BEGINNING ? "" : beginningOf(last, room);
    if (beginning !== "") return `${before}${beginning}`;
    if (room >= 1 && parts.length > 0) return `${before}…`;
  }
  const shown = cut(text, cells);
  const isTorn = /\d[.,]?…$/.test(shown) && /^[.,]?\d/.test(text.slice(shown.length - 1));
  return isTorn ? shown.replace(/[\d.,]+…$/, "…") : shown;
}

/** Whole words of a text that does not fit, and …; nothing when not even the first one does. */
function beginningOf(text: string, cells: number): string {
  const words = head(text, cells - 1)
    .split(" ")
    .slice(0, -1);
  while (/\d/.test(words.at(-1) ?? "")) words.pop();
  return words.length === 0 ? "" : `${words.join(" ")} …`;
}

/** Cut or filled with spaces to exactly so many cells. */
export function fit(text: string, cells: number, align: "left" | "right" = "left"): string {
  const shown = cut(text, cells);
  const air = " ".repeat(Math.max(0, cells - textWidth(shown)));
  return align === "left" ? shown + air : air + shown;
}

/** Rows of at most so many cells, broken between words where there are any; LF begins a new row. */
export function wrap(text: string, cells: number): string[] {
  if (cells < 1) return [];
  return text.split("\n").flatMap((paragraph) => wrapParagraph(paragraph, cells));
}

/** Where a word that is longer than a row is broken: after the last joint of a path, else of a name, that leaves no short row. */
function jointOf(fitting: string): number {
  const ends = JOINTS.map((joints) => Math.max(...joints.map((one) => fitting.lastIndexOf(one))) + 1);
  return ends.find((end) => end > fitting.length / 2) ?? fitting.length;
}

const JOINTS = [["/"], ["-", "_", ","]];

function wrapParagraph(text: string, cells: number): string[] {
  const rows: string[] = [];
  let rest = text;
  for (;;) {
    const near = start(rest, cells);
    if (near === rest && textWidth(rest) <= cells) break;
    const fitting = head(near, cells);
    // A single character that is wider than the row would never fit: it gets a row that shows it cut.
    if (fitting === "") return [...rows, "…"];
    const space = rest[fitting.length] === " " ? fitting.length : fitting.lastIndexOf(" ");
    const end = space > 0 ? space : jointOf(fitting);
    rows.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^ /, "");
  }
  rows.push(rest);
  return rows;
}
