/** What can be laid over a screen, and the one that is: at most one at a time, and it takes all keys. */
import { TextDialog, type TextQuestion } from "./ask-text.ts";
import { type ChooserRow, chooser } from "./chooser.ts";
import type { AppContext } from "./context.ts";
import { Dialog, type Question } from "./dialog.ts";
import { HelpOverlay } from "./help.ts";
import { JumpOverlay } from "./jump.ts";
import { NoticesOverlay } from "./notices.ts";
import type { Overlay } from "./overlay.ts";
import { openPalette } from "./palette.ts";
import type { Group } from "./pane.ts";

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

  /** Keys of this group; without one, those that work where one is. */
  help(topic: Group | null = null): void {
    this.cover((close) => new HelpOverlay(this.app, topic, close));
  }

  jump(): void {
    this.cover((close) => new JumpOverlay(close));
  }

  notices(): void {
    this.cover((close) => new NoticesOverlay(this.app.notices, close));
  }

  palette(): void {
    this.cover((close) => {
      const { overlay, ready } = openPalette(this.app, close);
      this.app.background(ready.then(() => this.app.touch()));
      return overlay;
    });
  }
}
