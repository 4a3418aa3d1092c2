/** Running stages of the ledger: which prefab they are taken from, and with which checkpoints they go on. */

import { loadPrefab, type Prefab } from "../config/prefab.ts";
import { findPrefabs, type PrefabFolder } from "../config/prefab-files.ts";
import { fail, type Result } from "../core/result.ts";
import type { LedgerStage, LedgerStageId } from "../core/setup.ts";
import { listCheckpoints } from "../services/checkpoints.ts";
import { LEDGER_SCRIPTS, missingStages, readLedger } from "../services/ledger.ts";
import type { Context, Workspace } from "./context.ts";
import { type Ask, type Launched, launchRun } from "./launch.ts";

/** The prefab of a workspace that nothing was said about. */
export const usualPrefab = (kind: string): string => (kind === "pocket" ? "pocket" : "runcpu");

const hasStage = ({ stages }: Prefab, script: string): boolean => stages.some((one) => one.script.endsWith(`.${script}`));

/** The stages on the way to a chat; of those that the prefab does not have it is said that they cannot be run, and what does it. */
export function ledgerFor(context: Context, { info, baseDir, home }: Workspace, name = usualPrefab(info.kind)): LedgerStage[] {
  const ledger = readLedger({ info, baseDir, home });
  const folders = context.prefabFolders();
  const prefab = loadPrefab(name, folders);
  // What is wrong with it is told when it is run.
  if (!prefab.ok) return ledger;
  let others: Prefab[] | null = null;
  return ledger.map((stage): LedgerStage => {
    const script = LEDGER_SCRIPTS[stage.id];
    if (hasStage(prefab.value, script)) return stage;
    others ??= allPrefabs(folders);
    const other = others.find((one) => one.workspace === prefab.value.workspace && hasStage(one, script));
    return { ...stage, blocked: `prefab ${name} has no stage ${script}`, elsewhere: insteadOf(stage, script, other) };
  });
}

/** Those that can be read, by name. */
const allPrefabs = (folders: readonly PrefabFolder[]): Prefab[] =>
  [...findPrefabs(folders).keys()].sort().flatMap((one) => {
    const loaded = loadPrefab(one, folders);
    return loaded.ok ? [loaded.value] : [];
  });

function insteadOf({ id, status, verdict }: LedgerStage, script: string, other: Prefab | undefined): string {
  if (id === "dataset" && status === "done") return `Nothing has to run: ${verdict}`;
  if (other !== undefined) {
    const { name, hardware } = other;
    return `Prefab ${name}${hardware === undefined ? "" : ` (for ${hardware.words})`} has it: nanochat-cli setup ${id} --prefab ${name}`;
  }
  const own = `a prefab of your own with scripts.${script} runs it by itself: nanochat-cli setup ${id} --prefab NAME`;
  return id === "base_eval"
    ? `The training evaluates as it goes, which tabs 3 and 4 show; ${own}`
    : `${own[0]?.toUpperCase()}${own.slice(1)}`;
}

/**
 * Starts the stages, or all that are missing. A later stage goes on with the newest base model that is there: a pipeline
 * that has failed is continued at its first stage that is not done.
 */
export async function runStages(
  context: Context,
  wanted: readonly LedgerStageId[] | "missing",
  { prefab, ask, yes = false }: { prefab?: string | undefined; ask?: Ask; yes?: boolean } = {},
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
  return launchRun(context, {
    prefab: prefab ?? usualPrefab(info.kind),
    only: scripts,
    sets,
    name: undefined,
    yes,
    ...(ask ? { ask } : {}),
  });
}
