/** All runs, and the loss of the one that is selected. */
import type { Scene } from "../../core/scene.ts";
import type { RunFacts, Size } from "../../panels/data.ts";
import { lossPanel } from "../../panels/loss.ts";
import { firstVisible } from "../../panels/paint.ts";
import { runsPanel } from "../../panels/runs.ts";
import type { AppContext } from "../context.ts";
import { factsOf } from "../facts.ts";
import { RUNS_DESIGNS } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { moveSelection } from "../selection.ts";

function runsPane(app: AppContext): Pane {
  const { state, runs } = app;
  const rows = runs.shown(state.filter.runs);
  state.selected.runs = Math.max(0, Math.min(state.selected.runs, rows.length - 1));
  return {
    id: "runs",
    groups: ["list"],
    look: `${state.selected.runs} ${state.filter.runs}`,
    beat: `${runs.version} ${Math.floor(app.now / 1000)}`,
    everyMs: 0,
    scene: (size) =>
      runs.problem === null ? list(app, size) : { title: "runs", blocks: [{ block: { kind: "empty", why: runs.problem } }] },
    move: (by) => moveSelection(state, "runs", by, rows.length),
    pick: (row) => {
      // The head of the table is the first row of the content.
      state.selected.runs = Math.min(
        rows.length - 1,
        firstVisible(rows.length, app.paneRows() - 1, state.selected.runs) + Math.max(0, row - 1),
      );
    },
  };
}

const list = (app: AppContext, size: Size): Scene =>
  app.runs.loaded
    ? runsPanel(app.runs.shown(app.state.filter.runs), size, {
        selected: app.state.selected.runs,
        filter: app.state.filter.runs,
        now: app.now,
      })
    : { title: "runs", blocks: [{ block: { kind: "empty", why: "Reading the list of runs" } }] };

function previewPane(app: AppContext): Pane {
  const { preview } = app.runs;
  return {
    id: "preview",
    groups: ["chart"],
    look: `${preview?.id} ${preview?.view === null} ${JSON.stringify(app.state.chart)}`,
    beat: String(preview?.version),
    everyMs: 200,
    scene: (size) => previewScene(app, size),
  };
}

function previewScene(app: AppContext, size: Size): Scene {
  const preview = app.runs.preview;
  if (preview === null) return { title: "preview", blocks: [{ block: { kind: "empty", why: "The loss of the selected run" } }] };
  if (preview.view === null)
    return { title: "preview", blocks: [{ block: { kind: "empty", why: preview.problem ?? "This run cannot be opened" } }] };
  const facts: RunFacts = factsOf(preview.view, null, app.now);
  return lossPanel(facts, size, app.state.chart);
}

export const runsScreen: Screen = {
  designs: () => RUNS_DESIGNS,
  pane: (app, id) => (id === "preview" ? previewPane(app) : runsPane(app)),
};
