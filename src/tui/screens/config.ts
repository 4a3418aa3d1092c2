/** A plan to be edited: stages and categories, the form, what it comes to, what is wrong with it. */
import type { Finding, ResolvedValue } from "../../core/plan.ts";
import type { Scene } from "../../core/scene.ts";
import {
  configPanel,
  matchesValue,
  parameterPanel,
  planPanel,
  recordedPanel,
  type Section,
  sections,
  sectionsPanel,
  sortValues,
} from "../../panels/config.ts";
import type { Size } from "../../panels/data.ts";
import { figuresPanel, findingsPanel } from "../../panels/figures.ts";
import type { RunView } from "../app.ts";
import type { AppContext } from "../context.ts";
import { CONFIG_DESIGNS, NO_DRAFT_DESIGNS, slotsOf } from "../layout.ts";
import type { Pane, Screen } from "../pane.ts";
import { listPane, textPane } from "../panes.ts";

const opens = ({ keyOf }: AppContext): string => `${keyOf("config.open")} opens a prefab or a past run`;

const noDraft = (app: AppContext): Scene => ({
  title: "config",
  blocks: [
    {
      block: {
        kind: "empty",
        why: app.config.problem ?? (app.config.busy === null ? "No plan is open" : "Opening the plan"),
        remedy: opens(app),
      },
    },
  ],
});

/** The attached run, when it was imported and no plan can be made of it: it may be of another program than nanochat's. */
function recordedRun({ config: { draft, asked, problem }, run }: AppContext): RunView | null {
  if (draft !== null || problem === null || run === null || asked === null) return null;
  return "run" in asked && asked.run === run.id && run.state().imported !== undefined ? run : null;
}

/** Where the filter of the form leaves nothing: the form says how it is cleared. */
const NO_PARAMETER: Scene = { title: "parameter", blocks: [{ block: { kind: "empty", why: "No parameter is selected" } }] };

/** What is known of how it was made, where there is nothing to edit. */
const recordedPane = (app: AppContext, { id, plan }: RunView): Pane =>
  textPane(app, {
    id: "config",
    look: `${id} ${app.config.version}`,
    beat: "",
    scene: (size) => recordedPanel(app.config.problem ?? "", opens(app), plan.stages, size),
  });

/** The rows at the left; none without a draft. */
export function allSections(app: AppContext): Section[] {
  const { draft } = app.config;
  return draft === null ? [] : sections(draft.plan.stages, draft.categories, (script, name) => draft.category(script, name));
}

const chosenSection = (app: AppContext): Section | undefined => {
  const all = allSections(app);
  return all[Math.min(app.state.selected.sections, all.length - 1)];
};

/** What the form shows, sorted and filtered. */
function formValues(app: AppContext): ResolvedValue[] {
  const section = chosenSection(app);
  const { draft } = app.config;
  if (section === undefined || draft === null) return [];
  const { stage, category } = section;
  const filter = app.state.filter.config;
  return sortValues(stage.values).filter(
    (value) =>
      (category === null || draft.category(stage.script, value.parameter.name) === category) &&
      (filter === "" || matchesValue(value, filter)),
  );
}

/** The value that the form's selection stands on, and its stage. */
export function chosenValue(app: AppContext): { stage: string; value: ResolvedValue } | null {
  const section = chosenSection(app);
  const value = formValues(app)[app.state.selected.config];
  return section === undefined || value === undefined ? null : { stage: section.stage.name, value };
}

/** Shows a parameter of the open plan in the form, selected. */
export function goToParameter(app: AppContext, stage: string, name: string): void {
  const { selected, filter } = app.state;
  const section = allSections(app).findIndex((one) => one.stage.name === stage && one.category === null);
  if (section < 0) return;
  filter.config = "";
  selected.sections = section;
  selected.config = Math.max(
    0,
    formValues(app).findIndex(({ parameter }) => parameter.name === name),
  );
  app.setTab("config");
  app.focus("config");
}

function sectionsPane(app: AppContext): Pane {
  const all = allSections(app);
  const { draft, version } = app.config;
  return listPane(app, {
    id: "sections",
    rows: all.length,
    look: `${version}`,
    beat: "",
    scene: () =>
      draft === null ? noDraft(app) : sectionsPanel(all, { selected: app.state.selected.sections, title: draft.title, edits: draft.edits }),
  });
}

function formPane(app: AppContext): Pane {
  const recorded = recordedRun(app);
  if (recorded !== null) return recordedPane(app, recorded);
  const values = formValues(app);
  const section = chosenSection(app);
  const { selected, filter } = app.state;
  return listPane(app, {
    id: "config",
    groups: ["form"],
    rows: values.length,
    look: `${selected.sections} ${app.config.version}`,
    beat: "",
    scene: (size) =>
      section === undefined
        ? noDraft(app)
        : configPanel(section, values, size, {
            selected: selected.config,
            filter: filter.config,
            wrong: wrongFields(app, section.stage.name),
            keyOf: app.keyOf,
          }),
  });
}

function wrongFields(app: AppContext, stage: string): ReadonlyMap<string, Finding["severity"]> {
  const about = app.config.draft?.plan.findings.filter((finding) => finding.stage === stage && finding.field !== undefined) ?? [];
  return new Map(about.map(({ field = "", severity }) => [field, severity]));
}

/** A panel of text about the draft. */
const draftPane = (app: AppContext, id: string, look: string, scene: (size: Size) => Scene): Pane =>
  textPane(app, {
    id,
    look: `${look} ${app.config.version}`,
    beat: "",
    scene: (size) => (app.config.draft === null ? noDraft(app) : scene(size)),
  });

function figuresPane(app: AppContext): Pane {
  const stage = chosenSection(app)?.stage.name;
  return draftPane(app, "figures", `${stage}`, (size) => figuresPanel(app.config.draft?.plan.figures ?? [], stage, size));
}

function parameterPane(app: AppContext): Pane {
  const chosen = chosenValue(app);
  const script = chosenSection(app)?.stage.script ?? "";
  return draftPane(app, "parameter", `${chosen?.stage} ${chosen?.value.parameter.name}`, (size) =>
    chosen === null
      ? NO_PARAMETER
      : parameterPanel(chosen.value, app.config.draft?.category(script, chosen.value.parameter.name) ?? "", size),
  );
}

const findingsPane = (app: AppContext): Pane =>
  draftPane(app, "findings", "", (size) => findingsPanel(app.config.draft?.plan ?? { findings: [], stages: [] }, size, app.keyOf));

const planPane = (app: AppContext): Pane =>
  draftPane(app, "plan", "", () => (app.config.draft === null ? noDraft(app) : planPanel(app.config.draft.plan)));

const PANES: Readonly<Record<string, (app: AppContext) => Pane>> = {
  sections: sectionsPane,
  config: formPane,
  parameter: parameterPane,
  figures: figuresPane,
  findings: findingsPane,
  plan: planPane,
};

export const configScreen: Screen = {
  slots: (app, size, body) => slotsOf(app.config.draft === null ? NO_DRAFT_DESIGNS : CONFIG_DESIGNS, size, body),
  pane: (app, id) => (PANES[id] ?? formPane)(app),
};
