/** Whoever comes back sees the run that was looked at last: that another one trains meanwhile is told, for it costs. */
import { runName } from "../core/run.ts";
import { counted } from "../lib/format.ts";
import type { AppContext } from "./context.ts";
import { goesOn } from "./leaving.ts";

export async function tellOfOthers(app: AppContext): Promise<void> {
  if (app.run === null || goesOn(app.run)) return;
  await app.runs.poll(app.now, true);
  const [one, ...more] = app.runs.othersGoing(app.run.id, app.now);
  if (one === undefined) return;
  const who = more.length === 0 ? `${runName(one)} goes on` : `${runName(one)} and ${counted(more.length, "more run")} go on`;
  app.notify("info", `${who}; what is shown has ended. ${app.keyOf("tab.runs")} lists all`);
}
