/** Every checkpoint of the base directory. */
import type { Screen } from "../pane.ts";

export const checkpointsScreen: Screen = {
  designs: () => [{ columns: 0, rows: 0, node: { panes: ["checkpoints"] } }],
  pane: (_app, id) => ({
    id,
    groups: ["checkpoints", "list"],
    look: "",
    beat: "",
    everyMs: 1000,
    scene: () => ({ title: "checkpoints", blocks: [{ block: { kind: "empty", why: "Looking" } }] }),
  }),
};
