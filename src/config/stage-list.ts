/** Which stages a plan has: the prefab's, those that a fix put before them, in the scripts that this checkout has. */
import type { ScriptInfo, WorkspaceInfo } from "../core/params.ts";
import type { Finding } from "../core/plan.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { IMPORTED } from "../core/run.ts";
import { didYouMean } from "../lib/suggest.ts";
import type { InsertedStage, PlanInput } from "./plan-input.ts";
import type { PrefabStage, Setting } from "./prefab.ts";
import { SCRIPT_CHANGES, type ScriptChange } from "./renames.ts";
import { strangeSettings } from "./resolve.ts";
import { otherWorkspace } from "./workspace-kind.ts";

export interface ListedStage {
  stage: PrefabStage;
  script: ScriptInfo;
}

export interface StageList {
  stages: ListedStage[];
  /** Stages that are left out, or run as another script. */
  findings: Finding[];
}

export function listStages({ prefab, workspace, inserted = [] }: PlanInput): Result<StageList> {
  const findings: Finding[] = [];
  const wanted = [...insertedBefore(prefab.stages, inserted), ...prefab.stages].filter(
    ({ optional, script }) => optional !== true || findScript(script, workspace) !== undefined,
  );
  const stages = wanted.flatMap((stage) => {
    const change = changeOf(stage.script, workspace);
    if (change !== undefined) findings.push(explain(change));
    return change === undefined ? [withCarried(stage, wanted, workspace)] : inItsPlace(stage, change, wanted);
  });
  const listed: ListedStage[] = [];
  for (const stage of stages) {
    const script = findScript(stage.script, workspace);
    if (script === undefined) return { ok: false, failure: withoutScript(stage.script, prefab, workspace) };
    const strange = prefab.madeFrom === IMPORTED ? strangeSettings(script, stage) : [];
    if (strange.length > 0) return { ok: false, failure: foreignSettings(strange, script, prefab.name) };
    listed.push({ stage, script });
  }
  if (listed.length > 0) return ok({ stages: listed, findings });
  const why = findings.map(({ message }) => message).join("; ");
  return fail("usage", `Prefab ${prefab.name} has no stages`, {
    why: why === "" ? undefined : why,
    remedy: `Add \`stages:\` to ${prefab.file}`,
  });
}

const findScript = (module: string, { scripts }: WorkspaceInfo): ScriptInfo | undefined =>
  scripts.find((script) => script.module === module);

const changeOf = (module: string, workspace: WorkspaceInfo): ScriptChange | undefined =>
  findScript(module, workspace) === undefined ? SCRIPT_CHANGES.find(({ script }) => script === module) : undefined;

/** One that the prefab has anyway is not put there a second time. */
const insertedBefore = (stages: readonly PrefabStage[], inserted: readonly InsertedStage[]): PrefabStage[] =>
  inserted
    .filter(({ script }) => !stages.some((stage) => stage.script === script))
    .map(({ script, set }) => ({
      script,
      ranks: undefined,
      set: new Map(Object.entries(set).map(([name, value]) => [name, { value, origin: { layer: "fix" as const } }])),
    }));

function explain({ script, to, since, severity, reason }: ScriptChange): Finding {
  const message = to === undefined ? `${script} is left out` : `${script} runs as ${to.script}`;
  return { id: to === undefined ? "stage-left-out" : "stage-renamed", severity, message: `${message}: ${reason} (${since})` };
}

/** A stage of another script that does the work of one that is gone; nothing where the plan has that stage anyway. */
function inItsPlace(stage: PrefabStage, { to }: ScriptChange, all: readonly PrefabStage[]): PrefabStage[] {
  if (to === undefined || all.some(({ script }) => script === to.script)) return [];
  const narrowed = Object.entries(to.set).map(([name, value]): [string, Setting] => [name, { value, origin: { layer: "override" } }]);
  return [{ ...stage, script: to.script, set: new Map([...narrowed, ...stage.set]) }];
}

/** With the settings of those that it does the work of, as far as it has none itself. */
function withCarried(stage: PrefabStage, all: readonly PrefabStage[], workspace: WorkspaceInfo): PrefabStage {
  const gone = all.filter(({ script }) => changeOf(script, workspace)?.to?.script === stage.script);
  return gone.length === 0 ? stage : { ...stage, set: new Map([...gone.flatMap(({ set }) => [...set]), ...stage.set]) };
}

/** Stages that the checkout has no script for, neither under another name. */
export const missingScripts = (stages: readonly PrefabStage[], workspace: WorkspaceInfo): PrefabStage[] =>
  stages.filter(
    ({ optional, script }) => optional !== true && findScript(script, workspace) === undefined && changeOf(script, workspace) === undefined,
  );

/** Of a prefab that is for another kind of workspace no script of this one was meant. */
const withoutScript = (script: string, prefab: PlanInput["prefab"], workspace: WorkspaceInfo): Failure =>
  prefab.madeFrom === IMPORTED
    ? foreignProgram(script, prefab.name, workspace)
    : (otherWorkspace(prefab, workspace) ?? missingScript(script, prefab.file, workspace));

/** Of an imported run whose program is not one of the checkout's: nobody has made a mistake, and there is nothing to be started. */
const foreignProgram = (script: string, run: string, { dir }: WorkspaceInfo): Failure => ({
  code: "usage",
  what: `${run} was imported and cannot be started from here: it is a run of ${script.replace(/^scripts\./, "")}, which is none of the scripts of ${dir}`,
  remedy: "If it was one of them under another name, import it again with `--script` and that one's",
});

/** The same of one whose settings are none of that script: it is a fork's, or one that nobody here has. */
const foreignSettings = (names: readonly string[], { module }: ScriptInfo, run: string): Failure => ({
  code: "usage",
  what: `${run} was imported and cannot be started from here: ${module} of this checkout has no parameter ${names.slice(0, MOST_NAMES).join(", ")}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""}`,
  remedy: "If it was another script, import it again with `--script` and that one's name",
});
const MOST_NAMES = 5;

export const missingScript = (script: string, file: string, { scripts, dir }: WorkspaceInfo): Failure => ({
  code: "usage",
  what: `${file} wants ${script}, which ${dir} does not have`,
  remedy: didYouMean(
    script,
    scripts.map(({ module }) => module),
    "`nanochat-cli describe` lists the scripts that it has",
  ),
});
