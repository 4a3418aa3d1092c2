/** Runs the real program in a real PTY and reads what a person would see: cells of an emulator, not bytes. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/headless";

export const ROOT = resolve(import.meta.dir, "../..");
export const LAUNCHER = join(ROOT, "bin", "nanochat-cli");

export interface PtyOptions {
  cols?: number;
  rows?: number;
  env?: Record<string, string>;
  cwd?: string;
}

/** How long a condition may take before the test fails with the screen it saw. Not a measure of speed. */
const PATIENCE_MS = 60_000;

/** End of a synchronized update (DEC mode 2026), which only the toolkit writes. */
const SYNCHRONIZED = "\x1b[?2026l";

/**
 * Detached is a session of its own; the first terminal that its leader opens becomes its own terminal. Only so is the
 * program told of a resize, and does ctrl+z stop it and not us.
 */
const TAKE_TERMINAL = ["/bin/sh", "-c", '{ : </proc/self/fd/0; } 2>/dev/null; exec "$@"', "sh"];

/** Processes that a process has started, the oldest first. */
export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

export class Pty {
  readonly emulator: Terminal;
  readonly process: Bun.Subprocess;
  /** Everything that was written to the terminal, for what cells cannot tell (modes, titles, secrets). */
  raw = "";
  /** When (performance.now) the bytes arrived that the emulator has shown last: what it needed to show them is not in it. */
  arrived = 0;
  /** Off for long streams that nobody reads back. */
  recording = true;
  /** Off where bytes are timed: the emulator works in this very process, and what it does meanwhile would count as theirs. */
  emulating = true;
  #terminal: Bun.Terminal;
  #decoder = new TextDecoder();
  #waiters = new Set<() => void>();
  #listeners = new Set<(text: string) => void>();

  constructor(command: readonly string[], options: PtyOptions = {}) {
    const { cols = 120, rows = 36 } = options;
    this.emulator = new Terminal({ cols, rows, allowProposedApi: true, scrollback: 2000 });
    this.emulator.loadAddon(new Unicode11Addon());
    this.emulator.unicode.activeVersion = "11";
    this.#terminal = new Bun.Terminal({ cols, rows, name: "xterm-256color", data: (_, bytes) => this.#receive(bytes) });
    // Answers of the emulator (cursor position, device attributes) go back to the program.
    this.emulator.onData((answer) => this.#terminal.write(answer));
    this.process = Bun.spawn([...TAKE_TERMINAL, ...command], {
      detached: true,
      terminal: this.#terminal,
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: undefined, ...options.env },
    });
  }

  /** The visible rows, without trailing blanks. */
  rows(): string[] {
    const buffer = this.emulator.buffer.active;
    // A line that was longer before a resize keeps its cells: the terminal ends at its last column.
    const row = (y: number) => buffer.getLine(buffer.viewportY + y)?.translateToString(true, 0, this.emulator.cols) ?? "";
    return Array.from({ length: this.emulator.rows }, (_, y) => row(y));
  }

  screen(): string {
    return this.rows().join("\n");
  }

  /** True while the program has the alternate screen. */
  get alternate(): boolean {
    return this.emulator.buffer.active.type === "alternate";
  }

  /** Resolves when the program draws through its toolkit: from here on it reads keys. */
  async ready(): Promise<void> {
    await this.until(() => this.raw.includes(SYNCHRONIZED));
  }

  type(keys: string): void {
    this.#terminal.write(keys);
  }

  resize(cols: number, rows: number): void {
    this.emulator.resize(cols, rows);
    this.#terminal.resize(cols, rows);
  }

  /** Resolves as soon as the screen satisfies the condition; fails with the screen after `PATIENCE_MS`. */
  async until(condition: string | RegExp | ((screen: string) => boolean), patienceMs = PATIENCE_MS): Promise<string> {
    const holds =
      typeof condition === "function"
        ? condition
        : (s: string) => (typeof condition === "string" ? s.includes(condition) : condition.test(s));
    const deadline = Date.now() + patienceMs;
    while (!holds(this.screen())) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`waited ${patienceMs} ms for ${condition}; the screen was:\n${this.screen()}`);
      await this.#change(left);
    }
    return this.screen();
  }

  /** Calls back each time that this text has been written; returns what ends that. Sees bytes, before the emulator does. */
  onText(wanted: string, then: () => void): () => void {
    let tail = "";
    const listener = (text: string) => {
      const seen = tail + text; // a chunk may end within it
      if (seen.includes(wanted)) then();
      tail = seen.slice(seen.length - Math.min(seen.length, wanted.length - 1));
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** When (performance.now) this text was written first, or null after `patienceMs`. */
  async watch(wanted: string, patienceMs: number): Promise<number | null> {
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const timer = setTimeout(() => resolve(null), patienceMs);
    const end = this.onText(wanted, () => resolve(performance.now()));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      end();
    }
  }

  /** Processes that the program has started: behind the launcher, the one that draws. */
  children(): number[] {
    return childrenOf(this.process.pid);
  }

  /** Exit code, once the program has ended and its last bytes are on the emulator. */
  async exited(): Promise<number> {
    const code = await this.process.exited;
    await new Promise<void>((done) => this.emulator.write("", done));
    return code;
  }

  async close(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill("SIGKILL");
    await this.process.exited;
    this.#terminal.close();
    this.emulator.dispose();
  }

  #receive(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    for (const listener of this.#listeners) listener(text);
    if (this.recording) this.raw += text;
    if (!this.emulating) return;
    const at = performance.now();
    this.emulator.write(bytes, () => {
      this.arrived = at;
      for (const wake of this.#waiters) wake();
      this.#waiters.clear();
    });
  }

  #change(patienceMs: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, Math.min(patienceMs, 250));
      this.#waiters.add(() => {
        clearTimeout(timer);
        done();
      });
    });
  }
}

/** The program as a user starts it, through its launcher. */
export const startProgram = (args: readonly string[], options: PtyOptions = {}): Pty => new Pty([LAUNCHER, ...args], options);
