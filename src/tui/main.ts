/** The TUI from taking the terminal to giving it back. */
import { fail, ok, type Result } from "../core/result.ts";
import { onCrash } from "../lib/crashes.ts";
import { errorCode } from "../lib/files.ts";
import { isOrphan } from "../lib/launcher.ts";
import { crashText } from "../lib/redact.ts";
import { didYouMean } from "../lib/suggest.ts";
import { isTerminal, PlainTerminal } from "../lib/tty.ts";
import type { AppServices, TuiOptions } from "./app.ts";
import { EarlyTerminal } from "./early-terminal.ts";
import { farewell } from "./leaving.ts";
import { LineTerminal } from "./line-terminal.ts";
import { openTerminal } from "./opentui.ts";
import { choosePace, SPOKEN } from "./pace.ts";
import { Shell } from "./shell.ts";
import type { Terminal } from "./terminal.ts";
import { chooseAscii, guessTheme, type Theme } from "./theme.ts";
import { readThemes } from "./theme-file.ts";
import { builtIn } from "./themes.ts";
import { readUiState } from "./ui-state.ts";

/** How long the first complete frame is waited for at most before the toolkit is loaded, which nothing else can run beside. */
const FIRST_FRAMES_MS = 300;

/** Between looks at what nobody tells us of: who has the terminal. One timer for all of it, for each wakes a program that idles. */
const LOOK_EVERY_MS = 1000;

/** Exit codes of programs that a signal ended: 128 and its number. */
const SIGNALS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

/**
 * Runs the TUI until the user leaves; returns the exit code. Whatever happens in between, the terminal is given back as
 * it was before anything is printed. `attachCommand`: what shows a run again, to be told on leaving.
 */
export async function runTui(services: AppServices, options: TuiOptions, attachCommand: (id: string) => string): Promise<Result<number>> {
  if (!isTerminal(0) || !isTerminal(1) || process.env["TERM"] === "dumb") {
    return fail("usage", "nanochat-cli needs a terminal for this", {
      remedy: "Use a sub-command, such as `nanochat-cli runs list`; --help names them",
    });
  }
  const { kept: { value = null, problem: keptProblem = null } = {}, ...rest } = options;
  const kept = readUiState(value);
  const { theme, problem, chosen } = findTheme(services, options, kept.theme);
  const face = options.screenReader ? spokenFace() : drawnFace(theme, options.lowBandwidth);
  const { terminal } = face;
  const shell = new Shell(services, terminal, {
    ...rest,
    pace: options.screenReader ? SPOKEN : choosePace(process.env, options.lowBandwidth ?? false),
    kept,
    keptProblem,
    theme,
    themeChosen: chosen,
    themeProblem: problem,
    ascii: options.ascii ?? chooseAscii(process.env),
  });
  const crash = (error: unknown): void => (isHangUp(error) ? shell.leave(SIGNALS.SIGHUP) : shell.ended.resolve({ code: 1, error }));
  const listeners = Object.entries(SIGNALS).map(([signal, code]) => ({ signal, listener: () => shell.leave(code) }));
  for (const { signal, listener } of listeners) process.on(signal, listener);
  const giveBackCrashes = onCrash(crash);

  // When the launcher was killed, it is its shell that has the terminal again, and has set it so.
  const look = setInterval(() => (isOrphan() ? shell.leave(SIGNALS.SIGHUP) : terminal.keep()), LOOK_EVERY_MS);

  shell.start().catch(crash);
  const taken = face.begin(shell).catch(crash);
  const { code, error } = await shell.ended.promise;
  shell.stop();
  await taken; // a terminal that is just being taken cannot be given back
  const isGivenBack = await terminal.close();
  clearInterval(look);
  for (const { signal, listener } of listeners) process.off(signal, listener);
  giveBackCrashes();
  // Nobody could read it, and we would wait until somebody can.
  if (!isGivenBack) return ok(code);
  if (error !== undefined)
    process.stderr.write(`nanochat-cli came to an end because of an error of its own; runs are not affected.\n${crashText(error)}\n`);
  else for (const line of farewell(shell, attachCommand)) process.stderr.write(`${line}\n`);
  return ok(code);
}

/** The terminal fails like this when it is another's by now, or gone: the launcher was killed, and its shell has taken over. */
const isHangUp = (error: unknown): boolean =>
  errorCode(error) === "EIO" && ["read", "write"].includes((error as NodeJS.ErrnoException).syscall ?? "");

/** The theme that was asked for, else what this terminal can show; a wrong name is no reason to show nothing of a run. */
function findTheme(
  services: AppServices,
  { theme: flag, noColor = false }: Pick<TuiOptions, "theme" | "noColor">,
  last: string | null,
): { theme: Theme; chosen: boolean; problem?: string } {
  const guessed = builtIn(noColor ? "none" : guessTheme(process.env));
  // What was chosen on another terminal is nothing for one without those colours.
  const asked = flag ?? (guessed.background === "any" ? null : last);
  if (asked === null) return { theme: guessed, chosen: false };
  const { all, files } = readThemes(services.themeFiles());
  const theme = all.find(({ name }) => name === asked);
  if (theme !== undefined) return { theme, chosen: true };
  const [mistake] = files.find(({ name }) => name === asked)?.mistakes ?? [];
  const names = all.map(({ name }) => name);
  return {
    theme: guessed,
    chosen: false,
    problem: `There is no theme ${asked}. ${mistake ?? didYouMean(asked, names, `There are ${names.join(", ")}.`)}`,
  };
}

/** How the interface meets a person. */
interface TerminalFace {
  terminal: Terminal;
  /** Takes the terminal, while the first frames are on their way already. */
  begin(shell: Shell): Promise<void>;
}

function drawnFace(theme: Theme, lowBandwidth = false): TerminalFace {
  const terminal = new EarlyTerminal(new PlainTerminal(), theme, !lowBandwidth);
  return {
    terminal,
    begin: async (shell) => {
      await takeTerminal(Promise.race([shell.settled.promise, Bun.sleep(FIRST_FRAMES_MS)]), terminal, theme);
      void shell.settled.promise.then(() => shell.rehearse());
    },
  };
}

/** Lines in and lines out; the terminal stays as it is, so that its own line editing is what a screen reader knows. */
function spokenFace(): TerminalFace {
  const terminal = new LineTerminal((text) => process.stdout.write(text));
  return {
    terminal,
    begin: async (shell) => {
      const [{ greeting, Reader }, { createInterface }] = await Promise.all([import("./reader.ts"), import("node:readline")]);
      const reader = new Reader(shell, terminal);
      terminal.say(greeting(shell.now));
      await shell.settled.promise;
      reader.poll();
      terminal.onFrame = () => reader.poll();
      const lines = createInterface({ input: process.stdin, terminal: false });
      lines.on("line", (line) => reader.line(line));
      lines.on("close", () => shell.leave(0));
      void shell.ended.promise.then(() => {
        terminal.onFrame = () => undefined;
        lines.close();
      });
    },
  };
}

/** Loads the toolkit once the first frame, and the run in it, has been written. */
async function takeTerminal(settled: Promise<void>, terminal: EarlyTerminal, theme: Theme): Promise<void> {
  await settled;
  terminal.takeOver(await openTerminal(theme, terminal.shown, () => terminal.letGo()));
}
