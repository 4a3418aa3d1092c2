/** Everything by its name: type a few letters of it. */
import type { Line, Span, Tone } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { cut, textWidth } from "../lib/graphemes.ts";
import { actionFor } from "./actions.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./notices.ts";
import type { Overlay } from "./overlay.ts";
import { actionEntryId, type Entry, entriesAtHand, LOOKED_FOR } from "./palette-entries.ts";
import { WordIndex, withoutFillers } from "./palette-words.ts";
import { PickList } from "./pick-list.ts";

interface Match {
  entry: Entry;
  /** It was used a short while ago. */
  recent: boolean;
  /** Where all are listed: what it stands under, and whether it is the first there. */
  head?: { text: string; begins: boolean };
  /** Letters that matched, of `textOf`. */
  positions: ReadonlySet<number>;
  /** The further word that was meant, where its name has not what is typed. */
  said?: { text: string; positions: ReadonlySet<number> };
}

const NOWHERE: ReadonlySet<number> = new Set();

const MOST_RECENT = 6;
/** Columns of what kind it is, and of what it stands under. */
const TAG_WIDTH = 12;
const HEAD_WIDTH = 20;
const RECENT = "Used last";
const LONGEST_QUERY = 200;

type Fuzzy = typeof import("fzf");

/** Entries with what finds those that a query names, best first. */
interface Finder {
  entries: readonly Entry[];
  find: (query: string) => Match[];
}

