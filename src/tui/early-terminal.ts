/**
 * The terminal before the toolkit is there. Loading the toolkit takes longer than everything else that a first frame
 * needs, so the first frames are written plainly, and the toolkit takes over the screen as it finds it.
 */
import { BOLD, type Canvas, CONTINUATION, GRAPHEME, graphemeOf, ownColour, REVERSE, TONES, toneIndex, UNDERLINE } from "../lib/canvas.ts";
import type { Cursor, Signal, Terminal, TerminalEvents } from "./terminal.ts";
import { type Color, type Look, pictureColour, type Theme } from "./theme.ts";

/** What is needed of process.stdout. */
export interface Output {
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

/** What is needed of process.stdin. */
export interface Raw {
  setRawMode(raw: boolean): unknown;
}

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";

export class EarlyTerminal implements Terminal {
  #real: Terminal | null = null;
  #events: TerminalEvents | null = null;
  #entered = false;
  #closed = false;

  constructor(
    private readonly output: Output,
    private readonly input: Raw,
    private theme: Theme,
  ) {}

  get width(): number {
    return this.#real?.width ?? this.output.columns ?? 80;
  }

  get height(): number {
    return this.#real?.height ?? this.output.rows ?? 24;
  }

  /** Hands the screen over; everything from now on goes to the real terminal. */
  takeOver(real: Terminal): void {
    this.#real = real;
    real.setTheme(this.theme);
    if (this.#events !== null) real.listen(this.#events);
    this.#events?.resize();
  }

  listen(events: TerminalEvents): void {
    this.#events = events;
    this.#real?.listen(events);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#real?.setTheme(theme);
  }

  present(canvas: Canvas, cursor: Cursor): void {
    if (this.#real !== null) {
      this.#real.present(canvas, cursor);
      return;
    }
    if (this.#closed) return;
    // Keys that come this early must not be echoed into the frame; they wait for the toolkit to read them.
    if (!this.#entered) this.input.setRawMode(true);
    this.output.write(`${this.#entered ? "" : ENTER}${plainFrame(canvas, this.theme)}`);
    this.#entered = true;
  }

  idle(): Promise<void> {
    return this.#real?.idle() ?? Promise.resolve();
  }

  copy(text: string): boolean {
    return this.#real?.copy(text) ?? false;
  }

  signal(signal: Signal): void {
    this.#real?.signal(signal);
  }

  suspend(): Promise<void> {
    return this.#real?.suspend() ?? Promise.resolve();
  }

  redraw(): void {
    this.#real?.redraw();
  }

  async close(): Promise<void> {
    if (this.#real !== null) await this.#real.close();
    else if (this.#entered && !this.#closed) {
      this.output.write(LEAVE);
      this.input.setRawMode(false);
    }
    this.#closed = true;
  }
}

/** A whole frame as text with SGR sequences (ECMA-48 §8.3.117), row by row. */
export function plainFrame(canvas: Canvas, theme: Theme): string {
  const { cells } = canvas;
  // A frame has some thousand cells and a dozen looks.
  const known = new Map<number, string>();
  let out = "";
  for (let y = 0; y < canvas.height; y++) {
    out += `\x1b[${y + 1};1H`;
    let before = -1;
    for (let x = 0; x < canvas.width; x++) {
      const at = y * canvas.width + x;
      const cell = cells[at]!;
      if (cell === CONTINUATION) continue;
      const look = canvas.lookAt(at);
      if (look !== before) {
        const style = known.get(look) ?? sgr(canvas, at, theme);
        known.set(look, style);
        out += style;
        before = look;
      }
      out += cell >= GRAPHEME ? graphemeOf(cell) : String.fromCodePoint(cell);
    }
  }
  return `${out}\x1b[0m`;
}

const SURFACE = toneIndex("surface");

function sgr(canvas: Canvas, at: number, theme: Theme): string {
  const [point, behind] = [ownColour(canvas.fg[at]!), ownColour(canvas.bg[at]!)];
  const look: Look = point === null ? theme.tones[TONES[canvas.fg[at]!]!] : { color: pictureColour(theme, point) };
  const own = canvas.attributes[at]!;
  const raised = canvas.bg[at] === SURFACE;
  const background = behind === null ? (raised ? (theme.surface ?? theme.bg) : theme.bg) : pictureColour(theme, behind);
  const codes = ["0", colorCode(look.color, 38), colorCode(background, 48)];
  if (look.bold || own & BOLD) codes.push("1");
  if (look.dim) codes.push("2");
  if (look.underline || own & UNDERLINE) codes.push("4");
  if (((own & REVERSE) !== 0) !== (raised && theme.surface === null)) codes.push("7");
  return `\x1b[${codes.join(";")}m`;
}

/** `base` is 38 for the foreground, 48 for the background. */
function colorCode(color: Color, base: 38 | 48): string {
  if (color === "default") return String(base + 1);
  // The bright eight have numbers of their own: 90 to 97, 100 to 107.
  if (typeof color === "number") return String(color < 8 ? base - 8 + color : base + 44 + color);
  const part = (from: number): number => Number.parseInt(color.slice(from, from + 2), 16);
  return `${base};2;${part(1)};${part(3)};${part(5)}`;
}
