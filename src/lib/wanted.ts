/**
 * What is typed to find things, in one way for all lists: words that must hold, `-word` that must not, `|` between what is
 * enough. A word between slashes is a regular expression: `/^train.(loss|dt)$/`.
 */

/** Regular expressions first: what divides words elsewhere may stand in them. */
const TOKEN = /-?\/(?:\\.|[^/\\])+\/(?=[\s|]|$)|\||[^\s|]+/g;

/** One of what must hold. */
interface Word {
  /** As typed, without what stands before it. */
  text: string;
  /** Null for a plain word, and for what is no expression (yet). */
  pattern: RegExp | null;
  /** It must not hold. */
  isNot: boolean;
}

let last: { filter: string; choices: Word[][] } = { filter: "", choices: [] };

/** Of each choice that is enough the words that must all hold; none where nothing is typed. Asked for each of many rows: read once. */
export function choicesOf(filter: string): readonly Word[][] {
  if (last.filter !== filter) last = { filter, choices: readChoices(filter) };
  return last.choices;
}

function readChoices(filter: string): Word[][] {
  const choices: Word[][] = [[]];
  for (const [token] of filter.matchAll(TOKEN)) {
    if (token === "|") choices.push([]);
    else choices.at(-1)?.push(wordOf(token));
  }
  return choices.filter((words) => words.length > 0);
}

function wordOf(token: string): Word {
  let text = token;
  while (text.length > 1 && text.startsWith("-")) text = text.slice(1);
  return { text, pattern: patternOf(text), isNot: (token.length - text.length) % 2 === 1 };
}

/** Whether a filter has a regular expression, which no database can try. */
export const hasPattern = (filter: string): boolean => choicesOf(filter).some((words) => words.some(({ pattern }) => pattern !== null));

/** What is wrong with the first word of a filter that is to be a regular expression and is none: `/(/: missing )`; null = nothing. */
export function brokenPattern(filter: string): string | null {
  for (const { text } of choicesOf(filter).flat()) {
    const made = isPattern(text) ? compiled(text) : null;
    if (typeof made === "string") return `${text}: ${made}`;
  }
  return null;
}

/** `holds` is asked for one word at a time, in lower case; a regular expression is tried on `texts`. Nothing typed holds of all. */
export function fitsWords(filter: string, texts: readonly string[], holds = within(texts)): boolean {
  if (filter === "") return true;
  const choices = choicesOf(filter);
  const fits = ({ text, pattern, isNot }: Word): boolean =>
    (pattern === null ? holds(text.toLowerCase()) : texts.some((one) => pattern.test(one))) !== isNot;
  return choices.length === 0 || choices.some((words) => words.every(fits));
}

/** Where in a text stands what a filter asks for, from left to right and none over another; `most` of each word. */
export function placesOf(filter: string, text: string, most: number): Array<readonly [from: number, to: number]> {
  const lower = text.toLowerCase();
  // A letter that grows by being made small would move every place after it.
  if (lower.length !== text.length) return [];
  const all = choicesOf(filter)
    .flat()
    .filter(({ isNot }) => !isNot)
    .flatMap((word) => (word.pattern === null ? placesOfWord(lower, word.text, most) : placesOfPattern(text, word.pattern, most)))
    .sort(([a], [b]) => a - b);
  let end = 0;
  return all.filter(([from, to]) => {
    if (from < end) return false;
    end = to;
    return true;
  });
}

function placesOfWord(lower: string, typed: string, most: number): Array<readonly [number, number]> {
  const word = typed.toLowerCase();
  const places: Array<readonly [number, number]> = [];
  for (let at = lower.indexOf(word); at >= 0 && places.length < most; at = lower.indexOf(word, at + word.length))
    places.push([at, at + word.length]);
  return places;
}

function placesOfPattern(text: string, pattern: RegExp, most: number): Array<readonly [number, number]> {
  const places: Array<readonly [number, number]> = [];
  for (const { 0: found, index } of text.matchAll(new RegExp(pattern.source, "gi"))) {
    if (found !== "") places.push([index, index + found.length]);
    if (places.length >= most) break;
  }
  return places;
}

const within =
  (texts: readonly string[]) =>
  (word: string): boolean =>
    texts.some((text) => text.toLowerCase().includes(word));

const patterns = new Map<string, RegExp | null>();
const MOST_KEPT = 64;

const isPattern = (word: string): boolean => word.length >= 3 && word.startsWith("/") && word.endsWith("/");

/** Asked for each of two thousand rows: made once. Null for a plain word, and for what is no expression (yet): that is a word like any other. */
function patternOf(word: string): RegExp | null {
  if (!isPattern(word)) return null;
  const known = patterns.get(word);
  if (known !== undefined) return known;
  if (patterns.size >= MOST_KEPT) patterns.clear();
  const made = compiled(word);
  const pattern = typeof made === "string" ? null : made;
  patterns.set(word, pattern);
  return pattern;
}

/** The expression between the slashes, or what is wrong with it. */
function compiled(word: string): RegExp | string {
  try {
    return new RegExp(word.slice(1, -1), "i");
  } catch (error) {
    return String(error).replace(/^SyntaxError: Invalid regular expression: /, "");
  }
}
