/**
 * What is typed to find things, in one way for all lists: words that must hold, `-word` that must not, `|` between what is
 * enough. A word between slashes is a regular expression: `/^train.(loss|dt)$/`.
 */

/** Regular expressions first: what divides words elsewhere may stand in them. */
const TOKEN = /-?\/(?:\\.|[^/\\])+\/(?=[\s|]|$)|\||[^\s|]+/g;

/** `holds` is asked for one word at a time, in lower case; a regular expression is tried on `texts`. Nothing typed holds of all. */
export function fitsWords(filter: string, texts: readonly string[], holds = within(texts)): boolean {
  if (filter === "") return true;
  const choices: string[][] = [[]];
  for (const [token] of filter.matchAll(TOKEN)) {
    if (token === "|") choices.push([]);
    else choices.at(-1)?.push(token);
  }
  const asked = choices.filter((words) => words.length > 0);
  const fits = (word: string): boolean => {
    if (word.length > 1 && word.startsWith("-")) return !fits(word.slice(1));
    const pattern = patternOf(word);
    return pattern === null ? holds(word.toLowerCase()) : texts.some((text) => pattern.test(text));
  };
  return asked.length === 0 || asked.some((words) => words.every(fits));
}

const within =
  (texts: readonly string[]) =>
  (word: string): boolean =>
    texts.some((text) => text.toLowerCase().includes(word));

const patterns = new Map<string, RegExp | null>();
const MOST_KEPT = 64;

/** Asked for each of two thousand rows: made once. Null for a plain word, and for what is no expression (yet). */
function patternOf(word: string): RegExp | null {
  if (word.length < 3 || !word.startsWith("/") || !word.endsWith("/")) return null;
  const known = patterns.get(word);
  if (known !== undefined) return known;
  if (patterns.size >= MOST_KEPT) patterns.clear();
  let pattern: RegExp | null = null;
  try {
    pattern = new RegExp(word.slice(1, -1), "i");
  } catch {
    // Then it is a word like any other.
  }
  patterns.set(word, pattern);
  return pattern;
}
