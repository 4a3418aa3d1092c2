/**
 * The terminal before the toolkit is there. Loading the toolkit takes longer than everything else that a first frame
 * needs, so the first frames are written plainly, and the toolkit takes over the screen as it finds it.
 */
import { BOLD, type Canvas, ownColour, REVERSE, TONES, toneIndex, UNDERLINE } from "../lib/canvas.ts";
import type { Cursor, Signal, Terminal, TerminalEvents } from "./terminal.ts";
import { type Color, type Look, pictureColour, type Theme } from "./theme.ts";

/** What is needed of `PlainTerminal`. */
export interface Plain {
  readonly size: { columns: number; rows: number } | null;
  setRaw(raw: boolean): void;
  write(text: string): void;
}

const USUAL_SIZE = { columns: 80, rows: 24 };

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";

export class EarlyTerminal implements Terminal {
  #real: Terminal | null = null;
  #events: TerminalEvents | null = null;
  #entered = false;
  #closed = false;
  /** The newest frame that came here. */
  shown: Canvas | null = null;

  constructor(
    private readonly plain: Plain,
    private theme: Theme,
    /** Over a slow link the toolkit is there before these would be, and its first frame is whole once more. */
    private readonly drawsFrames = true,
  ) {}

  get width(): number {
    return this.#real?.width ?? (this.plain.size ?? USUAL_SIZE).columns;
  }

  get height(): number {
    return this.#real?.height ?? (this.plain.size ?? USUAL_SIZE).rows;
  }

  /** To be called when another is about to set the terminal: what is typed meanwhile waits in it. */
  letGo(): void {
    if (this.#entered) this.plain.setRaw(false);
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
    this.shown = canvas;
    // Keys that come this early must not be echoed into the frame; they wait for the toolkit to read them.
    if (!this.#entered) this.plain.setRaw(true);
    this.plain.write(`${this.#entered ? "" : ENTER}${this.drawsFrames ? plainFrame(canvas, this.theme) : ""}`);
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

  keep(): void {
    this.#real?.keep();
  }

  redraw(): void {
    this.#real?.redraw();
  }

  async close(): Promise<boolean> {
    if (this.#real !== null) return this.#real.close();
    if (this.#entered && !this.#closed) {
      this.plain.write(LEAVE);
      this.plain.setRaw(false);
    }
    this.#closed = true;
    return true;
  }
}

/** A whole frame as text with SGR sequences (ECMA-48 §8.3.117), row by row, in pieces that look alike. */
export function plainFrame(canvas: Canvas, theme: Theme): string {
  const { width, height } = canvas;
  const text = canvas.plainText();
  // A frame has some thousand cells and a dozen looks.
  const known = new Map<number, Sgr>();
  let out = "";
  for (let y = 0; y < height; y++) {
    out += `\x1b[${y + 1};1H`;
    let before: Sgr | null = null;
    for (let x = 0; x < width; ) {
      const at = y * width + x;
      const look = canvas.lookAt(at);
      const sgr = known.get(look) ?? sgrAt(canvas, at, theme);
      known.set(look, sgr);
      if (sgr !== before) out += sgr.rest === before?.rest ? `\x1b[${sgr.color}m` : `\x1b[0;${sgr.color};${sgr.rest}m`;
      before = sgr;
      const end = endOfLook(canvas, at, at - x + width);
      out += text?.slice(at, end) ?? canvas.rowText(y, x, x + end - at);
      x += end - at;
    }
  }
  return `${out}\x1b[0m`;
}

/** Where cells begin that look otherwise than the one at `at`; of what stands in a space, nothing but its background is seen. */
function endOfLook({ cells, fg, bg, attributes }: Canvas, at: number, rowEnd: number): number {
  const [front, back, own] = [fg[at], bg[at], attributes[at]!];
  const isSeen = (own & (UNDERLINE | REVERSE)) !== 0;
  let end = at + 1;
  while (end < rowEnd && bg[end] === back && attributes[end] === own && (fg[end] === front || (cells[end] === SPACE && !isSeen))) end++;
  return end;
}

const SPACE = 32;
const SURFACE = toneIndex("surface");

/** Parameters of an SGR sequence: the colour of what is written, and all else. */
interface Sgr {
  color: string;
  rest: string;
}

function sgrAt(canvas: Canvas, at: number, theme: Theme): Sgr {
  const [point, behind] = [ownColour(canvas.fg[at]!), ownColour(canvas.bg[at]!)];
  const look: Look = point === null ? theme.tones[TONES[canvas.fg[at]!]!] : { color: pictureColour(theme, point) };
  const own = canvas.attributes[at]!;
  const raised = canvas.bg[at] === SURFACE;
  const background = behind === null ? (raised ? (theme.surface ?? theme.bg) : theme.bg) : pictureColour(theme, behind);
  const rest = [colorCode(background, 48)];
  if (look.bold || own & BOLD) rest.push("1");
  if (look.dim) rest.push("2");
  if (look.underline || own & UNDERLINE) rest.push("4");
  if (((own & REVERSE) !== 0) !== (raised && theme.surface === null)) rest.push("7");
  return { color: colorCode(look.color, 38), rest: rest.join(";") };
}

/** `base` is 38 for the foreground, 48 for the background. */
function colorCode(color: Color, base: 38 | 48): string {
  if (color === "default") return String(base + 1);
  // The bright eight have numbers of their own: 90 to 97, 100 to 107.
  if (typeof color === "number") return String(color < 8 ? base - 8 + color : base + 44 + color);
  const part = (from: number): number => Number.parseInt(color.slice(from, from + 2), 16);
  return `${base};2;${part(1)};${part(3)};${part(5)}`;
}
