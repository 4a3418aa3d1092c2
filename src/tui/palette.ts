/** Everything by its name: type a few letters of it. */
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { AppContext } from "./context.ts";
import type { Overlay } from "./overlay.ts";
import { type Entry, entriesAtHand, LOOKED_FOR } from "./palette-entries.ts";
import { PickList } from "./pick-list.ts";

interface Match {
  entry: Entry;
  /** It was used a short while ago. */
  recent: boolean;
  /** Letters of the title that matched. */
  positions: ReadonlySet<number>;
}

const MOST_RECENT = 6;
const TAG_WIDTH = 11;
const LONGEST_QUERY = 200;

type Fuzzy = typeof import("fzf");

/** What is there, narrowed by what is typed. Its library is loaded when the palette is opened for the first time. */
class Index {
  #entries: Entry[] = [];
  #fuzzy: Fuzzy | null = null;
  #find: ((query: string) => Match[]) | null = null;
  #last: { query: string; matches: readonly Match[] } | null = null;

  constructor(private readonly recent: readonly string[]) {}

  add(entries: readonly Entry[]): void {
    this.#entries.push(...entries);
    this.#find = this.#last = null;
  }

  use(fuzzy: Fuzzy): void {
    this.#fuzzy = fuzzy;
    this.#find = this.#last = null;
  }

  /** Best first; without a query what was used last, then all in the order of their kinds. */
  matches(query: string): readonly Match[] {
    // Nothing has a name of that length; a paste by mistake must not be compared with everything.
    if (query.length > LONGEST_QUERY) return [];
    if (this.#last?.query !== query) this.#last = { query, matches: query === "" ? this.#all() : this.#search(query) };
    return this.#last.matches;
  }

  #all(): Match[] {
    const used = this.recent.flatMap((id) => this.#entries.find((one) => one.id === id) ?? []);
    const plain = (entry: Entry, recent: boolean): Match => ({ entry, recent, positions: new Set() });
    return [...used.map((one) => plain(one, true)), ...this.#entries.filter((one) => !used.includes(one)).map((one) => plain(one, false))];
  }

  #search(query: string): Match[] {
    if (this.#fuzzy === null) {
      // Whoever types at once must not get everything, and take the first of it.
      const words = query.toLowerCase().split(" ");
      const found = this.#entries.filter((one) => words.every((word) => textOf(one).toLowerCase().includes(word)));
      return found.map((entry) => ({ entry, recent: this.#isRecent(entry), positions: new Set() }));
    }
    this.prepare();
    return this.#find?.(query) ?? [];
  }

  /** Does now what the first search would take time for. */
  prepare(): void {
    if (this.#fuzzy === null || this.#find !== null) return;
    const { Fzf, extendedMatch } = this.#fuzzy;
    const last = (entry: Entry): number => (this.#isRecent(entry) ? 0 : 1);
    const finder = new Fzf(this.#entries, {
      selector: textOf,
      match: extendedMatch,
      // The other one tries all ways in which the letters lie in a name: ten times the work, for another order among the same.
      fuzzy: "v1",
      tiebreakers: [(a, b) => last(a.item) - last(b.item)],
    });
    this.#find = (wanted) => finder.find(wanted).map(({ item, positions }) => ({ entry: item, recent: this.#isRecent(item), positions }));
  }

  #isRecent({ id }: Entry): boolean {
    return this.recent.includes(id);
  }
}

const textOf = ({ title, detail, section }: Entry): string => `${title} ${detail} ${section}`;

/** Opens at once with what is at hand; `ready` settles when the list can be narrowed and holds what had to be looked for. */
export function openPalette(app: AppContext, close: () => void): { overlay: Overlay; ready: Promise<void> } {
  const index = new Index(app.state.recent);
  index.add(entriesAtHand(app));
  const overlay = new PickList<Match>(
    {
      title: "palette",
      note: "enter takes it · esc closes",
      nothing: "Nothing is called that",
      height: (shown) => shown,
      matches: (query) => index.matches(query),
      drawRow: (match, row) => drawRow(match, row),
      take: ({ entry }) => {
        close();
        app.state.recent = [entry.id, ...app.state.recent.filter((id) => id !== entry.id)].slice(0, MOST_RECENT);
        const reason = entry.reason();
        if (reason === null) entry.take();
        else app.notify("warn", `${entry.title}: ${reason}`);
      },
    },
    close,
  );
  const ready = Promise.all([
    import("fzf").then((fuzzy) => index.use(fuzzy)),
    ...LOOKED_FOR.map(async (look) => {
      index.add(await look(app));
      app.touch();
    }),
  ]).then(() => index.prepare());
  return { overlay, ready };
}

/** What kind it is, its name with the letters that matched, what else there is to say, and its keys at the right. */
function drawRow({ entry, recent, positions }: Match, row: Region): void {
  const reason = entry.reason();
  row.sub(1, 0, TAG_WIDTH - 2, 1).put(0, 0, recent ? "recent" : entry.section, { tone: recent ? "info" : "muted" });
  const keys = entry.keys.join(" ");
  const name = row.sub(TAG_WIDTH, 0, row.width - TAG_WIDTH - textWidth(keys) - 2, 1);
  const end = name.line(
    0,
    0,
    [...entry.title].map((text, at) => ({
      text,
      tone: reason === null ? ("text" as const) : ("muted" as const),
      bold: positions.has(at),
      underline: positions.has(at),
    })),
  );
  const aside = [entry.detail, reason ?? ""].filter(Boolean).join(" · ");
  if (aside !== "") name.sub(end + 2, 0, Math.max(0, name.width - end - 2), 1).line(0, 0, [{ text: aside, tone: "muted" }]);
  row.put(row.width - textWidth(keys) - 1, 0, keys, { tone: "accent" });
}
