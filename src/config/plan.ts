/** Makes the plan of a run out of a prefab, a workspace and the user's changes. Pure: nothing is read or started. */
import type { ScriptInfo, WorkspaceInfo } from "../core/params.ts";
import { type Finding, type Plan, type PlannedStage, shortName, type Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { RUN_FORMAT } from "../core/run.ts";
import { spellArguments } from "./arguments.ts";
import { expectationOf } from "./expectation.ts";
import { loadsStage, writesToTag } from "./lineage.ts";
import type { Edit, PlanInput } from "./plan-input.ts";
import { type Assignment, assign, parseAssignment, RANKS, resolveStage } from "./resolve.ts";
import { checkPlan } from "./rules/all.ts";
import { StageContext } from "./rules/context.ts";
import { type ListedStage, listStages } from "./stage-list.ts";

/** Scripts without a training loop that still share their work between ranks (scripts/*_eval.py@92d63d4). */
const DISTRIBUTED: ReadonlySet<string> = new Set(["base_eval", "base_loss", "chat_eval"]);

export function makePlan(input: PlanInput): Result<Plan> {
  const { prefab, workspace, python, baseDir, name } = input;
  const listed = listStages(input);
  if (!listed.ok) return listed;
  const reached = reach(
    input.sets,
    listed.value.stages.map(({ script }) => script),
  );
  if (!reached.ok) return reached;
  const findings: Finding[] = [...listed.value.findings];
  const stages: StageContext[] = [];
  for (const one of listed.value.stages) {
    const assignments = reached.value.filter(({ to }) => to.includes(one.script)).map(({ assignment }) => assignment);
    const planned = planStage(input, one, stages, assignments);
    if (!planned.ok) return planned;
    findings.push(...planned.value.findings);
    stages.push(new StageContext(input, planned.value.stage, one.script, [...stages]));
  }
  findings.push(...checkPlan({ input, stages }));
  const figures = stages.flatMap((stage) => stage.figures ?? []);
  const expected = expectationOf(prefab, input.surroundings.machine);
  return ok({
    version: RUN_FORMAT,
    name,
    prefab: prefab.name,
    workspace: { dir: workspace.dir, kind: workspace.kind, commit: workspace.commit, dirty: workspace.dirty, package: workspace.package },
    python: python.argv,
    pythonReason: python.reason,
    baseDir,
    env: prefab.env,
    stages: stages.map(({ stage }) => stage),
    findings,
    ...(figures.length === 0 ? {} : { figures }),
    ...(expected === null ? {} : { expected }),
  });
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
  { stage, script }: ListedStage,
  before: readonly StageContext[],
  assignments: readonly Assignment[],
): Result<{ stage: PlannedStage; findings: Finding[] }> {
  const name = `${String(before.length + 1).padStart(2, "0")}-${shortName(script.module)}`;
  const edits = (input.edits ?? []).filter((edit) => shortName(edit.script) === shortName(script.module));
  const overrides = overridesOf(input, { stage, script }, before);
  const resolved = resolveStage({ script, name, prefab: stage, overrides, edits, assignments });
  if (!resolved.ok) return resolved;
  const args = spellArguments(script.style, resolved.value.values);
  if (!args.ok) return args;
  const ranks = ranksOf(stage.ranks ?? input.prefab.ranks, script, edits, assignments);
  if (!ranks.ok) return ranks;
  return ok({
    stage: {
      name,
      script: script.module,
      values: resolved.value.values,
      args: args.value,
      ranks: ranks.value,
      launcher: launcherOf(ranks.value, input.workspace),
      bridged: script.trainable,
    },
    findings: resolved.value.findings,
  });
}

const launcherOf = (ranks: number, { kind }: WorkspaceInfo): PlannedStage["launcher"] =>
  ranks === 1 ? "python" : kind === "pocket" ? "plain" : "torchrun";

/** What this run gives every stage of itself: its folder of checkpoints, where the stage's model comes from, its name at W&B. */
function overridesOf(input: PlanInput, { stage, script }: ListedStage, before: readonly StageContext[]): Record<string, Value> {
  const short = shortName(script.module);
  const given = stage.set.get("source")?.value ?? script.parameters.find(({ name }) => name === "source")?.default;
  const lastTrained = before.findLast(({ short, writes }) => writes !== null && short !== "base_train")?.writes;
  const source = typeof given === "string" ? given : lastTrained;
  const maker = before.findLast(({ writes }) => writes !== null && writes === loadsStage(short, source));
  // Until eb7bbc1 only base_train wrote to its tag: whoever loads what the others wrote has to be told their folder.
  const tag = script.trainable && writesToTag(script) ? input.modelTag : maker === undefined ? input.modelTag : maker.writesTag;
  return {
    ...(tag === null ? {} : { model_tag: tag }),
    ...(source === undefined || source === given ? {} : { source }),
    ...(input.wandbName === undefined ? {} : { run: input.wandbName }),
  };
}

/** Processes of a stage: the prefab's, then `--set ranks=N`, then a fix; only scripts that share their work have several. */
function ranksOf(usual: number, script: ScriptInfo, edits: readonly Edit[], assignments: readonly Assignment[]): Result<number> {
  if (!script.trainable && !DISTRIBUTED.has(shortName(script.module))) return ok(1);
  let ranks: Value = usual;
  for (const edit of edits) if (edit.name === RANKS && edit.layer === "override") ranks = edit.value ?? usual;
  for (const { name, text } of assignments) {
    if (name !== RANKS) continue;
    // Given by --ranks as well as by --set.
    if (!/^[1-9]\d{0,5}$/.test(text))
      return fail("usage", `ranks takes a number of processes, not "${text}"`, { remedy: "Give a whole number from 1" });
    ranks = Number(text);
  }
  for (const edit of edits) if (edit.name === RANKS && edit.layer === "fix") ranks = edit.value ?? usual;
  return ok(Number(ranks));
}
