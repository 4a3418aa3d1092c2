/** Errors as values: what every service returns instead of throwing. A thrown exception is a bug. */

/** Why something could not be done; one code for each remedy a program may want to branch on. */
export type FailureCode =
  | "failed"
  | "usage"
  | "refused"
  | "not-found"
  | "nothing-to-attach"
  | "interrupted"
  | "corrupt"
  | "newer-version"
  | "io";

/** One sentence each: what happened (with the file, flag or field named), why, and what to do. */
export interface Failure {
  code: FailureCode;
  what: string;
  why?: string;
  remedy?: string;
  /** Longer evidence (a traceback, a list of candidates); shown only when asked for. */
  details?: string;
  /** What is missing may come by itself: who can wait may try again. */
  soon?: true;
}

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const fail = (code: FailureCode, what: string, rest: Omit<Failure, "code" | "what"> = {}): { ok: false; failure: Failure } => ({
  ok: false,
  failure: { code, what, ...rest },
});

/** Process exit codes of the command line, by failure. 0 is done. */
export const EXIT_CODES: Readonly<Record<FailureCode, number>> = {
  failed: 1,
  usage: 2,
  refused: 3,
  "not-found": 4,
  "nothing-to-attach": 5,
  interrupted: 130,
  corrupt: 1,
  "newer-version": 1,
  io: 1,
};

/** What a person reads: `what: why. What to do.`, without repeating a full stop; a reason of several lines stands on lines of its own. */
export function sentence({ what, why, remedy }: Failure): string {
  const bare = (part: string) => part.replace(/[.\s]+$/, "");
  const list = why?.includes("\n") === true;
  return [why ? `${bare(what)}:${list ? "\n" : " "}${bare(why)}` : bare(what), remedy ? bare(remedy) : ""]
    .filter(Boolean)
    .map((part) => (part.endsWith("?") ? part : `${part}.`))
    .join(list ? "\n" : " ");
}
