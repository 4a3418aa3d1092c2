/** What was on the screen the last time: put back in its order, and from then on written down as it changes. */
import { sentence } from "../core/result.ts";
import { counted } from "../lib/format.ts";
import type { AttachHow, ReplayStart } from "./app.ts";
import type { AppContext } from "./context.ts";
import { UiMerge } from "./ui-merge.ts";
import { putBack, putBackView, UiKeeper } from "./ui-restore.ts";
import { type KeptDraft, type LostScreen, takeDown, type UiState, worksTaken } from "./ui-state.ts";

export class UiMemory {
  /** Everything has been put back: from now on it may be written over. */
  isBack = false;
  /** The plan of the last time, until one is open. */
  #draft: KeptDraft | null;
  /** Screens that cannot be put back, until each is in a file of its own. */
  #lost: readonly LostScreen[];
  readonly #keeper: UiKeeper | null;

  /** `theme`: the one that somebody has chosen, or null. */
  constructor(
    private readonly app: AppContext,
    readonly kept: UiState,
    theme: () => string | null,
  ) {
    this.#draft = kept.draft;
    this.#lost = kept.lost;
    const { saveUi, changedUi } = app.services;
    const take = (): Record<string, unknown> => takeDown(app, { theme: theme(), draft: this.#draft, lost: this.#lost });
    this.#keeper =
      saveUi === null
        ? null
        : new UiKeeper(take, saveUi, (problem) => app.notify("warn", problem), {
            merge: new UiMerge(worksTaken(kept)),
            changed: changedUi,
          });
  }

  /** What needs no run: before the first frame. */
  putBack(): void {
    putBack(this.app, this.kept);
    for (const lost of this.kept.lost) this.app.background(this.#putAside(lost));
  }

  /** Where it can be mended; one that can be put nowhere stays where it is. */
  async #putAside(lost: LostScreen): Promise<void> {
    const { app } = this;
    const { name, title, written, why } = lost;
    const aside = await app.services.putScreenAside(name, written["spec"]);
    if (aside.ok) this.#lost = this.#lost.filter((one) => one !== lost);
    const where = aside.ok
      ? `They are in ${aside.value}: mend that file, and it is a screen`
      : `They stay in ui-state.json: ${sentence(aside.failure)}`;
    app.notify("warn", `Unsaved changes of the screen ${title} cannot be shown: ${why}. ${where}`);
  }

  /** A run that was looked at the last time is attached with those that stood beside it. */
  howAttached(runId: string, replay?: ReplayStart): AttachHow {
    return { ...(replay && { replay }), ...(runId === this.kept.run && { beside: this.kept.baselines, before: this.kept.before }) };
  }

  /** How the run was looked at, once it is attached again. */
  putBackView(): void {
    putBackView(this.app, this.kept);
  }

  /** Opens the plan of the last time with its edits; null when there is none to open. */
  resumeDraft(): Promise<void> | null {
    return this.#draft === null ? null : this.#resume(this.#draft);
  }

  async #resume({ source, work }: KeptDraft): Promise<void> {
    const { app } = this;
    await app.config.open(source, work);
    if (app.config.problem !== null) return app.notify("bad", app.config.problem);
    this.#draft = null;
    if (work.count > 0) app.notify("info", `${app.config.draft?.title} with its unsaved edits is open again${this.#waiting()}`);
  }

  #waiting(): string {
    const { length } = this.kept.drafts;
    return length === 0
      ? ""
      : `; ${counted(length, "more plan")} with unsaved edits of other windows: the next start after this one is saved opens it`;
  }

  /** `typing`: keys come just now. */
  poll(now: number, typing: boolean): void {
    // Writing takes its time, which the first complete frame does not wait for.
    if (this.isBack && this.app.isSettled) this.#keeper?.poll(now, typing);
  }

  flush(): void {
    if (this.isBack) this.#keeper?.flush();
  }
}
