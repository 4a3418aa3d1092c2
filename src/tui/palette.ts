/** Every action by its name: type a few letters of it. */
import type { Action } from "../core/action.ts";
import type { Span } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { AppContext } from "./context.ts";
import { LineEditor } from "./editor.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, type Zones } from "./overlay.ts";
import type { Cursor } from "./terminal.ts";

type AppAction = Action<AppContext>;

interface Match {
  action: AppAction;
  /** Letters of the title that matched. */
  positions: ReadonlySet<number>;
}

/** Actions whose title matches, best first. */
export type Matcher = (query: string) => Match[];

/** The matcher; its library is loaded when the palette is opened for the first time. */
export async function loadMatcher(actions: readonly AppAction[]): Promise<Matcher> {
  const { Fzf } = await import("fzf");
  const fzf = new Fzf([...actions], { selector: ({ title }) => title });
  return (query) => fzf.find(query).map(({ item, positions }) => ({ action: item, positions }));
}

export class Palette implements Overlay {
  readonly #editor = new LineEditor();
  #selected = 0;
  #matcher: Matcher | null = null;

  constructor(
    private readonly app: AppContext,
    private readonly actions: readonly AppAction[],
    private readonly close: () => void,
  ) {}

  /** Until it is there, the list is not narrowed. */
  set matcher(matcher: Matcher) {
    this.#matcher = matcher;
  }

  key(key: Key): void {
    if (key.name === "esc" || key.name === "ctrl+c") this.close();
    else if (key.name === "enter") this.#run(this.#matches()[this.#selected]?.action);
    else if (key.name === "up" || key.name === "ctrl+p") this.#selected--;
    else if (key.name === "down" || key.name === "ctrl+n") this.#selected++;
    else if (this.#editor.key(key)) this.#selected = 0;
    this.#selected = Math.max(0, Math.min(this.#selected, this.#matches().length - 1));
  }

  paste(text: string): void {
    this.#editor.insert(text);
  }

  draw(region: Region, zones: Zones): Cursor {
    const matches = this.#matches();
    const inside = overlayBox(region, {
      width: 76,
      height: Math.min(20, matches.length + 4),
      title: "palette",
      top: 1,
      note: "enter runs · esc closes",
    });
    zones.add(region, { press: () => this.close() });
    const field = inside.sub(2, 0, inside.width - 2, 1);
    const { text, cursor } = this.#editor.view(field.width);
    inside.put(0, 0, "›", { tone: "accent" });
    field.put(0, 0, text);
    if (matches.length === 0) inside.put(0, 2, "No action is called that", { tone: "muted" });
    const room = Math.max(0, inside.height - 2);
    const first = Math.max(0, Math.min(this.#selected - Math.floor(room / 2), matches.length - room));
    matches.slice(first, first + room).forEach((match, index) => {
      const row = inside.sub(0, 2 + index, inside.width, 1);
      if (first + index === this.#selected) row.fill("surface");
      this.#row(match, row);
      zones.add(row, { press: () => this.#run(match.action) });
    });
    return { x: field.x + cursor, y: field.y };
  }

  #row({ action, positions }: Match, row: Region): void {
    const reason = action.disabled(this.app);
    const letters = [...action.title].map(
      (letter, index): Span => ({
        text: letter,
        tone: reason === null ? "text" : "muted",
        bold: positions.has(index),
        underline: positions.has(index),
      }),
    );
    const end = row.line(1, 0, letters);
    const keys = action.keys.join(" ");
    if (reason !== null) row.sub(0, 0, row.width - textWidth(keys) - 2, 1).line(end + 2, 0, [{ text: reason, tone: "muted" }]);
    row.put(row.width - textWidth(keys) - 1, 0, keys, { tone: "accent" });
  }

  #matches(): Match[] {
    const query = this.#editor.text.trim();
    if (query === "" || this.#matcher === null) return this.actions.map((action) => ({ action, positions: new Set<number>() }));
    return this.#matcher(query);
  }

  #run(action: AppAction | undefined): void {
    if (action === undefined) return;
    this.close();
    this.app.runAction(action.id);
  }
}
