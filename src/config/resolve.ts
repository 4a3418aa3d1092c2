/** Every parameter of a stage with its value and where that came from: defaults < prefab < user prefab < --set. */
import type { Parameter, ScriptInfo } from "../core/params.ts";
import type { Origin, ResolvedValue, Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { PrefabStage } from "./prefab.ts";
import { didYouMean } from "./suggest.ts";
import { type Checked, checkText, checkValue } from "./values.ts";

/** One `--set`: `depth=4` for every stage that has it, `base_train.depth=4` for one. */
export interface Assignment {
  given: string;
  /** Script, short or whole; null = all that have the parameter. */
  stage: string | null;
  name: string;
  text: string;
}

/** Splits `--set [STAGE.]NAME=VALUE`; a flag's spelling (`--device-batch-size=4`) is taken too. */
export function parseAssignment(given: string): Result<Assignment> {
  const match = /^(?:--)?(?:((?:scripts\.)?\w+)\.)?([A-Za-z_][\w-]*)=(.*)$/s.exec(given);
  if (!match)
    return fail("usage", `--set ${given} is no assignment`, {
      remedy: "Write it as NAME=VALUE or STAGE.NAME=VALUE, such as base_train.depth=4",
    });
  return ok({ given, stage: match[1] ?? null, name: parameterName(match[2] ?? ""), text: match[3] ?? "" });
}

/** `--device-batch-size`, `device-batch-size` and `device_batch_size` are one parameter. */
const parameterName = (given: string): string => given.replace(/^-+/, "").replaceAll("-", "_");

export const shortName = (module: string): string => module.slice(module.lastIndexOf(".") + 1);

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
  const reached = named.filter((script) => findParameter(script, name));
  if (reached.length > 0) return ok(reached);
  const known = named.flatMap(({ parameters }) => parameters.map((parameter) => parameter.name));
  return unknownParameter(`--set ${given}`, name, named.map(({ module }) => module).join(", "), known);
}

const findParameter = (script: ScriptInfo, name: string): Parameter | undefined =>
  script.parameters.find((parameter) => parameter.name === name || parameter.aliases.some((alias) => parameterName(alias) === name));

const unknownParameter = (where: string, name: string, module: string, known: readonly string[]): Result<never> =>
  fail("usage", `${where}: ${module} has no parameter ${name}`, {
    remedy: didYouMean(name, known, `\`nanochat-cli params ${module}\` lists what it has`),
  });

/** Values of one stage. `assignments` are those that reach it; `overrides` are ours (the model tag), below `--set`. */
export function resolveStage(
  script: ScriptInfo,
  stage: PrefabStage,
  overrides: Readonly<Record<string, Value>>,
  assignments: readonly Assignment[],
): Result<ResolvedValue[]> {
  const set = new Map<string, { value: Value; origin: Origin }>();
  const put = (where: string, name: string, origin: Origin, check: (parameter: Parameter) => Checked): Result<void> => {
    const parameter = findParameter(script, name);
    if (parameter === undefined)
      return unknownParameter(
        where,
        name,
        script.module,
        script.parameters.map((p) => p.name),
      );
    const checked = check(parameter);
    if (!checked.ok)
      return fail("usage", `${where}: ${parameter.name} of ${script.module} ${checked.why}`, {
        remedy: checked.remedy ?? `\`nanochat-cli params ${script.module}\` says what each takes`,
      });
    set.set(parameter.name, { value: checked.value, origin });
    return ok(undefined);
  };
  for (const [name, value] of Object.entries(overrides)) {
    if (findParameter(script, name) && !stage.set.has(name)) set.set(name, { value, origin: { layer: "override" } });
  }
  for (const [name, { value, origin }] of stage.set) {
    const done = put(`${origin.file}:${origin.line ?? "?"}`, parameterName(name), origin, (parameter) => checkValue(parameter, value));
    if (!done.ok) return done;
  }
  for (const { given, name, text } of assignments) {
    const done = put(`--set ${given}`, name, { layer: "--set" }, (parameter) => checkText(parameter, text));
    if (!done.ok) return done;
  }
  return ok(script.parameters.map((parameter) => ({ parameter, ...(set.get(parameter.name) ?? atDefault(parameter)) })));
}

const atDefault = ({ default: value }: Parameter): { value: Value; origin: Origin } => ({
  value: Array.isArray(value) ? value.join(" ") : value,
  origin: { layer: "default" },
});
