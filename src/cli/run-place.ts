/** The surroundings that a run was started in: its checkout, Python and base dir. */
import { existsSync } from "node:fs";
import type { Plan } from "../core/plan.ts";
import type { Context } from "./context.ts";

/** Those of `context` where the run has none of its own: it was imported, or its checkout is gone. */
export function placeOfRun(context: Context, { workspace: { dir }, python, baseDir }: Plan): Context {
  if (baseDir === "" || !existsSync(dir)) return context;
  // `uv run python` and the like are found anew in the checkout.
  return context.within({ workspace: dir, baseDir, python: python.length === 1 ? python[0] : undefined });
}
