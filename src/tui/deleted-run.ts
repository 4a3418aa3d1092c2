/** A run whose folder somebody deletes while it is looked at: what has become of its trainer, and who can end it. */
import type { RunView } from "./app.ts";
import type { AppContext } from "./context.ts";
import type { Level } from "./notices.ts";
import { viewName } from "./view-name.ts";

export interface Told {
  level: Level;
  text: string;
}

const LOOK_EVERY_MS = 250;
/** A supervisor gives its trainer 30 s before it kills it. */
const PATIENCE_MS = 40_000;

/** What is said when the folder is found gone, and how one comes back to it should somebody put it back. */
export function deletedNow(view: RunView, keyOf: AppContext["keyOf"]): Told {
  const { trainer, isOwned } = remainsOf(view);
  const gone = `${viewName(view)} was deleted by somebody else`;
  const back = `Where it is put back, ${keyOf("tab.runs")} Runs and ${keyOf("run.attach")} on it show it again`;
  if (view.state().imported !== undefined) return { level: "warn", text: `${gone}; it was imported: no trainer of it was here. ${back}` };
  if (trainer === null) return { level: "warn", text: `${gone}; its trainer does not run any more. ${back}` };
  if (isOwned) return { level: "warn", text: `${gone}; its supervisor ends its trainer (process ${trainer})` };
  return { level: "bad", text: `${gone}; ${alone(trainer)}` };
}

/** What has become of a trainer that its supervisor was to end; null when that was known at once. */
export async function deletedLater(view: RunView): Promise<Told | null> {
  const { trainer } = remainsOf(view);
  if (trainer === null || !remainsOf(view).isOwned) return null;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await Bun.sleep(LOOK_EVERY_MS)) {
    const now = remainsOf(view);
    if (now.trainer === null)
      return { level: "good", text: `${viewName(view)} was deleted, and its trainer (process ${trainer}) was ended` };
    if (!now.isOwned) break;
  }
  return { level: "bad", text: `${viewName(view)} is not there any more; ${alone(trainer)}` };
}

const remainsOf = (view: RunView) => view.remains?.() ?? { trainer: null, isOwned: false };

const alone = (pid: number): string => `its trainer goes on as process ${pid} and nobody looks after it: \`kill ${pid}\` ends it`;
