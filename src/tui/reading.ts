/** Reads what is on the screen besides the attached run: runs beside it, the list of all, and what a screen names. */
import type { AppContext } from "./context.ts";
import { selectedRow } from "./run-care-actions.ts";
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

/** The two lists of checkpoints: what is in each, and how it is looked for. */
const LISTS = {
  eval: {
    all: ({ chat }: AppContext) => chat.checkpoints,
    find: ({ chat, run }: AppContext) => chat.findCheckpoints(run?.id ?? null),
  },
  checkpoints: {
    all: ({ checkpoints }: AppContext) => checkpoints.all,
    find: ({ checkpoints, run }: AppContext) => checkpoints.find(run?.id ?? null, true),
  },
} as const;

/** What was known of what is saved when that was last looked at. */
interface Saved {
  /** The attached run, and how many checkpoints its journal tells of. */
  told: string;
  /** Of the folders, as asked for so long ago (epoch milliseconds). */
  stamp: string;
  askedAt: number;
}

const savedBefore = new WeakMap<AppContext, Saved>();

/** What the attached run saves is told at once; of others the folders are asked this often. */
const FOLDERS_MS = 2000;
/** What is torn, and was written within this, may be being written still. */
const WRITING_MS = 600_000;

/** What is saved or deleted since the list was made comes into it or goes: by the attached run, by others, by hand. */
function readSaved(app: AppContext, { all, find }: (typeof LISTS)[keyof typeof LISTS]): void {
  const told = `${app.run?.id} ${app.facts()?.data.events({ kinds: ["checkpoint"] }).length ?? 0}`;
  const before = savedBefore.get(app) ?? { told, stamp: "", askedAt: app.now };
  const now = { ...before, told };
  savedBefore.set(app, now);
  const list = all(app);
  if (list === null) return;
  if (before.told !== told) app.background(find(app));
  if (app.now - before.askedAt < FOLDERS_MS) return;
  now.askedAt = app.now;
  const looking = app.services.checkpointsStamp(app.run?.id ?? null).then((stamp) => {
    const isNew = now.stamp !== stamp || list.some((one) => one.broken !== null && app.now - Date.parse(one.writtenAt) < WRITING_MS);
    const known = savedBefore.get(app) ?? now;
    savedBefore.set(app, { ...known, stamp });
    return isNew ? find(app) : undefined;
  });
  app.background(looking);
}

function readRuns(app: AppContext, previewed: boolean): void {
  const { runs, state, now } = app;
  app.background(runs.poll(now));
  runs.learn(state.filter.runs, SETTINGS_MS);
  const selected = selectedRow(app);
  if (previewed) app.background(runs.look(selected?.problem === null ? selected.id : null, now));
  runs.refreshPreview();
}
