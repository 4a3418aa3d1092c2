/** A command of the command line, as data; commander is told about it in `program.ts`, docs are made from it. */
import type { Result } from "../core/result.ts";
import type { Context } from "./context.ts";
import type { Answer } from "./output.ts";

export interface Command {
  /** `runs list` */
  name: string;
  /** One line, sentence case, no full stop. */
  summary: string;
  /** `<run>`, `[script]`, `<keys...>` with what it is. */
  args?: ReadonlyArray<readonly [name: string, what: string]>;
  options?: readonly Option[];
  hidden?: boolean;
  /** What its group does when nothing else is named: `alerts` alone. */
  isDefault?: true;
  /** Words that begin with `-` and are no option are arguments like any other. */
  passThrough?: true;
  /** Null: everything has been said already (a stream, a screen); a number: that exit code. */
  run(context: Context, args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<Result<Answer | number | null>>;
}

export interface Option {
  /** commander's spelling: `--set <key=value>` */
  flags: string;
  what: string;
  /** May be given several times. */
  many?: boolean;
  choices?: readonly string[];
  /** What people say for a choice, with that choice: taken as well, and suggested. */
  said?: ReadonlyMap<string, string>;
}

/** Options that every command takes. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: "--workspace <dir>", what: "the nanochat checkout (else NANOCHAT_DIR, then upwards from here, then the last one used)" },
  { flags: "--python <exe>", what: "its Python (else its .venv, then `uv run`, then python3)" },
  { flags: "--base-dir <dir>", what: "NANOCHAT_BASE_DIR: data, tokenizer, checkpoints" },
  { flags: "--home <dir>", what: "where runs are kept (else NANOCHAT_CLI_HOME, then .nanochat-cli of the workspace)" },
  { flags: "--read-only", what: "look and change nothing: whatever would write says so" },
  { flags: "--json", what: "one JSON document on stdout (or one object a line) and nothing else" },
  { flags: "--no-color", what: "no colours (also: NO_COLOR)" },
  { flags: "--theme <name>", what: "how the terminal interface looks (`nanochat-cli themes` lists them)" },
  { flags: "--fresh", what: "open the terminal interface as if for the first time: nothing of what was on the screen is put back" },
  { flags: "--low-bandwidth", what: "for a thin link: the same on the screen under 10 kB a second, with fewer frames" },
  { flags: "--screen-reader", what: "say what changes in lines of text and take words and keys, a line each, instead of drawing a screen" },
  { flags: "--ascii", what: "draw with ASCII only" },
  { flags: "--debug", what: "show details with every error" },
];
