/** From a prefab's name to a run that a supervisor looks after. */
import { type Fixed, fixPlan } from "../config/fix.ts";
import { makePlan } from "../config/plan.ts";
import type { PlanInput } from "../config/plan-input.ts";
import { RUN_PREFIX } from "../config/plan-prefab.ts";
import { figuresOf } from "../config/planner/figures.ts";
import { namedMachine } from "../config/planner/gpus.ts";
import type { Prefab, PrefabStage } from "../config/prefab.ts";
import type { Checkpoint } from "../core/checkpoint.ts";
import { type Finding, type Plan, shortName } from "../core/plan.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { rememberHome } from "../services/known-homes.ts";
import { startSupervisor } from "../services/run-control.ts";
import { abandonRun, createRun, type ReservedRun, reserveRun, runIdAt } from "../services/run-create.ts";
import { confirm, whyNobody } from "./ask.ts";
import type { Context, Workspace } from "./context.ts";
import { findPast, findSource, usualName } from "./source.ts";
import { lookAround } from "./surroundings.ts";

/** Whether to start in spite of warnings, each a sentence. */
export type Ask = (warnings: readonly string[]) => Promise<boolean>;

export interface LaunchOptions {
  /** A prefab's name, its file, or `run:ID` for what a past run was made with. */
  prefab: string;
  /** In place of a prefab of that name: what was made up for one checkpoint. */
  given?: Prefab;
  sets: readonly string[];
  /** A checkpoint that this run goes on with and that is made when nothing else keeps it from starting; plans take it for there. */
  copy?: Copy;
  name: string | undefined;
  /** What is said of it where nothing keeps it from starting. */
  note?: string | undefined;
  /** Only these of the prefab's stages, by script, short or whole. */
  only?: readonly string[];
  /** Without the prefab's stages before this one. */
  from?: string | undefined;
  /** A machine that is not this one to plan for: `8xH100`. */
  on?: string;
  /** Take the fixes of what the plan finds wrong. */
  fix?: boolean;
  /** Start in spite of errors. */
  force?: boolean;
  /** Do not ask about warnings. */
  yes?: boolean;
  /** Asks about warnings in place of the terminal's own question, which would be written into the middle of a screen. */
  ask?: Ask;
}

interface Copy {
  checkpoint: Checkpoint;
  /** Makes it, and returns what takes it away again. */
  make: () => Promise<Result<() => void>>;
}

export interface PlannedRun extends Fixed {
  workspace: Workspace;
}

export interface Launched {
  id: string;
  dir: string;
  plan: Plan;
}

/** The plan as it would run now. Nothing is written. */
export async function planRun(context: Context, options: LaunchOptions, tag?: string): Promise<Result<PlannedRun>> {
  const input = await planInput(context, options, tag);
  if (!input.ok) return input;
  const { workspace, ...rest } = input.value;
  const planned = options.fix ? fixPlan(rest.input) : unfixed(rest.input);
  return planned.ok ? ok({ ...planned.value, workspace }) : planned;
}

function unfixed(input: PlanInput): Result<Fixed> {
  const plan = makePlan(input);
  return plan.ok ? ok({ plan: plan.value, input, taken: [] }) : plan;
}

/** All that a plan is made from: the world is looked at, nothing is written. `tag` names its checkpoints' folder. */
export async function planInput(
  context: Context,
  options: LaunchOptions,
  tag = options.name ?? runIdAt(nameOf(context, options)),
): Promise<Result<{ input: PlanInput; workspace: Workspace }>> {
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const workspace = looked.value;
  const source = options.given === undefined ? findSource(context, options.prefab) : ok({ prefab: options.given, reproduces: undefined });
  if (!source.ok) return source;
  const prefab = someStages(source.value.prefab, options);
  if (!prefab.ok) return prefab;
  const { python, info, baseDir } = workspace;
  const on = options.on === undefined ? ok(null) : namedMachine(options.on);
  if (!on.ok) return on;
  const around = await lookAround(workspace, options.name, prefab.value.env, on.value);
  const copy = options.copy?.checkpoint;
  const surroundings = copy === undefined ? around : { ...around, checkpoints: [copy, ...(around.checkpoints ?? [])] };
  return ok({
    workspace,
    input: {
      prefab: prefab.value,
      workspace: info,
      python: python.ok ? python.value : { argv: ["python3"], reason: python.failure.what, failure: python.failure },
      baseDir,
      sets: options.sets,
      name: nameOf(context, options),
      modelTag: tag,
      // A run that has a name and could be logged at W&B is, under that name.
      wandbName: surroundings.wandbKey === true ? options.name : undefined,
      surroundings,
      figuresOf: figuresOf(),
      reproduces: source.value.reproduces,
    },
  });
}

