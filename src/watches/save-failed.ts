import type { JournalEvent } from "../core/journal.ts";
import { type Watch, watch } from "./contract.ts";

const SAVES: ReadonlySet<unknown> = new Set(["save", "stop"]);

export const saveFailed = watch({
  id: "save-failed",
  title: "Failed save",
  what: "A checkpoint that was asked for, by a save or a stop, could not be written; it is over with the next that is",
  options: {},
  begin: (_, say): Watch => {
    // What is refused before the trainer has begun with it was not possible at all, and is no save that failed.
    const begun = new Set<unknown>();
    return {
      event: ({ kind, body, step }: JournalEvent) => {
        if (kind === "checkpoint") say.clear("", `Step ${step} was saved`);
        if (kind !== "request" || !SAVES.has(body["kind"])) return;
        const { id, phase, reason } = body;
        if (phase === "applied") begun.add(id);
        else if (begun.delete(id) && phase === "refused")
          say.raise("", {
            severity: "bad",
            cause: `No checkpoint could be written: ${reason}`,
            evidence: [],
            actions: ["open-at", "save", "stop"],
          });
      },
    };
  },
});
