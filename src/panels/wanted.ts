/** What is typed to find things, in one way for all lists: words that must hold, `-word` that must not, `|` between what is enough. */

/** `holds` is asked for one word at a time, in lower case. Nothing typed holds of all. */
export function fitsWords(filter: string, holds: (word: string) => boolean): boolean {
  const choices = filter
    .toLowerCase()
    .split("|")
    .map((words) => words.trim().split(/\s+/).filter(Boolean))
    .filter((words) => words.length > 0);
  const fits = (word: string): boolean => (word.length > 1 && word.startsWith("-") ? !holds(word.slice(1)) : holds(word));
  return choices.length === 0 || choices.some((words) => words.every(fits));
}