/** A run without a name of its own is named after its prefab, or as the run that it is to be like. */
function nameOf(context: Context, { name, prefab }: LaunchOptions): string {
  if (name !== undefined || !prefab.startsWith(RUN_PREFIX)) return name ?? usualName(prefab);
  const past = findPast(context, prefab);
  return past.ok ? past.value.name : prefab.slice(RUN_PREFIX.length);
}

function someStages(prefab: Prefab, { only, from }: Pick<LaunchOptions, "only" | "from">): Result<Prefab> {
  const first = from === undefined ? 0 : prefab.stages.findIndex((stage) => isCalled(stage, from));
  const stages = first < 0 ? [] : prefab.stages.slice(first).filter((stage) => only?.some((name) => isCalled(stage, name)) ?? true);
  if (stages.length > 0 || (only === undefined && from === undefined)) return ok({ ...prefab, stages });
  return fail("usage", `Prefab ${prefab.name} has no stage ${first < 0 ? from : only?.join(", ")}`, {
    remedy: `Its stages are ${prefab.stages.map(({ script }) => shortName(script)).join(", ")}`,
  });
}

const isCalled = ({ script }: PrefabStage, name: string): boolean => script === name || shortName(script) === name;

/** Makes the run and starts its supervisor. Errors of the plan refuse it, unless `force` overrides them. */
export async function launchRun(context: Context, options: LaunchOptions): Promise<Result<Launched>> {
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const place = reserveRun(looked.value.home, nameOf(context, options));
  if (!place.ok) return place;
  const planned = await planRun(context, options, options.name ?? place.value.id);
  const refused = planned.ok ? await refuse(context, planned.value, options) : planned;
  if (!planned.ok || refused !== null) {
    abandonRun(place.value);
    return refused as Result<never>;
  }
  if (options.note !== undefined) context.face.note(options.note);
  return start(looked.value.home, place.value, planned.value.plan, options.copy);
}

/** What was copied for a run that does not start is taken away again. */
async function start(home: string, place: ReservedRun, plan: Plan, copy: Copy | undefined): Promise<Result<Launched>> {
  const copied = await copy?.make();
  if (copied?.ok === false) {
    abandonRun(place);
    return copied;
  }
  rememberHome(home);
  const created = createRun(home, place, plan);
  const started = created.ok ? await startSupervisor(place.dir) : created;
  if (!started.ok) copied?.value();
  return started.ok ? ok({ ...place, plan }) : started;
}

/** Starts what an input comes to, as a draft has it. Errors of the plan refuse it, unless `force` overrides them. */
export async function launchInput(
  home: string,
  input: PlanInput,
  { force = false, copy }: Pick<LaunchOptions, "force" | "copy">,
): Promise<Result<Launched>> {
  const place = reserveRun(home, input.name.replace(RUN_PREFIX, ""));
  if (!place.ok) return place;
  const made = makePlan({ ...input, modelTag: place.value.id });
  const errors = made.ok ? refusing(made.value, force) : [];
  if (!made.ok || errors.length > 0) {
    abandonRun(place.value);
    return made.ok ? refusal(errors) : made;
  }
  return start(home, place.value, made.value, copy);
}

const findingsOf = ({ findings }: Plan, severity: Finding["severity"]): Finding[] =>
  findings.filter((finding) => finding.severity === severity);

/** `02-base_train: eval_tokens is 8, …`, without a full stop. */
export const told = ({ stage, message }: Finding): string => (stage === undefined ? message : `${stage}: ${message}`);

