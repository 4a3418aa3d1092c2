/** From a run to a chat with its newest checkpoint: the stage of it that is looked at, or the run that is selected in the list. */
import type { StageIndex } from "../core/journal.ts";
import { chosenStage, type PanelData, type RunFacts, stageTitle, titleOfStage } from "../panels/data.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./notices.ts";
import { selectedRow } from "./run-care-actions.ts";

const NO_CHECKPOINT = "this run has no checkpoint yet";

/** Of one stage, or of a whole run. */
export const hasCheckpoint = (data: Pick<PanelData, "events">, stage?: StageIndex): boolean =>
  data.events({ kinds: ["checkpoint"], limit: 1, ...(stage === undefined ? {} : { stage }) }).length > 0;

/** The stage whose model one talks to: the one that was chosen to be looked at; undefined = the run's, whatever wrote it. */
export const chatStage = (app: AppContext): StageIndex | undefined => {
  const facts = app.facts();
  return facts === null ? undefined : chosenStage(facts);
};

/** With the attached run as it is looked at. */
export function whyNoChat(app: AppContext): string | null {
  const facts = app.facts();
  if (app.run === null || facts === null) return "there is no run to look at";
  const stage = chosenStage(facts);
  if (hasCheckpoint(facts.data, stage)) return null;
  return stage === undefined || !hasCheckpoint(facts.data) ? NO_CHECKPOINT : elsewhere(app, facts, stage);
}

/** With the attached run, whatever of it is looked at. */
function whyNoChatWhole(app: AppContext): string | null {
  const facts = app.facts();
  return facts === null || hasCheckpoint(facts.data) ? null : NO_CHECKPOINT;
}

/** That a stage has none, and the way to the nearest one that has: of two that are as near, the later. */
function elsewhere({ keyOf }: AppContext, { state, data }: RunFacts, stage: StageIndex): string {
  const distance = ({ index }: { index: StageIndex }): number => Math.abs(index - stage) - (index > stage ? 0.5 : 0);
  const [nearest] = state.stages.filter(({ index }) => hasCheckpoint(data, index)).sort((a, b) => distance(a) - distance(b));
  const none = `${titleOfStage(state, stage)} has no checkpoint`;
  if (nearest === undefined) return none;
  return `${none}: ${keyOf(nearest.index > stage ? "stage.next" : "stage.previous")} goes to ${stageTitle(nearest.name)}, which has one`;
}

export const whyNotAttach = (app: AppContext): string | null => {
  const row = selectedRow(app);
  return row === undefined ? "no run is selected" : row.problem;
};

/** Of the selected run what is known without opening it: that it is attached, or was looked into where it is previewed. */
export function whyNoChatSelected(app: AppContext): string | null {
  const id = selectedRow(app)?.id;
  const { preview } = app.runs;
  if (id !== undefined && id === app.run?.id) return whyNoChatWhole(app);
  const looked = preview !== null && preview.id === id ? preview.view?.reader : undefined;
  return whyNotAttach(app) ?? (looked === undefined || hasCheckpoint(looked) ? null : NO_CHECKPOINT);
}

export async function chatWithSelected(app: AppContext): Promise<void> {
  const id = selectedRow(app)?.id;
  if (id === undefined) return;
  if (id !== app.run?.id) await app.attach(id);
  // Why it cannot be opened has been told.
  if (id !== app.run?.id) return;
  const why = whyNoChatWhole(app);
  if (why === null) await app.chatWithRun();
  else refuse(app, "Chat", why);
}