/** With one of these a longer query may find more than a shorter one: it turns a word round, offers another or says where it stands. */
const OPERATORS = /[!|^$'\\]/;

/** What is there, narrowed by what is typed. Its library is loaded when the palette is opened for the first time. */
class Index {
  readonly #entries = new Map<string, Entry>();
  #fuzzy: Fuzzy | null = null;
  /** Of everything. */
  #whole: Finder | null = null;
  /** Of what is left after the beginning of a query: whoever types on is not compared with everything again for each letter. */
  #left: { query: string; finder: Finder } | null = null;
  #words: WordIndex<Entry> | null = null;
  /** What is shown without a query. */
  #all: readonly Match[] | null = null;
  #last: { query: string; matches: readonly Match[]; isWhole: boolean } | null = null;
  /** Of those that were used last, the ones that stand at the top: what comes later must not push rows down. */
  readonly #top: readonly string[];

  constructor(
    private readonly recent: readonly string[],
    atHand: readonly Entry[],
    /** What a key does where the palette was opened, as an entry's id. */
    private readonly ofKey: (key: string) => string | null,
  ) {
    this.add(atHand);
    this.#top = recent.filter((id) => this.#entries.has(id));
  }

  /** What is there already is told anew in its place. */
  add(entries: readonly Entry[]): void {
    for (const one of entries) this.#entries.set(one.id, one);
    this.#changed();
  }

  use(fuzzy: Fuzzy): void {
    this.#fuzzy = fuzzy;
    this.#changed();
  }

  #changed(): void {
    this.#whole = null;
    this.#left = null;
    this.#words = null;
    this.#all = null;
    if (this.#last !== null) this.#last.isWhole = false;
  }

  /** Best first; without a query what was used last, then all under headings, what matters here first. What comes in later stands last. */
  matches(query: string): readonly Match[] {
    // Nothing has a name of that length; a paste by mistake must not be compared with everything.
    if (query.length > LONGEST_QUERY) return [];
    const last = this.#last ?? { query: null, matches: [], isWhole: false };
    if (last.query === query && last.isWhole) return last.matches;
    const found = query === "" ? this.#listed() : this.#keyFirst(this.#search(query), query);
    const matches = last.query === query ? inTheirPlace(last.matches, found) : found;
    this.#last = { query, matches, isWhole: true };
    return matches;
  }

  #listed(): readonly Match[] {
    this.#all ??= this.#underHeadings();
    return this.#all;
  }

  #underHeadings(): Match[] {
    const used = this.#top.flatMap((id) => this.#entries.get(id) ?? []);
    const rest = [...this.#entries.values()].filter(({ id }) => !this.#top.includes(id));
    const listed = [...used.map((entry) => ({ entry, text: RECENT })), ...rest.map((entry) => ({ entry, text: entry.group }))];
    return listed.map(({ entry, text }, i) => ({
      entry,
      recent: i < used.length,
      head: { text, begins: listed[i - 1]?.text !== text },
      positions: NOWHERE,
    }));
  }

  /** Whoever types a key means what it does, as in editors that have `:q`. */
  #keyFirst(found: Match[], query: string): Match[] {
    const entry = this.#entries.get(this.ofKey(query) ?? "");
    if (entry === undefined) return found;
    const own = found.find((match) => match.entry.id === entry.id) ?? { entry, recent: this.#isRecent(entry), positions: NOWHERE };
    return [own, ...found.filter((match) => match !== own)];
  }

  #search(typed: string): Match[] {
    this.#words ??= new WordIndex([...this.#entries.values()].sort(byUse), (entry) => ({ text: textOf(entry), words: entry.words }));
    const words = this.#words;
    const meant = withoutFillers(typed);
    // Where all that was typed is what something is called (`new run`), nothing of it is filling.
    const query = meant !== typed && words.find(typed).some(isDone) ? typed : meant;
    if (this.#fuzzy === null) return this.#spelledOut(query, words);
    const whole = this.#finder(this.#fuzzy);
    if (OPERATORS.test(query)) return whole.find(query);
    const { entries, find } = this.#left !== null && query.startsWith(this.#left.query) ? this.#left.finder : whole;
    const found = find(query);
    // Not for a few less: what finds things in them is made anew.
    if (entries.length > 0 && found.length <= entries.length / 2) {
      const names = new Set(found.map(({ entry }) => entry.id));
      this.#left = {
        query,
        finder: this.#finderOf(
          this.#fuzzy,
          entries.filter(({ id }) => names.has(id)),
        ),
      };
    }
    return this.#withWords(actionsFirst(nearest(found, query), query), found, query, words);
  }

  /**
   * What is named so goes before what is only called so, but for what can only refuse now, or has a word beside its name: before that
   * comes an action that is called so in words of its own. What merely has the letters comes where there is neither.
   */
  #withWords(named: Match[], found: Match[], query: string, words: WordIndex<Entry>): Match[] {
    const names = new Set(named.map(({ entry }) => entry.id));
    const called = words.find(query).filter(({ entry }) => !names.has(entry.id));
    const behind = named.findIndex(({ entry }) => entry.refused || isAside(entry, query));
    const at = behind < 0 ? named.length : behind;
    const match = ({ entry, positions, said, saidPositions }: Called): Match => {
      return { entry, recent: this.#isRecent(entry), positions, said: { text: said, positions: saidPositions } };
    };
    const others = called.filter((one) => !isDone(one));
    const all = [...named.slice(0, at), ...called.filter(isDone).map(match), ...named.slice(at), ...others.map(match)];
    return all.length > 0 ? all : found;
  }

  /** Whoever types at once must not get everything, and take the first of it. */
  #spelledOut(query: string, words: WordIndex<Entry>): Match[] {
    const found = [...this.#entries.values()].filter((one) => hasWords(textOf(one).toLowerCase(), query));
    const named = found.sort(byUse).map((entry): Match => ({ entry, recent: this.#isRecent(entry), positions: NOWHERE }));
    return this.#withWords(actionsFirst(named, query), [], query, words);
  }

  /** Does now what the first search would take time for. */
  prepare(): void {
    if (this.#fuzzy !== null) this.#finder(this.#fuzzy);
  }

  #finder(fuzzy: Fuzzy): Finder {
    this.#whole ??= this.#finderOf(fuzzy, [...this.#entries.values()]);
    return this.#whole;
  }

  #finderOf({ Fzf, extendedMatch }: Fuzzy, entries: readonly Entry[]): Finder {
    const last = (entry: Entry): number => 2 * useOf(entry) + (this.#isRecent(entry) ? 0 : 1);
    const finder = new Fzf(entries, {
      selector: textOf,
      match: extendedMatch,
      // The other one tries all ways in which the letters lie in a name: ten times the work, for another order among the same.
      fuzzy: "v1",
      tiebreakers: [(a, b) => last(a.item) - last(b.item)],
    });
    const find: Finder["find"] = (query) =>
      finder.find(query).map(({ item, positions }) => ({ entry: item, recent: this.#isRecent(item), positions }));
    return { entries, find };
  }

  #isRecent({ id }: Entry): boolean {
    return this.recent.includes(id);
  }
}

type Called = ReturnType<WordIndex<Entry>["find"]>[number];

/** An action that can be done now, by words as they are. */
const isDone = ({ entry, isWhole }: Called): boolean => isWhole && entry.section === "action" && !entry.refused;

/** What has the words elsewhere than in its name, such as a run in its state. */
const isAside = ({ section, title }: Entry, query: string): boolean => section !== "action" && !hasWords(title.toLowerCase(), query);

const hasWords = (text: string, query: string): boolean =>
  query
    .toLowerCase()
    .split(" ")
    .every((word) => text.includes(word));

/** Of equals what does something now goes first: others only refuse, or only tell keys. */
const useOf = ({ refused, section }: Entry): number => (refused || section === "help" ? 1 : 0);
const byUse = (a: Entry, b: Entry): number => useOf(a) - useOf(b);

/** Letters that lie anywhere in a long line are in most lines: those that are named by beginnings of words. */
function nearest(found: Match[], query: string): Match[] {
  const words = new Set(query.toLowerCase().split(" "));
  return found.filter(({ entry, positions }) => isNamed(textOf(entry).toLowerCase(), positions, words));
}

/**
 * Whoever types the beginning of an action's name means it, also where it can only refuse: what has that elsewhere than in its name,
 * such as a run in its state, must not be taken instead.
 */
function actionsFirst(found: Match[], query: string): Match[] {
  const typed = query.trim().toLowerCase();
  const isMeant = ({ entry }: Match): boolean => entry.section === "action" && entry.title.toLowerCase().startsWith(typed);
  const last = found.findLastIndex(isMeant);
  const [before, after] = [found.slice(0, last + 1), found.slice(last + 1)];
  const isBeside = ({ entry }: Match): boolean => isAside(entry, typed);
  return [...before.filter((one) => !isBeside(one)), ...before.filter(isBeside), ...after];
}

const BEGINS = /(?:^|[^\p{L}\p{N}])$/u;

/** Whether it has the words of the query, or what matched is made of some of them and of beginnings of words. */
function isNamed(text: string, positions: ReadonlySet<number>, words: ReadonlySet<string>): boolean {
  if ([...words].every((word) => text.includes(word))) return true;
  const letters = [...text];
  const starts = [...positions].filter((at) => !positions.has(at - 1));
  return starts.every((from) => {
    let to = from;
    while (positions.has(to)) to++;
    return BEGINS.test(letters.slice(Math.max(0, from - 1), from).join("")) || words.has(letters.slice(from, to).join(""));
  });
}

/** Those that were there stay where they were, as they are now; the others follow. */
function inTheirPlace(before: readonly Match[], now: readonly Match[]): Match[] {
  const byId = new Map(now.map((match) => [match.entry.id, match]));
  const kept = before.map((match) => byId.get(match.entry.id) ?? match);
  for (const { entry } of before) byId.delete(entry.id);
  return [...kept, ...byId.values()];
}

const textOf = ({ title, detail, section }: Entry): string => `${title} ${detail} ${section}`;
/** Where its parts begin, in letters. */
const detailAt = ({ title }: Entry): number => [...title].length + 1;
const sectionAt = (entry: Entry): number => detailAt(entry) + [...entry.detail].length + 1;

/** What had to be looked for when the palette was opened last: of that, what was used last stands at the top at once. */
const lookedFor = new WeakMap<AppContext, readonly Entry[]>();

/** Of letters and signs alone: keys that have a name, such as `end`, are words as well. */
const actionOfKey =
  (app: AppContext) =>
  (key: string): string | null => {
    const action = [...key].length === 1 ? actionFor(app.actions, key, app.groups()) : undefined;
    return action === undefined ? null : actionEntryId(action);
  };

/** Opens at once with what is at hand; `ready` settles when the list can be narrowed and holds what had to be looked for (`looks`). */
export function openPalette(app: AppContext, close: () => void, looks = LOOKED_FOR): { overlay: Overlay; ready: Promise<void> } {
  const found = lookedFor.get(app) ?? [];
  lookedFor.set(app, []);
  const index = new Index(
    app.state.recent,
    [...entriesAtHand(app), ...found.filter(({ id }) => app.state.recent.includes(id))],
    actionOfKey(app),
  );
  const overlay = new PickList<Match>(
    {
      title: "palette",
      note: (query) => (query === "" ? "tab next heading · enter takes it · esc closes" : "enter takes it · esc closes"),
      begins: ({ head }) => head?.begins === true,
      nothing: "Nothing is called that",
      height: (shown) => shown,
      matches: (query) => index.matches(query),
      drawRow,
      take: ({ entry }) => {
        close();
        app.state.recent = [entry.id, ...app.state.recent.filter((id) => id !== entry.id)].slice(0, MOST_RECENT);
        const reason = entry.reason();
        if (reason === null) entry.take();
        else refuse(app, entry.title, reason);
      },
    },
    close,
  );
  const ready = Promise.all([
    import("fzf").then((fuzzy) => index.use(fuzzy)),
    ...looks.map(async (look) => {
      const entries = await look(app);
      lookedFor.set(app, [...(lookedFor.get(app) ?? []), ...entries]);
      index.add(entries);
      app.touch();
    }),
  ]).then(() => index.prepare());
  return { overlay, ready };
}

/** What kind it is or what it stands under, its name with the letters that matched, what else there is to say, and its keys. */
function drawRow(match: Match, row: Region, isTop: boolean): void {
  const { entry, positions, said } = match;
  const reason = entry.reason();
  const left = drawTag(match, row, isTop);
  const keys = entry.keys.join(" ");
  const name = row.sub(left, 0, row.width - left - textWidth(keys) - 2, 1);
  const end = name.line(0, 0, marked(cut(entry.title, name.width), 0, positions, reason === null ? "text" : "muted"));
  const aside = name.sub(end + 2, 0, Math.max(0, name.width - end - 2), 1);
  const detail = cut(entry.detail, aside.width);
  // A space and two brackets stand around what is said.
  const room = Math.max(0, aside.width - textWidth(detail) - 3);
  const word =
    said === undefined ? [] : [plain(detail === "" ? "(" : " ("), ...marked(cut(said.text, room), 0, said.positions, "muted"), plain(")")];
  const told = [...marked(detail, detailAt(entry), positions, "muted"), ...word];
  const why = reason === null ? [] : [plain(`${told.length > 0 ? " · " : ""}${reason}`)];
  aside.line(0, 0, [...told, ...why]);
  row.put(row.width - textWidth(keys) - 1, 0, keys, { tone: "accent" });
}

const plain = (text: string): Span => ({ text, tone: "muted" });

/** A text that stands at a place in `textOf`: what of it was typed can be told, for letters may lie far apart. */
const marked = (text: string, from: number, positions: ReadonlySet<number>, tone: Tone): Span[] =>
  [...text].map((letter, i) => ({ text: letter, tone, bold: positions.has(from + i), underline: positions.has(from + i) }));

/** Returns the column behind it. What of a list is under its heading has that once, and again at the top of what is to be seen. */
function drawTag({ entry, recent, head, positions }: Match, row: Region, isTop: boolean): number {
  if (head === undefined) {
    const own: Line = recent ? [{ text: "recent", tone: "info" }] : marked(entry.section, sectionAt(entry), positions, "muted");
    row.sub(1, 0, TAG_WIDTH - 2, 1).line(0, 0, own);
    return TAG_WIDTH;
  }
  const width = Math.min(HEAD_WIDTH, Math.floor(row.width / 3));
  const tag = row.sub(1, 0, width - 2, 1);
  if (head.begins || isTop) tag.line(0, 0, [{ text: head.text, tone: recent ? "info" : "accent", bold: true }]);
  return width;
}
