/** What the palette finds: actions, screens, panels, parameters, prefabs, themes, runs, checkpoints and help, each with what taking it does. */
import type { Action } from "../core/action.ts";
import { type Checkpoint, checkpointKey } from "../core/checkpoint.ts";
import { findMetric } from "../core/metrics.ts";
import type { PanelSpec } from "../core/screen.ts";
import { count, setting } from "../lib/format.ts";
import { editable } from "../panels/config.ts";
import { findPanel } from "../panels/registry.ts";
import type { RunRow } from "../panels/runs.ts";
import { leaves } from "../screens/tree.ts";
import type { AppContext } from "./context.ts";
import { GROUP_TITLES } from "./help-sections.ts";
import { spelledOut } from "./palette-words.ts";
import type { Group } from "./pane.ts";
import { askForPatch, fieldsOf, whyNoPatch } from "./run-actions.ts";
import { goToParameter } from "./screens/config.ts";
import { select } from "./selection.ts";
import type { Theme } from "./theme.ts";

export type Section = "action" | "screen" | "panel" | "parameter" | "prefab" | "theme" | "run" | "checkpoint" | "help";

export interface Entry {
  /** By which it is found again among those that were used last: `action:run.save`. */
  id: string;
  section: Section;
  title: string;
  /** What it stands under where all are listed. */
  group: string;
  /** What else it is found by, and shown after the title. */
  detail: string;
  /** Words and sentences that it is found by as well, and does not show unless one of them was meant. */
  words: readonly string[];
  keys: readonly string[];
  /** Why it cannot be taken now, or null. */
  reason: () => string | null;
  /** Whether there was such a reason when the palette was opened: in an order of many it is not asked again at each letter. */
  refused: boolean;
  take: () => void;
}

/** What is listed under a heading of its own, by what taking it does. */
const GROUPS: Readonly<Record<Exclude<Section, "action">, string>> = {
  screen: "Show a screen",
  panel: "Go to a panel",
  parameter: "Set a parameter",
  prefab: "Load a prefab",
  theme: "Take a theme",
  run: "Attach a run",
  checkpoint: "Find a checkpoint",
  help: "Help",
};

export const actionEntryId = ({ id }: Pick<Action<AppContext>, "id">): string => `action:${id}`;

const entry = (section: Section, name: string, rest: Partial<Entry> & Pick<Entry, "title" | "take">): Entry => ({
  id: `${section}:${name}`,
  section,
  group: section === "action" ? "" : GROUPS[section],
  detail: "",
  words: [],
  keys: [],
  reason: () => null,
  refused: false,
  ...rest,
});

/** What is known at once: first what the keys reach here, the focused thing nearest; then where one can go; then all the rest. */
export function entriesAtHand(app: AppContext): Entry[] {
  const near = [...new Set(app.groups())];
  const far = GROUP_TITLES.map(([group]) => group).filter((group) => !near.includes(group));
  return [
    ...actionEntries(app, near),
    ...panelEntries(app),
    ...screenEntries(app),
    ...actionEntries(app, far),
    ...parameterEntries(app),
    ...fieldEntries(app),
    ...GROUP_TITLES.map(([group, title]) => entry("help", group, { title: `Keys: ${title}`, take: () => app.overlays.help(group) })),
  ];
}

function actionEntries(app: AppContext, groups: readonly Group[]): Entry[] {
  const actions = app.actions.filter(({ id }) => id !== "palette");
  const times = new Map<string, number>();
  for (const { title } of actions) times.set(title, (times.get(title) ?? 0) + 1);
  return groups.flatMap((group) =>
    actions
      .filter((action) => action.group === group)
      .map((action) => ({ action, refused: action.disabled(app) !== null }))
      .sort((a, b) => rankOf(a) - rankOf(b))
      .map(({ action, refused }) => {
        const isUnclear = (times.get(action.title) ?? 0) > 1 || isBare(action);
        return { ...actionEntry(app, action, isUnclear ? groupTitle(group) : ""), refused };
      }),
  );
}

/** A verb alone, such as `Delete…`, does not say of what; what works everywhere is of nothing. */
const isBare = ({ title, group }: Action<AppContext>): boolean => group !== "global" && !title.includes(" ");

/** Of a group first what the footer has as well, in its order; last what cannot be done now. */
const rankOf = ({ action: { footer = 1000 }, refused }: { action: Action<AppContext>; refused: boolean }): number =>
  refused ? footer + 10_000 : footer;

const groupTitle = (group: Group): string => GROUP_TITLES.find(([id]) => id === group)?.[1] ?? "";

/** `detail`: of what, where its title does not say it. */
const actionEntry = (app: AppContext, action: Action<AppContext>, detail: string): Entry =>
  entry("action", action.id, {
    title: action.title,
    group: groupTitle(action.group),
    detail,
    words: action.words ?? [],
    keys: action.keys,
    reason: () => action.disabled(app),
    take: () => app.runAction(action.id),
  });

