/** Every checkpoint of the base directory, and what each is good for. */
import { checkpointBrowserPanel, checkpointDetailPanel, detailRows } from "../../panels/checkpoint-browser.ts";
import { firstVisible } from "../../panels/paint.ts";
import type { AppContext } from "../context.ts";
import { CHECKPOINT_DESIGNS } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { moveSelection } from "../selection.ts";

function listPane(app: AppContext): Pane {
  const { state, checkpoints } = app;
  const list = checkpoints.shown(state.filter.checkpoints);
  const rows = list?.length ?? 0;
  state.selected.checkpoints = Math.max(0, Math.min(state.selected.checkpoints, rows - 1));
  return {
    id: "checkpoints",
    groups: ["list"],
    look: `${state.selected.checkpoints} ${state.filter.checkpoints}`,
    beat: `${checkpoints.version} ${Math.floor(app.now / 60_000)}`,
    everyMs: 0,
    scene: (size) => ({
      ...checkpointBrowserPanel(list, size, {
        selected: state.selected.checkpoints,
        filter: state.filter.checkpoints,
        now: app.now,
        problem: checkpoints.problem,
        best: checkpoints.best,
      }),
      note: checkpoints.busy ?? undefined,
    }),
    move: (by) => moveSelection(state, "checkpoints", by, rows),
    pick: (row) => {
      const first = firstVisible(rows, app.paneRows() - 1, state.selected.checkpoints);
      state.selected.checkpoints = Math.min(rows - 1, first + Math.max(0, row - 1));
    },
  };
}

function detailPane(app: AppContext): Pane {
  const { state, checkpoints } = app;
  const one = checkpoints.shown(state.filter.checkpoints)?.[state.selected.checkpoints];
  if (one !== undefined) app.background(checkpoints.examine(one));
  const scroll = state.scroll["checkpoint"] ?? 0;
  const key = `${one?.dir}@${one?.step}`;
  return {
    id: "checkpoint",
    groups: ["list"],
    look: `${key} ${scroll}`,
    beat: `${checkpoints.version}`,
    everyMs: 0,
    scene: (size) => {
      const examined = checkpoints.examined(one);
      const most = Math.max(0, detailRows(one, examined, size.width) - size.height);
      state.scroll["checkpoint"] = Math.min(scroll, most);
      const scene = checkpointDetailPanel(one, examined, size);
      const [block] = scene.blocks;
      if (block?.block.kind !== "text") return scene;
      const note = most > scroll ? `${most - scroll} more rows below` : undefined;
      return { ...scene, note, blocks: [{ block: { ...block.block, lines: block.block.lines.slice(Math.min(scroll, most)) } }] };
    },
    move: (by) => {
      state.scroll["checkpoint"] = Math.max(0, scroll + by);
    },
  };
}

export const checkpointsScreen: Screen = {
  designs: () => CHECKPOINT_DESIGNS,
  pane: (app, id) => (id === "checkpoint" ? detailPane(app) : listPane(app)),
};
