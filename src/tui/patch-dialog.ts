/**
 * Gives a running loop other values: a list of its fields (`/` narrows it) with a place to type in, then what would change, then Apply.
 * Enter leads to the preview and there chooses the safe button until one has moved to the other; `y` applies, as it does what any
 * question asks.
 */
import { effectOf, expected, nowText } from "../config/patch.ts";
import type { PatchField } from "../core/bridge.ts";
import type { Tone } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { count, counted, setting } from "../lib/format.ts";
import { cut, fit, textWidth, wrap } from "../lib/graphemes.ts";
import { LineEditor } from "./editor.ts";
import { drawFilter } from "./filter-line.ts";
import type { Key } from "./keys.ts";
import { isHeard, type Overlay, overlayBox, overlayWidth, pressable, type Zones } from "./overlay.ts";
import { PatchDraft } from "./patch-draft.ts";
import type { Cursor } from "./terminal.ts";

export interface PatchQuestion {
  /** With the values that are in force now. */
  fields: () => readonly PatchField[];
  /** What may be meant and is hardly, and what it would write over: sentences. */
  doubts?: (fields: readonly PatchField[], values: Readonly<Record<string, number>>) => readonly string[];
  /** Whose loop it is about, as people call it: `base_train`. */
  stage: string;
  /** Why these fields are no longer those of what runs, a sentence; null while they are. Then nothing is applied. */
  outdated: () => string | null;
  /** Where to begin, by its name. */
  field?: string;
  /** About which step the ranks would take it if they were asked now; null when none has been made. */
  step: () => number | null;
  /** Then nothing is taken until the run goes on. */
  paused?: () => boolean;
  apply: (values: Record<string, number>) => void;
}

const WIDTH = 78;
const HEIGHT = 24;
/** The head of the list, an empty row, two rows of help, two of an error. */
const AROUND_LIST = 6;
const NOW_CELLS = 10;
const NEW_CELLS = 9;
const BUTTONS = ["Back", "Apply"] as const;
const LABELS = { Back: "Back", Apply: "y Apply" } as const;
/** Borders, and air beside what the lower one says. */
const AROUND_NOTE = 6;
/** From field to field; none of them edits a value or the filter. */
const MOVES: Readonly<Record<string, number>> = { up: -1, "shift+tab": -1, down: 1, tab: 1 };

/** Why it cannot be applied any more, a change, what may be wrong with it, or its effect, which is muted. */
interface PreviewRow {
  text: string;
  tone: Extract<Tone, "accent" | "warn" | "bad" | "muted">;
}

export class PatchDialog implements Overlay {
  readonly #draft: PatchDraft;
  /** Among those that the filter leaves. */
  #selected = 0;
  #filter = "";
  /** While the filter is typed. */
  #filtering: LineEditor | null = null;
  /** Set by an enter that could not go on: then what is missing is said. */
  #pressed = false;
  /** The focused button of the preview; null while values are typed. */
  #button: (typeof BUTTONS)[number] | null = null;

