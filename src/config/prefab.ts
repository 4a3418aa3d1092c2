/** Prefabs: found by name, read from YAML with the place of every mistake and of every value, merged along `extends`. */
import { basename, dirname, resolve } from "node:path";
import type { Hardware, Origin, PublishedCost, Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { readText } from "../lib/files.ts";
import { didYouMean } from "../lib/suggest.ts";
import { costOf, hardwareOf } from "./expectation.ts";
import { parsePrefab } from "./prefab-document.ts";
import { findPrefabs, type KnownPrefabs, type PrefabFolder } from "./prefab-files.ts";
import type { PrefabDocument } from "./schema.ts";
import type { YamlPath } from "./yaml-document.ts";

export interface Setting {
  value: Value;
  origin: Origin;
}

export interface PrefabStage {
  script: string;
  ranks: number | undefined;
  /** Left out without a word where the checkout does not have the script. */
  optional?: boolean | undefined;
  set: Map<string, Setting>;
}

/** A prefab with everything that it extends merged in. */
export interface Prefab {
  name: string;
  title: string;
  description: string;
  workspace: PrefabDocument["workspace"];
  hardware: Hardware | undefined;
  /** Of this prefab alone: what it extends costs something else. */
  cost?: PublishedCost | undefined;
  file: string;
  /** Of a past run: the prefab that it was made from. */
  madeFrom?: string;
  /** Nearest first: itself, what it extends, … */
  lineage: string[];
  env: Record<string, string>;
  ranks: number;
  stages: PrefabStage[];
}

/** Reads a prefab and all that it extends. */
export function loadPrefab(name: string, folders: readonly PrefabFolder[]): Result<Prefab> {
  const lineage = loadLineage(name, findPrefabs(folders));
  return lineage.ok ? ok(mergeLineage(lineage.value)) : lineage;
}

/** One of a file anywhere; what it extends may lie beside it. */
export function loadPrefabFile(path: string, folders: readonly PrefabFolder[]): Result<Prefab> {
  const lineage = loadLineage(...knownWith(path, folders));
  return lineage.ok ? ok(mergeLineage(lineage.value)) : lineage;
}

/** The prefab's name by its file, and all that are found from there. */
export function knownWith(path: string, folders: readonly PrefabFolder[]): [name: string, known: KnownPrefabs] {
  const file = resolve(path);
  const name = basename(file).replace(/\.ya?ml$/, "");
  const known = findPrefabs([...folders, { dir: dirname(file), layer: "user prefab" }]);
  return [name, known.set(name, { file, layer: "user prefab" })];
}

/** A prefab's own file and those that it extends, nearest first. `self`: in place of its file. */
export function loadLineage(name: string, known: KnownPrefabs, self?: Layered): Result<Layered[]> {
  const chain: Layered[] = self === undefined ? [] : [self];
  for (let next = self === undefined ? name : self.document.extends; next !== undefined; ) {
    if (chain.some(({ document }) => document.name === next)) {
      const circle = [...chain.map(({ document }) => document.name), next].join(" → ");
      return fail("usage", `Prefab ${name} extends itself`, { why: circle, remedy: `Remove one \`extends\` in ${chain.at(-1)?.file}` });
    }
    const place = known.get(next);
    if (place === undefined) return unknownPrefab(next, chain.at(-1)?.file, known.keys());
    const read = readPrefab(place.file, next, place.layer);
    if (!read.ok) return read;
    chain.push(read.value);
    next = read.value.document.extends;
  }
  return ok(chain);
}

function unknownPrefab(name: string, from: string | undefined, known: Iterable<string>): Result<never> {
  const names = [...known];
  return fail(from === undefined ? "not-found" : "usage", `There is no prefab ${name}${from ? `, which ${from} extends` : ""}`, {
    remedy: didYouMean(name, names, names.length > 0 ? `There are ${names.join(", ")}` : "No prefab was found at all"),
  });
}

/** One file of a lineage. */
export interface Layered {
  file: string;
  layer: PrefabFolder["layer"];
  document: PrefabDocument;
  lineOf: (path: YamlPath) => number | undefined;
}

/** One file, checked: of several mistakes the first is told, with how many more there are. */
function readPrefab(file: string, name: string, layer: PrefabFolder["layer"]): Result<Layered> {
  const text = readText(file);
  if (!text.ok) return text;
  if (text.value === null) return fail("not-found", `There is no file ${file}`, { remedy: "Name one that is there" });
  return layerOf(file, text.value, name, layer);
}

/** The same of a text that is not written yet. */
export function layerOf(file: string, text: string, name: string, layer: PrefabFolder["layer"]): Result<Layered> {
  const { document, mistakes, lineOf } = parsePrefab(file, text, name);
  const [first, ...more] = mistakes;
  if (document !== null && first === undefined) return ok({ file, layer, document, lineOf });
  const { what = `${file} cannot be read`, why, remedy = "", secret } = first ?? {};
  const others = more.length === 0 ? "" : `; \`prefabs validate ${name}\` tells of ${more.length} more`;
  return fail(secret ? "refused" : "usage", what, { why, remedy: remedy.endsWith("?") ? remedy : remedy + others });
}

/** From the farthest ancestor to the prefab itself: nearer keys win, stages are matched by script. */
export function mergeLineage(chain: readonly Layered[]): Prefab {
  const [self] = chain as [Layered, ...Layered[]];
  const prefab: Prefab = {
    name: self.document.name,
    title: self.document.title ?? self.document.name,
    description: self.document.description ?? "",
    workspace: undefined,
    hardware: undefined,
    cost: costOf(self.document.cost),
    file: self.file,
    lineage: chain.map(({ document }) => document.name),
    env: {},
    ranks: 1,
    stages: [],
  };
  for (const layered of [...chain].reverse()) {
    const { document } = layered;
    Object.assign(prefab.env, document.env);
    prefab.ranks = document.ranks ?? prefab.ranks;
    prefab.workspace = document.workspace ?? prefab.workspace;
    prefab.hardware = hardwareOf(document.hardware) ?? prefab.hardware;
    document.stages.forEach((stage, index) => {
      mergeStage(prefab, layered, stage, index);
    });
  }
  return prefab;
}

function mergeStage(
  prefab: Prefab,
  { file, layer, document, lineOf }: Layered,
  stage: PrefabDocument["stages"][number],
  index: number,
): void {
  let target = prefab.stages.find(({ script }) => script === stage.script);
  if (target === undefined) {
    target = { script: stage.script, ranks: undefined, set: new Map() };
    prefab.stages.splice(placeOf(prefab, document.stages.slice(index + 1)), 0, target);
  }
  target.ranks = stage.ranks ?? target.ranks;
  target.optional = stage.optional ?? target.optional;
  for (const [name, value] of Object.entries(stage.set)) {
    target.set.set(name.replaceAll("-", "_"), {
      value,
      origin: { layer, file, line: lineOf(["stages", index, "set", name]), prefab: document.name },
    });
  }
}

/** A stage that is new comes before the next one in its file that is not; else at the end. */
function placeOf({ stages }: Prefab, following: PrefabDocument["stages"]): number {
  const next = following.find(({ script }) => stages.some((stage) => stage.script === script));
  return next === undefined ? stages.length : stages.findIndex(({ script }) => script === next.script);
}
