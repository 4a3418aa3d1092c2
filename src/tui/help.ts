/** All keys, from the action table: what is shown is what works, nearest to where one is first; `/` narrows it. */
import type { Region } from "../lib/canvas.ts";
import { cut, textWidth } from "../lib/graphemes.ts";
import { fitsWords } from "../lib/wanted.ts";
import type { AppContext } from "./context.ts";
import { LineEditor } from "./editor.ts";
import { drawFilter } from "./filter-line.ts";
import { type HelpSection, helpHere, helpSections } from "./help-sections.ts";
import { type Key, keyLabel } from "./keys.ts";
import { type Overlay, overlayBox, pressable, type Zones } from "./overlay.ts";
import type { Group } from "./pane.ts";
import { focusName } from "./tabs.ts";
import type { Cursor } from "./terminal.ts";

type Line = HelpSection["entries"][number];
type Entry = Extract<Line, { action: unknown }>;
/** The head of a section, one of its actions, or a sign and what it means. */
type Row = { head: string; aside: string } | Line;

/** The longest title fits. */
const COLUMN_WIDTH = 51;
const KEYS_WIDTH = 13;
/** Borders, and air beside them. */
const AROUND = 6;

const isEntry = (row: Row | undefined): row is Entry => row !== undefined && "action" in row;

/** What the filter looks through. */
const wordsOf = (line: Line): readonly string[] =>
  isEntry(line) ? [line.action.title, line.action.id, ...(line.action.words ?? []), ...line.keys] : [line.glyph, line.means];

/** Where rows stand: they flow from column to column, and those that have no room come below the last. */
interface Grid {
  rows: readonly Row[];
  columns: number;
  /** Rows of each column. */
  height: number;
}

const pageOf = ({ columns, height }: Grid): number => columns * height;

export class HelpOverlay implements Overlay {
  #scroll = 0;
  /** As it was drawn last: keys move in what was seen. */
  #grid: Grid = { rows: [], columns: 1, height: 0 };
  #all = false;
  #filter = "";
  /** While the filter is typed. */
  #editor: LineEditor | null = null;
  /** Nothing is, until somebody goes to it: enter that is meant to close must not do anything. */
  #selected: Entry | null = null;
  readonly #sections: readonly HelpSection[];
  readonly #count: number;

  /** `topic`: the keys of one group, as the palette offers; null: those that work where one is, the others on a second `?`. */
  constructor(
    private readonly app: AppContext,
    private readonly topic: Group | null,
    private readonly close: () => void,
  ) {
    this.#sections = topic === null ? helpHere(app) : helpSections(app.actions, [topic]);
    this.#count = this.#sections.reduce((sum, { entries }) => sum + entries.filter(isEntry).length, 0);
  }

