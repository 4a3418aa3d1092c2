/**
 * The terminal that we were started in, asked of the runtime's own binding: the streams of `node:tty` take 20 ms to load, which
 * the first frame would wait for.
 */
import { closeSync, constants, openSync, writeSync } from "node:fs";

/** Of Bun's `tty_wrap`, as Node's `lib/tty.js` uses it. */
interface TtyHandle {
  /** Columns and rows; false when they are not known. */
  getWindowSize(size: [columns: number, rows: number]): boolean;
  setRawMode(raw: 0 | 1): number;
}
interface TtyBinding {
  isTTY(fd: number): boolean;
  TTY: new (fd: number, context: object) => TtyHandle;
}

// In Node, and in no type of it: what it has was looked at (`TtyBinding`).
const binding = (process as unknown as { binding(name: "tty_wrap"): TtyBinding }).binding("tty_wrap");

const STDIN = 0;
const STDOUT = 1;

/** Whether a descriptor is a terminal: 0 for input, 1 for output, 2 for what is said beside it. */
export const isTerminal = (fd: 0 | 1 | 2): boolean => binding.isTTY(fd);

/** ICANON in c_lflag, and where that lies in a `struct termios` (linux: bits/termios-struct.h; macOS: sys/termios.h). */
const LINES = process.platform === "darwin" ? { word: 6, bit: 0x100 } : { word: 3, bit: 0x2 };

type CLibrary = Awaited<ReturnType<typeof openCLibrary>>;

/** Null where it is not to be had. */
async function openCLibrary() {
  const { dlopen } = await import("bun:ffi");
  const symbols = {
    tcgetattr: { args: ["int", "ptr"], returns: "int" },
    tcgetpgrp: { args: ["int"], returns: "int" },
    getpgrp: { args: [], returns: "int" },
    dup2: { args: ["int", "int"], returns: "int" },
  } as const;
  for (const name of process.platform === "darwin" ? ["libSystem.B.dylib"] : ["libc.so.6", "libc.so"]) {
    try {
      return dlopen(name, symbols).symbols;
    } catch {
      // another name, or none
    }
  }
  return null;
}

/** What the runtime knows nothing of, of the terminal that we were started in. Without the C library all is as it was. */
export class OwnTerminal {
  readonly #found = new Uint32Array(32);
  /** Standard output as it is when nothing else is on the terminal. */
  #patient: number | null = null;

  private constructor(private readonly c: CLibrary) {}

  static async open(): Promise<OwnTerminal> {
    return new OwnTerminal(await openCLibrary());
  }

  /**
   * Whether it reads lines again although we have set it to read keys: node, bun and others put back at their end what they have
   * found at their beginning, from the background too.
   */
  get readsLines(): boolean {
    if (this.c === null) return false;
    const { tcgetattr, tcgetpgrp, getpgrp } = this.c;
    return tcgetattr(STDIN, this.#found) === 0 && (this.#found[LINES.word]! & LINES.bit) !== 0 && tcgetpgrp(STDIN) === getpgrp();
  }

  /**
   * From here on what a terminal has no room for is refused (EAGAIN), where a write would have to wait for it. For us alone: standard
   * output gets a file description of its own, since the one that it was given is the shell's too. Returns whether that was possible:
   * only where a terminal can be opened by its descriptor (proc(5)).
   */
  refuseToWait(): boolean {
    if (this.c === null || process.platform !== "linux") return false;
    const path = `/proc/self/fd/${STDOUT}`;
    const flags = constants.O_WRONLY | constants.O_NOCTTY;
    try {
      const hasty = openSync(path, flags | constants.O_NONBLOCK);
      this.#patient = openSync(path, flags);
      this.#become(hasty);
      return true;
    } catch {
      return false; // another's terminal, as after `su`
    }
  }

  /** The end of that: what is written waits again. */
  wait(): void {
    if (this.#patient === null) return;
    this.#become(this.#patient);
    this.#patient = null;
  }

  /** Puts a descriptor in the place of standard output. */
  #become(fd: number): void {
    this.c?.dup2(fd, STDOUT);
    closeSync(fd);
  }
}

/** Standard input and output as one terminal; to be made only where both are one. */
export class PlainTerminal {
  readonly #input = new binding.TTY(STDIN, {});
  readonly #output = new binding.TTY(STDOUT, {});
  readonly #size: [number, number] = [0, 0];
  /** What the terminal did not take at once has gone to the stream, and so has all that came after it. */
  #streams = false;

  /** Cells; null where the terminal does not know. */
  get size(): { columns: number; rows: number } | null {
    const [columns, rows] = this.#output.getWindowSize(this.#size) ? this.#size : [0, 0];
    return columns > 0 && rows > 0 ? { columns, rows } : null;
  }

  /** To be switched off again before `process.stdin` is: each puts back what it has found. */
  setRaw(raw: boolean): void {
    this.#input.setRawMode(raw ? 1 : 0);
  }

  write(text: string): void {
    let rest: Uint8Array = Buffer.from(text);
    try {
      while (!this.#streams && rest.length > 0) rest = rest.subarray(writeSync(STDOUT, rest));
    } catch {
      this.#streams = true; // the stream waits where it has to, and tells what went wrong
    }
    if (rest.length > 0) process.stdout.write(rest);
  }
}
