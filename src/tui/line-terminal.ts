/** A terminal that is written to line by line and draws nothing: for screen readers. */
import type { RawKey } from "./keys.ts";
import { BEL } from "./osc.ts";
import type { Signal, Terminal, TerminalEvents } from "./terminal.ts";

export class LineTerminal implements Terminal {
  // Wide and high enough that no panel leaves anything out that it would show on a usual screen.
  readonly width = 120;
  readonly height = 50;
  #events: TerminalEvents | null = null;
  /** Called with each frame that is not shown. */
  onFrame: () => void = () => undefined;

  constructor(private readonly write: (text: string) => void) {}

  say(line: string): void {
    this.write(`${line}\n`);
  }

  press(key: RawKey): void {
    this.#events?.key(key);
  }

  paste(text: string): void {
    this.#events?.paste(text);
  }

  listen(events: TerminalEvents): void {
    this.#events = events;
  }

  setTheme(): void {}

  present(): void {
    this.onFrame();
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  copy(): boolean {
    return false;
  }

  signal({ bell }: Signal): void {
    if (bell) this.write(BEL);
  }

  async suspend(): Promise<void> {
    process.kill(0, "SIGTSTP");
  }

  keep(): void {}

  redraw(): void {}

  async close(): Promise<boolean> {
    return true;
  }
}
