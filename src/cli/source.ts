/** Where a plan begins: a prefab by name or by file, or a past run. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { NOTHING_KNOWN, type PlanInput } from "../config/plan-input.ts";
import { prefabOfPlan, RUN_PREFIX } from "../config/plan-prefab.ts";
import { loadPrefab, loadPrefabFile, type Prefab } from "../config/prefab.ts";
import { findPrefabs } from "../config/prefab-files.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { cacheDir } from "../lib/paths.ts";
import { runPaths } from "../lib/run-dir.ts";
import { readPlan } from "../lib/run-files.ts";
import { didYouMean } from "../lib/suggest.ts";
import { findRun, listRuns, type RunSummary } from "../services/runs.ts";
import { POCKET_DIR } from "../services/workspace.ts";
import type { Context } from "./context.ts";

export interface Source {
  prefab: Prefab;
  /** Of a past run: what it was made with. */
  reproduces?: PlanInput["reproduces"];
}

/** `./mine.yaml`, `prefabs/mine`: no name of a prefab has a slash. */
export const isFile = (given: string): boolean => /[/\\]|\.ya?ml$/.test(given);

/** A prefab of its folders, a file, or `run:ID` for what a past run of this home was made with. */
export function findSource(context: Context, given: string): Result<Source> {
  if (given.startsWith(RUN_PREFIX)) return runSource(findPast(context, given));
  const prefab = isFile(given) ? loadPrefabFile(given, context.prefabFolders()) : loadPrefab(given, context.prefabFolders());
  return prefab.ok ? ok({ prefab: prefab.value }) : prefab;
}

/** The same, and a run's id or name without the `run:`; for those who start nothing with it. */
export function findAnySource(context: Context, given: string): Result<Source> {
  const folders = context.prefabFolders();
  if (isFile(given) || given.startsWith(RUN_PREFIX) || findPrefabs(folders).has(given)) return findSource(context, given);
  const run = findPast(context, given);
  if (run.ok || run.failure.code !== "not-found") return runSource(run);
  const home = context.home();
  const runs = home.ok ? listRuns(home.value) : home;
  const names = [...findPrefabs(folders).keys(), ...(runs.ok ? runs.value.flatMap(({ id, name }) => [id, name]) : [])];
  return fail("not-found", `There is no prefab and no run ${given}`, {
    remedy: didYouMean(given, names, "`nanochat-cli prefabs list` and `runs list` show what there is; a file is written with its path"),
  });
}

/** The past run that `run:ID` names; the prefix may be left out. */
export function findPast(context: Context, given: string): Result<RunSummary> {
  const home = context.home();
  return home.ok ? findRun(home.value, given.replace(RUN_PREFIX, "")) : home;
}

function runSource(run: Result<RunSummary>): Result<Source> {
  if (!run.ok) return run;
  const plan = readPlan(run.value.dir);
  if (!plan.ok) return plan;
  const { id, dir } = run.value;
  const prefab = prefabOfPlan(plan.value, id, runPaths(dir).plan);
  return ok({ prefab, reproduces: { run: id, workspace: plan.value.workspace } });
}

/** What a run of it is called that was given no name. */
export const usualName = (given: string): string => (isFile(given) ? basename(given).replace(/\.ya?ml$/, "") : given);

/** The scripts that a prefab is checked against: the pocket's own for what is made for it, else those of the checkout. */
export async function scriptsFor(context: Context, kinds: ReadonlyArray<Prefab["workspace"]>): Promise<Result<WorkspaceInfo>> {
  if (kinds.length > 0 && kinds.every((kind) => kind === "pocket") && existsSync(POCKET_DIR)) {
    const { describeWorkspace } = await import("../bridge/describe.ts");
    return describeWorkspace({ dir: POCKET_DIR, python: ["python3"], cacheDir: cacheDir(), trusted: false });
  }
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const { info } = looked.value;
  if (!kinds.some((kind) => kind !== undefined && (kind === "pocket") !== (info.kind === "pocket"))) return ok(info);
  return fail("not-found", `${info.dir} is ${info.kind === "pocket" ? "the pocket workspace" : "no pocket workspace"}`, {
    remedy: "Name a checkout that it is made for with --workspace",
  });
}

/** A plan's input with nothing around it: for comparing and checking values, not for running. */
export const bareInput = (prefab: Prefab, workspace: WorkspaceInfo, sets: readonly string[] = []): PlanInput => ({
  prefab,
  workspace,
  python: { argv: ["python3"], reason: "not looked for" },
  baseDir: "",
  sets,
  name: prefab.name,
  modelTag: prefab.name,
  surroundings: NOTHING_KNOWN,
});
