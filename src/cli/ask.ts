/** Questions to a person at a terminal, on stderr: stdout is for answers. */
import { fail, ok, type Result } from "../core/result.ts";
import { plain } from "../lib/ansi.ts";
import type { Context } from "./context.ts";

/** Whether somebody could answer. */
export const canAsk = (): boolean => Boolean(process.stdin.isTTY && process.stderr.isTTY);

/** Why nobody can be asked here; null = somebody can. */
export function whyNobody({ globals }: Context): string | null {
  if (globals.json) return "--json asks nothing";
  return canAsk() ? null : "there is no terminal to ask at";
}

/** What is asked before something is done that a person may not want. */
interface Consent {
  /** `--yes` was given. */
  yes: boolean;
  /** `Delete 3?` */
  question: string;
  /** What did not happen: `Nothing was deleted`. */
  declined: string;
  remedy?: string;
}

/**
 * The one rule for every such thing: --yes, or a yes at the terminal. Where nobody can be asked (no terminal, --json) it is
 * refused without --yes, so that a script never does by an oversight what a person would have been asked about.
 */
export async function consent(
  context: Context,
  { yes, question, declined, remedy = "--yes does it without asking" }: Consent,
): Promise<Result<void>> {
  if (yes) return ok(undefined);
  const why = whyNobody(context);
  if (why !== null) return fail("refused", declined, { why, remedy });
  return (await confirm(question)) ? ok(undefined) : fail("interrupted", declined, { remedy });
}

/** The consent to what is gone for good: `what` is a file's path, or `3`. */
export const mayDelete = (context: Context, what: string, yes: boolean): Promise<Result<void>> =>
  consent(context, { yes, question: `Delete ${what}?`, declined: "Nothing was deleted", remedy: "--yes deletes without asking" });

/** Yes or no; enter alone, ctrl+c and ctrl+d are no. */
export async function confirm(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  reader.on("close", () => gone.abort());
  reader.on("SIGINT", () => reader.close());
  try {
    const said = await reader.question(`${plain(question)} [y/N] `, { signal: gone.signal });
    return /^y(es)?$/i.test(said.trim());
  } catch {
    process.stderr.write("\n");
    return false;
  } finally {
    reader.close();
  }
}
