/** The terminal through @opentui/core: set-up, input parsing and differential output, for one surface that is ours. */
import { writeSync } from "node:fs";
import type { CliRenderer, FrameBufferRenderable, KeyEvent, MouseEvent, NativeSession, PasteEvent } from "@opentui/core";
import { Canvas, CONTINUATION, graphemeOf, ownColour, toneIndex } from "../lib/canvas.ts";
import { withoutNewListeners } from "../lib/crashes.ts";
import { loadTmuxBuffer } from "../lib/tmux.ts";
import { OwnTerminal } from "../lib/tty.ts";
import { BEL, clipboard, notification, oscText } from "./osc.ts";
import { OutputTurns } from "./output-turns.ts";
import type { Cursor, Signal, Terminal, TerminalEvents } from "./terminal.ts";
import type { Theme } from "./theme.ts";
import { attributesAt, Cells, changedRows, copyRows, drawable, Ink, SPACE, type Toolkit } from "./toolkit-cells.ts";

/** How long `fg` may take to reach us before the screen is taken back all the same. */
const RESUME_AFTER_MS = 300;
const WHEEL_ROWS = 3;
/**
 * The toolkit's own variable: whether a thread of its own writes to the terminal. Where processors are busy each frame waits until that
 * has got its turn, and our thread asks for it 64 times over meanwhile; it is for terminals that a write has to wait for.
 */
const OUTPUT_THREAD = "OTUI_STDOUT_THREAD";
/**
 * How long a terminal may take nothing at all of what sets it back, when we leave; then as long once more. A link that hangs is to be
 * left, one that only stutters is to be left as it was found.
 */
const LEAVE_MS = 3000;

/**
 * Takes the terminal. The toolkit is loaded here, so that nothing else in the program pays for it. `letGo` is called when it is about
 * to be set: both of us would put back what they have found. `first` is what it shows at once: a frame that the toolkit makes of nothing
 * is a screen of blanks in a colour of its own.
 */
export async function openTerminal(theme: Theme, first: Canvas | null, letGo: () => void): Promise<Terminal> {
  const toolkit = await import("@opentui/core");
  const { stdin, stdout } = process;
  const own = await OwnTerminal.open();
  letGo();
  stdin.setRawMode(true);
  // Ends without a `close`, after an error of ours, still write what sets the terminal back: that may wait. Before the toolkit's.
  process.once("exit", () => own.wait());
  const turns = new OutputTurns();
  const nativeSession = own.refuseToWait() ? sessionWithoutThread(toolkit, turns) : undefined;
  // `createCliRenderer` reads keys while it sets the terminal up, and gives the renderer away only afterwards: what is
  // typed in between would be lost.
  // Its listeners for crashes print and carry on, where here an error has one place to go.
  const renderer = withoutNewListeners(
    () =>
      new toolkit.CliRenderer(stdin, stdout, stdout.columns || 80, stdout.rows || 24, {
        nativeSession,
        environment: paletteEnvironment(process.env),
        exitOnCtrlC: false,
        exitSignals: [],
        openConsoleOnError: false,
        consoleMode: "disabled",
        // Frames are drawn when something was presented, never on a clock: a key must not wait for the next beat.
        maxFps: 1000,
        targetFps: 30,
        debounceDelay: 8,
        enableMouseMovement: false,
        autoFocus: false,
      }),
  );
  const terminal = new OpenTuiTerminal(toolkit, renderer, theme, own, turns);
  if (first !== null) terminal.present(first, null);
  try {
    await renderer.setupTerminal();
  } catch (error) {
    renderer.destroy();
    throw error;
  }
  return terminal;
}

/**
 * What the toolkit is to believe of the terminal, so that it writes colours of a palette as numbers of it (`38;5;6`). By its table only
 * `…-256color` and 24-bit terminals have one: for all others it would write values of its own for them, in 24 bits. It has no way to
 * write them as `36`. Other colours are written as they would be without this.
 */
function paletteEnvironment({ TERM = "", COLORTERM }: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return COLORTERM || TERM.includes("256color") ? {} : { COLORTERM: "truecolor" };
}

/** Writes by itself, which is for a standard output that nothing has to wait for. */
function sessionWithoutThread({ NativeSession }: Toolkit, turns: OutputTurns): NativeSession {
  const before = process.env[OUTPUT_THREAD];
  process.env[OUTPUT_THREAD] = "false";
  try {
    return new NativeSession(process.stdout, { scheduler: turns, closeTimeoutMs: LEAVE_MS });
  } finally {
    // It has been read, and is nothing for our children.
    if (before === undefined) delete process.env[OUTPUT_THREAD];
    else process.env[OUTPUT_THREAD] = before;
  }
}

