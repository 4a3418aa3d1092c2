/** The plan of the attached run, stage by stage: every value and where it came from. Read-only. */
import type { ResolvedValue } from "../../core/plan.ts";
import type { Scene } from "../../core/scene.ts";
import { configPanel, matchesValue, parameterPanel, planPanel, sortValues } from "../../panels/config.ts";
import { plannedStage } from "../../panels/data.ts";
import { firstVisible } from "../../panels/paint.ts";
import type { AppContext } from "../context.ts";
import { CONFIG_DESIGNS } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { moveSelection } from "../selection.ts";

const noPlan = (app: AppContext, title: string): Scene => ({
  title,
  blocks: [{ block: { kind: "empty", why: app.runProblem ?? "No run is attached: its plan is shown here", remedy: "6 lists the runs" } }],
});

function valuesOf(app: AppContext): ResolvedValue[] {
  const facts = app.facts();
  const stage = facts === null ? undefined : plannedStage(facts);
  const filter = app.state.filter.config;
  return sortValues(stage?.values ?? []).filter((value) => filter === "" || matchesValue(value, filter));
}

function listPane(app: AppContext): Pane {
  const { state } = app;
  const facts = app.facts();
  const values = valuesOf(app);
  state.selected.config = Math.max(0, Math.min(state.selected.config, values.length - 1));
  return {
    id: "config",
    groups: ["list"],
    look: `${facts?.state.id}/${facts?.stage} ${state.selected.config} ${state.filter.config}`,
    beat: "",
    everyMs: 1000,
    scene: (size) => {
      const stage = facts === null ? undefined : plannedStage(facts);
      return stage === undefined
        ? noPlan(app, "config")
        : configPanel(stage, values, size, { selected: state.selected.config, filter: state.filter.config });
    },
    move: (by) => moveSelection(state, "config", by, values.length),
    pick: (row) => {
      state.selected.config = Math.min(
        values.length - 1,
        firstVisible(values.length, app.paneRows() - 1, state.selected.config) + Math.max(0, row - 1),
      );
    },
  };
}

function parameterPane(app: AppContext): Pane {
  const value = valuesOf(app)[app.state.selected.config];
  return {
    id: "parameter",
    groups: [],
    look: `${app.run?.id} ${value?.parameter.name} ${app.facts()?.stage}`,
    beat: "",
    everyMs: 1000,
    scene: (size) => (value === undefined ? noPlan(app, "parameter") : parameterPanel(value, size)),
  };
}

const planPane = (app: AppContext): Pane => ({
  id: "plan",
  groups: [],
  look: app.run?.id ?? "",
  beat: "",
  everyMs: 1000,
  scene: () => (app.run === null ? noPlan(app, "plan") : planPanel(app.run.plan)),
});

const PANES: Readonly<Record<string, (app: AppContext) => Pane>> = { config: listPane, parameter: parameterPane, plan: planPane };

export const configScreen: Screen = {
  designs: () => CONFIG_DESIGNS,
  pane: (app, id) => (PANES[id] ?? listPane)(app),
};
