/** Where two plans differ, value by value. */
import type { DraftDifference } from "../core/draft.ts";
import { plain } from "../lib/ansi.ts";
import type { Region } from "../lib/canvas.ts";
import { fit } from "../lib/graphemes.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, type Zones } from "./overlay.ts";

const WIDTH = 100;
const NAME_SHARE = 0.44;

export class DifferencesOverlay implements Overlay {
  #scroll = 0;

  constructor(
    private readonly here: string,
    private readonly there: string,
    private readonly rows: readonly DraftDifference[],
    private readonly close: () => void,
  ) {}

  key({ name }: Key): void {
    if (name === "down" || name === "j") this.#scroll++;
    else if (name === "up" || name === "k") this.#scroll--;
    else if (name !== "pagedown" && name !== "pageup") this.close();
  }

  draw(region: Region, zones: Zones): null {
    const height = Math.max(5, Math.min(region.height - 4, this.rows.length + 4));
    const note = this.rows.length > height - 3 ? "↓↑ scroll · esc closes" : "esc closes";
    const inside = overlayBox(region, { width: WIDTH, height, title: `${this.rows.length} differences`, note });
    zones.add(region, { press: () => this.close(), wheel: (by) => this.#by(by) });
    const name = Math.floor(inside.width * NAME_SHARE);
    const column = Math.floor((inside.width - name) / 2);
    const row = (y: number, cells: readonly [string, string, string], head = false): void => {
      const style = { tone: head ? ("muted" as const) : ("text" as const) };
      inside.put(0, y, fit(cells[0], name - 1), style);
      inside.put(name, y, fit(cells[1], column - 1), style);
      inside.put(name + column, y, fit(cells[2], column), head ? style : { tone: "accent" });
    };
    row(0, ["", this.here, this.there], true);
    if (this.rows.length === 0) inside.put(0, 2, "They are the same", { tone: "muted" });
    const room = Math.max(0, inside.height - 1);
    this.#scroll = Math.max(0, Math.min(this.#scroll, this.rows.length - room));
    this.rows.slice(this.#scroll, this.#scroll + room).forEach(({ stage, name: field, here, there }, index) => {
      row(index + 1, [`${stage} ${field}`, plain(here), plain(there)]);
    });
    return null;
  }

  #by(rows: number): void {
    this.#scroll += rows;
  }
}
