/** What can be laid over a screen, and the one that is: at most one at a time, and it takes all keys. */
import { TextDialog, type TextQuestion } from "./ask-text.ts";
import { type ChooserRow, chooser } from "./chooser.ts";
import type { AppContext } from "./context.ts";
import { Dialog, type Question } from "./dialog.ts";
import { HelpOverlay } from "./help.ts";
import { NoticesOverlay } from "./notices.ts";
import type { Overlay } from "./overlay.ts";
import { openPalette } from "./palette.ts";

export class Overlays {
  current: Overlay | null = null;

  constructor(private readonly app: AppContext) {}

  /** Puts one over the screen; it gets the way to close itself. */
  cover(overlay: (close: () => void) => Overlay): void {
    this.current = overlay(() => this.close());
    this.app.touch();
  }

  close(): void {
    this.current = null;
    this.app.touch();
  }

  ask(question: Question): void {
    this.cover((close) => new Dialog(question, close));
  }

  askText(question: TextQuestion): void {
    this.cover((close) => new TextDialog(question, close));
  }

  choose(title: string, rows: readonly ChooserRow[]): void {
    this.cover((close) => chooser(title, rows, close));
  }

  help(): void {
    this.cover((close) => new HelpOverlay(this.app.actions, new Set(this.app.groups()), close));
  }

  notices(): void {
    this.cover((close) => new NoticesOverlay(this.app.notices, close));
  }

  palette(): void {
    const others = this.app.actions.filter(({ id }) => id !== "palette");
    this.cover((close) => {
      const { overlay, ready } = openPalette(this.app, others, close);
      this.app.background(ready.then(() => this.app.touch()));
      return overlay;
    });
  }
}