/** Null = go on. Says what is fixed, what is overridden, and asks about warnings; where nobody could answer they refuse it. */
async function refuse(context: Context, { plan, taken }: PlannedRun, options: LaunchOptions): Promise<Result<never> | null> {
  for (const finding of taken) context.face.note(`fixed: ${told(finding)} → ${finding.fix?.title}`);
  const errors = refusing(plan, options.force);
  if (errors.length > 0) return refusal(errors);
  for (const error of findingsOf(plan, "error")) context.face.note(`--force overrides: ${told(error)}`);
  for (const warning of findingsOf(plan, "warning").filter(({ toldOnly }) => toldOnly))
    context.face.note(`warning: ${withRemedy(warning)}`);
  const warnings = askedOf(plan).map(withRemedy);
  const ask = options.ask ?? ((all) => askHere(context, all, options));
  if (warnings.length === 0 || (await ask(warnings))) return null;
  const nobody = options.ask === undefined ? unanswered(context, plan, options) : null;
  return nobody === null ? unaccepted(warnings.length, "Answer y, settle") : { ok: false, failure: nobody };
}

const withRemedy = (warning: Finding): string => `${told(warning)}${warning.remedy ? `. ${warning.remedy}` : ""}`;

/** Warnings that somebody is to accept. */
const askedOf = (plan: Plan): Finding[] => findingsOf(plan, "warning").filter(({ toldOnly }) => !toldOnly);

async function askHere(context: Context, warnings: readonly string[], options: LaunchOptions): Promise<boolean> {
  for (const warning of warnings) context.face.note(`warning: ${warning}`);
  return accepts(options) || (whyNobody(context) === null && (await confirm("Start all the same?")));
}

/** What is forced has been decided on. */
const accepts = ({ yes, force }: LaunchOptions): boolean => yes === true || force === true;

/** Why a plan with warnings is not started where nobody can be asked about them; null = it has none, or they would be. */
export function unanswered(context: Context, plan: Plan, options: LaunchOptions): Failure | null {
  const [warnings, nobody] = [askedOf(plan), whyNobody(context)];
  if (warnings.length === 0 || nobody === null || accepts(options)) return null;
  return unaccepted(warnings.length, "Settle", nobody).failure;
}

/** `ways`: what comes before --fix and --yes. */
function unaccepted(many: number, ways: string, nobody?: string): { ok: false; failure: Failure } {
  const what = `${many === 1 ? "a warning was" : `${many} warnings were`} not accepted`;
  return fail("refused", "The run was not started", {
    why: nobody === undefined ? what : `${what}, and ${nobody}`,
    remedy: `${ways} ${many === 1 ? "it" : "them"} with --fix, or give --yes`,
  });
}

/** What keeps a plan from being started. */
const refusing = (plan: Plan, force = false): Finding[] => findingsOf(plan, "error").filter(({ final }) => !force || final);

/** Why this plan is not started; null when nothing is wrong with it, or nothing that `force` does not override. */
export function refusalOf(plan: Plan, force?: boolean): Failure | null {
  const errors = refusing(plan, force);
  return errors.length === 0 ? null : refusal(errors).failure;
}

function refusal(errors: readonly Finding[]): { ok: false; failure: Failure } {
  const [first] = errors;
  const fixes = errors.filter(({ fix }) => fix !== undefined).length;
  const settles = fixes < errors.length ? `--fix settles ${fixes} of them` : `--fix settles ${fixes === 1 ? "it" : "them"}`;
  const forced = errors.some(({ final }) => final) ? [] : ["--force starts it all the same"];
  const ways = [...(fixes > 0 ? [settles] : []), ...forced];
  if (errors.length === 1 && first !== undefined) {
    return fail("refused", told(first), { remedy: [first.remedy ?? "Mend the plan", ...ways].join("; ") });
  }
  return fail("refused", `The plan has ${errors.length} errors`, {
    why: errors.map((error, index) => `(${index + 1}) ${told(error)}`).join("; "),
    // What --fix does is said by that.
    remedy: [...new Set(errors.flatMap(({ fix, remedy }) => (fix === undefined && remedy ? [remedy] : []))), ...ways].join("; "),
    details: errors.map(({ stage, message, remedy }) => `${stage ?? "plan"}: ${message}. ${remedy ?? ""}`.trim()).join("\n"),
  });
}
