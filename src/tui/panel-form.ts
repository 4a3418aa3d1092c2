/** The form of a panel's settings: what is chosen or typed is seen in the panel at once. */
import type { Tone } from "../core/scene.ts";
import type { PanelSpec } from "../core/screen.ts";
import type { Region } from "../lib/canvas.ts";
import { cut, fit, textWidth, wrap } from "../lib/graphemes.ts";
import type { PanelKind } from "../panels/kind.ts";
import { type FormRow, formRows, type Typed } from "../screens/form.ts";
import { LineEditor } from "./editor.ts";
import type { Key } from "./keys.ts";
import { begunName, namesFor, unknownMetric } from "./metric-names.ts";
import { type Overlay, overlayBox, overlayWidth, pressable, type Zones } from "./overlay.ts";
import type { Cursor } from "./terminal.ts";

interface PanelQuestion {
  kind: PanelKind;
  /** As it is now: undo and the file may change it meanwhile. */
  spec: () => PanelSpec;
  set: (spec: PanelSpec) => void;
  /** Names to choose from where metrics are typed. */
  metrics: () => readonly string[];
}

const WIDTH = 74;
/** An empty row, two of help, and one of what is wrong. */
const BELOW = 4;
/** Borders, and air beside what is said under the rows. */
const AROUND = 6;

const KEYS =
  "↑↓ go from row to row · ←→ or space choose · a letter begins a text anew, enter goes on with the one that is there · " +
  "del takes the default · esc is done. Every change is seen at once, and undone in the editor.";

export class PanelForm implements Overlay {
  #selected = 0;
  #editor: LineEditor | null = null;
  /** What tab has put last, of which names. */
  #completed: { text: string; names: readonly string[]; at: number } | null = null;
  #problem: string | null = null;
  /** The keys are told until the next one. */
  #asksHelp = false;

  constructor(
    private readonly question: PanelQuestion,
    private readonly close: () => void,
  ) {}

  key(key: Key): void {
    const editor = this.#editor;
    if (this.#asksHelp) this.#asksHelp = false;
    else if (editor !== null) this.#typed(key, editor);
    else if (key.name === "?" || key.name === "f1") this.#asksHelp = true;
    // Where something is typed every letter is one of it, the first as well: none of them is a command.
    else if (key.text !== null && key.name !== "space" && this.#row()?.choices === undefined) this.#begin(key);
    else if (key.name === "esc" || key.name === "q") this.close();
    else if (key.name === "up" || key.name === "k" || key.name === "shift+tab") this.#select(this.#selected - 1);
    else if (key.name === "down" || key.name === "j" || key.name === "tab") this.#select(this.#selected + 1);
    else if (key.name === "left" || key.name === "h") this.#cycle(-1);
    else if (key.name === "right" || key.name === "l" || key.name === "space") this.#cycle(1);
    else if (key.name === "delete" || key.name === "backspace") this.#put(this.#row()?.unset());
    else if (key.name === "enter") this.#open();
  }

  paste(text: string): void {
    if (this.#editor === null && this.#row()?.choices === undefined) this.#editor = new LineEditor();
    this.#editor?.insert(text);
  }

  draw(region: Region, zones: Zones): Cursor {
    const rows = this.#rows();
    const how = this.#row()?.choices === undefined ? "type or enter" : "←→ choose";
    const note = this.#editor === null ? `↑↓ field · ${how} · del default · esc done · ? help` : "enter takes it · esc leaves it as it was";
    const said = this.#said(overlayWidth(region, WIDTH) - AROUND);
    // While something is typed the rows stay where they are, however many names are told under them.
    const below = this.#editor === null ? Math.max(BELOW, said.length + 1) : BELOW;
    const inside = overlayBox(region, { width: WIDTH, height: rows.length + below + 2, title: this.question.kind.title, note, top: 2 });
    zones.add(region, { press: () => this.close() });
    zones.add(inside, { press: () => undefined });
    pressable(inside, note, zones, (key) => this.key(key));
    const room = Math.max(1, inside.height - below);
    const first = Math.max(0, Math.min(this.#selected - Math.floor(room / 2), rows.length - room));
    const names = Math.max(...rows.map(({ title }) => textWidth(title)));
    let cursor: Cursor = null;
    rows.slice(first, first + room).forEach((row, index) => {
      const at = first + index;
      const place = inside.sub(0, index, inside.width, 1);
      if (at === this.#selected) place.fill("surface");
      cursor = this.#drawRow(row, place, names, at === this.#selected) ?? cursor;
      zones.add(place, { press: () => this.#press(at), wheel: (by) => this.#select(this.#selected + by) });
    });
    drawSaid(said, inside.sub(1, Math.min(rows.length, room) + 1, inside.width - 2, below - 1));
    return cursor;
  }

  #rows(): FormRow[] {
    return formRows(this.question.spec(), this.question.kind);
  }

  #row(): FormRow | undefined {
    return this.#rows()[this.#selected];
  }

  #select(index: number): void {
    this.#selected = Math.max(0, Math.min(index, this.#rows().length - 1));
    this.#problem = null;
  }

  #press(index: number): void {
    const again = index === this.#selected;
    this.#select(index);
    if (this.#row()?.choices !== undefined) this.#cycle(1);
    else if (again) this.#open();
  }

  #cycle(by: 1 | -1): void {
    const row = this.#row();
    if (row?.choices === undefined) {
      this.#open();
      return;
    }
    const at = row.choices.indexOf(row.value);
    const next = row.choices[(at + by + row.choices.length) % row.choices.length]!;
    this.#take(row, next);
  }

  #open(): void {
    const row = this.#row();
    if (row?.choices !== undefined) this.#cycle(1);
    else this.#editor = new LineEditor(row?.value);
  }

  /** In the place of what was there, as the first letter in a field that is selected. */
  #begin(key: Key): void {
    this.#editor = new LineEditor();
    this.#editor.key(key);
    this.#problem = null;
  }

  #typed(key: Key, editor: LineEditor): void {
    const row = this.#row();
    if (key.name === "esc") this.#editor = null;
    else if (key.name === "tab" && row?.metrics !== undefined) this.#complete(editor);
    else if (key.name === "enter" && row !== undefined) {
      if (this.#take(row, editor.text)) this.#editor = null;
      return;
    } else if (!editor.key(key)) {
      this.#problem = stillOpen(row?.type(editor.text));
      return;
    }
    this.#problem = null;
  }

  /** The first metric that could be meant by what is typed last, in its place; asked again, the next one. */
  #complete(editor: LineEditor): void {
    const again = this.#completed?.text === editor.text ? this.#completed : null;
    const names = again?.names ?? namesFor(editor.text, this.question.metrics());
    const at = again === null ? 0 : (again.at + 1) % names.length;
    const found = names[at];
    if (found === undefined) return;
    editor.text = editor.text.slice(0, editor.text.length - begunName(editor.text).length) + found;
    this.#completed = { text: editor.text, names, at };
  }

  #take(row: FormRow, text: string): boolean {
    const typed = row.type(text);
    this.#problem = "problem" in typed ? typed.problem : null;
    if ("spec" in typed) this.#put(typed.spec);
    return "spec" in typed;
  }

