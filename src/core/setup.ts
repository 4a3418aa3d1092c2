/** What stands between a person and a trained model: checks of the workspace, and the ledger of stages. */

/** A command that mends something, shown before it is run. */
export interface SetupFix {
  /** A verb first: `Install torch`. */
  title: string;
  /** What will be run, as one would type it; empty for a choice that the person has to make. */
  argv: string[];
  cwd: string;
  env: Record<string, string>;
}

export interface Check {
  /** `torch`, `tokenizer`, `disk`, … */
  id: string;
  title: string;
  /** `unknown`: could not be found out, which the verdict explains. `skipped`: does not matter here. */
  status: "good" | "warn" | "bad" | "unknown" | "skipped";
  /** Five words or so. */
  verdict: string;
  /** What was looked at and seen, lines. */
  evidence: string[];
  remedy: string | null;
  fix: SetupFix | null;
}

export type LedgerStageId = "dataset" | "tokenizer" | "base" | "base_eval" | "mid" | "sft" | "chat_eval" | "rl";

/** `stale`: made with another tokenizer or other data than there is now. `running`: a run is at it. */
export type LedgerStatus = "done" | "stale" | "missing" | "broken" | "running";

export interface LedgerStage {
  id: LedgerStageId;
  title: string;
  status: LedgerStatus;
  verdict: string;
  evidence: string[];
  /** Why it cannot be run yet (`the tokenizer comes first`), or null. */
  blocked: string | null;
  /** What does it instead, a sentence without its full stop, where the prefab that stages are taken from will never run it: `blocked` says why. */
  elsewhere?: string;
  /** Left out of the usual way to a chat (evaluations, rl). */
  optional: boolean;
}
