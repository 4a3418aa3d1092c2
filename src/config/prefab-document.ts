/** The text of one prefab file, checked: what it says, where each part of it stands, and every mistake with a sentence of its own. */
import { secretFault } from "../lib/secret-look.ts";
import { isRecord } from "../lib/shape.ts";
import { PREFAB_KEYS, type PrefabDocument, prefabSchema } from "./schema.ts";
import { parseYaml, type ReadYaml, type Told, type YamlPath } from "./yaml-document.ts";

/** `name`: what the file is called, which is what its prefab must be called. */
export const parsePrefab = (file: string, text: string, name: string): ReadYaml<PrefabDocument> =>
  parseYaml(file, text, {
    schema: prefabSchema,
    keys: PREFAB_KEYS,
    see: "docs/prefabs.md lists what a prefab may hold",
    further: (plain) => furtherMistakes(plain, name),
  });

/** What no schema sees: another name than the file's, a script twice, secrets. */
function furtherMistakes(plain: unknown, name: string): Told[] {
  const { name: own, env, stages } = (isRecord(plain) ? plain : {}) as Record<string, unknown>;
  const told: Told[] = [];
  if (typeof own === "string" && own !== name)
    told.push({ path: ["name"], says: `is ${own}, but the file is called ${name}`, remedy: "Make the two the same" });
  told.push(...secretsOf(env, ["env"]));
  const scripts: unknown[] = [];
  for (const [index, stage] of (Array.isArray(stages) ? stages : []).entries()) {
    if (!isRecord(stage)) continue;
    told.push(...secretsOf(stage["set"], ["stages", index, "set"]));
    const { script } = stage;
    if (typeof script === "string" && scripts.includes(script))
      told.push({ path: ["stages", index, "script"], says: `is ${script}, which is there already`, remedy: "Make one stage of the two" });
    scripts.push(script);
  }
  return told;
}

function secretsOf(values: unknown, path: YamlPath): Told[] {
  return Object.entries(isRecord(values) ? values : {}).flatMap(([key, value]) => {
    const fault = typeof value === "string" || typeof value === "number" ? secretFault(key, String(value)) : null;
    return fault === null ? [] : [{ path: [...path, key], says: fault.why, remedy: fault.remedy, secret: true as const }];
  });
}
