/** Where two prefabs, as they are written, are not the same. */
import { type Comparable, differences } from "../core/differences.ts";
import type { DraftDifference } from "../core/draft.ts";
import type { Prefab } from "./prefab.ts";

/** Of what is written, where no checkout says what the defaults are. */
export const prefabDifferences = (here: Prefab, there: Prefab): DraftDifference[] => differences(ofPrefab(here), ofPrefab(there));

const ofPrefab = ({ env, ranks: usual, stages }: Prefab): Comparable => ({
  env,
  stages: stages.map(({ script, ranks = usual, set }) => ({
    script,
    ranks,
    values: new Map([...set].flatMap(([name, { value, origin }]) => (origin.layer === "default" ? [] : [[name, value]]))),
  })),
});