  constructor(
    private readonly question: PatchQuestion,
    private readonly close: () => void,
  ) {
    this.#draft = new PatchDraft(question.fields());
    this.#selected = Math.max(
      0,
      this.#draft.fields.findIndex(({ name }) => name === question.field),
    );
  }

  key(key: Key): void {
    this.#follow();
    if (this.#button === null) this.#listKey(key);
    else this.#previewKey(key);
  }

  paste(text: string): void {
    if (this.#button !== null) return;
    (this.#filtering ?? this.#editor())?.insert(text);
    if (this.#filtering !== null) this.#narrow(this.#filtering.text);
  }

  /** What another window has applied meanwhile; not what another stage has. */
  #follow(): void {
    if (this.question.outdated() === null) this.#draft.follow(this.question.fields());
  }

  draw(region: Region, zones: Zones): Cursor {
    this.#follow();
    const note = this.#note(overlayWidth(region, WIDTH) - AROUND_NOTE);
    const title = `patch ${this.question.stage}${this.#button === null ? "" : ": preview"}`;
    const wanted = this.#draft.fields.length + AROUND_LIST + (this.#isNarrowed ? 1 : 0) + 2;
    const height = isHeard(region) ? region.height : Math.min(HEIGHT, wanted);
    const inside = overlayBox(region, { width: WIDTH, height, title, note });
    zones.add(region, { press: () => undefined });
    pressable(inside, note, zones, (key) => this.key(key));
    if (this.#button === null) return this.#drawList(inside, zones);
    this.#drawPreview(inside, zones);
    return null;
  }

  /** What keys do; where it is narrow without what one tries anyway. */
  #note(cells: number): string {
    if (this.#button !== null) return "y applies · tab button · enter presses it · esc back";
    if (this.#filtering !== null) return "type to narrow · ↑↓ field · enter keeps · esc clears";
    const esc = this.#filter === "" ? "esc leaves" : "esc clears";
    const all = ["type a value", "↑↓ field", "/ filter", "enter preview", esc];
    const whole = all.join(" · ");
    return textWidth(whole) <= cells ? whole : all.filter((part) => part !== "↑↓ field").join(" · ");
  }

  // --- typing

  #listKey(key: Key): void {
    const move = MOVES[key.name];
    if (move !== undefined) this.#select(this.#selected + move);
    else if (this.#filtering !== null) this.#filterKey(key, this.#filtering);
    // No number has one.
    else if (key.name === "/") this.#filtering = new LineEditor(this.#filter);
    else if (key.name === "esc" && this.#filter !== "") this.#narrow("");
    else if (key.name === "esc") this.close();
    else if (key.name === "enter") this.#preview();
    else if (this.#editor()?.key(key)) this.#pressed = false;
  }

  #filterKey(key: Key, editor: LineEditor): void {
    if (key.name === "esc") editor.text = "";
    else if (key.name !== "enter") editor.key(key);
    this.#narrow(editor.text);
    if (key.name === "esc" || key.name === "enter") this.#filtering = null;
  }

  /** The selected field stays so while it is among those that are left. */
  #narrow(filter: string): void {
    const field = this.#field();
    this.#filter = filter;
    this.#pressed = false;
    this.#selected = Math.max(
      0,
      this.#shown().findIndex(({ name }) => name === field?.name),
    );
  }

  get #isNarrowed(): boolean {
    return this.#button === null && (this.#filtering !== null || this.#filter !== "");
  }

  #shown(): readonly PatchField[] {
    return this.#draft.found(this.#filter);
  }

  #select(index: number): void {
    this.#selected = Math.max(0, Math.min(index, this.#shown().length - 1));
  }

  #field(): PatchField | undefined {
    return this.#shown()[this.#selected];
  }

  #editor() {
    const field = this.#field();
    return field === undefined ? undefined : this.#draft.editor(field);
  }

  #preview(): void {
    this.#pressed = true;
    if (this.question.outdated() === null && this.#draft.obstacle() === null) this.#button = "Back";
  }

  #drawList(inside: Region, zones: Zones): Cursor {
    const room = Math.max(1, inside.height - AROUND_LIST - (this.#isNarrowed ? 1 : 0));
    const fields = this.#shown();
    const first = Math.max(0, Math.min(this.#selected - Math.floor(room / 2), fields.length - room));
    // The columns stay where they are while the list is narrowed.
    const nameCells = Math.max(5, ...this.#draft.fields.map(({ name }) => textWidth(name)));
    const more = this.#unseen(fields, first, room);
    const head = `${fit("field", nameCells)} ${fit("now", NOW_CELLS, "right")}  new`;
    inside.put(1, 0, cut(head, Math.max(0, inside.width - 2)), { tone: "muted" });
    // Where it would run into the headings the count stands in the empty row below the list: which number is which must be seen.
    const beside = textWidth(head) + textWidth(more) + 3 <= inside.width;
    inside.put(Math.max(0, inside.width - textWidth(more) - 1), beside ? 0 : Math.min(fields.length, room) + 1, more, { tone: "accent" });
    let cursor: Cursor = null;
    fields.slice(first, first + room).forEach((field, index) => {
      const row = inside.sub(0, 1 + index, inside.width, 1);
      const selected = first + index === this.#selected;
      if (selected) row.fill("surface");
      cursor = this.#drawField(field, row, nameCells, selected) ?? cursor;
      zones.add(row, { press: () => this.#select(first + index), wheel: (rows) => this.#select(this.#selected + rows) });
    });
    this.#drawHelp(inside.sub(1, Math.min(fields.length, room) + 2, inside.width - 2, AROUND_LIST - 2));
    return this.#isNarrowed ? this.#drawFilter(inside.sub(0, inside.height - 1, inside.width, 1), cursor) : cursor;
  }

  /** Of the fields that are left by the filter the ones from `first` on are in sight: what is not, what will be applied first. */
  #unseen(fields: readonly PatchField[], first: number, room: number): string {
    const typed = this.#draft.typedBeside(fields);
    const below = fields.slice(first + room);
    const frozen = below.filter((field) => field.frozen !== null).length;
    const ofThese = frozen === 0 ? "" : frozen === below.length ? ", frozen" : `, ${frozen} frozen`;
    return [
      typed === 0 ? "" : `✎ ${counted(typed, "new value")} hidden`,
      this.#filter === "" ? "" : `${fields.length} of ${this.#draft.fields.length}`,
      first === 0 ? "" : `↑ ${first} more`,
      below.length === 0 ? "" : `↓ ${below.length} more${ofThese}`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  /** Returns where the cursor is: in the value of the selected field (`value`), unless the filter is typed. */
  #drawFilter(row: Region, value: Cursor): Cursor {
    const x = drawFilter(this.#filtering ?? this.#filter, row, "");
    return this.#filtering === null ? value : { x, y: row.y };
  }

  #drawField(field: PatchField, row: Region, nameCells: number, selected: boolean): Cursor {
    const editor = this.#draft.editor(field);
    const tone = editor === undefined ? "muted" : "text";
    row.put(1, 0, `${fit(field.name, nameCells)} ${fit(nowText(field), NOW_CELLS, "right")}`, { tone });
    const place = row.sub(nameCells + NOW_CELLS + 4, 0, row.width, 1);
    if (editor === undefined) {
      place.put(0, 0, cut(`frozen: ${field.frozen}`, place.width), { tone: "muted" });
      return null;
    }
    const { text, cursor } = editor.view(NEW_CELLS);
    const wrong = this.#draft.problem(field) !== null;
    place.put(0, 0, fit(text, NEW_CELLS), { tone: wrong ? "bad" : "accent", bold: true, underline: selected });
    const overtaken = this.#draft.overtaken(field);
    const beside = overtaken === null ? expected(field) : `▲ ${overtaken}`;
    place.put(NEW_CELLS + 1, 0, cut(beside, Math.max(0, place.width - NEW_CELLS - 1)), { tone: overtaken === null ? "muted" : "warn" });
    return selected ? { x: place.x + cursor, y: place.y } : null;
  }

  /** What the selected field is about; below it what is wrong. */
  #drawHelp(region: Region): void {
    if (this.#draft.fields.length === 0) return void region.put(0, 0, "The trainer has told no field.", { tone: "muted" });
    const field = this.#field();
    const about = field === undefined ? "Nothing is called that" : field.frozen === null ? field.effect : `Frozen: ${field.frozen}`;
    const help = wrap(about, region.width).slice(0, 2);
    help.forEach((row, y) => {
      region.put(0, y, row, { tone: "muted" });
    });
    const own = field === undefined ? null : this.#draft.problem(field);
    const problem = this.question.outdated() ?? own ?? (this.#pressed ? this.#draft.obstacle() : null);
    wrap(problem ?? "", region.width)
      .slice(0, 2)
      .forEach((row, y) => {
        region.put(0, help.length + y, row, { tone: "bad" });
      });
  }

  // --- the preview

  #previewKey({ name }: Key): void {
    if (name === "esc") this.#button = null;
    else if (name === "enter") this.#press(this.#button);
    else if (name === "y") this.#press("Apply");
    else if (["tab", "shift+tab", "left", "right", "up", "down"].includes(name)) this.#button = this.#button === "Back" ? "Apply" : "Back";
  }

  #press(button: (typeof BUTTONS)[number] | null): void {
    // What is outdated by now is told where the values stand.
    if (button !== "Apply" || this.question.outdated() !== null) {
      this.#button = null;
      return;
    }
    this.close();
    this.question.apply(Object.fromEntries(this.#draft.changes().map(({ name, to }) => [name, to])));
  }

  #overtaken(name: string): string[] {
    const field = this.#draft.fields.find((one) => one.name === name);
    const was = field === undefined ? null : this.#draft.overtaken(field);
    return was === null ? [] : [`${name} ${was}: it was changed elsewhere.`];
  }

  #effect(name: string, to: number): string {
    const field = this.#draft.fields.find((one) => one.name === name);
    return field === undefined ? "" : effectOf(field, to);
  }

  #drawPreview(inside: Region, zones: Zones): void {
    const step = this.question.step();
    const changes = this.#draft.changes();
    const when = this.question.paused?.() ? "once the run goes on" : step === null ? "two steps from now" : `about step ${count(step)}`;
    const heads = [`All ranks take this at the same step, ${when}:`, `All ranks take this ${when}:`];
    inside.put(1, 0, heads.find((head) => textWidth(head) + 1 <= inside.width) ?? heads.at(-1)!);
    const room = inside.height - 4;
    const outdated = wrap(this.question.outdated() ?? "", inside.width - 2).filter((row) => row !== "");
    const rows: PreviewRow[] = [
      ...outdated.map((text) => ({ text, tone: "bad" as const })),
      ...changes.flatMap(({ name, from, to }) => [
        { text: `✎ ${name}  ${setting(from)} → ${setting(to)}`, tone: "accent" as const },
        ...wrap(this.#effect(name, to), inside.width - 5).map((text) => ({
          text: `  ${text}`,
          tone: "muted" as const,
        })),
        ...[...this.#overtaken(name), ...(this.question.doubts?.(this.#draft.fields, { [name]: to }) ?? [])].flatMap((doubt) =>
          wrap(`▲ ${doubt}`, inside.width - 3).map((text) => ({ text: ` ${text}`, tone: "warn" as const })),
        ),
      ]),
    ];
    // With many changes the effects are left out first: each change must be seen before it is applied.
    const shown = rows.length <= room ? rows : rows.filter(({ tone }) => tone !== "muted");
    const hidden = shown.length - room;
    if (hidden > 0) shown.splice(room - 1, hidden + 1, { text: `… and ${hidden + 1} more: a taller terminal shows them`, tone: "muted" });
    shown.forEach(({ text, tone }, y) => {
      inside.put(1, 2 + y, text, { tone, bold: tone !== "muted" });
    });
    let x = 1;
    for (const button of BUTTONS) {
      const label = LABELS[button];
      const place = inside.sub(x, inside.height - 1, label.length + 4, 1);
      if (button === this.#button) place.fill("surface");
      place.put(0, 0, button === this.#button ? `▸ ${label} ` : `  ${label} `, { bold: button === this.#button });
      zones.add(place, { press: () => this.#press(button) });
      x += label.length + 6;
    }
  }
}
