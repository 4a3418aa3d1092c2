/** What stands between a person and a trained model. */
import type { Screen } from "../pane.ts";

export const setupScreen: Screen = {
  designs: () => [{ columns: 0, rows: 0, node: { panes: ["ledger"] } }],
  pane: (_app, id) => ({
    id,
    groups: ["ledger", "list"],
    look: "",
    beat: "",
    everyMs: 1000,
    scene: () => ({ title: "stages", blocks: [{ block: { kind: "empty", why: "Looking" } }] }),
  }),
};
