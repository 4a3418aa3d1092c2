/** The plan that is being edited on the Config tab: opened, asked, and never lost without a question. */
import type { Draft, DraftSource } from "../core/draft.ts";
import { sentence } from "../core/result.ts";
import type { AppServices } from "./app.ts";

export class DraftSession {
  draft: Draft | null = null;
  /** Why there is none, a sentence. */
  problem: string | null = null;
  busy: string | null = null;
  /** Grows with everything that is to be seen. */
  version = 0;

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
  ) {}

  async open(source: DraftSource): Promise<void> {
    this.busy = "opening";
    this.touch();
    const opened = await this.services.openDraft(source);
    this.busy = null;
    if (opened.ok) this.draft = opened.value;
    this.problem = opened.ok ? null : sentence(opened.failure);
    this.touch();
  }

  touch(): void {
    this.version++;
    this.changed();
  }
}