  key(key: Key): void {
    const { name } = key;
    const move = MOVES[name];
    if (this.#editor !== null) this.#type(key, this.#editor);
    else if (name === "/") this.#editor = new LineEditor(this.#filter);
    else if (move !== undefined) this.#select(move(this.#grid));
    else if (name === "pagedown") this.#by(pageOf(this.#grid));
    else if (name === "pageup") this.#by(-pageOf(this.#grid));
    else if (name === "?" && !this.#all) this.#all = true;
    else if (name === "esc" && this.#filter !== "") this.#narrow("");
    else if (name === "enter" && this.#selected !== null) this.#run(this.#selected);
    else {
      this.close();
      // What is not in the list is looked for there. Other keys only close: what they would do was not what one came for.
      if (this.app.actions.find(({ id }) => id === "palette")?.keys.includes(name)) this.app.runAction("palette");
    }
  }

  get isTyped(): boolean {
    return this.#editor !== null;
  }

  paste(text: string): void {
    if (this.#editor === null) return;
    this.#editor.insert(text);
    this.#narrow(this.#editor.text);
  }

  draw(region: Region, zones: Zones): Cursor {
    const usual = this.#rows("");
    const isNarrowed = this.#editor !== null || this.#filter !== "";
    const most = Math.max(0, region.height - 2 - (isNarrowed ? 1 : 0));
    // No more columns than it takes to show all at once; what is found stands where it was looked for.
    const size = gridOf(usual, region.width, most);
    const found = this.#filter === "" ? usual : this.#rows(this.#filter);
    const grid = this.#filter === "" ? size : gridOf(found, COLUMN_WIDTH * size.columns + AROUND, size.height);
    this.#grid = grid;
    this.#scroll = Math.max(0, Math.min(this.#scroll, grid.rows.length - pageOf(grid)));
    zones.add(region, { press: () => this.close(), wheel: (by) => this.#by(by) });
    const note = this.#note(grid);
    const inside = overlayBox(region, {
      width: COLUMN_WIDTH * size.columns + AROUND,
      height: size.height + 2 + (isNarrowed ? 1 : 0),
      title: this.topic === null ? `help · ${focusName(this.app)}` : "help",
      note,
    });
    pressable(inside, note, zones, (key) => this.key(key));
    this.#drawGrid(grid, inside);
    if (found.length === 0) inside.put(0, 0, "Nothing is called that", { tone: "muted" });
    if (!isNarrowed) return null;
    const line = inside.sub(0, inside.height - 1, inside.width, 1);
    const x = drawFilter(this.#editor ?? this.#filter, line);
    return this.#editor === null ? null : { x, y: line.y };
  }

  #drawGrid({ rows, columns, height }: Grid, inside: Region): void {
    for (let column = 0; column < columns; column++) {
      const part = inside.sub(column * (COLUMN_WIDTH + 1), 0, COLUMN_WIDTH, height);
      const from = this.#scroll + column * height;
      rows.slice(from, from + height).forEach((row, y) => {
        const line = part.sub(0, y, part.width, 1);
        if (row === this.#selected) line.fill("surface");
        if (isEntry(row)) drawEntry(row, line, row.action.disabled(this.app) === null);
        else if ("glyph" in row) drawSign(row, line);
        else drawHead(row, line);
      });
    }
  }

  /** As much as the narrowest box has room for. */
  #note(grid: Grid): string {
    const below = grid.rows.length - pageOf(grid) - this.#scroll;
    const more = below > 0 ? `${below} more below` : "";
    const count = this.#filter === "" ? "" : `${grid.rows.filter(isEntry).length} of ${this.#count}`;
    const parts =
      this.#selected === null
        ? [count, more, count === "" ? "/ filter" : "", this.#all || count !== "" ? "" : "? all keys"]
        : [count, "enter does it"];
    return [...parts, count === "" ? "esc closes" : "esc clears"].filter(Boolean).join(" · ");
  }

  #rows(filter: string): Row[] {
    return this.#sections
      .filter(({ elsewhere }) => filter !== "" || this.#all || !elsewhere)
      .flatMap(({ title, elsewhere, entries }) => {
        const found = entries.filter((line) => fitsWords(filter, [...wordsOf(line), title]));
        return found.length === 0 ? [] : [{ head: title, aside: elsewhere ? "elsewhere" : "" }, ...found];
      });
  }

  #type(key: Key, editor: LineEditor): void {
    const arrow = key.text === null ? ARROWS[key.name] : undefined;
    if (arrow !== undefined) this.#select(arrow);
    else if (key.name === "enter" && this.#selected !== null) this.#run(this.#selected);
    else if (key.name === "esc") editor.text = "";
    else if (key.name !== "enter") editor.key(key);
    if (editor.text !== this.#filter) this.#narrow(editor.text);
    if (key.name === "esc" || key.name === "enter") this.#editor = null;
  }

  #narrow(filter: string): void {
    this.#filter = filter;
    this.#scroll = 0;
    this.#selected = null;
  }

  #by(rows: number): void {
    this.#scroll += rows;
  }

  /** Goes on by so many rows to an action, past the heads of sections, and brings it into view. */
  #select(by: number): void {
    const { rows } = this.#grid;
    let at = this.#selected === null ? (by > 0 ? this.#scroll - 1 : this.#scroll + 1) : rows.indexOf(this.#selected);
    at += this.#selected === null ? Math.sign(by) : by;
    while (rows[at] !== undefined && !isEntry(rows[at])) at += Math.sign(by);
    const row = rows[at];
    if (!isEntry(row)) return;
    this.#selected = row;
    this.#scroll = Math.max(Math.min(this.#scroll, at), at - pageOf(this.#grid) + 1);
  }

  #run({ action }: Entry): void {
    this.close();
    this.app.runAction(action.id);
  }
}

/** Those that edit no line: what is narrowed can be gone through while one types. */
const ARROWS: Readonly<Record<string, number>> = { down: 1, up: -1 };

const MOVES: Readonly<Record<string, (grid: Grid) => number>> = {
  down: () => 1,
  j: () => 1,
  up: () => -1,
  k: () => -1,
  right: ({ height }) => height,
  left: ({ height }) => -height,
};

function gridOf(rows: readonly Row[], width: number, height: number): Grid {
  const wanted = Math.ceil(rows.length / Math.max(1, height));
  const columns = Math.max(1, Math.min(wanted, Math.floor((width - AROUND) / COLUMN_WIDTH)));
  return { rows, columns, height: Math.max(0, Math.min(Math.ceil(rows.length / columns), height)) };
}

function drawHead({ head, aside }: Exclude<Row, Line>, row: Region): void {
  const end = row.put(0, 0, head, { tone: "accent", bold: true });
  if (aside !== "") row.put(end + 2, 0, aside, { tone: "muted" });
}

/** As the chart has it, in the column of the keys. */
function drawSign({ glyph, tone, means }: Exclude<Line, Entry>, row: Region): void {
  row.put(KEYS_WIDTH - textWidth(glyph), 0, glyph, { tone });
  row.put(KEYS_WIDTH + 2, 0, means);
}

/** What cannot be done now is dim; `enter` on it tells why. */
function drawEntry({ action, keys }: Entry, row: Region, can: boolean): void {
  // What has no key is found there.
  const text = keys.length === 0 ? "palette" : cut(keys.map(keyLabel).join(" "), KEYS_WIDTH);
  row.put(Math.max(0, KEYS_WIDTH - textWidth(text)), 0, text, keys.length === 0 ? { tone: "muted" } : { bold: true });
  row
    .sub(KEYS_WIDTH + 2, 0, row.width - KEYS_WIDTH - 2, 1)
    .line(0, 0, [can ? { text: action.title } : { text: action.title, tone: "muted" }]);
}
