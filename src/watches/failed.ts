import type { JournalEvent } from "../core/journal.ts";
import { shortName } from "../core/plan.ts";
import { type Watch, watch } from "./contract.ts";

const WORDS: Readonly<Record<string, string>> = { failed: "failed", lost: "was lost" };

/** A reason is a sentence by itself, and may begin with what has been said. */
const withoutWord = (reason: string, word: string): string => reason.replace(new RegExp(`^\\S+ ${word}: `), "");

export const failed = watch({
  id: "failed",
  title: "Failed stage",
  what: "The stage fails, or is lost with its machine; it stays open when the stage is over",
  options: {},
  outlives: true,
  begin: (_, say, __, { script }): Watch => ({
    event: ({ kind, body }: JournalEvent) => {
      const word = kind === "stage" ? WORDS[String(body["status"])] : undefined;
      if (word === undefined) return;
      const { reason, exitCode } = body;
      say.raise("", {
        severity: "bad",
        cause: typeof reason !== "string" ? `${shortName(script)} ${word}` : `${shortName(script)} ${word}: ${withoutWord(reason, word)}`,
        evidence: typeof exitCode === "number" ? [{ metric: "exit code", value: exitCode, compared: "of a good end", against: 0 }] : [],
        actions: ["open-at"],
      });
    },
  }),
});
