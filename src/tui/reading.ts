/** Reads what is on the screen besides the attached run: runs beside it, the list of all, and what a screen names. */
import type { AppContext } from "./context.ts";
import { screenNeeds } from "./screens/train.ts";

/** What reading the settings of runs may take of a tick: a key must not wait for it. */
const SETTINGS_MS = 8;

/** `isVisible`: whether a panel of that name is. Returns whether something is different. */
export function readBeside(app: AppContext, isVisible: (id: string) => boolean): boolean {
  const before = app.baselines.version;
  app.baselines.refresh(app.now);
  const screen = app.state.tab === "train" && readScreen(app);
  if (app.state.tab === "runs") readRuns(app, isVisible("preview"));
  if (app.state.tab === "eval" || app.state.tab === "checkpoints") readSaved(app, LISTS[app.state.tab]);
  return app.baselines.version !== before || screen;
}

/** What the screen of the Train tab is made of. */
function readScreen(app: AppContext): boolean {
  const changed = app.screens.poll(app.now);
  const needs = screenNeeds(app.screens.spec);
  const opening = app.others.want(needs.runs);
  if (opening !== null) app.background(opening);
  const before = app.others.version;
  app.others.refresh(app.now);
  if (needs.list) app.background(app.runs.poll(app.now));
  return changed || app.others.version !== before;
}

/** The two lists of checkpoints: what is shown of each, and how it is looked for. */
const LISTS = {
  eval: {
    id: "models",
    shown: ({ chat, state }: AppContext) => chat.shown(state.filter.models),
    find: ({ chat, run }: AppContext) => chat.findCheckpoints(run?.id ?? null),
  },
  checkpoints: {
    id: "checkpoints",
    shown: ({ checkpoints, state }: AppContext) => checkpoints.shown(state.filter.checkpoints),
    find: ({ checkpoints, run }: AppContext) => checkpoints.find(run?.id ?? null, true),
  },
} as const;

/** How many checkpoints of which run had been saved when that was last looked at. */
const savedBefore = new WeakMap<AppContext, string>();

/** What the attached run has saved since the list was made comes into it; what is selected stays so. */
function readSaved(app: AppContext, { id, shown, find }: (typeof LISTS)[keyof typeof LISTS]): void {
  const saved = `${app.run?.id} ${app.facts()?.data.events({ kinds: ["checkpoint"] }).length ?? 0}`;
  const before = savedBefore.get(app) ?? saved;
  savedBefore.set(app, saved);
  if (before === saved || shown(app) === null) return;
  const { selected } = app.state;
  const chosen = shown(app)?.[selected[id]];
  const looking = find(app).then(() => {
    const place = shown(app)?.findIndex(({ dir, step }) => dir === chosen?.dir && step === chosen.step) ?? -1;
    if (place >= 0) selected[id] = place;
  });
  app.background(looking);
}

function readRuns(app: AppContext, previewed: boolean): void {
  const { runs, state, now } = app;
  app.background(runs.poll(now));
  runs.learn(state.filter.runs, SETTINGS_MS);
  const selected = runs.shown(state.filter.runs)[state.selected.runs];
  if (previewed) app.background(runs.look(selected?.problem === null ? selected.id : null, now));
  runs.refreshPreview();
}
