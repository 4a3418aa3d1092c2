/** A list to choose one thing from: type to narrow it, enter takes the selected one. */
import type { Span } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import { LineEditor } from "./editor.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, type Zones } from "./overlay.ts";
import type { Cursor } from "./terminal.ts";

export interface ChooserRow {
  title: string;
  /** At the right, dim. */
  detail?: string;
  /** Why it cannot be chosen now. */
  disabled?: string;
  choose: () => void;
}

const WIDTH = 76;
const MOST_ROWS = 20;
/** The field, an empty row, and the border. */
const AROUND = 4;

export class Chooser implements Overlay {
  readonly #editor = new LineEditor();
  #selected = 0;

  constructor(
    private readonly title: string,
    private readonly rows: readonly ChooserRow[],
    private readonly close: () => void,
  ) {}

  key(key: Key): void {
    if (key.name === "esc") this.close();
    else if (key.name === "enter") this.#choose(this.#shown()[this.#selected]);
    else if (key.name === "up" || key.name === "ctrl+p") this.#selected--;
    else if (key.name === "down" || key.name === "ctrl+n") this.#selected++;
    else if (this.#editor.key(key)) this.#selected = 0;
    this.#selected = Math.max(0, Math.min(this.#selected, this.#shown().length - 1));
  }

  paste(text: string): void {
    this.#editor.insert(text);
  }

  draw(region: Region, zones: Zones): Cursor {
    const shown = this.#shown();
    const inside = overlayBox(region, {
      width: WIDTH,
      height: Math.min(MOST_ROWS, this.rows.length + AROUND),
      title: this.title,
      top: 1,
      note: "type to narrow · enter chooses · esc leaves",
    });
    zones.add(region, { press: () => this.close() });
    const field = inside.sub(2, 0, inside.width - 2, 1);
    const { text, cursor } = this.#editor.view(field.width);
    inside.put(0, 0, "›", { tone: "accent" });
    field.put(0, 0, text);
    if (shown.length === 0) inside.put(0, 2, "Nothing is called that", { tone: "muted" });
    const room = Math.max(0, inside.height - 2);
    const first = Math.max(0, Math.min(this.#selected - Math.floor(room / 2), shown.length - room));
    shown.slice(first, first + room).forEach((one, index) => {
      const row = inside.sub(0, 2 + index, inside.width, 1);
      if (first + index === this.#selected) row.fill("surface");
      drawRow(one, row);
      zones.add(row, { press: () => this.#choose(one) });
    });
    return { x: field.x + cursor, y: field.y };
  }

  #shown(): readonly ChooserRow[] {
    const wanted = this.#editor.text.trim().toLowerCase();
    return this.rows.filter(({ title, detail = "" }) => `${title} ${detail}`.toLowerCase().includes(wanted));
  }

  #choose(row: ChooserRow | undefined): void {
    if (row === undefined || row.disabled !== undefined) return;
    this.close();
    row.choose();
  }
}

function drawRow({ title, detail = "", disabled }: ChooserRow, row: Region): void {
  const name: Span = { text: title, tone: disabled === undefined ? "text" : "muted", bold: disabled === undefined };
  const end = row.line(1, 0, [name]);
  const aside = disabled ?? detail;
  const room = row.width - end - 3;
  const at = Math.max(end + 2, row.width - textWidth(aside) - 1);
  row.sub(at, 0, Math.max(0, Math.min(room, row.width - at)), 1).put(0, 0, aside, { tone: "muted" });
}
