/** Takes fixes of a plan's findings, one after the other, until none is left that has not been tried. */
import type { Finding, Fix, Plan } from "../core/plan.ts";
import { ok, type Result } from "../core/result.ts";
import { makePlan } from "./plan.ts";
import type { Edit, InsertedStage, PlanInput } from "./plan-input.ts";

export interface Fixed {
  plan: Plan;
  /** The input that makes this plan. */
  input: PlanInput;
  /** The findings whose fixes were taken, in that order. */
  taken: Finding[];
}

/** With one fix taken: its values lie above everything else, its stages before all others. */
export function withFix(input: PlanInput, fix: Fix): PlanInput {
  const edits: Edit[] = fix.set.map(({ stage, name, value }) => ({ script: stage.replace(/^\d+-/, ""), name, value, layer: "fix" }));
  const inserted: InsertedStage[] = (fix.insert ?? []).map(({ script, set }) => ({ script, set }));
  return { ...input, edits: [...(input.edits ?? []), ...edits], inserted: inOrder([...(input.inserted ?? []), ...inserted]) };
}

/** What has to come first comes first, whichever was found missing first. */
const ORDER = ["nanochat.dataset", "scripts.tok_train"];
const inOrder = (stages: readonly InsertedStage[]): InsertedStage[] =>
  [...stages].sort((a, b) => ORDER.indexOf(a.script) - ORDER.indexOf(b.script));

/** The same fix may be due again after another one; if two should undo each other, this ends it. */
const MOST_TIMES = 3;

/** Settles what can be settled: of errors and warnings, errors first; what is only worth knowing stays. */
export function fixPlan(input: PlanInput): Result<Fixed> {
  const taken: Finding[] = [];
  const times = new Map<string, number>();
  const timesOf = (fix: Fix | undefined): number => times.get(JSON.stringify(fix)) ?? 0;
  for (let current = input; ; ) {
    const plan = makePlan(current);
    if (!plan.ok) return plan;
    const next = fixable(plan.value).find(({ fix }) => timesOf(fix) < MOST_TIMES);
    if (next?.fix === undefined) return ok(needed(input, { plan: plan.value, input: current, taken }));
    times.set(JSON.stringify(next.fix), timesOf(next.fix) + 1);
    taken.push(next);
    current = withFix(current, next.fix);
  }
}

/** Without fixes whose reason a later one took away: with as many processes as there are GPUs, the optimizer's state can be shared. */
function needed(before: PlanInput, fixed: Fixed): Fixed {
  let left = fixed;
  for (const one of fixed.taken) {
    const taken = left.taken.filter((other) => other !== one);
    const input = taken.reduce((now, { fix }) => (fix === undefined ? now : withFix(now, fix)), before);
    const plan = makePlan(input);
    if (plan.ok && isAsGood(plan.value, left.plan)) left = { plan: plan.value, input, taken };
  }
  return left;
}

/** Nothing is wrong with it that is not wrong with the other one as well. */
function isAsGood(plan: Plan, other: Plan): boolean {
  const wrong = ({ findings }: Plan): string[] =>
    findings.filter(({ severity }) => severity !== "info").map(({ id, severity, stage, field }) => [id, severity, stage, field].join());
  const known = new Set(wrong(other));
  return wrong(plan).every((one) => known.has(one));
}

/** Findings with a fix that `--fix` takes, the most pressing first. */
export const fixable = ({ findings }: Plan): Finding[] =>
  (["error", "warning"] as const).flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity && finding.fix !== undefined),
  );
