/** Every parameter of a stage with its value and where that came from: defaults < prefab < user prefab < overrides < --set < fixes. */
import type { Parameter, ScriptInfo } from "../core/params.ts";
import { type Finding, type Fix, type Origin, type ResolvedValue, shortName, type Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { secretFault } from "../lib/secret-look.ts";
import { didYouMean } from "../lib/suggest.ts";
import type { Edit } from "./plan-input.ts";
import type { PrefabStage } from "./prefab.ts";
import { isTheSame, type ParameterChange, translate } from "./renames.ts";
import { type Checked, checkText, checkValue, guessValue } from "./values.ts";

/** One `--set`: `depth=4` for every stage that has it, `base_train.depth=4` for one. */
export interface Assignment {
  given: string;
  /** Script, short or whole; null = all that have the parameter. */
  stage: string | null;
  name: string;
  text: string;
}

/** Not a parameter of any script: the number of processes of a stage. */
export const RANKS = "ranks";

/** Splits `--set [STAGE.]NAME=VALUE`; a flag's spelling (`--device-batch-size=4`) is taken too. A secret is refused unseen. */
export function parseAssignment(given: string): Result<Assignment> {
  const match = /^(?:--)?(?:((?:scripts\.)?\w+)\.)?([A-Za-z_][\w-]*)=(.*)$/s.exec(given);
  const secret = secretFault(match?.[2] ?? "", match?.[3] ?? given);
  if (secret !== null) return fail("refused", `--set ${match?.[2] ?? "…"} ${secret.why}`, { remedy: secret.remedy });
  if (!match)
    return fail("usage", `--set ${given} is no assignment`, {
      remedy: "Write it as NAME=VALUE or STAGE.NAME=VALUE, such as base_train.depth=4",
    });
  return ok({ given, stage: match[1] ?? null, name: parameterName(match[2] ?? ""), text: match[3] ?? "" });
}

/** `--device-batch-size`, `device-batch-size` and `device_batch_size` are one parameter. */
const parameterName = (given: string): string => given.replace(/^-+/, "").replaceAll("-", "_");

/** The stages that an assignment reaches; none is a usage failure with the nearest names. */
export function assign(assignment: Assignment, scripts: readonly ScriptInfo[]): Result<ScriptInfo[]> {
  const { given, stage, name } = assignment;
  const named = stage === null ? scripts : scripts.filter(({ module }) => module === stage || shortName(module) === shortName(stage));
  if (named.length === 0) {
    const stages = scripts.map(({ module }) => shortName(module));
    return fail("usage", `--set ${given}: this plan has no stage ${stage}`, {
      remedy: didYouMean(stage ?? "", stages, `Its stages are ${stages.join(", ")}`),
    });
  }
  if (name === RANKS) return ok([...named]);
  const having = named.filter((script) => findParameter(script, name));
  const reached = having.length > 0 ? having : named.filter((script) => translate(script, name) !== null);
  if (reached.length > 0) return ok(reached);
  return unknownParameter(`--set ${given}`, name, named);
}

export const findParameter = (script: ScriptInfo, name: string): Parameter | undefined =>
  script.parameters.find((parameter) => parameter.name === name || parameter.aliases.some((alias) => parameterName(alias) === name));

/** Settings of a stage that its script has under no name. */
export const strangeSettings = (script: ScriptInfo, { set }: Pick<PrefabStage, "set">): string[] =>
  [...set.keys()].map(parameterName).filter((name) => findParameter(script, name) === undefined && translate(script, name) === null);

/** `scripts` are one or more, of which a plan may name one twice. */
function unknownParameter(where: string, name: string, scripts: readonly ScriptInfo[]): Result<never> {
  const modules = [...new Set(scripts.map(({ module }) => module))];
  const [last = "", ...others] = [...modules].reverse();
  const whose = others.length === 0 ? `${last} has` : `${others.reverse().join(", ")} and ${last} have`;
  const known = scripts.flatMap(({ parameters }) => parameters.map((parameter) => parameter.name));
  const richest = [...scripts].sort((a, b) => b.parameters.length - a.parameters.length)[0]?.module;
  const lists = `\`nanochat-cli params ${richest}\` lists ${others.length === 0 ? "its parameters" : "those of one"}`;
  return fail("usage", `${where}: ${whose} no parameter ${name}`, { remedy: didYouMean(name, known, lists) });
}

/** What is asked of one stage, lowest layer first. */
export interface StageRequest {
  script: ScriptInfo;
  /** `01-base_train`, for findings. */
  name: string;
  prefab: Pick<PrefabStage, "set">;
  /** Ours (the model tag), below everything but defaults. */
  overrides: Readonly<Record<string, Value>>;
  edits: readonly Edit[];
  /** Those `--set` that reach it. */
  assignments: readonly Assignment[];
}

export interface ResolvedStage {
  values: ResolvedValue[];
  /** Names that this version has otherwise, or not. */
  findings: Finding[];
}

/** One value somewhere, before it is known whether the script has the parameter. */
interface Wish {
  name: string;
  /** Start of a sentence about a mistake: file and line, or the `--set`. */
  where: string;
  origin: Origin;
  check: (parameter: Parameter) => Checked;
  /** For a parameter that the script does not have: its value, as far as it can be told without the type. */
  guess: Value;
  /** Back to the script's default. */
  reset?: boolean;
}

export function resolveStage(request: StageRequest): Result<ResolvedStage> {
  const resolver = new Resolver(request);
  for (const wish of wishes(request)) {
    const done = resolver.put(wish);
    if (!done.ok) return done;
  }
  return ok({ values: resolver.values(), findings: resolver.findings });
}

function* wishes({ prefab, edits, assignments }: StageRequest): Iterable<Wish> {
  const edited = (layer: Edit["layer"]) => edits.filter((edit) => edit.layer === layer && edit.name !== RANKS).map(editWish);
  for (const [name, { value, origin }] of prefab.set) {
    const whose = origin.prefab ?? origin.file ?? "the prefab";
    // A past run's plan was written by no person: what is wrong with it lies on no line to mend.
    const where = origin.file === undefined || origin.line === undefined ? whose : `${origin.file}:${origin.line}`;
    yield { name: parameterName(name), where, origin, check: (parameter) => checkValue(parameter, value), guess: value };
  }
  yield* edited("override");
  for (const { given, name, text } of assignments) {
    if (name === RANKS) continue;
    yield { name, where: `--set ${given}`, origin: { layer: "--set" }, check: (p) => checkText(p, text), guess: guessValue(text) };
  }
  yield* edited("fix");
}

const editWish = ({ name, value, layer }: Edit): Wish => ({
  name,
  where: layer,
  origin: { layer },
  check: (parameter) => checkValue(parameter, value),
  guess: value,
  reset: value === null,
});

const defaultOf = ({ default: value }: Parameter): Value => (Array.isArray(value) ? value.join(" ") : value);

class Resolver {
  readonly findings: Finding[] = [];
  #set = new Map<string, { value: Value; origin: Origin }>();
  /** Names that a fix says to do without. */
  #leftOut: ReadonlySet<string>;

  constructor(private readonly request: StageRequest) {
    const { script, prefab, overrides, edits } = request;
    this.#leftOut = new Set(edits.filter(({ layer, value }) => layer === "fix" && value === null).map(({ name }) => name));
    for (const [name, value] of Object.entries(overrides)) {
      if (findParameter(script, name) && !prefab.set.has(name)) this.#set.set(name, { value, origin: { layer: "override" } });
    }
  }

  put(wish: Wish): Result<void> {
    const { script } = this.request;
    const parameter = findParameter(script, wish.name);
    if (parameter !== undefined) return wish.reset ? this.#reset(parameter) : this.#take(wish, parameter);
    if (this.#leftOut.has(wish.name)) return ok(undefined);
    const translation = translate(script, wish.name);
    if (translation?.kind === "renamed") return this.#rename(wish, translation.change, translation.to);
    if (translation?.kind === "dropped") return this.#drop(wish, translation.change);
    return unknownParameter(wish.where, wish.name, [script]);
  }

  values(): ResolvedValue[] {
    return this.request.script.parameters.map((parameter) => ({
      parameter,
      ...(this.#set.get(parameter.name) ?? { value: defaultOf(parameter), origin: { layer: "default" } as const }),
    }));
  }

  #reset({ name }: Parameter): Result<void> {
    this.#set.delete(name);
    return ok(undefined);
  }

  #take({ where, origin, check }: Wish, parameter: Parameter): Result<void> {
    const checked = check(parameter);
    const { module } = this.request.script;
    if (!checked.ok)
      return fail("usage", `${where}: ${parameter.name} of ${module} ${checked.why}`, {
        remedy: checked.remedy ?? `\`nanochat-cli params ${module}\` says what each takes`,
      });
    const { value } = checked;
    // A past run's default is one here too, unless the script's own has changed.
    if (origin.layer === "default" && value === defaultOf(parameter)) return ok(undefined);
    if (origin.layer === "default") this.#say("info", "default-changed", parameter.name, changedDefault(parameter, value, origin));
    this.#set.set(parameter.name, { value, origin: origin.layer === "default" ? { ...origin, layer: "prefab" } : origin });
    return ok(undefined);
  }

  #rename(wish: Wish, change: ParameterChange, to: string): Result<void> {
    const parameter = findParameter(this.request.script, to);
    if (parameter === undefined || this.#isAsked(to)) return ok(undefined); // both names are given: the one of this version counts
    const { convert } = change;
    if (convert === undefined) {
      this.#say("info", "renamed", to, `${wish.name} is called ${to} in this version (${change.reason}, ${change.since})`);
      return this.#take(wish, parameter);
    }
    const value = convert(wish.guess, (name) => this.#number(name));
    if (value === undefined) {
      const why = `${wish.name}=${wish.guess} cannot be turned into ${to} without num_iterations (${change.reason} since ${change.since})`;
      this.#say("error", "not-translated", to, why, `Set ${to} instead`);
      return ok(undefined);
    }
    this.#say(
      "info",
      "renamed",
      to,
      `${wish.name}=${wish.guess} becomes ${to}=${value} in this version (${change.reason}, ${change.since})`,
    );
    return this.#take({ ...wish, check: (target) => checkValue(target, value) }, parameter);
  }

  #drop({ name, guess, origin }: Wish, change: ParameterChange): Result<void> {
    if (origin.layer === "default") return ok(undefined); // nobody asked for it
    const why = `${this.request.script.module} has no ${name} in this version: ${change.reason} (${change.since})`;
    if (isTheSame(change, guess)) {
      this.#say("info", "dropped", name, why, `${name} is left out`);
      return ok(undefined);
    }
    const fix: Fix = { title: `Leave ${name} out`, set: [{ stage: this.request.name, name, value: null }] };
    this.#say("error", "not-translated", name, `${why}, and ${name}=${guess ?? "none"} would change what comes out`, fix.title, fix);
    return ok(undefined);
  }

  #isAsked(name: string): boolean {
    return [...this.request.prefab.set.keys()].some((key) => parameterName(key) === name);
  }

  /** A value that is set already or will stay the default. */
  #number(name: string): number | null {
    const value = this.#set.get(name)?.value ?? this.request.prefab.set.get(name)?.value ?? null;
    return typeof value === "number" ? value : null;
  }

  #say(severity: Finding["severity"], id: string, field: string, message: string, remedy?: string, fix?: Fix): void {
    this.findings.push({ id, severity, message, remedy, stage: this.request.name, field, fix });
  }
}

const changedDefault = ({ name, default: now }: Parameter, then: Value, { prefab }: Origin): string =>
  `The default of ${name} is ${now ?? "none"} here and was ${then ?? "none"} in ${prefab}: the run's own is taken`;