class OpenTuiTerminal implements Terminal {
  readonly #toolkit: Toolkit;
  readonly #renderer: CliRenderer;
  readonly #surface: FrameBufferRenderable;
  #ink: Ink;
  readonly #cells = new Cells();
  /** Rows in which the last frame had characters from the toolkit's own pool. */
  #pooledRows: number[] = [];
  /** What the surface holds, so that rows without a change are not written; null = unknown. */
  #shown: Canvas | null = null;
  #events: TerminalEvents | null = null;
  /** What was pressed, pasted and clicked before there was a listener. */
  #early: Array<(events: TerminalEvents) => void> = [];
  #suspended = false;
  #closed = false;
  #isGivenBack = false;

  constructor(
    toolkit: Toolkit,
    renderer: CliRenderer,
    theme: Theme,
    private readonly own: OwnTerminal,
    private readonly turns: OutputTurns,
  ) {
    this.#toolkit = toolkit;
    this.#renderer = renderer;
    this.#ink = new Ink(toolkit, theme);
    this.#surface = new toolkit.FrameBufferRenderable(renderer, {
      id: "surface",
      width: renderer.width,
      height: renderer.height,
      onMouseDown: ({ x, y }: MouseEvent) => this.#input((events) => events.mouse({ kind: "press", x, y, rows: 0 })),
      onMouseDrag: ({ x, y }: MouseEvent) => this.#input((events) => events.mouse({ kind: "drag", x, y, rows: 0 })),
      onMouseUp: ({ x, y }: MouseEvent) => this.#input((events) => events.mouse({ kind: "release", x, y, rows: 0 })),
      onMouseScroll: (event: MouseEvent) => this.#wheel(event),
      // The toolkit resizes the buffer when it lays the frame out, after we have drawn: what it held is gone then.
      onSizeChange: () => {
        this.#shown = null;
        this.#blank();
        this.#events?.resize();
      },
    });
    renderer.keyInput.on("keypress", (key: KeyEvent) => this.#input((events) => events.key(key)));
    renderer.keyInput.on("paste", ({ bytes }: PasteEvent) => this.#input((events) => events.paste(new TextDecoder().decode(bytes))));
  }

  #input(give: (events: TerminalEvents) => void): void {
    if (this.#events === null) this.#early.push(give);
    else give(this.#events);
  }

  get width(): number {
    return this.#renderer.width;
  }

  get height(): number {
    return this.#renderer.height;
  }

  listen(events: TerminalEvents): void {
    this.#events = events;
    const renderer = this.#renderer;
    renderer.on("resize", () => {
      this.#surface.width = renderer.width;
      this.#surface.height = renderer.height;
      events.resize();
    });
    renderer.on("theme_mode", (mode: unknown) => {
      if (mode === "dark" || mode === "light") events.background(mode);
    });
    renderer.on("render:error", (event: { error: unknown }) => events.failed(event.error));
    renderer.on("handler:error", (event: { error: unknown }) => events.failed(event.error));
    process.on("SIGCONT", this.#continued);
    for (const give of this.#early.splice(0)) give(events);
  }

  /** Cells that nothing was drawn in yet have no character, and are black in 24 bits, also where a terminal has fewer colours. */
  #blank(): void {
    const { buffer } = this.#ink.fg[toneIndex("text")]!;
    this.#surface.frameBuffer.withBuffers(({ char, fg }) => {
      char.fill(SPACE);
      for (let at = 0; at < fg.length; at += buffer.length) fg.set(buffer, at);
    });
  }

  setTheme(theme: Theme): void {
    this.#ink = new Ink(this.#toolkit, theme);
    this.#shown = null;
  }

  present(canvas: Canvas, cursor: Cursor): void {
    if (this.#closed || this.#suspended) return;
    const { frameBuffer } = this.#surface;
    // Before it holds a frame the toolkit would draw it, cell by cell without a character.
    if (this.#surface.parent === null) this.#renderer.root.add(this.#surface);
    if (frameBuffer.width !== canvas.width || frameBuffer.height !== canvas.height) {
      this.#surface.width = canvas.width;
      this.#surface.height = canvas.height;
      this.#shown = null;
    }
    const rows = changedRows(canvas, this.#shown);
    // A pooled character is given back only through the toolkit's own drawing, so its row is cleared with that first.
    const background = this.#ink.bg[toneIndex("bg")]!;
    for (const y of this.#pooledRows) if (rows.has(y)) frameBuffer.fillRect(0, y, frameBuffer.width, 1, background);
    const pooled = frameBuffer.withBuffers((lent) => copyRows(canvas, rows, this.#cells.of(lent), this.#ink));
    for (const at of pooled) this.#drawPooled(canvas, at);
    const untouched = this.#pooledRows.filter((y) => !rows.has(y));
    this.#pooledRows = [...untouched, ...new Set(pooled.map((at) => Math.floor(at / canvas.width)))];
    if (this.#shown?.width !== canvas.width || this.#shown.height !== canvas.height) this.#shown = new Canvas(canvas.width, canvas.height);
    this.#shown.take(canvas);
    this.#renderer.setCursorPosition((cursor?.x ?? 0) + 1, (cursor?.y ?? 0) + 1, cursor !== null);
    this.turns.given();
    this.#surface.requestRender();
  }

  #drawPooled(canvas: Canvas, at: number): void {
    const ink = this.#ink;
    const { fg, bg, shown } = ink;
    const on = ownColour(canvas.bg[at]!) === null ? canvas.bg[at]! : 0;
    const wide = canvas.cells[at + 1] === CONTINUATION;
    const text = drawable(graphemeOf(canvas.cells[at]!), wide ? 2 : 1, this.#renderer.widthMethod === "wcwidth");
    const attributes = attributesAt(canvas, at, ink);
    const y = Math.floor(at / canvas.width);
    this.#surface.frameBuffer.drawText(text, at % canvas.width, y, fg[shown[on]![canvas.fg[at]!]!]!, bg[on]!, attributes);
  }

  async idle(): Promise<void> {
    if (this.#closed || this.#suspended) return;
    await this.#renderer.idle();
    this.turns.taken();
  }

  copy(text: string): boolean {
    // The toolkit hands it through tmux, which must be allowed to (`allow-passthrough`), and tmux takes it as it is only where it was told
    // to (`set-clipboard on`): asked by its own command it always does.
    if (process.env["TMUX"]) {
      void this.#writeBetweenFrames(clipboard(text));
      void loadTmuxBuffer(text);
    }
    return this.#renderer.copyToClipboardOSC52(text);
  }

  signal({ bell, desktop }: Signal): void {
    // Told by the toolkit where it knows how this terminal is told; else in the two ways that there are.
    const shown = desktop !== null && this.#renderer.capabilities?.notifications === true;
    if (shown) this.#renderer.triggerNotification(oscText(desktop.text), oscText(desktop.title));
    const bytes = (bell ? BEL : "") + (desktop === null || shown ? "" : notification(desktop));
    if (bytes !== "") void this.#writeBetweenFrames(bytes);
  }

  /** Nothing is on its way then that these bytes could fall into. */
  async #writeBetweenFrames(bytes: string): Promise<void> {
    await this.idle();
    if (this.#closed || this.#suspended) return;
    const all = Buffer.from(bytes);
    let rest = all;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(process.stdout.fd, rest));
    } catch {
      // The terminal takes nothing just now, or is gone: a bell is not worth waiting for, but what was begun must have its end.
      if (rest.length < all.length) process.stdout.write(rest);
    }
  }

  async suspend(): Promise<void> {
    if (this.#suspended || this.#closed) return;
    this.#suspended = true;
    await this.#renderer.suspend();
    // The whole group, as the terminal's own ctrl+z would: a launcher that waits for us must stop too, or the shell
    // never notices. Where nobody could wake us again, the kernel lets this signal pass.
    const woken = Promise.withResolvers<void>();
    const timer = setTimeout(woken.resolve, RESUME_AFTER_MS);
    process.once("SIGCONT", woken.resolve);
    process.kill(0, "SIGTSTP");
    await woken.promise;
    clearTimeout(timer);
    await this.#renderer.resume();
    this.#suspended = false;
    this.#events?.resize();
  }

  keep(): void {
    if (this.own.readsLines) this.#continued();
  }

  /** After a stop that we were not asked for (SIGSTOP), the shell has had the terminal, or another program: set it up anew. */
  readonly #continued = (): void => {
    if (this.#suspended || this.#closed) return;
    this.#suspended = true;
    const renderer = this.#renderer;
    const takeBack = async (): Promise<void> => {
      await renderer.suspend();
      await renderer.resume();
      this.#suspended = false;
      this.#events?.resize();
    };
    takeBack().catch((error: unknown) => this.#events?.failed(error));
  };

  redraw(): void {
    // A resize to the same size makes the toolkit forget what it believes to be on the screen.
    this.#renderer.resize(this.#renderer.width, this.#renderer.height);
  }

  async close(): Promise<boolean> {
    if (this.#closed) return this.#isGivenBack;
    this.#closed = true;
    process.off("SIGCONT", this.#continued);
    withRefusals(process.stdin);
    this.#renderer.destroy();
    this.#isGivenBack = await this.#renderer.closed.then(
      () => true,
      () => false,
    );
    this.own.wait();
    return this.#isGivenBack;
  }

  #wheel({ x, y, scroll }: MouseEvent): void {
    if (scroll?.direction !== "up" && scroll?.direction !== "down") return;
    const rows = scroll.direction === "up" ? -WHEEL_ROWS : WHEEL_ROWS;
    this.#input((events) => events.mouse({ kind: "wheel", x, y, rows }));
  }
}

/**
 * Where the shell has the terminal again, because the launcher was killed, the kernel refuses to set it (EIO): the shell has
 * done so itself. The toolkit would print that with a stack of calls, below what we say and above the shell's next line.
 */
function withRefusals(stdin: NodeJS.ReadStream): void {
  const set = stdin.setRawMode.bind(stdin);
  stdin.setRawMode = (isRaw) => {
    try {
      return set(isRaw);
    } catch {
      return stdin;
    }
  };
}
