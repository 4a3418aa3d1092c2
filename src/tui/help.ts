/** All keys, from the action table: what is shown is what works. */
import type { Action } from "../core/action.ts";
import type { Region } from "../lib/canvas.ts";
import { cut, textWidth } from "../lib/graphemes.ts";
import type { AppContext } from "./context.ts";
import { type Key, keyLabel } from "./keys.ts";
import { type Overlay, overlayBox, type Zones } from "./overlay.ts";

type AppAction = Action<AppContext>;

/** Groups in the order of the help, as they are called there. */
export const GROUP_TITLES: ReadonlyArray<readonly [group: AppAction["group"], title: string]> = [
  ["setup", "Setup"],
  ["ledger", "Stages on disk"],
  ["checks", "Checks"],
  ["config", "Config"],
  ["form", "A parameter"],
  ["checkpoints", "Checkpoints"],
  ["train", "Train"],
  ["replay", "Replay"],
  ["chart", "Charts"],
  ["log", "Log"],
  ["stage", "Stages of the run"],
  ["screen", "Screens"],
  ["edit", "Editing a screen"],
  ["eval", "Eval"],
  ["models", "Models to talk to"],
  ["presets", "Presets"],
  ["runs", "Runs"],
  ["list", "Lists and long text"],
  ["global", "Everywhere"],
];

/** Without keys: the title of a group. */
interface Row {
  keys?: readonly string[];
  title: string;
}

/** The longest title fits. */
const COLUMN_WIDTH = 51;
const KEYS_WIDTH = 13;
/** Borders, and air beside them. */
const AROUND = 6;

function drawRow({ keys, title }: Row, row: Region): void {
  if (keys === undefined) {
    row.put(0, 0, title, { tone: "accent", bold: true });
    return;
  }
  // What has no key is found there.
  const text = keys.length === 0 ? "palette" : cut(keys.map(keyLabel).join(" "), KEYS_WIDTH);
  row.put(Math.max(0, KEYS_WIDTH - textWidth(text)), 0, text, keys.length === 0 ? { tone: "muted" } : { bold: true });
  row.sub(KEYS_WIDTH + 2, 0, row.width - KEYS_WIDTH - 2, 1).line(0, 0, [{ text: title }]);
}

export class HelpOverlay implements Overlay {
  #scroll = 0;
  #rows = 0;
  #all = false;

  /** `near`: groups whose keys work where one is; the others follow when `?` is pressed again. */
  constructor(
    private readonly actions: readonly AppAction[],
    private readonly near: ReadonlySet<AppAction["group"]>,
    private readonly close: () => void,
  ) {}

  key({ name }: Key): void {
    if (name === "down" || name === "j") this.#scroll++;
    else if (name === "up" || name === "k") this.#scroll--;
    else if (name === "pagedown") this.#scroll += this.#rows;
    else if (name === "pageup") this.#scroll -= this.#rows;
    else if (name === "?" && !this.#all) this.#all = true;
    else this.close();
  }

  draw(region: Region, zones: Zones): null {
    const rows = this.#allRows();
    // No more columns than it takes to show all at once.
    const wanted = Math.ceil(rows.length / Math.max(1, region.height - 2));
    const columns = Math.max(1, Math.min(wanted, Math.floor((region.width - AROUND) / COLUMN_WIDTH)));
    const perColumn = Math.ceil(rows.length / columns);
    this.#rows = Math.max(0, Math.min(perColumn, region.height - 2));
    this.#scroll = Math.max(0, Math.min(this.#scroll, perColumn - this.#rows));
    const inside = overlayBox(region, {
      width: COLUMN_WIDTH * columns + AROUND,
      height: perColumn + 2,
      title: "help",
      note: this.#note(perColumn),
    });
    zones.add(region, { press: () => this.close(), wheel: (by) => this.#by(by) });
    for (let column = 0; column < columns; column++) {
      const part = inside.sub(column * (COLUMN_WIDTH + 1), 0, COLUMN_WIDTH, inside.height);
      rows
        .slice(column * perColumn, (column + 1) * perColumn)
        .slice(this.#scroll, this.#scroll + part.height)
        .forEach((row, y) => {
          drawRow(row, part.sub(0, y, part.width, 1));
        });
    }
    return null;
  }

  #note(perColumn: number): string {
    const below = perColumn - this.#rows - this.#scroll;
    const scroll = perColumn <= this.#rows ? "" : below > 0 ? `↓↑ scroll, ${below} more below` : "↓↑ scroll";
    return [scroll, this.#all ? "" : "? all keys", "any other key closes"].filter(Boolean).join(" · ");
  }

  #by(rows: number): void {
    this.#scroll += rows;
  }

  #allRows(): Row[] {
    return GROUP_TITLES.filter(([group]) => this.#all || this.near.has(group)).flatMap(([group, title]) => {
      const rows = this.actions.filter((action) => action.group === group).map(({ keys, title: named }): Row => ({ keys, title: named }));
      return rows.length === 0 ? [] : [{ title }, ...rows];
    });
  }
}
