/** One edit in a form, checked as one types: the value, and what the whole plan says to it. Under five milliseconds. */
import type { Parameter } from "../core/params.ts";
import { type Finding, type Plan, shortName, type Value } from "../core/plan.ts";
import { type Failure, fail, type Result } from "../core/result.ts";
import { makePlan } from "./plan.ts";
import type { Edit, PlanInput } from "./plan-input.ts";
import { outOfRange } from "./rules/ranges.ts";
import { checkText } from "./values.ts";

/** The plan with one more edit. */
export const revise = (input: PlanInput, edit: Edit): Result<Plan> => makePlan({ ...input, edits: [...(input.edits ?? []), edit] });

export interface EditContext {
  input: PlanInput;
  /** The stage's script, short or whole. */
  script: string;
}

export type CheckedEdit = { ok: true; value: Value; plan: Plan; findings: Finding[] } | { ok: false; failure: Failure };

/**
 * What becomes of the plan when `parameter` is `text`. A text that is no value of its type, or out of range, is a failure;
 * otherwise `findings` are those about that stage, and the plan has all the figures.
 */
export function validateEdit(parameter: Parameter, text: string, { input, script }: EditContext): CheckedEdit {
  const checked = checkText(parameter, text);
  if (!checked.ok) return refuse(`${parameter.name} ${checked.why}`, checked.remedy);
  const { value } = checked;
  const range = typeof value === "number" ? outOfRange(parameter, value) : null;
  if (range !== null) return refuse(`${parameter.name} must be ${range.wanted}: ${range.why}`);
  const plan = revise(input, { script, name: parameter.name, value, layer: "override" });
  if (!plan.ok) return plan;
  const stage = plan.value.stages.find((one) => shortName(one.script) === shortName(script))?.name;
  return { ok: true, value, plan: plan.value, findings: plan.value.findings.filter((finding) => finding.stage === stage) };
}

const refuse = (what: string, remedy?: string): { ok: false; failure: Failure } => fail("usage", what, { remedy });
