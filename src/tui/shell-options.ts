/** What a shell is begun with: the program's own options, as they have been read. */
import type { TuiOptions } from "./app.ts";
import type { AppContext } from "./context.ts";
import type { Keymap } from "./keymap.ts";
import type { Pace } from "./pace.ts";
import type { Theme } from "./theme.ts";
import type { UiState } from "./ui-state.ts";

export interface ShellOptions extends Omit<TuiOptions, "theme" | "kept"> {
  theme: Theme;
  /** Somebody has asked for it: what the terminal says of its background changes nothing. */
  themeChosen?: boolean;
  /** Why it is not the one that was asked for. */
  themeProblem?: string;
  /** What was on the screen the last time. */
  kept?: UiState;
  /** Why that cannot be told. */
  keptProblem?: string | null;
  ascii: boolean;
  pace?: Pace;
  /** Epoch milliseconds; tests have a clock of their own. */
  now?: () => number;
  /** How long an input may draw before the rest waits for the next tick; tests give it all the time. */
  inputBudgetMs?: number;
}

/** Tells what the user's own files say that cannot be used. */
export function tellOfFiles(app: Pick<AppContext, "notify" | "theme">, options: ShellOptions, keymap: Keymap): void {
  const { keptProblem, themeProblem } = options;
  if (typeof keptProblem === "string") app.notify("warn", keptProblem);
  if (themeProblem !== undefined) app.notify("warn", themeProblem);
  // Of a theme that was asked for that has been said.
  for (const { file, mistakes } of app.theme.all().files)
    if (mistakes[0] !== undefined && !themeProblem?.includes(mistakes[0])) app.notify("warn", `${file} is left out: ${mistakes[0]}`);
  for (const { file, mistakes } of keymap.files) for (const mistake of mistakes) app.notify("warn", `${file}: ${mistake}`);
}
