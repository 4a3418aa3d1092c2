/** `runs attach --follow-latest`: goes on to a newer run when one begins, as soon as nobody is disturbed by it. */
import { beganThen } from "../core/run.ts";
import type { AppContext } from "./context.ts";

export class FollowLatest {
  /** When the newest run that has been gone to was made, UTC ISO; null = none has been seen in the list yet. */
  #newest: string | null = null;
  #going = false;

  /** Looks at the list about once a second. */
  look(app: AppContext): void {
    app.background(app.runs.poll(app.now));
    if (!app.runs.loaded || this.#going || app.run === null) return;
    const rows = app.runs.rows.filter((row) => row.problem === null && beganThen(row));
    const newest = rows.reduce((best, row) => (row.createdAt > best.createdAt ? row : best), rows[0] ?? NONE);
    this.#newest ??= rows.find(({ id }) => id === app.run?.id)?.createdAt ?? newest.createdAt;
    // Whoever has gone back to an older one stays there until another begins.
    if (newest.createdAt <= this.#newest || !isFree(app)) return;
    this.#newest = newest.createdAt;
    if (newest.id !== app.run.id) app.background(this.#go(app, newest.id));
  }

  async #go(app: AppContext, id: string): Promise<void> {
    const before = app.run?.id;
    this.#going = true;
    await app.attach(id);
    this.#going = false;
    if (app.run?.id === id) app.notify("info", `${id} has begun: this is it, before it was ${before}`);
  }
}

const NONE = { id: "", createdAt: "" };

/** Who has pressed nothing for so long is watching. */
const WATCHING_AFTER_MS = 5000;

/** On the Train tab, with nothing laid over it, no screen being edited, and no key pressed just now. */
const isFree = ({ state, overlays, screens, now, inputAt }: AppContext): boolean =>
  state.tab === "train" && overlays.current === null && !screens.editing && now - inputAt >= WATCHING_AFTER_MS;
