/** The terminal, as the rest of the TUI sees it: a canvas out, keys and mouse in. Tests have one without a screen. */
import type { Canvas } from "../lib/canvas.ts";
import type { RawKey } from "./keys.ts";
import type { Theme } from "./theme.ts";

export interface MouseInput {
  /** `drag`: moved with the button down. */
  kind: "press" | "drag" | "release" | "wheel";
  x: number;
  y: number;
  /** Rows of the wheel, down is positive; else 0. */
  rows: number;
}

export interface TerminalEvents {
  key: (key: RawKey) => void;
  paste: (text: string) => void;
  mouse: (mouse: MouseInput) => void;
  resize: () => void;
  /** The terminal told that its background is dark or light. */
  background: (kind: "dark" | "light") => void;
  /** Something inside the toolkit threw; nothing can be drawn any more. */
  failed: (error: unknown) => void;
}

/** Where the text cursor stands, or null for none. */
export type Cursor = { x: number; y: number } | null;

export interface Signal {
  bell: boolean;
  /** One line each; whatever a terminal could obey is taken out. Null = none. */
  desktop: { title: string; text: string } | null;
}

export interface Terminal {
  readonly width: number;
  readonly height: number;
  listen(events: TerminalEvents): void;
  setTheme(theme: Theme): void;
  /** Puts a canvas of the terminal's size on the screen; only what differs is written. */
  present(canvas: Canvas, cursor: Cursor): void;
  /** Resolves when all that was presented has been written: paces drawing to what the link carries. */
  idle(): Promise<void>;
  /** Copies through the terminal (OSC 52); false when it is known not to. */
  copy(text: string): boolean;
  /** Rings the bell, or has the terminal show a notification of the desktop; nothing where it knows neither. */
  signal(signal: Signal): void;
  /** Gives the terminal back, stops the process (and what shares its job), and takes it again after `fg`. */
  suspend(): Promise<void>;
  /** Sets it up anew where somebody else has set it back meanwhile: keys would not come any more. To be called now and then. */
  keep(): void;
  /** Clears the screen and draws everything anew. */
  redraw(): void;
  /** Gives the terminal back as it was; whether that could be done, or it takes nothing any more. Safe to call twice. */
  close(): Promise<boolean>;
}
