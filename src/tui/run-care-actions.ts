/** What people do with the runs of the list: naming, tagging, noting, putting away, deleting, ordering, comparing. */
import type { Action } from "../core/action.ts";
import { type Failure, type Result, sentence } from "../core/result.ts";
import { nameWithId, type RunAbout, runName, sharedNameText } from "../core/run.ts";
import { count } from "../lib/format.ts";
import { RUN_ORDERS } from "../panels/run-order.ts";
import type { RunRow } from "../panels/runs.ts";
import { type AboutChange, nameProblem, tagChange, tagProblem } from "../services/run-about.ts";
import { MOST_BASELINES } from "./baselines.ts";
import type { AppContext } from "./context.ts";
import { select, selectedOf } from "./selection.ts";

type AppAction = Action<AppContext>;

/** What these actions need from outside. */
export interface RunCareServices {
  changeAbout(runId: string, change: AboutChange): Promise<Result<RunAbout>>;
  /** What deleting them would take, in words; a failure when one of them cannot be deleted. */
  whatGoes(runIds: readonly string[]): Promise<Result<string>>;
  deleteRun(runId: string): Promise<Result<void>>;
}

export const selectedRow = ({ runs, state }: AppContext): RunRow | undefined =>
  selectedOf(state, "runs", runs.shown(state.filter.runs), ({ id }) => id);

/** The runs that are marked, as they stand in the list; none marked = the selected one. */
function targets(app: AppContext): RunRow[] {
  const { marked } = app.runs;
  const selected = selectedRow(app);
  if (marked.size === 0) return selected === undefined ? [] : [selected];
  return app.runs.shown("").filter(({ id }) => marked.has(id));
}

const none = (app: AppContext): string | null => (targets(app).length === 0 ? "no run is selected" : null);
const noRows = (app: AppContext): string | null => (app.runs.rows.length === 0 ? "there are no runs" : null);
const noneSelected = (app: AppContext): string | null => (selectedRow(app) === undefined ? "no run is selected" : null);

const named = (rows: readonly RunRow[]): string => (rows.length === 1 ? runName(rows[0]!) : `${count(rows.length)} runs`);

/** Changes all of them; the first that cannot be is told, and ends it. */
async function change(app: AppContext, rows: readonly RunRow[], what: AboutChange, said: string): Promise<void> {
  for (const { id } of rows) {
    const changed = await app.services.changeAbout(id, what);
    if (!changed.ok) {
      app.notify("bad", sentence(changed.failure));
      break;
    }
    if (id === rows.at(-1)?.id) app.notify("good", said);
  }
  await app.runs.poll(app.now, true);
}

