/** A question that is answered by typing one line, checked as one types; a secret is never shown. */
import type { Region } from "../lib/canvas.ts";
import { count, counted } from "../lib/format.ts";
import { textWidth, wrap } from "../lib/graphemes.ts";
import { LineEditor, MOST_GRAPHEMES } from "./editor.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, overlayWidth, pressable, type Zones } from "./overlay.ts";
import type { Cursor } from "./terminal.ts";

export interface TextQuestion {
  /** The verb that was asked for: `Save as`. */
  title: string;
  /** What is to be typed and what it is for, one sentence. */
  what: string;
  initial?: string;
  /** Nothing at all is an answer as well. */
  optional?: boolean;
  /** Dots instead of letters. */
  masked?: boolean;
  /** Line breaks of what is pasted are part of it. */
  breaks?: boolean;
  /** What enter does: `saves`. */
  verb: string;
  /** Why the text will not do, a sentence, or null. */
  check?: (text: string) => string | null;
  /** What the text would do, shown while it is typed; null = nothing to say. */
  hint?: (text: string) => string | null;
  answer: (text: string) => void;
}

const WIDTH = 72;
const NOTHING = "Nothing is typed yet.";
/** In words as well as reversed: a backspace takes all of it, and not every reader or copy of a terminal tells what is reversed. */
const SELECTED = " · selected: → keeps it to edit";

export class TextDialog implements Overlay {
  #editor: LineEditor;
  /** So many characters at the end of what was pasted had no room: half of an answer is none, until a key says that it is meant. */
  #leftOut = 0;
  /** Until a key is pressed, what was there from the beginning is selected: the first letter stands in its place. */
  #selected: boolean;
  /** Enter was pressed where nothing is typed: then that is said. */
  #pressed = false;

  constructor(
    private readonly question: TextQuestion,
    private readonly close: () => void,
  ) {
    this.#editor = this.#field(question.initial);
    this.#selected = this.#editor.text !== "";
  }

  key(key: Key): void {
    if (key.name === "esc") this.close();
    // By itself the first enter answers nothing: it may have been on its way before what was pasted could be seen.
    else if (key.name === "enter" && this.#leftOut > 0) this.#leftOut = 0;
    else if (key.name === "enter") this.#answer();
    else {
      this.#pressed = false;
      this.#leftOut = 0;
      if (this.#selected && (key.text !== null || key.name === "backspace")) this.#editor = this.#field();
      this.#selected = false;
      this.#editor.key(key);
    }
  }

  paste(text: string): void {
    if (this.#selected) this.#editor = this.#field();
    this.#selected = false;
    this.#editor.insert(text);
  }

  #field(initial?: string): LineEditor {
    return new LineEditor(initial, {
      breaks: this.question.breaks === true,
      leftOut: (characters) => {
        this.#leftOut = characters;
      },
    });
  }

  draw(region: Region, zones: Zones): Cursor {
    const { title, what, masked, verb } = this.question;
    const width = overlayWidth(region, WIDTH);
    const rows = wrap(what, Math.max(1, width - 4));
    const problem = this.#problem();
    const below = wrap(problem ?? this.#hint() ?? "", Math.max(1, width - 4)).slice(0, 3);
    const note = `enter ${this.#leftOut > 0 ? "goes on without the rest" : verb} · esc leaves${this.#selected ? SELECTED : ""}`;
    const inside = overlayBox(region, { width, height: rows.length + Math.max(1, below.length) + 5, title, note });
    zones.add(region, { press: () => undefined });
    pressable(inside, note, zones, (key) => this.key(key));
    rows.forEach((row, y) => {
      inside.put(0, y, row);
    });
    const field = inside.sub(2, rows.length + 1, inside.width - 2, 1);
    const { text, cursor } = this.#editor.view(field.width);
    inside.put(0, rows.length + 1, "›", { tone: "accent" });
    field.put(0, 0, masked ? "•".repeat(textWidth(text)) : text, { reverse: this.#selected });
    below.forEach((row, y) => {
      inside.put(0, rows.length + 2 + y, row, { tone: problem === null ? "info" : "bad" });
    });
    return { x: field.x + cursor, y: field.y };
  }

  /** Nothing typed yet is no mistake yet. */
  #problem(): string | null {
    if (this.#editor.text === "") return this.#pressed ? NOTHING : null;
    if (this.#leftOut > 0)
      return `${counted(this.#leftOut, "character")} at the end of what was pasted had no room: a field holds ${count(MOST_GRAPHEMES)}. Enter goes on without the rest.`;
    return this.question.check?.(this.#editor.text) ?? null;
  }

  #hint(): string | null {
    return this.#editor.text === "" ? null : (this.question.hint?.(this.#editor.text) ?? null);
  }

  #answer(): void {
    const { text } = this.#editor;
    this.#pressed = text === "" && !this.question.optional;
    if ((text === "" && !this.question.optional) || this.#problem() !== null) return;
    this.close();
    this.question.answer(text);
  }
}
