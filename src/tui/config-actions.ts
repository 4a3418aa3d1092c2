/** Editing a plan, keeping it, and starting it. */
import type { Action } from "../core/action.ts";
import type { Draft, DraftDifference, DraftSource } from "../core/draft.ts";
import type { Parameter } from "../core/params.ts";
import { type Plan, type ResolvedValue, resumesAt } from "../core/plan.ts";
import { sentence } from "../core/result.ts";
import { bytes, count, counted, duration } from "../lib/format.ts";
import { checkpointName } from "../panels/chat.ts";
import { editable } from "../panels/config.ts";
import { dollars } from "../panels/figures.ts";
import type { AppContext } from "./context.ts";
import { DifferencesOverlay } from "./differences.ts";
import { allSections, chosenValue } from "./screens/config.ts";
import { startAndWatch } from "./started-run.ts";
import { type Took, tookHere } from "./took-here.ts";

const noDraft = (app: AppContext): string | null =>
  app.config.draft === null ? `no plan is open: ${app.keyOf("config.open")} opens one` : app.config.busy;
const noValue = (app: AppContext): string | null => noDraft(app) ?? (chosenValue(app) === null ? "no parameter is selected" : null);

/** Runs `edit` on the draft and shows what came of it. */
function change(app: AppContext, edit: (draft: Draft) => ReturnType<Draft["unset"]>): void {
  const { draft } = app.config;
  if (draft === null) return;
  const done = edit(draft);
  if (!done.ok) app.notify("bad", sentence(done.failure));
  app.config.touch();
}

function editValue(app: AppContext): void {
  const chosen = chosenValue(app);
  const { draft } = app.config;
  if (chosen === null || draft === null) return;
  const { stage, value } = chosen;
  const { parameter } = value;
  const set = (text: string): void => change(app, (one) => one.set(stage, parameter.name, text));
  if (parameter.type === "bool" || parameter.isFlag) set(String(value.value !== true));
  else if (parameter.choices !== null) chooseValue(app, draft, stage, parameter, set);
  else typeValue(app, draft, stage, value, set);
}

const chooseValue = (app: AppContext, draft: Draft, stage: string, { name, choices }: Parameter, set: (text: string) => void): void =>
  app.overlays.choose(
    name,
    (choices ?? []).map((choice) => ({
      title: String(choice),
      detail: draft.preview(stage, name, String(choice)).effect ?? undefined,
      choose: () => set(String(choice)),
    })),
  );

function typeValue(app: AppContext, draft: Draft, stage: string, { parameter, value }: ResolvedValue, set: (text: string) => void): void {
  app.overlays.askText({
    title: parameter.name,
    what: parameter.help ?? `${parameter.type}, by default ${parameter.defaultKnown ? String(parameter.default) : parameter.defaultExpr}`,
    initial: editable(value),
    verb: "sets it",
    check: (text) => draft.preview(stage, parameter.name, text).problem,
    hint: (text) => draft.preview(stage, parameter.name, text).effect,
    answer: set,
  });
}

async function choosePrefab(app: AppContext, title: string, choose: (source: DraftSource) => void): Promise<void> {
  const prefabs = await app.services.prefabs();
  if (!prefabs.ok) return app.notify("bad", sentence(prefabs.failure));
  const runs = await app.services.listRuns();
  app.overlays.choose(title, [
    ...prefabs.value.map(({ name, detail, problem }) => ({
      title: name,
      detail,
      disabled: problem ?? undefined,
      choose: () => choose({ prefab: name }),
    })),
    ...(runs.ok ? runs.value.slice(0, 50) : []).map(({ id, prefab }) => ({
      title: id,
      detail: `run of ${prefab}`,
      choose: () => choose({ run: id }),
    })),
  ]);
}

/** What one comes to a plan for is its first training, not the download before it. */
function selectTraining(app: AppContext): void {
  const at = allSections(app).findIndex(({ stage, category }) => stage.bridged && category === null);
  app.state.selected.sections = Math.max(0, at);
  app.state.selected.config = 0;
  // What was looked for in another plan would hide what this one is about.
  app.state.filter.config = "";
}

