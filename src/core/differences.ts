/** Where two plans are not the same, value by value. */
import type { DraftDifference } from "./draft.ts";
import { type Plan, shortName, shownValue, type Value } from "./plan.ts";

/** What can be compared; a value that is not there is one that nobody has set. */
export interface Comparable {
  env: Readonly<Record<string, string>>;
  stages: ReadonlyArray<{ script: string; ranks: number; values: ReadonlyMap<string, Value> }>;
}

/** Every run has a tag of its own, which says nothing of how it is set up. */
export const OWN_SETTINGS: ReadonlySet<string> = new Set(["model_tag"]);
const NOT_SET = "–";

/** Of everything that would run: each value, the defaults as well. */
export const planDifferences = (here: Plan, there: Plan): DraftDifference[] => differences(ofPlan(here), ofPlan(there));

const ofPlan = ({ env, stages }: Plan): Comparable => ({
  env,
  stages: stages.map(({ script, ranks, values }) => ({
    script,
    ranks,
    values: new Map(values.map(({ parameter, value }) => [parameter.name, value])),
  })),
});

/** Every value that is not the same in both, stages that only one has, variables of the environment. */
export function differences(here: Comparable, there: Comparable): DraftDifference[] {
  const scripts = [...new Set([...here.stages, ...there.stages].map(({ script }) => shortName(script)))];
  const rows = scripts.flatMap((script) => {
    const [left, right] = [here, there].map(({ stages }) => stages.find((stage) => shortName(stage.script) === script));
    if (left === undefined || right === undefined) {
      const has = (stage: unknown): string => (stage === undefined ? NOT_SET : "a stage");
      return [{ stage: script, name: "", here: has(left), there: has(right) }];
    }
    const names = [...new Set([...left.values.keys(), ...right.values.keys()])].filter((name) => !OWN_SETTINGS.has(name));
    return [
      ...names.map((name) => ({ stage: script, name, here: shown(left.values.get(name)), there: shown(right.values.get(name)) })),
      { stage: script, name: "ranks", here: String(left.ranks), there: String(right.ranks) },
    ];
  });
  const variables = [...new Set([...Object.keys(here.env), ...Object.keys(there.env)])];
  const env = variables.map((name) => ({ stage: "env", name, here: shown(here.env[name]), there: shown(there.env[name]) }));
  return [...rows, ...env].filter((row) => row.here !== row.there);
}

/** An empty text is one that can be seen. */
const shown = (value: Value | undefined): string => (value === undefined ? NOT_SET : shownValue(value));
