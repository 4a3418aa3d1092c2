import { nameWithId } from "../core/run.ts";
import type { RunView } from "./app.ts";

/** What a run that is looked at is called, with its id where it has another name than that. */
export const viewName = (view: Pick<RunView, "id" | "about">): string => nameWithId({ id: view.id, about: view.about?.() });
