import { SaveOutcomes } from "../core/saves.ts";
import { type Watch, watch } from "./contract.ts";

export const saveFailed = watch({
  id: "save-failed",
  title: "Failed save",
  what: "A checkpoint that was asked for, by a save or a stop, could not be written; it is over with the next that is",
  options: {},
  begin: (_, say): Watch => {
    const saves = new SaveOutcomes();
    return {
      event: (event) => {
        const outcome = saves.hear(event);
        if (outcome === null) return;
        if (outcome.failure === null) say.clear("", `Step ${event.step} was saved`);
        else
          say.raise("", {
            severity: "bad",
            cause: `No checkpoint could be written: ${outcome.failure}`,
            evidence: [],
            actions: ["open-at", "save", "stop"],
          });
      },
    };
  },
});
