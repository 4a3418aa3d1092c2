/** A run that was asked for on a tab: said while it starts, and gone to when it has. */
import { type Result, sentence } from "../core/result.ts";
import type { AppContext } from "./context.ts";

/** What the notices of a start are about: the newest says how far it is. */
const ABOUT = "start of a run";

/** `start` gives the id; null = somebody thought better of it. Who has gone to another tab meanwhile stays there, and is told. */
export async function startAndWatch(app: AppContext, start: () => Promise<Result<string> | null>): Promise<void> {
  const from = app.state.tab;
  app.notify("info", "The run is being started", ABOUT);
  const started = await start();
  if (started === null) return app.notify("info", "Nothing was started", ABOUT);
  if (!started.ok) return app.notify("bad", sentence(started.failure), ABOUT);
  if (app.state.tab !== from) return app.notify("good", `${started.value} has begun: ${app.keyOf("tab.runs")} lists it`, ABOUT);
  app.notify("good", `${started.value} has begun`, ABOUT);
  await app.attach(started.value);
  app.setTab("train");
}
