/** Tells once when the run that is looked at loses its supervisor: nothing else on the screen moves at that moment. */
import { isAlone, type Liveness, trainerAlone } from "../core/run.ts";
import type { RunView } from "./app.ts";
import type { AppContext } from "./context.ts";
import { viewName } from "./view-name.ts";
import { wayTo } from "./way.ts";

export class OwnerNews {
  #was: { id: string; liveness: Liveness } | null = null;

  constructor(private readonly app: Pick<AppContext, "keyOf" | "notify" | "groups" | "readOnly">) {}

  /** True when that has just happened. */
  look(view: RunView): boolean {
    const liveness = view.liveness();
    const lost = this.#was?.id === view.id && this.#was.liveness === "owned" && isAlone(liveness);
    this.#was = { id: view.id, liveness };
    if (lost) {
      const [left, does] =
        liveness === "gone"
          ? ["what started its trainer too, with which that has most likely ended", "finds out what became of it"]
          : [`its trainer ${trainerAlone(view.state().status).does}, and nobody keeps its record`, "adopts it"];
      const way = this.app.readOnly ? "" : `. ${wayTo(this.app, "run.adopt-attached")} ${does}`;
      this.app.notify("warn", `The supervisor of ${viewName(view)} is gone: ${left}${way}`);
    }
    return lost;
  }
}
