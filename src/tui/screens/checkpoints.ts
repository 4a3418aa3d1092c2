/** Every checkpoint of the base directory, and what each is good for. */
import { checkpointBrowserPanel, checkpointDetailPanel } from "../../panels/checkpoint-browser.ts";
import { selected } from "../checkpoint-actions.ts";
import type { AppContext } from "../context.ts";
import { CHECKPOINT_DESIGNS, slotsOf } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { listPane, textPane } from "../panes.ts";

/** How often ages in the list are told anew. */
const AGES_MS = 1000;

function browserPane(app: AppContext): Pane {
  const { state, checkpoints } = app;
  selected(app);
  const list = checkpoints.shown(state.filter.checkpoints);
  return listPane(app, {
    id: "checkpoints",
    rows: list?.length ?? 0,
    beat: `${checkpoints.version} ${Math.floor(app.now / AGES_MS)}`,
    scene: (size) => {
      const scene = checkpointBrowserPanel(list, size, {
        selected: state.selected.checkpoints,
        filter: state.filter.checkpoints,
        now: app.now,
        problem: checkpoints.problem,
        best: checkpoints.best,
        baseDir: app.services.baseDir(),
        keyOf: app.keyOf,
      });
      return { ...scene, note: checkpoints.busy ?? scene.note };
    },
  });
}

function detailPane(app: AppContext): Pane {
  const { checkpoints } = app;
  const one = selected(app);
  if (one !== undefined) app.background(checkpoints.examine(one));
  return textPane(app, {
    id: "checkpoint",
    look: `${one?.dir}@${one?.step}`,
    beat: `${checkpoints.version}`,
    scene: (size) => checkpointDetailPanel(one, checkpoints.examined(one), size),
  });
}

export const checkpointsScreen: Screen = {
  slots: (_, size, body) => slotsOf(CHECKPOINT_DESIGNS, size, body),
  pane: (app, id) => (id === "checkpoint" ? detailPane(app) : browserPane(app)),
};
