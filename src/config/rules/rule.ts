/** What a rule is: data and small functions, one row of a table. `rules/all.ts` has them all. */
import type { Finding, Fix, Value } from "../../core/plan.ts";
import { count } from "../../lib/format.ts";
import type { PlanContext, StageContext } from "./context.ts";

/** A change that settles a finding: of the values of the finding's own stage, or stages to put before all others. */
export interface FixDraft {
  set?: Readonly<Record<string, Value>>;
  /** Values of other stages. */
  elsewhere?: Fix["set"];
  insert?: Fix["insert"];
  /** Made from `set` when absent. */
  title?: string;
}

/** `Found` is what the check saw: the numbers that message and fix are made from. */
export interface RuleSpec<Found extends object> {
  id: string;
  /** Short names of scripts; `training` = every one with a training loop. */
  appliesTo: readonly string[] | "training" | "all";
  /** Parameters that the script must have. */
  needs: readonly string[];
  check: (stage: StageContext) => Found | readonly Found[] | null;
  severity: Finding["severity"] | ((found: Found) => Finding["severity"]);
  /** Not even --force overrides it. */
  final?: true;
  /** A warning that is told and not asked about. */
  toldOnly?: true;
  /** The parameter that it is about. */
  field: string | ((found: Found) => string);
  /** One sentence without a full stop, with the fields and numbers. */
  message: (found: Found, stage: StageContext) => string;
  /** What else could be done, one sentence; the fix's own title otherwise. */
  remedy?: (found: Found, stage: StageContext) => string | undefined;
  fix?: (found: Found, stage: StageContext) => FixDraft | null;
}

/** A rule about one stage, as `rules/all.ts` runs it. */
export interface StageRule {
  id: string;
  run: (stage: StageContext) => Finding[];
}

/** A rule about the plan as a whole. */
export interface PlanRule {
  id: string;
  run: (plan: PlanContext) => Array<Omit<Finding, "id">>;
}

export function rule<Found extends object>(spec: RuleSpec<Found>): StageRule {
  return {
    id: spec.id,
    run: (stage) => {
      if (!concerns(spec, stage)) return [];
      const found = spec.check(stage);
      if (found === null) return [];
      return (Array.isArray(found) ? (found as Found[]) : [found as Found]).map((one) => findingOf(spec, one, stage));
    },
  };
}

function concerns({ appliesTo, needs }: Pick<RuleSpec<object>, "appliesTo" | "needs">, stage: StageContext): boolean {
  const about = appliesTo === "all" || (appliesTo === "training" ? stage.script.trainable : appliesTo.includes(stage.short));
  return about && needs.every((name) => stage.has(name));
}

function findingOf<Found extends object>(spec: RuleSpec<Found>, found: Found, stage: StageContext): Finding {
  const draft = spec.fix?.(found, stage) ?? null;
  const fix = draft === null ? undefined : fixOf(draft, stage);
  return {
    id: spec.id,
    severity: typeof spec.severity === "function" ? spec.severity(found) : spec.severity,
    message: spec.message(found, stage),
    remedy: spec.remedy?.(found, stage) ?? fix?.title,
    stage: stage.stage.name,
    field: typeof spec.field === "function" ? spec.field(found) : spec.field,
    fix,
    ...(spec.final && { final: spec.final }),
    ...(spec.toldOnly && { toldOnly: spec.toldOnly }),
  };
}

function fixOf({ set = {}, elsewhere = [], insert, title }: FixDraft, stage: StageContext): Fix {
  return {
    title: title ?? titleOf(set, stage),
    set: [...Object.entries(set).map(([name, value]) => ({ stage: stage.stage.name, name, value })), ...elsewhere],
    ...(insert === undefined ? {} : { insert }),
  };
}

/**
 * `Set device_batch_size to 16 and total_batch_size to 524,288`, `Leave depth at the script's default (20)`; with the stage at the
 * end where another one has a setting of that name.
 */
function titleOf(set: Readonly<Record<string, Value>>, stage: StageContext): string {
  const parts = Object.entries(set).map(([name, value]) =>
    value === null ? `leave ${name} at the script's default (${shown(stage.defaultOf(name))})` : `set ${name} to ${shown(value)}`,
  );
  const sentence = parts.join(" and ");
  const where = Object.keys(set).some((name) => stage.sharedName(name)) ? ` in ${stage.short}` : "";
  return sentence.charAt(0).toUpperCase() + sentence.slice(1) + where;
}

/** A value as people read it: 524,288 and "", none for nothing. */
export const shown = (value: Value): string =>
  value === null ? "none" : value === "" ? '""' : typeof value === "number" && Number.isInteger(value) ? count(value) : String(value);
