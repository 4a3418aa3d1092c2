/** The theme on the screen: one that somebody has chosen, else the one that fits the terminal's own background. */
import type { Colours } from "../panels/paint-picture.ts";
import type { AppContext } from "./context.ts";
import type { Terminal } from "./terminal.ts";
import { coloursOf, type Theme } from "./theme.ts";
import { readThemes, type Themes } from "./theme-file.ts";
import { builtIn } from "./themes.ts";

export class ThemeChoice {
  constructor(
    private readonly app: Pick<AppContext, "services" | "notify" | "touch" | "keyOf">,
    private readonly terminal: Pick<Terminal, "setTheme">,
    private theme: Theme,
    private isChosen: boolean,
    /** What was kept the last time. */
    private readonly before: string | null,
  ) {}

  get name(): string {
    return this.theme.name;
  }

  /** Made for a light background. */
  get isLight(): boolean {
    return this.theme.background === "light";
  }

  /** What pictures can be drawn with. */
  get colours(): Colours {
    return coloursOf(this.theme);
  }

  /** What is kept over a restart; null = nobody has chosen. A terminal without colours passes a choice over, and does not undo it. */
  get kept(): string | null {
    if (this.isChosen) return this.theme.name;
    return this.theme.background === "any" ? this.before : null;
  }

  /** All themes, those of the user too, as their files are now. */
  all(): Themes {
    return readThemes(this.app.services.themeFiles());
  }

  /** One after the other. Who has said to want no colours gets none by going through them: only by choosing one by its name. */
  next(): void {
    if (!this.isChosen && this.colours === "none") {
      const said = process.env["NO_COLOR"] ? "NO_COLOR" : "--no-color";
      const palette = this.app.keyOf("palette");
      this.app.notify(
        "info",
        `${said} is set: themes have no colours here. "Choose a theme" in the palette (${palette}) takes one all the same`,
      );
      return;
    }
    const { all } = this.all();
    const at = all.findIndex(({ name }) => name === this.theme.name);
    this.use(all[(at + 1) % all.length]!.name);
  }

  use(name: string): void {
    const { all, files } = this.all();
    const theme = all.find((one) => one.name === name);
    if (theme === undefined) return;
    this.isChosen = true;
    this.#set(theme);
    this.app.notify("info", `Theme ${theme.name}: ${theme.title}`, "theme");
    const [warning] = files.find((one) => one.theme === theme)?.warnings ?? [];
    if (warning !== undefined) this.app.notify("warn", `Theme ${theme.name} is hard to read: ${warning}`);
  }

  /** The terminal tells its background: a guess gives way to that, what somebody has set stays. Whether that changed anything. */
  fit(background: "dark" | "light"): boolean {
    if (this.isChosen || this.theme.background === "any" || this.theme.background === background) return false;
    this.#set(builtIn(background));
    return true;
  }

  #set(theme: Theme): void {
    this.theme = theme;
    this.terminal.setTheme(theme);
    this.app.touch();
  }
}