/** Where nothing is open the tab tells why; over a plan that stays nobody would see that it is not the one that was asked for. */
async function openAndTell(app: AppContext, source: DraftSource): Promise<void> {
  const { config } = app;
  await config.open(source);
  if (config.source === source) return selectTraining(app);
  if (config.asked !== source || config.draft === null) return;
  app.notify("bad", `${config.problem} What stays open is ${config.draft.title}, with ${counted(config.draft.edits, "unsaved edit")}.`);
}

/** Opens another plan; unsaved edits are only given up after a question. */
export function openDraft(app: AppContext, source: DraftSource): void {
  const open = (): void => app.background(openAndTell(app, source));
  const edits = app.config.draft?.edits ?? 0;
  if (edits === 0) open();
  else
    app.overlays.ask({
      title: "Open another plan",
      consequence: `${counted(edits, "unsaved edit")} of ${app.config.draft?.title} will be lost.`,
      safe: "Keep editing",
      choices: [{ key: "y", title: "Open it", run: open }],
    });
}

function fixAll(app: AppContext): void {
  const { draft } = app.config;
  const fixes = draft?.plan.findings.flatMap(({ fix }) => fix ?? []) ?? [];
  for (const fix of fixes) change(app, (one) => one.apply(fix));
  app.notify("info", fixes.map(({ title }) => title).join("; "));
}

async function save(app: AppContext, name: string, overwrite: boolean): Promise<void> {
  const saved = await app.config.draft?.save(name, overwrite);
  if (saved === undefined) return;
  if (saved.ok) {
    app.notify("good", `Kept in ${saved.value.file}`);
    return app.config.savedAs(name);
  }
  if (saved.failure.code !== "refused" || overwrite) return app.notify("bad", sentence(saved.failure));
  app.overlays.ask({
    title: "Save over what is there",
    consequence: [saved.failure.what, saved.failure.why].filter(Boolean).join(": "),
    safe: "Save nothing",
    choices: [{ key: "y", title: "Save it all the same", run: () => app.background(save(app, name, true)) }],
  });
}

const saveAs = (app: AppContext): void =>
  app.overlays.askText({
    title: "Save as",
    what: "A name for the prefab: only what differs from what it comes from is written",
    verb: "saves",
    check: (text) => (/^[a-z0-9][a-z0-9._-]*$/.test(text) ? null : "Use small letters, digits, dots and dashes, a letter or digit first."),
    answer: (name) => app.background(save(app, name, false)),
  });

/** What starting it means, in a sentence: stages, hours, dollars. `took`: what a run like it took here, asked where its hours are not known. */
function costSentence(plan: Plan, took: Took | null): string {
  const costs = plan.figures?.flatMap(({ cost }) => cost ?? []) ?? [];
  const hours = costs.reduce((sum, { hours: each }) => sum + each, 0);
  const money = costs.reduce((sum, { dollars: each }) => sum + (each ?? 0), 0);
  const stages = counted(plan.stages.length, "stage");
  const take = plan.stages.length === 1 ? "it takes" : "they take";
  if (costs.length === 0 && took !== null)
    return `${stages}; run ${took.run}, made with the same settings${took.isAlike ? " but for rates" : ""}, took ${duration(took.seconds)} here`;
  if (costs.length === 0) return `${stages}; how long ${take} cannot be told beforehand on this machine`;
  return `${stages}, ~${duration(hours * 3600)} of training${money > 0 ? `, ${dollars(money)}` : ""}`;
}

/** Where it goes on with a checkpoint: curves and steps then begin there. */
function resumeSentence({ stages }: Plan): string {
  const [step] = stages.flatMap((stage) => resumesAt(stage) ?? []);
  return step === undefined ? "" : `It resumes at step ${count(step)}`;
}

/** What is done before it, as far as that takes room or time; empty where nothing is. */
function copySentence(source: DraftSource | null): string {
  if (source === null || !("checkpoint" in source) || source.as === undefined) return "";
  const { checkpoint, as } = source;
  return `${checkpointName(checkpoint)} is copied to ${checkpoint.stage} ${as} before it (${bytes(checkpoint.bytes)})`;
}

