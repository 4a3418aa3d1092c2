/** The plan that is being edited on the Config tab: opened, asked, and never lost without a question. */
import type { Draft, DraftSource, DraftWork } from "../core/draft.ts";
import { sentence } from "../core/result.ts";
import type { AppServices } from "./app.ts";

export class DraftSession {
  draft: Draft | null = null;
  /** What it was made from. */
  source: DraftSource | null = null;
  /** What was to be opened last, whatever came of it. */
  asked: DraftSource | null = null;
  /** Why what was asked for is not open, a sentence; one with unsaved edits is open all the same. */
  problem: string | null = null;
  busy: string | null = null;
  /** Grows with everything that is to be seen. */
  version = 0;

  constructor(
    private readonly services: AppServices,
    private readonly changed: () => void,
  ) {}

  /** `work`: edits of the last time, to be made again. */
  async open(source: DraftSource, work?: DraftWork): Promise<void> {
    this.busy = "opening";
    this.asked = source;
    this.touch();
    const opened = await this.services.openDraft(source);
    // Whoever goes to the tab for a plan comes to it with another one: the one that was asked for last is shown.
    if (this.asked !== source) return;
    this.busy = null;
    if (opened.ok) {
      this.draft = opened.value;
      this.source = source;
    } else if (this.draft?.edits === 0) {
      // Nothing of it is lost, and one that nobody asked for any more must not be what is trained.
      this.draft = null;
      this.source = null;
    }
    this.problem = opened.ok ? null : sentence(opened.failure);
    const resumed = opened.ok && work !== undefined ? opened.value.resume(work) : null;
    if (resumed?.ok === false) this.problem = `The edits of the last time cannot be made again: ${sentence(resumed.failure)}`;
    this.touch();
  }

  /** It is in a prefab of that name now: what is edited from here on is that one, also after a restart. */
  async savedAs(name: string): Promise<void> {
    const { source, draft: before } = this;
    // What goes on from a checkpoint has more to it than a prefab keeps.
    const isOther = source !== null && !("checkpoint" in source) && !("prefab" in source && source.prefab === name);
    if (isOther) await this.open({ prefab: name });
    if (before !== null && this.draft !== before) this.draft?.goOnFrom(before);
    this.touch();
  }

  touch(): void {
    this.version++;
    this.changed();
  }
}
