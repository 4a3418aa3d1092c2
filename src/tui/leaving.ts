/** Leaving the program: never with unsaved edits without a question that names them. */
import { TERMINAL_STATUSES } from "../core/run.ts";
import { count } from "../lib/format.ts";
import type { AppContext } from "./context.ts";

/** What no file has yet, each in words; the screens' own order. */
export function unsavedEdits(app: AppContext): string[] {
  const { draft } = app.config;
  const edits = draft?.edits ?? 0;
  const screens = app.screens.list.filter(({ name }) => app.screens.isChanged(name));
  return [
    ...(edits === 0 ? [] : [`${count(edits)} unsaved edit${edits === 1 ? "" : "s"} of ${draft?.title}`]),
    ...screens.map(({ title }) => `unsaved changes of the screen ${title}`),
  ];
}

/** Leaves, or asks first where something would be lost. */
export function leave(app: AppContext, code: number): void {
  const lost = unsavedEdits(app);
  const go = (): void => {
    const goesOn = app.run !== null && !TERMINAL_STATUSES.has(app.run.state().status);
    if (goesOn) app.notify("info", `${app.run?.id} goes on`);
    app.leave(code);
  };
  if (lost.length === 0) go();
  else
    app.overlays.ask({
      title: "Leave",
      consequence: `This will be lost: ${lost.join("; ")}. ctrl+s on its tab keeps it.`,
      safe: "Stay",
      choices: [{ key: "y", title: "Leave without it", run: go }],
    });
}