function askForName(app: AppContext): void {
  const row = selectedRow(app);
  if (row === undefined) return;
  app.overlays.askText({
    title: "Rename",
    what: `What ${nameWithId(row)} is called. Its id, folder and model tag stay; empty gives back ${row.name}.`,
    initial: runName(row),
    verb: "renames it",
    optional: true,
    check: nameProblem,
    answer: (text) => {
      const name = text.trim();
      const shared = sharedNameText({ ...row, about: name === "" ? {} : { name } }, app.runs.rows);
      app.background(change(app, [row], { name }, (name === "" ? `${row.name} again` : `Called ${name}`) + (shared && `.${shared}`)));
    },
  });
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");

function askForTags(app: AppContext): void {
  const rows = targets(app);
  const [only] = rows;
  // Of one run the field holds what it has; of several, what is to be different.
  const before = rows.length === 1 ? (only?.about?.tags ?? []) : [];
  app.overlays.askText({
    title: "Tags",
    what:
      rows.length === 1
        ? `Tags of ${named(rows)}, with spaces between them.`
        : `Tags for ${named(rows)}: good adds it to each, -good takes it away.`,
    initial: before.join(" "),
    verb: "keeps it",
    optional: rows.length === 1,
    check: (text) =>
      tagChange(words(text))
        .addTags.map(tagProblem)
        .find((problem) => problem !== null) ?? null,
    answer: (text) => {
      const { addTags, removeTags } = tagChange(words(text));
      const gone = before.filter((tag) => !addTags.includes(tag));
      app.background(change(app, rows, { addTags, removeTags: [...removeTags, ...gone] }, `Tags of ${named(rows)} changed`));
    },
  });
}

function askForNote(app: AppContext): void {
  const row = selectedRow(app);
  if (row === undefined) return;
  app.overlays.askText({
    title: "Note",
    what: `What is to be remembered of ${runName(row)}; \\n begins a new line, empty takes the note away.`,
    initial: row.about?.note ?? "",
    breaks: true,
    verb: "keeps it",
    optional: true,
    answer: (text) => {
      const note = text.replaceAll("\\n", "\n");
      app.background(change(app, [row], { note }, note.trim() === "" ? `${runName(row)} has no note` : `Noted of ${runName(row)}`));
    },
  });
}

const areAway = (app: AppContext): boolean => targets(app).every(({ about }) => about?.archived === true);

/** Nobody is to think that what was put away has ended. */
function goOn(rows: readonly RunRow[]): string {
  const going = rows.filter(({ liveness }) => liveness === "owned").length;
  const does = going === 1 ? "goes on, listed until its end" : "go on, listed until their end";
  if (going === 0) return "";
  return going === rows.length ? `, and ${does}` : `, ${count(going)} of them ${does}`;
}

function archive(app: AppContext): Promise<void> {
  const rows = targets(app);
  const archived = !areAway(app);
  const is = rows.length === 1 ? "is" : "are";
  const it = rows.length === 1 ? "it" : "them";
  app.runs.lastAway = archived ? rows.map(({ id }) => id) : [];
  const back = `${app.keyOf("runs.all")} shows ${it}, ${app.keyOf("runs.archive")} then brings ${it} back`;
  return change(
    app,
    rows,
    { archived },
    archived ? `${named(rows)} ${is} put away${goOn(rows)}: ${back}` : `${named(rows)} ${is} listed again`,
  );
}

/** Why a run of the list cannot be deleted yet, with the keys that bring it to its end: a command would be of no use here. */
function notEnded({ keyOf, run }: AppContext, row: RunRow): Failure {
  const { id, liveness } = row;
  const there = run?.id === id && run.replay === undefined ? keyOf("tab.train") : `${keyOf("run.attach")} on it`;
  const [why, remedy] =
    liveness === "owned"
      ? ["it is still going", `${there} and then ${keyOf("run.stop")} stops it`]
      : [
          "it has not ended: nobody looks after it, and its trainer may still run",
          `${keyOf("run.adopt")} on it finds out what has become of it`,
        ];
  return { code: "refused", what: `${nameWithId(row)} is not deleted`, why, remedy };
}

async function askToDelete(app: AppContext): Promise<void> {
  const rows = targets(app);
  const live = rows.find(({ liveness }) => liveness !== "ended");
  if (live !== undefined) return app.notify("bad", sentence(notEnded(app, live)));
  const goes = await app.services.whatGoes(rows.map(({ id }) => id));
  if (!goes.ok) return app.notify("bad", sentence(goes.failure));
  const ids = rows.length === 1 ? rows[0]!.id : rows.map(nameWithId).join(", ");
  const names = rows.length > 3 ? "" : ` (${ids})`;
  app.overlays.ask({
    title: rows.length === 1 ? "Delete the run" : `Delete ${rows.length} runs`,
    consequence: `${named(rows)}${names}: ${goes.value} are gone for good. Checkpoints are kept elsewhere, and stay.`,
    safe: rows.length === 1 ? "Keep it" : "Keep them",
    choices: [{ key: "y", title: "Delete", run: () => app.background(remove(app, rows)) }],
  });
}

async function remove(app: AppContext, rows: readonly RunRow[]): Promise<void> {
  let gone = 0;
  for (const row of rows) {
    const { id } = row;
    const deleted = await app.services.deleteRun(id);
    if (!deleted.ok) {
      app.notify("bad", sentence(deleted.failure));
      break;
    }
    gone++;
    app.runs.marked.delete(id);
    app.baselines.remove(id);
    if (app.runs.preview?.id === id) app.runs.closePreview();
    if (app.run?.id === id) app.detach(`${nameWithId(row)} was deleted`);
  }
  if (gone > 0) app.notify("good", gone === 1 ? `${nameWithId(rows[0]!)} is deleted` : `${count(gone)} runs are deleted`);
  await app.runs.poll(app.now, true);
}

function mark(app: AppContext): void {
  const row = selectedRow(app);
  if (row === undefined) return;
  if (!app.runs.marked.delete(row.id)) app.runs.marked.add(row.id);
  app.pane().move?.(1, app.paneRows());
  app.touch();
}

/** All that match; when they are marked already, none of them. */
function markAll(app: AppContext): void {
  const shown = app.runs.shown(app.state.filter.runs);
  const all = shown.every(({ id }) => app.runs.marked.has(id));
  for (const { id } of shown) {
    if (all) app.runs.marked.delete(id);
    else app.runs.marked.add(id);
  }
  app.touch();
}

/** The first is attached, the others laid beside it. */
function compared(app: AppContext): RunRow[] {
  const rows = targets(app);
  const selected = selectedRow(app);
  // One that is marked and another that is selected are two.
  return app.runs.marked.size === 1 && selected !== undefined && rows[0]?.id !== selected.id ? [...rows, selected] : rows;
}

function whyNoCompare(app: AppContext): string | null {
  const rows = compared(app);
  if (rows.length < 2) return `${app.keyOf("runs.mark")} marks the runs that are to be compared: two or more`;
  if (rows.length > MOST_BASELINES + 1) return `at most ${MOST_BASELINES + 1} runs can be told apart`;
  return rows.find(({ problem }) => problem !== null)?.problem ?? null;
}

/** The screen that shows runs beside each other, where there is one. */
const COMPARE_SCREEN = "compare";

async function compare(app: AppContext): Promise<void> {
  const [first, ...others] = compared(app);
  if (first === undefined) return;
  await app.attach(first.id, { beside: others.map(({ id }) => id) });
  if (app.run?.id !== first.id) return; // why not has been told
  app.runs.marked.clear();
  app.setTab("train");
  if (app.screens.list.some(({ name }) => name === COMPARE_SCREEN)) app.showScreen(COMPARE_SCREEN);
}

function nextOrder(app: AppContext): void {
  const { runs } = app;
  runs.order = RUN_ORDERS[(RUN_ORDERS.indexOf(runs.order) + 1) % RUN_ORDERS.length]!;
  app.touch();
}

function toggleAll(app: AppContext): void {
  app.runs.all = !app.runs.all;
  // Who has just put something away, and shows it again, is about to bring it back.
  const [away, ...more] = app.runs.all ? app.runs.lastAway : [];
  if (more.length > 0) for (const id of app.runs.lastAway) app.runs.marked.add(id);
  app.runs.lastAway = [];
  const at = app.runs.shown(app.state.filter.runs).findIndex(({ id }) => id === away);
  if (at >= 0) select(app.state, "runs", at);
  app.touch();
}

export const runCareActions: readonly AppAction[] = [
  { id: "runs.mark", title: "Mark", keys: ["space"], group: "runs", footer: 20, disabled: noneSelected, run: mark },
  {
    id: "runs.mark-all",
    title: "Mark all that match, or none",
    keys: ["M", "ctrl+a"],
    group: "runs",
    footer: 29,
    disabled: noneSelected,
    run: markAll,
  },
  { id: "runs.compare", title: "Compare", keys: ["c"], group: "runs", footer: 21, disabled: whyNoCompare, run: compare },
  { id: "runs.order", title: "Order", keys: ["o"], group: "runs", footer: 22, disabled: noRows, run: nextOrder },
  { id: "runs.rename", title: "Rename…", keys: ["R"], group: "runs", footer: 23, disabled: noneSelected, run: askForName },
  { id: "runs.tag", title: "Tags…", keys: ["#"], group: "runs", footer: 24, disabled: none, run: askForTags },
  { id: "runs.note", title: "Note…", keys: ["m"], group: "runs", footer: 25, disabled: noneSelected, run: askForNote },
  { id: "runs.archive", title: "Archive, or list again", keys: ["a"], group: "runs", footer: 27, disabled: none, run: archive },
  { id: "runs.all", title: "Those put away too", keys: ["H"], group: "runs", footer: 28, disabled: () => null, run: toggleAll },
  { id: "runs.delete", title: "Delete…", keys: ["D", "delete"], group: "runs", footer: 26, disabled: none, asks: true, run: askToDelete },
];
