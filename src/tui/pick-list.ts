/** An overlay of a line to type into and the list that it narrows: arrows select, enter or a click takes one, esc leaves. */
import type { Region } from "../lib/canvas.ts";
import { wrap } from "../lib/graphemes.ts";
import { LineEditor } from "./editor.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, pressable, type Zones } from "./overlay.ts";
import type { Cursor } from "./terminal.ts";

interface Look<T> {
  title: string;
  note: (query: string) => string;
  /** Shown while nothing matches. */
  nothing: string;
  /** Rows for so many entries: a list that shrinks as one types, or one that keeps its size. */
  height: (shown: number) => number;
  matches: (query: string) => readonly T[];
  /** `isTop`: the first that is to be seen. */
  drawRow: (entry: T, row: Region, isTop: boolean) => void;
  /** Whether it is the first under a heading, to which tab goes; absent = there are none. */
  begins?: (entry: T) => boolean;
  /** What is told in full of the selected one, below the list; absent = its row says all. */
  about?: (entry: T) => string;
  take: (entry: T) => void;
}

/** In cells; between the two it leaves some of what it lies over to be seen. */
const NARROWEST = 60;
const WIDEST = 100;
const BESIDE = 4;
const MOST_ROWS = 30;
/** For what is told of the selected one, with an empty row above. */
const ABOUT_ROWS = 3;
const LOWEST_WITH_ABOUT = 16;
/** Where there is room the row of keys stays in one piece. */
const LOWEST_WITH_FOOTER = 12;
/** The field, an empty row, and the border. */
const AROUND = 4;

export class PickList<T> implements Overlay {
  readonly #editor = new LineEditor();
  #selected = 0;
  /** Rows of the list that were there last. */
  #page = 1;
  /** What was on the screen last: entries may come in by themselves, and enter takes what was seen. */
  #seen: readonly T[] = [];

  constructor(
    private readonly look: Look<T>,
    private readonly close: () => void,
  ) {}

  /** Without a letter in its field nothing is edited: what is read together with esc is a key of its own (`input.ts`). */
  get isTyped(): boolean {
    return this.#editor.text !== "";
  }

  /** What begins a filter or the palette elsewhere begins nothing here: one types already, and nothing is called so. */
  key(key: Key): void {
    if (key.name === "esc") this.close();
    else if (key.name === "enter") this.#take(this.#seen[this.#selected]);
    else if (key.name === "up" || key.name === "ctrl+p") this.#selected--;
    else if (key.name === "down" || key.name === "ctrl+n") this.#selected++;
    else if (key.name === "pageup") this.#selected -= this.#page;
    else if (key.name === "pagedown") this.#selected += this.#page;
    else if (key.name === "tab") this.#toHeading(1);
    else if (key.name === "shift+tab") this.#toHeading(-1);
    else if (this.#editor.text === "" && (key.text === "/" || key.text === ":")) return;
    else if (this.#editor.key(key)) {
      this.#selected = 0;
      this.#seen = this.#shown();
    }
    this.#keepInside();
  }

  /** Where there are headings: to the next or the last one. */
  #toHeading(by: 1 | -1): void {
    const { begins = () => false } = this.look;
    const heads = this.#seen.flatMap((entry, at) => (begins(entry) ? [at] : []));
    const to = by === 1 ? heads.find((at) => at > this.#selected) : heads.findLast((at) => at < this.#selected);
    this.#selected = to ?? this.#selected;
  }

  #keepInside(): void {
    this.#selected = Math.max(0, Math.min(this.#selected, this.#seen.length - 1));
  }

  paste(text: string): void {
    this.#editor.insert(text);
    this.#selected = 0;
    this.#seen = this.#shown();
  }

  draw(region: Region, zones: Zones): Cursor {
    const { title, nothing, height, drawRow, about } = this.look;
    const shown = this.#shown();
    this.#seen = shown;
    const below = about === undefined || region.height < LOWEST_WITH_ABOUT ? 0 : ABOUT_ROWS;
    const rows = Math.min(
      MOST_ROWS,
      region.height - (region.height < LOWEST_WITH_FOOTER ? 2 : 3),
      Math.max(1, height(shown.length)) + AROUND + below,
    );
    const room = Math.max(0, rows - AROUND - below);
    const first = Math.max(0, Math.min(this.#selected - Math.floor(room / 2), shown.length - room));
    const more = shown.length - first - room;
    const note = [more > 0 ? `${more} more below` : "", this.look.note(this.#query)].filter(Boolean).join(" · ");
    const inside = overlayBox(region, {
      width: Math.min(WIDEST, Math.max(NARROWEST, region.width - BESIDE)),
      height: rows,
      title,
      top: 1,
      note,
    });
    this.#page = Math.max(1, room);
    const wheel = (by: number): void => {
      this.#selected += by;
      this.#keepInside();
    };
    zones.add(region, { press: () => this.close(), wheel });
    pressable(inside, note, zones, (key) => this.key(key));
    const field = inside.sub(2, 0, inside.width - 2, 1);
    const { text, cursor } = this.#editor.view(field.width);
    inside.put(0, 0, "›", { tone: "accent" });
    field.put(0, 0, text);
    if (shown.length === 0) inside.put(0, 2, nothing, { tone: "muted" });
    shown.slice(first, first + room).forEach((entry, index) => {
      const row = inside.sub(0, 2 + index, inside.width, 1);
      if (first + index === this.#selected) row.fill("surface");
      drawRow(entry, row, index === 0);
      zones.add(row, { press: () => this.#take(entry), wheel });
    });
    const selected = shown[this.#selected];
    if (below > 0 && about !== undefined && selected !== undefined)
      drawAbout(about(selected), inside.sub(1, room + 3, inside.width - 2, below - 1));
    return { x: field.x + cursor, y: field.y };
  }

  get #query(): string {
    return this.#editor.text.trim();
  }

  #shown(): readonly T[] {
    return this.look.matches(this.#query);
  }

  #take(entry: T | undefined): void {
    if (entry !== undefined) this.look.take(entry);
  }
}

function drawAbout(text: string, region: Region): void {
  wrap(text, Math.max(1, region.width))
    .slice(0, region.height)
    .forEach((row, y) => {
      region.put(0, y, row, { tone: "muted" });
    });
}
