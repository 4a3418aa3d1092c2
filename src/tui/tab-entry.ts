/** What is looked up when a tab is come to, and going to a tab for something. */
import type { TabId } from "./app.ts";
import { openDraft } from "./config-actions.ts";
import type { AppContext } from "./context.ts";
import { loadModel } from "./eval-actions.ts";
import type { UiMemory } from "./ui-memory.ts";

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
  train: () => null,
  eval: (app) => {
    if (app.chat.busy !== null) return null;
    // Nobody can be talked to yet: keys that were typed into the prompt would go nowhere, those to other tabs among them.
    if (app.chat.loaded === null && app.chat.editor.text === "") app.state.focus.eval = "models";
    return app.chat.findCheckpoints(app.run?.id ?? null);
  },
  runs: (app) => app.runs.poll(app.now, true),
};

export function enterTab(app: AppContext, memory: UiMemory): void {
  const looking = LOOKS[app.state.tab](app, memory);
  if (looking !== null) app.background(looking);
}

/** Goes to the chat with the newest whole checkpoint of the attached run. */
export async function chatWithRun(app: AppContext): Promise<void> {
  const { chat, state } = app;
  state.filter.models = "";
  app.setTab("eval");
  app.focus("prompt");
  await chat.findCheckpoints(app.run?.id ?? null);
  const newest = chat.checkpoints?.findIndex(({ broken }) => broken === null) ?? -1;
  const checkpoint = chat.checkpoints?.[newest];
  if (checkpoint === undefined) return app.notify("warn", "No whole checkpoint was found");
  state.selected.models = newest;
  if (chat.loaded?.dir !== checkpoint.dir || chat.loaded.step !== checkpoint.step) await loadModel(app, checkpoint);
}
