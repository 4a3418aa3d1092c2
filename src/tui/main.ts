/** The TUI from taking the terminal to giving it back. */
import { crashText } from "../lib/redact.ts";
import type { AppServices, TuiOptions } from "./app.ts";
import { EarlyTerminal } from "./early-terminal.ts";
import { openTerminal } from "./opentui.ts";
import { Shell } from "./shell.ts";
import { chooseAscii, chooseTheme, THEMES, type Theme } from "./theme.ts";

/** How long the first complete frame is waited for at most before the toolkit is loaded, which nothing else can run beside. */
const FIRST_FRAMES_MS = 300;

/** Exit codes of programs that a signal ended: 128 and its number. */
const SIGNALS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

/**
 * Runs the TUI until the user leaves; returns the exit code. Whatever happens in between, the terminal is given back as
 * it was before anything is printed.
 */
export async function runTui(services: AppServices, options: TuiOptions = {}): Promise<number> {
  if (!process.stdout.isTTY || !process.stdin.isTTY || process.env["TERM"] === "dumb") {
    process.stderr.write(
      "nanochat-cli needs a terminal for this. Use a sub-command, such as `nanochat-cli runs list`; --help names them.\n",
    );
    return 2;
  }
  const theme = chooseTheme(process.env, options.theme);
  const terminal = new EarlyTerminal(process.stdout, process.stdin, THEMES[theme]);
  const shell = new Shell(services, terminal, { ...options, theme, ascii: options.ascii ?? chooseAscii(process.env) });
  const fail = (error: unknown): void => shell.ended.resolve({ code: 1, error });
  const listeners = Object.entries(SIGNALS).map(([signal, code]) => ({ signal, listener: () => shell.leave(code) }));
  for (const { signal, listener } of listeners) process.on(signal, listener);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);

  shell.start().catch(fail);
  const settled = Promise.race([shell.settled.promise, Bun.sleep(FIRST_FRAMES_MS)]);
  const taken = takeTerminal(settled, terminal, THEMES[theme], fail).catch(fail);
  const { code, error } = await shell.ended.promise;
  shell.stop();
  await taken; // a terminal that is just being taken cannot be given back
  await terminal.close();
  for (const { signal, listener } of listeners) process.off(signal, listener);
  process.off("uncaughtException", fail);
  process.off("unhandledRejection", fail);
  if (error !== undefined)
    process.stderr.write(`nanochat-cli came to an end because of an error of its own; runs are not affected.\n${crashText(error)}\n`);
  else tellWhatGoesOn(shell);
  return code;
}

/** Loads the toolkit once the first frame, and the run in it, has been written. */
async function takeTerminal(settled: Promise<void>, terminal: EarlyTerminal, theme: Theme, fail: (error: unknown) => void): Promise<void> {
  await settled;
  terminal.takeOver(await openTerminal(theme));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

function tellWhatGoesOn({ run }: Shell): void {
  if (run === null || run.liveness() === "ended") return;
  process.stderr.write(`${run.id} goes on. To see it again: nanochat-cli runs attach ${run.id}\n`);
}
