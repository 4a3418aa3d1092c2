/** How saves that were asked for went, by the events of a stage in their order. */
import type { JournalEvent } from "./journal.ts";

const SAVES: ReadonlySet<unknown> = new Set(["save", "stop"]);

/** A checkpoint was written, or why that failed. */
export type SaveOutcome = { failure: string | null };

export class SaveOutcomes {
  // What is refused before the trainer has begun with it was not possible at all, and is no save that failed.
  readonly #begun = new Set<unknown>();

  /** What an event says of the last save; null = nothing. */
  hear({ kind, body }: JournalEvent): SaveOutcome | null {
    if (kind === "checkpoint") return { failure: null };
    if (kind !== "request" || !SAVES.has(body["kind"])) return null;
    const { id, phase, reason } = body;
    if (phase === "applied") this.#begun.add(id);
    else if (this.#begun.delete(id) && phase === "refused") return { failure: String(reason) };
    return null;
  }
}