const screenEntries = (app: AppContext): Entry[] =>
  app.screens.list.map(({ name, title, layout }) =>
    entry("screen", name, {
      title,
      detail: name === app.screens.name ? "shown" : "",
      words: leaves(layout).flatMap(({ spec }) => titlesOf(spec)),
      take: () => {
        app.setTab("train");
        app.showScreen(name);
      },
    }),
  );

function panelEntries(app: AppContext): Entry[] {
  const shown = app.state.tab === "train" ? leaves(app.screens.spec.layout) : [];
  return app.order().map((id) => {
    const spec = shown.find((leaf) => leaf.id === id)?.spec;
    const words = spec === undefined ? [] : [...titlesOf(spec), findPanel(spec.panel)?.about ?? ""];
    return entry("panel", id, { title: app.scene(id)?.title ?? id, words, take: () => app.focus(id) });
  });
}

/** What a panel of a screen is called, in the file and by its kind, and what the metrics are called that it draws. */
function titlesOf({ panel, title = "", options = {} }: PanelSpec): string[] {
  const metrics = [options["metrics"] ?? []].flat().filter((one) => typeof one === "string");
  return [title, findPanel(panel)?.title ?? panel, ...metrics.map((id) => findMetric(id)?.title ?? id)].filter(Boolean);
}

const parameterEntries = (app: AppContext): Entry[] =>
  (app.config.draft?.plan.stages ?? []).flatMap((stage) =>
    stage.values.map(({ parameter, value }) =>
      entry("parameter", `${stage.name}/${parameter.name}`, {
        title: parameter.name,
        detail: `${stage.name} ${editable(value)}`,
        words: [...(parameter.help === null ? [] : [parameter.help]), ...spelledOut(parameter.name)],
        take: () => goToParameter(app, stage.name, parameter.name),
      }),
    ),
  );

/** What the loop of the attached run re-reads, with the values of now. */
function fieldEntries(app: AppContext): Entry[] {
  const why = whyNoPatch(app);
  return (fieldsOf(app) ?? []).map(({ name, value, effect, frozen }) =>
    entry("parameter", `patch/${name}`, {
      title: name,
      detail: `of the run, ${setting(value)}`,
      words: [effect, ...spelledOut(name)],
      reason: () => whyNoPatch(app) ?? frozen,
      refused: (why ?? frozen) !== null,
      take: () => {
        app.setTab("train");
        askForPatch(app, name);
      },
    }),
  );
}

/** What has to be looked for; what cannot be listed is left out, its tab says why. */
export const LOOKED_FOR: ReadonlyArray<(app: AppContext) => Promise<Entry[]>> = [
  async (app) => app.services.prefabNames().map((name) => prefabEntry(app, name)),
  async (app) => app.theme.all().all.map((theme) => themeEntry(app, theme)),
  async (app) => {
    const listed = await app.services.listRuns();
    return listed.ok ? listed.value.map((row) => runEntry(app, row)) : [];
  },
  async (app) => {
    const found = await app.services.checkpoints(app.run?.id ?? null);
    return found.ok ? found.value.map((one) => checkpointEntry(app, one)) : [];
  },
];

const prefabEntry = (app: AppContext, name: string): Entry =>
  entry("prefab", name, {
    title: name,
    words: ["load", "open", "plan", "configuration", "ready-made preset recipe template"],
    take: () => app.background(app.openConfig({ prefab: name })),
  });

const themeEntry = (app: AppContext, { name, title }: Theme): Entry =>
  entry("theme", name, {
    title: name,
    detail: name === app.theme.name ? `${title} · shown` : title,
    words: ["colours appearance style", `${name} ${title} colors`.replaceAll("colour", "color")],
    take: () => app.theme.use(name),
  });

const runEntry = (app: AppContext, { id, status, problem }: RunRow): Entry =>
  entry("run", id, {
    title: id,
    detail: problem === null ? status : "",
    reason: () => problem,
    refused: problem !== null,
    take: () =>
      app.background(
        app.attach(id).then(() => {
          if (app.run?.id === id) app.setTab("train");
        }),
      ),
  });

const checkpointEntry = (app: AppContext, { stage, tag, step, dir }: Checkpoint): Entry =>
  entry("checkpoint", checkpointKey({ dir, step }), {
    title: `${stage}/${tag} @ ${count(step)}`,
    take: () => app.background(goToCheckpoint(app, dir, step)),
  });

async function goToCheckpoint(app: AppContext, dir: string, step: number): Promise<void> {
  app.state.filter.checkpoints = "";
  app.setTab("checkpoints");
  app.focus("checkpoints");
  await app.checkpoints.find(app.run?.id ?? null);
  const at = app.checkpoints.all?.findIndex((one) => one.dir === dir && one.step === step) ?? 0;
  select(app.state, "checkpoints", Math.max(0, at));
  app.touch();
}
