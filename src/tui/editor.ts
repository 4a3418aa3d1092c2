/**
 * A line of text being typed. Our own, not the toolkit's: everything is drawn on one surface, so an editor that is a
 * widget with a place of its own would be the only thing outside the canvas, its clipping and its tests.
 */

import { plain } from "../lib/ansi.ts";
import { countGraphemes, eachGrapheme, textWidth } from "../lib/graphemes.ts";
import type { Key } from "./keys.ts";

/** Characters as a reader sees them, the first `most` of them; a line break is one, though no terminal shows it. */
function split(text: string, most = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = [];
  // There are no more lines among them: each but the first takes a character for its break.
  const lines = most < text.length ? text.split("\n", most + 1) : text.split("\n");
  for (const [index, line] of lines.entries()) {
    if (index > 0) found.push("\n");
    if (found.length >= most) break;
    eachGrapheme(line, (grapheme) => found.push(grapheme) < most);
  }
  return found.slice(0, most);
}

/** Longest text that is taken; a paste of a whole file by mistake must not freeze the program. */
export const MOST_GRAPHEMES = 20_000;

const shown = (grapheme: string): string => (grapheme === "\n" ? "⏎" : grapheme);

export interface EditorOptions {
  /** Line breaks stay what they are and are seen as ⏎; else they become spaces. */
  breaks?: boolean;
  /** Told how many characters of a text were too many. */
  leftOut?: (characters: number) => void;
  /** What was sent from here, the oldest first: up and down go through it, as in a shell. */
  sent?: () => readonly string[];
}

/** Where one is among what was sent (`of` = behind the last: what is being typed), and each line as it was left there. */
interface Recall {
  at: number;
  of: number;
  left: Map<number, string>;
}

export class LineEditor {
  #graphemes: string[];
  #cursor: number;
  #recall: Recall | null = null;

  constructor(
    text = "",
    private readonly options: EditorOptions = {},
  ) {
    this.#graphemes = split(this.#lines(text));
    this.#cursor = this.#graphemes.length;
  }

  get text(): string {
    return this.#graphemes.join("");
  }

  set text(text: string) {
    this.#recall = null;
    this.#put(text);
  }

  #put(text: string): void {
    this.#graphemes = split(this.#lines(text));
    this.#cursor = this.#graphemes.length;
  }

  /** Takes a key; false when it is none of an editor's. */
  key({ name, text }: Key): boolean {
    if (text !== null) {
      this.insert(text);
      return true;
    }
    if (name === "up" || name === "down") return this.#goBack(name === "up" ? -1 : 1);
    const edit = EDITS[name];
    if (edit === undefined) return false;
    edit(this);
    return true;
  }

  /** To what was sent before, or after that; what is typed meanwhile stays where it was typed. */
  #goBack(by: -1 | 1): boolean {
    const sent = this.options.sent?.() ?? [];
    if (sent.length === 0) return false;
    const of = sent.length;
    const recall = this.#recall?.of === of ? this.#recall : { at: of, of, left: new Map<number, string>() };
    const at = Math.max(0, Math.min(of, recall.at + by));
    if (at === recall.at) return true;
    recall.left.set(recall.at, this.text);
    this.#put(recall.left.get(at) ?? sent[at] ?? "");
    this.#recall = { ...recall, at };
    return true;
  }

  /** Inserts typed or pasted text at the cursor, without its control characters. */
  insert(text: string): void {
    const room = Math.max(0, MOST_GRAPHEMES - this.#graphemes.length);
    // All of it, before anything is cut: what takes no room must push nothing out, and a sequence that is torn is no longer known as one.
    const taken = plain(this.#lines(text));
    const added = split(taken, room);
    // No text has more characters than units: of what a hand types nothing is counted.
    const leftOut = taken.length > room ? countGraphemes(taken) - added.length : 0;
    if (leftOut > 0) this.options.leftOut?.(leftOut);
    // A combining mark that is typed after its letter joins it: so the pieces are cut anew around the cursor.
    const before = split(this.#graphemes.slice(0, this.#cursor).join("") + added.join(""));
    this.#graphemes = [...before, ...this.#graphemes.slice(this.#cursor)];
    this.#cursor = before.length;
  }

  #lines(text: string): string {
    return this.options.breaks ? text.replace(/\r\n?/g, "\n") : text.replace(/[\r\n]+/g, " ");
  }

  move(to: number): void {
    this.#cursor = Math.min(this.#graphemes.length, Math.max(0, to));
  }

  by(distance: number): void {
    this.move(this.#cursor + distance);
  }

  home(): void {
    this.move(0);
  }

  end(): void {
    this.move(this.#graphemes.length);
  }

  /** Removes what lies between the cursor and `to`. */
  removeTo(to: number): void {
    const from = Math.max(0, Math.min(this.#cursor, to));
    this.#graphemes.splice(from, Math.max(this.#cursor, to) - from);
    this.#cursor = from;
  }

  removeBy(distance: number): void {
    this.removeTo(this.#cursor + distance);
  }

  /** Where the word before (or after) the cursor begins (or ends). */
  wordEdge(direction: -1 | 1): number {
    let at = this.#cursor;
    const next = (): string | undefined => this.#graphemes[direction < 0 ? at - 1 : at];
    while (next() !== undefined && next()!.trim() === "") at += direction;
    while (next() !== undefined && next()!.trim() !== "") at += direction;
    return at;
  }

  /** The part that is visible in so many cells, with the cursor in it, and the cursor's column. */
  view(cells: number): { text: string; cursor: number } {
    const room = Math.max(0, cells - 1);
    let start = this.#cursor;
    let width = 0;
    // Back from the cursor, not on from the beginning: a long text costs no more than what is seen of it.
    for (let before = start - 1; before >= 0; before--) {
      const wider = width + textWidth(shown(this.#graphemes[before]!));
      if (wider > room) break;
      width = wider;
      start = before;
    }
    const seen = this.#graphemes.slice(start, start + Math.max(0, cells));
    return { text: seen.map(shown).join(""), cursor: width };
  }
}

const EDITS: Readonly<Record<string, (editor: LineEditor) => void>> = {
  left: (editor) => editor.by(-1),
  right: (editor) => editor.by(1),
  home: (editor) => editor.home(),
  end: (editor) => editor.end(),
  "ctrl+a": (editor) => editor.home(),
  "ctrl+e": (editor) => editor.end(),
  "ctrl+left": (editor) => editor.move(editor.wordEdge(-1)),
  "ctrl+right": (editor) => editor.move(editor.wordEdge(1)),
  "alt+left": (editor) => editor.move(editor.wordEdge(-1)),
  "alt+right": (editor) => editor.move(editor.wordEdge(1)),
  "alt+b": (editor) => editor.move(editor.wordEdge(-1)),
  "alt+f": (editor) => editor.move(editor.wordEdge(1)),
  backspace: (editor) => editor.removeBy(-1),
  "shift+backspace": (editor) => editor.removeBy(-1),
  delete: (editor) => editor.removeBy(1),
  "ctrl+w": (editor) => editor.removeTo(editor.wordEdge(-1)),
  "alt+backspace": (editor) => editor.removeTo(editor.wordEdge(-1)),
  "ctrl+backspace": (editor) => editor.removeTo(editor.wordEdge(-1)),
  "alt+d": (editor) => editor.removeTo(editor.wordEdge(1)),
  "ctrl+u": (editor) => editor.removeTo(0),
  "ctrl+k": (editor) => editor.removeTo(Number.MAX_SAFE_INTEGER),
};
