/** From a run to a chat with its newest checkpoint: the attached run, or the one that is selected in the list. */
import type { PanelData } from "../panels/data.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./notices.ts";
import { selectedRow } from "./run-care-actions.ts";

const NO_CHECKPOINT = "this run has no checkpoint yet";

const hasCheckpoint = (data: Pick<PanelData, "events"> | undefined): boolean =>
  data !== undefined && data.events({ kinds: ["checkpoint"], limit: 1 }).length > 0;

export const whyNoChat = (app: AppContext): string | null => {
  if (app.run === null) return "there is no run to look at";
  return hasCheckpoint(app.facts()?.data) ? null : NO_CHECKPOINT;
};

export const whyNotAttach = (app: AppContext): string | null => {
  const row = selectedRow(app);
  return row === undefined ? "no run is selected" : row.problem;
};

/** Of the selected run what is known without opening it: that it is attached, or was looked into where it is previewed. */
export function whyNoChatSelected(app: AppContext): string | null {
  const id = selectedRow(app)?.id;
  const { preview } = app.runs;
  if (id !== undefined && id === app.run?.id) return whyNoChat(app);
  const looked = preview !== null && preview.id === id ? preview.view?.reader : undefined;
  return whyNotAttach(app) ?? (looked === undefined || hasCheckpoint(looked) ? null : NO_CHECKPOINT);
}

export async function chatWithSelected(app: AppContext): Promise<void> {
  const id = selectedRow(app)?.id;
  if (id === undefined) return;
  if (id !== app.run?.id) await app.attach(id);
  // Why it cannot be opened has been told.
  if (id !== app.run?.id) return;
  const why = whyNoChat(app);
  if (why === null) await app.chatWithRun();
  else refuse(app, "Chat", why);
}