  #put(spec: PanelSpec | undefined): void {
    if (spec !== undefined && JSON.stringify(spec) !== JSON.stringify(this.question.spec())) this.question.set(spec);
  }

  #drawRow(row: FormRow, place: Region, names: number, selected: boolean): Cursor {
    place.put(1, 0, fit(row.title, names), { tone: "muted" });
    const field = place.sub(names + 3, 0, place.width - names - 4, 1);
    if (selected && this.#editor !== null) {
      const { text, cursor } = this.#editor.view(field.width);
      field.put(0, 0, text, { underline: true });
      return { x: field.x + cursor, y: field.y };
    }
    const shown = row.choices === undefined ? row.value || "–" : `‹ ${row.value} ›`;
    field.put(0, 0, cut(shown, field.width), { tone: row.own ? "accent" : "text", bold: row.own });
    return null;
  }

  /** What stands under the rows, in lines of such a width. */
  #said(width: number): Said[] {
    const row = this.#row();
    if (row === undefined) return [];
    const doubt = this.#doubt(row);
    const said: Array<readonly [text: string | null, tone: Tone]> = this.#asksHelp
      ? [[KEYS, "text"]]
      : this.#problem === null
        ? [
            [doubt, "warn"],
            [this.#suggestions(row) ?? (doubt === null ? row.help : null), "muted"],
          ]
        : [[this.#problem, "bad"]];
    return said.flatMap(([text, tone]) => (text === null ? [] : wrap(text, width).map((line) => ({ line, tone }))));
  }

  /** A name that no metric has: what begins one is still being typed. */
  #doubt({ metrics, value }: FormRow): string | null {
    if (metrics === undefined) return null;
    const known = this.question.metrics();
    const text = this.#editor?.text ?? value;
    const begun = this.#editor === null || namesFor(text, known).length === 0 ? "" : begunName(text);
    return unknownMetric(
      metrics(text).filter((name) => name !== begun),
      known,
    );
  }

  /** While a metric is typed: those that it could be. */
  #suggestions({ metrics }: FormRow): string | null {
    if (metrics === undefined || this.#editor === null) return null;
    const { text } = this.#editor;
    const found = this.#completed?.text === text ? this.#completed.names : namesFor(text, this.question.metrics());
    return found.length === 0 ? null : `tab: ${found.join("  ")}`;
  }
}

/** To who wants to go on while a field is open: what is wrong with it, where there is something, and the ways out. */
const stillOpen = (typed: Typed | undefined): string =>
  typed !== undefined && "problem" in typed
    ? `${typed.problem} Mend it, or esc leaves the field as it was.`
    : "This field is open: enter takes what is typed, esc leaves it as it was.";

interface Said {
  line: string;
  tone: Tone;
}

/** Where not all of it has room, that it goes on is marked. */
function drawSaid(said: readonly Said[], region: Region): void {
  said.slice(0, region.height).forEach(({ line, tone }, y) => {
    const goesOn = y === region.height - 1 && said.length > region.height;
    region.put(0, y, goesOn ? cut(`${line} …`, region.width) : line, { tone });
  });
}
