/** Where prefabs lie, by their names alone: what is in them takes a YAML parser and schemas, which are large. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Layer } from "../core/plan.ts";

/** A folder of prefabs; later ones win over earlier ones of the same name. */
export interface PrefabFolder {
  dir: string;
  layer: Extract<Layer, "prefab" | "user prefab">;
}

/** A prefab's file, and the one of the same name that it hides. */
export interface KnownPrefab {
  file: string;
  layer: PrefabFolder["layer"];
  hides?: KnownPrefab;
}

/** Files by the name of their prefab. */
export type KnownPrefabs = Map<string, KnownPrefab>;

/** Every prefab file by name; one in a later folder hides one of the same name. */
export function findPrefabs(folders: readonly PrefabFolder[]): KnownPrefabs {
  const found: KnownPrefabs = new Map();
  for (const { dir, layer } of folders) {
    if (!existsSync(dir)) continue;
    for (const entry of readdirSync(dir).sort()) {
      const match = /^(.+)\.ya?ml$/.exec(entry);
      const [, name] = match ?? [];
      if (name === undefined) continue;
      const hides = found.get(name);
      found.set(name, { file: join(dir, entry), layer, ...(hides === undefined ? {} : { hides }) });
    }
  }
  return found;
}
