/** What is looked up when a tab is come to, and going to a tab for something. */
import { type Checkpoint, isGood } from "../core/checkpoint.ts";
import type { StageIndex } from "../core/journal.ts";
import { checkpointName } from "../panels/chat.ts";
import { currentStage, titleOfStage } from "../panels/data.ts";
import type { TabId } from "./app.ts";
import { forgetElsewhere } from "./chart-range.ts";
import { openDraft } from "./config-actions.ts";
import type { AppContext } from "./context.ts";
import { loadModel } from "./eval-actions.ts";
import { select } from "./selection.ts";
import type { UiMemory } from "./ui-memory.ts";
import { viewName } from "./view-name.ts";

/** Looks at what the tab shows; null = there is nothing to wait for. */
const LOOKS: Readonly<Record<TabId, (app: AppContext, memory: UiMemory) => Promise<void> | null>> = {
  setup: (app) => app.setup.look(),
  config: (app, memory) => {
    if (app.config.draft !== null) return null;
    const resumed = memory.resumeDraft();
    if (resumed === null && app.run !== null) openDraft(app, { run: app.run.id });
    return resumed;
  },
  checkpoints: (app) => app.checkpoints.find(app.run?.id ?? null),
  train: (app) => {
    forgetElsewhere(app);
    return null;
  },
  eval: (app) => {
    const { busy, loaded, editor } = app.chat;
    // Who comes back to a model talks to it: beside the field each letter would be a key.
    if (loaded !== null) app.state.focus.eval = "prompt";
    if (busy !== null) return null;
    // Nobody can be talked to yet: keys that were typed into the prompt would go nowhere, those to other tabs among them.
    if (loaded === null && editor.text === "") app.state.focus.eval = "models";
    return app.chat.findCheckpoints(app.run?.id ?? null);
  },
  runs: (app) => app.runs.poll(app.now, true),
};

export function enterTab(app: AppContext, memory: UiMemory): void {
  const looking = LOOKS[app.state.tab](app, memory);
  if (looking !== null) app.background(looking);
}

/**
 * Goes to the chat with the newest whole checkpoint of the attached run, or of one stage of it; where none is left, with the
 * newest of all. Says so where it is another one than the run's newest stage has.
 */
export async function chatWithRun(app: AppContext, stage?: StageIndex): Promise<void> {
  const { chat, state } = app;
  state.filter.models = "";
  app.setTab("eval");
  app.focus("prompt");
  await chat.findCheckpoints(app.run?.id ?? null);
  const written = writtenBy(app, stage);
  const own = newest(app, new Set(written.keys()));
  const chosen = own === -1 ? newest(app) : own;
  const checkpoint = chat.checkpoints?.[chosen];
  if (checkpoint === undefined) return app.notify("warn", "No whole checkpoint was found");
  if (own === -1) app.notify("warn", `What ${writerName(app, stage)} has saved is not there any more: this is the newest of all`);
  else tellOfStage(app, checkpoint, written.get(placeOf(checkpoint.dir, checkpoint.step)), stage);
  select(state, "models", chosen);
  if (chat.loaded?.dir !== checkpoint.dir || chat.loaded.step !== checkpoint.step) await loadModel(app, checkpoint);
}

/** Folder of the stage, model tag and step: all that is listed is in one base dir, which a link may call differently. */
const placeOf = (dir: unknown, step: number | null): string => `${String(dir).split("/").slice(-2).join("/")}@${step}`;

/** `chat_sft of 20260101-120000-pocket`, or the run alone. */
function writerName(app: AppContext, stage: StageIndex | undefined): string {
  const run = app.run === null ? "the run" : viewName(app.run);
  return app.run === null || stage === undefined ? run : `${titleOfStage(app.run.state(), stage)} of ${run}`;
}

/** Which one it is, where somebody who looks at the run may think that it is another one. */
function tellOfStage(app: AppContext, checkpoint: Checkpoint, writer: StageIndex | undefined, asked: StageIndex | undefined): void {
  const state = app.run?.state();
  if (state === undefined || writer === undefined) return;
  const [of, current] = [titleOfStage(state, writer), currentStage(state)];
  const none = asked === undefined ? `${titleOfStage(state, current)} has no checkpoint yet: ` : "";
  if (asked !== undefined || writer !== current) app.notify("info", `${none}${checkpointName(checkpoint)} is the newest of ${of}`);
}

/** Where the attached run, or a stage of it, has written checkpoints, and which stage it was: others write into the same base dir. */
function writtenBy(app: AppContext, stage: StageIndex | undefined): ReadonlyMap<string, StageIndex> {
  const saved = app.facts()?.data.events({ kinds: ["checkpoint"], ...(stage === undefined ? {} : { stage }) }) ?? [];
  return new Map(saved.map(({ step, body, stage: writer }) => [placeOf(body["path"], step), writer]));
}

/** The place in the list, which has the newest first, of a good checkpoint; -1 = none. */
const newest = ({ chat }: AppContext, among?: ReadonlySet<string>): number =>
  chat.checkpoints?.findIndex((one) => isGood(one) && among?.has(placeOf(one.dir, one.step)) !== false) ?? -1;
