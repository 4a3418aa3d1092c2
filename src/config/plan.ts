/** Makes the plan of a run out of a prefab, a workspace and the user's changes. Pure: nothing is read or started. */
import type { ScriptInfo, WorkspaceInfo } from "../core/params.ts";
import type { Finding, Plan, PlannedStage, Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { RUN_FORMAT } from "../core/run.ts";
import { spellArguments } from "./arguments.ts";
import type { Prefab, PrefabStage } from "./prefab.ts";
import { type Assignment, assign, parseAssignment, resolveStage, shortName } from "./resolve.ts";
import { didYouMean } from "./suggest.ts";

export interface PlanInput {
  prefab: Prefab;
  workspace: WorkspaceInfo;
  python: { argv: string[]; reason: string };
  baseDir: string;
  /** As given with `--set`. */
  sets: readonly string[];
  name: string;
  /** Folder name of this run's checkpoints, given to each stage that has `--model-tag`. */
  modelTag: string;
}

/** Scripts without a training loop that still share their work between ranks (scripts/*_eval.py@92d63d4). */
const DISTRIBUTED: ReadonlySet<string> = new Set(["base_eval", "base_loss", "chat_eval"]);

export function makePlan(input: PlanInput): Result<Plan> {
  const { prefab, workspace, python, baseDir, name } = input;
  if (prefab.stages.length === 0)
    return fail("usage", `Prefab ${prefab.name} has no stages`, { remedy: `Add \`stages:\` to ${prefab.file}` });
  const scripts = findScripts(prefab, workspace);
  if (!scripts.ok) return scripts;
  const reached = reach(input.sets, scripts.value);
  if (!reached.ok) return reached;
  const stages: PlannedStage[] = [];
  for (const [index, stage] of prefab.stages.entries()) {
    const script = scripts.value[index] as ScriptInfo;
    const assignments = reached.value.filter(({ to }) => to.includes(script)).map(({ assignment }) => assignment);
    const planned = planStage(input, stage, script, index, assignments);
    if (!planned.ok) return planned;
    stages.push(planned.value);
  }
  return ok({
    version: RUN_FORMAT,
    name,
    prefab: prefab.name,
    workspace: { dir: workspace.dir, kind: workspace.kind, commit: workspace.commit, dirty: workspace.dirty, package: workspace.package },
    python: python.argv,
    pythonReason: python.reason,
    baseDir,
    env: prefab.env,
    stages,
    findings: FINDINGS.flatMap((rule) => rule(input, stages)),
  });
}

function findScripts({ stages, file }: Prefab, { scripts, dir }: WorkspaceInfo): Result<ScriptInfo[]> {
  const found: ScriptInfo[] = [];
  for (const { script } of stages) {
    const info = scripts.find(({ module }) => module === script);
    if (info === undefined) {
      const known = scripts.map(({ module }) => module);
      return fail("usage", `${file} wants ${script}, which ${dir} does not have`, {
        remedy: didYouMean(script, known, "`nanochat-cli describe` lists the scripts that it has"),
      });
    }
    found.push(info);
  }
  return ok(found);
}

function reach(sets: readonly string[], scripts: readonly ScriptInfo[]): Result<Array<{ assignment: Assignment; to: ScriptInfo[] }>> {
  const all: Array<{ assignment: Assignment; to: ScriptInfo[] }> = [];
  for (const given of sets) {
    const assignment = parseAssignment(given);
    if (!assignment.ok) return assignment;
    const to = assign(assignment.value, scripts);
    if (!to.ok) return to;
    all.push({ assignment: assignment.value, to: to.value });
  }
  return ok(all);
}

function planStage(
  input: PlanInput,
  stage: PrefabStage,
  script: ScriptInfo,
  index: number,
  assignments: readonly Assignment[],
): Result<PlannedStage> {
  const { prefab, workspace } = input;
  const overrides: Record<string, Value> = { model_tag: input.modelTag };
  const values = resolveStage(script, stage, overrides, assignments);
  if (!values.ok) return values;
  const args = spellArguments(script.style, values.value);
  if (!args.ok) return args;
  const shares = script.trainable || DISTRIBUTED.has(shortName(script.module));
  const ranks = shares ? (stage.ranks ?? prefab.ranks) : 1;
  return ok({
    name: `${String(index + 1).padStart(2, "0")}-${shortName(script.module)}`,
    script: script.module,
    values: values.value,
    args: args.value,
    ranks,
    launcher: ranks === 1 ? "python" : workspace.kind === "pocket" ? "plain" : "torchrun",
    bridged: script.trainable,
  });
}

type Rule = (input: PlanInput, stages: readonly PlannedStage[]) => Finding[];

/** What is wrong with a plan, or worth knowing before it costs something. */
const FINDINGS: readonly Rule[] = [
  ({ prefab, workspace }) =>
    prefab.workspace === undefined || (prefab.workspace === "pocket") === (workspace.kind === "pocket")
      ? []
      : [
          {
            id: "prefab-workspace",
            severity: "error",
            message: `Prefab ${prefab.name} is for a ${prefab.workspace} workspace, and ${workspace.dir} is ${workspace.kind === "pocket" ? "the pocket one" : "not"}`,
            remedy:
              prefab.workspace === "pocket" ? "`nanochat-cli try` uses the pocket workspace" : "Name a nanochat checkout with --workspace",
          },
        ],
  ({ workspace }) =>
    workspace.dirty
      ? [
          {
            id: "dirty",
            severity: "info",
            message: `${workspace.dir} has uncommitted changes: the commit alone will not reproduce this run`,
          },
        ]
      : [],
  ({ modelTag }, stages) =>
    stages.flatMap((stage) => {
      const tag = stage.values.find(({ parameter }) => parameter.name === "model_tag");
      return tag && tag.origin.layer !== "override" && tag.origin.layer !== "default" && tag.value !== modelTag
        ? [
            {
              id: "model-tag",
              severity: "info" as const,
              message: `${stage.name} uses the model tag ${tag.value}, not the run's own ${modelTag}`,
            },
          ]
        : [];
    }),
];
