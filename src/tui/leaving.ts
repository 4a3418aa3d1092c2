/** Leaving the program: never with edits that no file has without a question that names them. */
import { counted } from "../lib/format.ts";
import type { RunView } from "./app.ts";
import type { AppContext } from "./context.ts";

/** What no file has yet, each in words; the screens' own order. */
export function unsavedEdits(app: AppContext): string[] {
  const { draft } = app.config;
  const edits = draft?.edits ?? 0;
  const screens = app.screens.list.filter(({ name }) => app.screens.isChanged(name));
  return [
    ...(edits === 0 ? [] : [`${counted(edits, "unsaved edit")} of ${draft?.title}`]),
    ...screens.map(({ title }) => `unsaved changes of the screen ${title}`),
  ];
}

/** Whether a run is attached, or shown again, that does not end with this program: not the machine in place of one. */
export const goesOn = (run: RunView | null): run is RunView =>
  run !== null && run.isRun !== false && (run.replay?.goesOn ?? run.liveness() !== "ended");

/** Leaves, or asks first where something is in no file that the person has named. */
export function leave(app: AppContext, code: number): void {
  const loose = unsavedEdits(app);
  const keep = app.keyOf(app.screens.list.some(({ name }) => app.screens.isChanged(name)) ? "screen.save" : "config.save");
  const go = (): void => {
    if (goesOn(app.run)) app.notify("info", `${app.run.id} goes on`);
    app.leave(code);
  };
  if (loose.length === 0) go();
  else
    app.overlays.ask({
      title: "Leave",
      consequence:
        app.services.saveUi === null
          ? `This will be lost: ${loose.join("; ")}. ${keep} on its tab keeps it.`
          : `In no file yet: ${loose.join("; ")}. It is back at the next start here; ${keep} on its tab keeps it for good.`,
      safe: "Stay",
      choices: [{ key: "y", title: "Leave", run: go }],
    });
}
