/** Every mistake of a prefab that can be told without a machine: in its text, in what it extends, in its values, across fields. */
import type { WorkspaceInfo } from "../core/params.ts";
import type { Finding, Plan } from "../core/plan.ts";
import type { Failure } from "../core/result.ts";
import { makePlan } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { type Layered, mergeLineage, type Prefab, type PrefabStage, type Setting } from "./prefab.ts";
import { resolveStage } from "./resolve.ts";
import { listStages, missingScript, missingScripts } from "./stage-list.ts";
import type { Mistake } from "./yaml-document.ts";

/** Of a prefab whose text is well: what its scripts and the rules say. `bare`: a plan's input with nothing around it. */
export function valueMistakes(lineage: readonly Layered[], workspace: WorkspaceInfo, bare: (prefab: Prefab) => PlanInput): Mistake[] {
  const prefab = mergeLineage(lineage);
  const missing = missingScripts(prefab.stages, workspace);
  const scripts = missing.map(({ script }) => stageMistake(lineage, script, missingScript(script, prefab.file, workspace)));
  const input = bare({ ...prefab, stages: prefab.stages.filter((stage) => !missing.includes(stage)) });
  const values = settingMistakes(input);
  if (scripts.length > 0 || values.length > 0) return [...scripts, ...values];
  const plan = makePlan(input);
  if (!plan.ok) return [ofFailure(prefab.file, plan.failure)];
  return plan.value.findings.flatMap((finding) => ofFinding(finding, plan.value, prefab));
}

/** What stands in the way of reading it at all. */
export const ofFailure = (file: string, { what, why, remedy = "" }: Failure): Mistake => ({
  severity: "error",
  ...placeIn(what, file),
  field: null,
  what: what.includes(file) ? what : `${file}: ${what}`,
  ...(why === undefined ? {} : { why }),
  remedy,
});

/** `file:12:3` at the beginning of a sentence. */
function placeIn(what: string, file: string): Pick<Mistake, "file" | "line" | "column"> {
  const [, found, line, column] = /^(\S+?):(\d+)(?::(\d+))?\b/.exec(what) ?? [];
  return { file: found ?? file, line: line === undefined ? null : Number(line), column: column === undefined ? null : Number(column) };
}

function stageMistake(lineage: readonly Layered[], script: string, { what, remedy = "" }: Failure): Mistake {
  const layer = lineage.findLast(({ document }) => document.stages.some((stage) => stage.script === script));
  const index = layer?.document.stages.findIndex((stage) => stage.script === script) ?? -1;
  const line = layer?.lineOf(["stages", index, "script"]) ?? null;
  const file = layer?.file ?? "";
  const told = what.startsWith(`${file} `) ? `${file}:${line}${what.slice(file.length)}` : `${file}:${line}: ${what}`;
  return { severity: "error", file, line, column: null, field: `stages.${index}.script`, what: told, remedy };
}

/** Each value by itself, so that one mistake does not hide the next. */
function settingMistakes(input: PlanInput): Mistake[] {
  const listed = listStages(input);
  if (!listed.ok) return [ofFailure(input.prefab.file, listed.failure)];
  return listed.value.stages.flatMap(({ stage, script }) =>
    [...stage.set].flatMap(([name, setting]) => {
      const request = { script, name: "", prefab: { set: new Map([[name, setting]]) }, overrides: {}, edits: [], assignments: [] };
      const resolved = resolveStage(request);
      if (resolved.ok) return [];
      return [{ ...ofFailure(setting.origin.file ?? input.prefab.file, resolved.failure), field: `${stage.script}.${name}` }];
    }),
  );
}

/** About the workspace, not the prefab. */
const ELSEWHERE: ReadonlySet<string> = new Set(["python", "prefab-workspace", "dirty"]);

function ofFinding({ id, severity, message, remedy = "", stage, field }: Finding, plan: Plan, prefab: Prefab): Mistake[] {
  if (severity === "info" || ELSEWHERE.has(id)) return [];
  const script = plan.stages.find(({ name }) => name === stage)?.script;
  const setting = settingOf(
    prefab.stages.find((one) => one.script === script),
    field,
  );
  const { file = prefab.file, line = null } = setting?.origin ?? {};
  const place = line === null ? file : `${file}:${line}`;
  const what = `${place}: ${script === undefined ? "" : `${script}: `}${message}`;
  return [{ severity, file, line, column: null, field: script === undefined ? (field ?? null) : `${script}.${field}`, what, remedy }];
}

const settingOf = (stage: PrefabStage | undefined, field: string | undefined): Setting | undefined =>
  field === undefined ? undefined : stage?.set.get(field);
