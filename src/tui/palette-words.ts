/** Entries of the palette by what people call them who do not know our names: `csv` finds the export of a chart. */

interface Worded {
  /** What it is found by anyway: its title and what stands beside that. */
  text: string;
  /** Words and sentences that it is found by as well. */
  words: readonly string[];
}

/** One of the words or sentences, and its words in small letters. */
interface Phrase {
  phrase: string;
  words: readonly string[];
}

interface Known<T> {
  entry: T;
  /** In small letters. */
  text: string;
  phrases: readonly Phrase[];
  /** All their words, with a space before and behind each. */
  joined: string;
}

/** An entry with the words, or parts of sentences, that were meant. */
interface ByWords<T> {
  entry: T;
  said: string;
  /** Whether each of them is a word as it is, not the beginning of one. */
  isWhole: boolean;
  /** Letters of what was typed, in the text and in what is said. */
  positions: ReadonlySet<number>;
  saidPositions: ReadonlySet<number>;
}

/** Of fewer letters it is only found as a whole: anything begins so. */
const LEAST_BEGINNING = 3;
/** Nobody reads on in a sentence that is an aside. */
const MOST_SAID = 48;

/** What the short parts of names stand for. */
const ABBREVIATED: Readonly<Record<string, string>> = {
  lr: "learning rate",
  lrm: "learning rate",
  bpb: "bits per byte",
  mfu: "utilisation",
  eval: "evaluation",
  vocab: "vocabulary",
  seq: "sequence",
  len: "length",
  num: "number",
  dir: "folder",
};

/** `matrix_lr` is a learning rate, whether or not its help says so. */
export const spelledOut = (name: string): string[] => name.split(/[^a-z0-9]+/i).flatMap((part) => ABBREVIATED[part.toLowerCase()] ?? []);

/** What people say besides what they mean: left out where something else was typed too. */
const FILLERS: ReadonlySet<string> = new Set(
  "the a an my this that of to for in on another all please run mode curve graph plot me show make".split(" "),
);

/** A query without the words that name nothing; as it is where there are no others. */
export function withoutFillers(query: string): string {
  const meant = query.split(" ").filter((word) => !FILLERS.has(word.toLowerCase()));
  return meant.some((word) => word !== "") ? meant.join(" ") : query;
}

const WORD = /[\p{L}\p{N}]+/gu;
const parts = (text: string): string[] => text.toLowerCase().match(WORD) ?? [];
const isSaid = (typed: string, word: string): boolean => (typed.length < LEAST_BEGINNING ? word === typed : word.startsWith(typed));

/** Of many entries those that a query means by other words than their names', the nearest first. */
export class WordIndex<T> {
  readonly #known: ReadonlyArray<Known<T>>;

  constructor(entries: Iterable<T>, worded: (entry: T) => Worded) {
    this.#known = [...entries].flatMap((entry) => {
      const { text, words } = worded(entry);
      const phrases = words.map((phrase) => ({ phrase, words: parts(phrase) }));
      const joined = ` ${phrases.flatMap((one) => one.words).join(" ")} `;
      return phrases.length === 0 ? [] : [{ entry, text: text.toLowerCase(), phrases, joined }];
    });
  }

  /** Each word of the query must be in a name or begin a further word, and one at least must be such a word. Equals in the order of entries. */
  find(query: string): ByWords<T>[] {
    const typed = parts(query);
    const heads = typed.map((word) => (word.length < LEAST_BEGINNING ? ` ${word} ` : ` ${word}`));
    const found: Array<ByWords<T> & { far: number }> = [];
    for (const known of this.#known) if (isMeant(known, typed, heads)) found.push(this.#told(known, typed));
    return found.sort((a, b) => a.far - b.far);
  }

  #told({ entry, text, phrases }: Known<T>, typed: readonly string[]): ByWords<T> & { far: number } {
    const foreign = typed.filter((word) => !text.includes(word));
    const has = ({ words }: Phrase, word: string): boolean => words.some((one) => isSaid(word, one));
    const held = (one: Phrase): string[] => foreign.filter((word) => has(one, word));
    // One sentence that has all of them says more than one for each.
    const nearest = phrases.toSorted((a, b) => held(b).length - held(a).length);
    const meant = new Set(foreign.flatMap((word) => nearest.find((one) => has(one, word)) ?? []));
    const whole = foreign.filter((word) => phrases.some(({ words }) => words.includes(word))).length;
    const said = [...meant].map((one) => around(one.phrase, held(one))).join(", ");
    const positions = letters(
      text,
      typed.map((word) => [text.indexOf(word), word.length]),
    );
    const isWhole = whole === foreign.length;
    return { entry, said, isWhole, positions, saidPositions: beginnings(said, foreign), far: 2 * foreign.length - whole };
  }
}

/** Asked of every entry at each letter that is typed, and of most that is all: nothing is made for it. */
function isMeant({ text, joined }: Pick<Known<unknown>, "text" | "joined">, typed: readonly string[], heads: readonly string[]): boolean {
  let isForeign = false;
  for (let i = 0; i < typed.length; i++) {
    if (text.includes(typed[i]!)) continue;
    if (!joined.includes(heads[i]!)) return false;
    isForeign = true;
  }
  return isForeign;
}

/** Of a long sentence the part that begins with the first of the words. */
function around(phrase: string, words: readonly string[]): string {
  if (phrase.length <= MOST_SAID) return phrase;
  const from = Math.min(...words.map((word) => startOf(phrase, word)));
  const to = phrase.length - from <= MOST_SAID ? phrase.length : Math.max(phrase.lastIndexOf(" ", from + MOST_SAID), from + 1);
  return `${from > 0 ? "…" : ""}${phrase.slice(from, to)}${to < phrase.length ? "…" : ""}`;
}

const startOf = (phrase: string, word: string): number =>
  [...phrase.matchAll(WORD)].find(([one]) => isSaid(word, one.toLowerCase()))?.index ?? 0;

/** Of stretches of code units (-1 = none) the letters, as a text is drawn. */
function letters(text: string, stretches: ReadonlyArray<readonly [at: number, length: number]>): Set<number> {
  const begin = (at: number): number => [...text.slice(0, at)].length;
  return new Set(
    stretches.flatMap(([at, length]) => (at < 0 ? [] : Array.from({ length: begin(at + length) - begin(at) }, (_, i) => begin(at) + i))),
  );
}

const beginnings = (said: string, words: readonly string[]): Set<number> =>
  letters(
    said,
    words.map((word) => [startOf(said, word), word.length]),
  );
