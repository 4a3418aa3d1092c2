/** Running stages of the ledger: which prefab they are taken from, and with which checkpoints they go on. */

import { fail, type Result } from "../core/result.ts";
import type { LedgerStageId } from "../core/setup.ts";
import { listCheckpoints } from "../services/checkpoints.ts";
import { LEDGER_SCRIPTS, missingStages, readLedger } from "../services/ledger.ts";
import type { Context } from "./context.ts";
import { type Ask, type Launched, launchRun } from "./launch.ts";

/** The prefab of a workspace that nothing was said about. */
export const usualPrefab = (kind: string): string => (kind === "pocket" ? "pocket" : "runcpu");

/**
 * Starts the stages, or all that are missing. A later stage goes on with the newest base model that is there: a pipeline
 * that has failed is continued at its first stage that is not done.
 */
export async function runStages(
  context: Context,
  wanted: readonly LedgerStageId[] | "missing",
  { prefab, ask }: { prefab?: string | undefined; ask?: Ask } = {},
): Promise<Result<Launched>> {
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const { info, baseDir, home } = looked.value;
  const ids = wanted === "missing" ? missingStages(readLedger({ info, baseDir, home })) : wanted;
  if (ids.length === 0)
    return fail("refused", "Nothing is missing", {
      why: "every stage on the way to a chat is done",
      remedy: "Talk to the model: nanochat-cli eval chat",
    });
  const scripts = ids.map((id) => LEDGER_SCRIPTS[id]);
  const makesBase = scripts.includes("base_train");
  const base = listCheckpoints(baseDir).find(({ stage, broken }) => stage === "base" && broken === null);
  const sets =
    makesBase || base === undefined
      ? []
      : scripts
          .filter((script) => script.startsWith("chat_") || script === "mid_train" || script === "base_eval")
          .map((script) => `${script}.model_tag=${base.tag}`);
  return launchRun(context, { prefab: prefab ?? usualPrefab(info.kind), only: scripts, sets, name: undefined, ...(ask ? { ask } : {}) });
}
