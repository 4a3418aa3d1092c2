/** Tells once when the run that is looked at loses its supervisor: nothing else on the screen moves at that moment. */
import type { Liveness } from "../core/run.ts";
import type { RunView } from "./app.ts";
import type { AppContext } from "./context.ts";

export class OwnerNews {
  #was: { id: string; liveness: Liveness } | null = null;

  constructor(private readonly app: Pick<AppContext, "keyOf" | "notify">) {}

  /** True when that has just happened. */
  look(view: RunView): boolean {
    const liveness = view.liveness();
    const lost = this.#was?.id === view.id && this.#was.liveness === "owned" && liveness === "unattended";
    this.#was = { id: view.id, liveness };
    if (lost) {
      const way = `${this.app.keyOf("run.adopt-attached")} adopts it`;
      this.app.notify("warn", `The supervisor of ${view.id} is gone: its trainer goes on, and nobody keeps its record. ${way}`);
    }
    return lost;
  }
}
