/** Which words of a text are not in an earlier one, in order. */

/** Beyond so many words in either text, all between the common start and end counts as changed. */
const MOST_WORDS = 400;

export interface Word {
  text: string;
  changed: boolean;
}

const wordsOf = (text: string): string[] => text.match(/\s+|[^\s]+/g) ?? [];
const isSpace = (word: string): boolean => /^\s/.test(word);

/** The words of `text` with the space between them; changed are those outside the longest common row of words. */
export function changedWords(text: string, before: string): Word[] {
  const now = wordsOf(text);
  const then = wordsOf(before).filter((word) => !isSpace(word));
  const places = now.flatMap((word, i) => (isSpace(word) ? [] : [i]));
  const kept = commonRow(
    places.map((i) => now[i]!),
    then,
  );
  const same = new Set(kept.map((n) => places[n]!));
  return now.map((word, i) => ({ text: word, changed: !isSpace(word) && !same.has(i) }));
}

/** Indices into `a` of a longest common subsequence with `b`. */
function commonRow(a: readonly string[], b: readonly string[]): number[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const kept = Array.from({ length: start }, (_, i) => i);
  const middle = [a.slice(start, a.length - end), b.slice(start, b.length - end)] as const;
  if (middle[0].length <= MOST_WORDS && middle[1].length <= MOST_WORDS) kept.push(...longest(...middle).map((i) => i + start));
  return [...kept, ...Array.from({ length: end }, (_, i) => a.length - end + i)];
}

/** By the table of lengths of the common rows of all ends. */
function longest(a: readonly string[], b: readonly string[]): number[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const found: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      found.push(i++);
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return found;
}
