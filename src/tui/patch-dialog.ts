/**
 * Gives a running loop other values: a list of its fields with a place to type in, then what would change, then Apply.
 * Enter leads to the preview and there chooses the safe button until one has moved to the other.
 */
import { expected, patchDoubts } from "../config/patch.ts";
import type { PatchField } from "../core/bridge.ts";
import type { Tone } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { count, setting } from "../lib/format.ts";
import { cut, fit, textWidth, wrap } from "../lib/graphemes.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, pressable, type Zones } from "./overlay.ts";
import { PatchDraft } from "./patch-draft.ts";
import type { Cursor } from "./terminal.ts";

export interface PatchQuestion {
  /** With the values that are in force now. */
  fields: () => readonly PatchField[];
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

/** Why it cannot be applied any more, a change, what may be wrong with it, or its effect, which is muted. */
interface PreviewRow {
  text: string;
  tone: Extract<Tone, "accent" | "warn" | "bad" | "muted">;
}

export class PatchDialog implements Overlay {
  readonly #draft: PatchDraft;
  #selected = 0;
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
    if (this.#button === null) this.#editor()?.insert(text);
  }

  /** What another window has applied meanwhile; not what another stage has. */
  #follow(): void {
    if (this.question.outdated() === null) this.#draft.follow(this.question.fields());
  }

  draw(region: Region, zones: Zones): Cursor {
    this.#follow();
    const note =
      this.#button === null ? "type a value · ↑↓ field · enter preview · esc leaves" : "tab button · enter presses it · esc back";
    const title = `patch ${this.question.stage}${this.#button === null ? "" : ": preview"}`;
    const inside = overlayBox(region, { width: WIDTH, height: Math.min(HEIGHT, this.#draft.fields.length + AROUND_LIST + 2), title, note });
    zones.add(region, { press: () => undefined });
    pressable(inside, note, zones, (key) => this.key(key));
    if (this.#button === null) return this.#drawList(inside, zones);
    this.#drawPreview(inside, zones);
    return null;
  }

  // --- typing

  #listKey(key: Key): void {
    if (key.name === "esc") this.close();
    else if (key.name === "up" || key.name === "shift+tab") this.#select(this.#selected - 1);
    else if (key.name === "down" || key.name === "tab") this.#select(this.#selected + 1);
    else if (key.name === "enter") this.#preview();
    else if (this.#editor()?.key(key)) this.#pressed = false;
  }

  #select(index: number): void {
    this.#selected = Math.max(0, Math.min(index, this.#draft.fields.length - 1));
  }

  #field(): PatchField | undefined {
    return this.#draft.fields[this.#selected];
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
    const room = Math.max(1, inside.height - AROUND_LIST);
    const { fields } = this.#draft;
    const first = Math.max(0, Math.min(this.#selected - Math.floor(room / 2), fields.length - room));
    const nameCells = Math.max(5, ...fields.map(({ name }) => textWidth(name)));
    const below = fields.slice(first + room);
    const frozen = below.filter((field) => field.frozen !== null).length;
    const ofThese = frozen === 0 ? "" : frozen === below.length ? ", frozen" : `, ${frozen} frozen`;
    const more = [first === 0 ? "" : `↑ ${first} more`, below.length === 0 ? "" : `↓ ${below.length} more${ofThese}`]
      .filter(Boolean)
      .join(" · ");
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
    return cursor;
  }

  #drawField(field: PatchField, row: Region, nameCells: number, selected: boolean): Cursor {
    const editor = this.#draft.editor(field);
    const tone = editor === undefined ? "muted" : "text";
    row.put(1, 0, `${fit(field.name, nameCells)} ${fit(setting(field.value), NOW_CELLS, "right")}`, { tone });
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
    const field = this.#field();
    if (field === undefined) return void region.put(0, 0, "The trainer has told no field.", { tone: "muted" });
    const help = wrap(field.frozen === null ? field.effect : `Frozen: ${field.frozen}`, region.width).slice(0, 2);
    help.forEach((row, y) => {
      region.put(0, y, row, { tone: "muted" });
    });
    const problem = this.question.outdated() ?? this.#draft.problem(field) ?? (this.#pressed ? this.#draft.obstacle() : null);
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
        ...wrap(this.#draft.fields.find((field) => field.name === name)?.effect ?? "", inside.width - 5).map((text) => ({
          text: `  ${text}`,
          tone: "muted" as const,
        })),
        ...[...this.#overtaken(name), ...patchDoubts(this.#draft.fields, { [name]: to })].flatMap((doubt) =>
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
      const place = inside.sub(x, inside.height - 1, button.length + 4, 1);
      if (button === this.#button) place.fill("surface");
      place.put(0, 0, button === this.#button ? `▸ ${button} ` : `  ${button} `, { bold: button === this.#button });
      zones.add(place, { press: () => this.#press(button) });
      x += button.length + 6;
    }
  }
}