async function askToStart(app: AppContext): Promise<void> {
  const { draft, source } = app.config;
  if (draft === null) return;
  const { plan } = draft;
  const took = plan.figures?.some(({ cost }) => cost) ? null : await tookHere(app.services, plan);
  const errors = plan.findings.filter(({ severity }) => severity === "error");
  const warnings = plan.findings.filter(({ severity }) => severity === "warning");
  const go = (force: boolean) => () => app.background(startAndWatch(app, () => draft.start(force)));
  const named = (list: typeof errors): string => list.map(({ message }) => message).join(". ");
  app.overlays.ask({
    title: `${errors.length > 0 ? "Start in spite of errors" : "Train"}: ${draft.title}`,
    consequence: [copySentence(source), resumeSentence(plan), costSentence(plan, took), named(errors), named(warnings)]
      .filter(Boolean)
      .join(". "),
    safe: "Not yet",
    choices: [
      errors.length > 0
        ? { key: "F", title: `Override ${count(errors.length)}`, run: go(true) }
        : { key: "y", title: "Train", run: go(false) },
    ],
  });
}

async function diff(app: AppContext): Promise<void> {
  await choosePrefab(app, "compare with", (source) => {
    const compare = async (): Promise<void> => {
      const rows = await app.config.draft?.diff(source);
      if (rows === undefined) return;
      if (!rows.ok) return app.notify("bad", sentence(rows.failure));
      const name = "prefab" in source ? source.prefab : "run" in source ? source.run : "";
      const title = app.config.draft?.title ?? "";
      // A prefab that is changed and the same one as its file has it.
      const here = title === name ? `${title} as it is here` : title;
      app.overlays.cover((close) => new DifferencesOverlay(here, name, rows.value as DraftDifference[], close));
    };
    app.background(compare());
  });
}

function step(app: AppContext, way: "undo" | "redo"): void {
  const what = app.config.draft?.[way]() ?? null;
  app.notify("info", what ?? (way === "undo" ? "There is nothing to undo" : "There is nothing to do again"));
  app.config.touch();
}

export const configActions: ReadonlyArray<Action<AppContext>> = [
  { id: "config.edit", title: "Edit", keys: ["enter"], group: "form", footer: 10, disabled: noValue, run: editValue },
  {
    id: "config.unset",
    title: "Back to the default",
    keys: ["delete", "backspace"],
    group: "form",
    footer: 11,
    disabled: (app) => noValue(app) ?? (chosenValue(app)?.value.origin.layer === "default" ? "it is at its default" : null),
    run: (app) => {
      const chosen = chosenValue(app);
      if (chosen !== null) change(app, (draft) => draft.unset(chosen.stage, chosen.value.parameter.name));
    },
  },
  { id: "config.train", title: "Train…", keys: ["r"], group: "config", footer: 12, disabled: noDraft, asks: true, run: askToStart },
  {
    id: "config.fix",
    title: "Fix what can be fixed",
    keys: ["F"],
    group: "config",
    footer: 13,
    disabled: (app) => noDraft(app) ?? (app.config.draft?.plan.findings.some(({ fix }) => fix !== undefined) ? null : "nothing has a fix"),
    run: fixAll,
  },
  {
    id: "config.open",
    title: "Open…",
    keys: ["o"],
    group: "config",
    footer: 14,
    disabled: () => null,
    asks: true,
    run: (app) => choosePrefab(app, "open", (source) => openDraft(app, source)),
  },
  { id: "config.diff", title: "Diff…", keys: ["d"], group: "config", footer: 15, disabled: noDraft, asks: true, run: diff },
  { id: "config.undo", title: "Undo", keys: ["u"], group: "config", footer: 16, disabled: noDraft, run: (app) => step(app, "undo") },
  { id: "config.redo", title: "Do again", keys: ["ctrl+r"], group: "config", disabled: noDraft, run: (app) => step(app, "redo") },
  { id: "config.save", title: "Save the plan as…", keys: ["ctrl+s"], group: "config", footer: 17, disabled: noDraft, run: saveAs },
];
