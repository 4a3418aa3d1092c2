/** Prefabs: found by name, read from YAML with the place of every mistake and of every value, merged along `extends`. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { Layer, Origin, Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { readText } from "../lib/files.ts";
import { type PrefabDocument, prefabSchema } from "./schema.ts";
import { didYouMean } from "./suggest.ts";

/** A folder of prefabs; later ones win over earlier ones of the same name. */
export interface PrefabFolder {
  dir: string;
  layer: Extract<Layer, "prefab" | "user prefab">;
}

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
  hardware: string | undefined;
  file: string;
  /** Nearest first: itself, what it extends, … */
  lineage: string[];
  env: Record<string, string>;
  ranks: number;
  stages: PrefabStage[];
}

/** Every prefab file by name; one in a later folder hides one of the same name. */
export function findPrefabs(folders: readonly PrefabFolder[]): Map<string, { file: string; layer: PrefabFolder["layer"] }> {
  const found = new Map<string, { file: string; layer: PrefabFolder["layer"] }>();
  for (const { dir, layer } of folders) {
    if (!existsSync(dir)) continue;
    for (const entry of readdirSync(dir).sort()) {
      const match = /^(.+)\.ya?ml$/.exec(entry);
      if (match?.[1]) found.set(match[1], { file: join(dir, entry), layer });
    }
  }
  return found;
}

/** Reads a prefab and all that it extends. */
export function loadPrefab(name: string, folders: readonly PrefabFolder[]): Result<Prefab> {
  const known = findPrefabs(folders);
  const chain: Layered[] = [];
  for (let next: string | undefined = name; next !== undefined; ) {
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
  return ok(merge(chain));
}

function unknownPrefab(name: string, from: string | undefined, known: Iterable<string>): Result<never> {
  const names = [...known];
  return fail(from === undefined ? "not-found" : "usage", `There is no prefab ${name}${from ? `, which ${from} extends` : ""}`, {
    remedy: didYouMean(name, names, names.length > 0 ? `There are ${names.join(", ")}` : "No prefab was found at all"),
  });
}

interface Layered {
  file: string;
  layer: PrefabFolder["layer"];
  document: PrefabDocument;
  lineOf: (path: ReadonlyArray<string | number>) => number | undefined;
}

/** One file, checked; a mistake is named with file, line and column. */
export function readPrefab(file: string, name: string, layer: PrefabFolder["layer"]): Result<Layered> {
  const text = readText(file);
  if (!text.ok) return text;
  if (text.value === null) return fail("not-found", `There is no file ${file}`);
  const lines = new LineCounter();
  const yaml = parseDocument(text.value, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line}:${col}`;
  };
  const [mistake] = yaml.errors;
  if (mistake) return fail("usage", `${at(mistake.pos[0])} is no valid YAML`, { why: mistake.message, remedy: "Mend that line" });
  const parsed = prefabSchema.safeParse(yaml.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []) as Array<string | number>;
    const node = deepest(yaml.contents, path);
    return fail("usage", `${at(node?.range?.[0])}: ${path.length > 0 ? `\`${path.join(".")}\`` : "the file"} is wrong`, {
      why: issue?.message,
      remedy: "docs/prefabs.md lists what a prefab may hold",
    });
  }
  if (parsed.data.name !== name) {
    return fail(
      "usage",
      `${at(deepest(yaml.contents, ["name"])?.range?.[0])}: the name is ${parsed.data.name}, but the file is called ${name}`,
      {
        remedy: "Make the two the same",
      },
    );
  }
  const lineOf = (path: ReadonlyArray<string | number>) => {
    const node = deepest(yaml.contents, path);
    return node?.range ? lines.linePos(node.range[0]).line : undefined;
  };
  return ok({ file, layer, document: parsed.data, lineOf });
}

/** The node at a path, or the last one on the way that exists. */
function deepest(root: Node | null, path: ReadonlyArray<string | number>): Node | null {
  let node = root;
  for (const key of path) {
    const next = isMap(node)
      ? (node.get(key, true) as Node | undefined)
      : hasItems(node)
        ? (node.items[Number(key)] as Node | undefined)
        : undefined;
    if (next === undefined || next === null || (!isScalar(next) && !hasItems(next))) return next ?? node;
    node = next;
  }
  return node;
}

const hasItems = (node: unknown): node is Node & { items: unknown[] } => node !== null && typeof node === "object" && "items" in node;

/** From the farthest ancestor to the prefab itself: nearer keys win, stages are matched by script. */
function merge(chain: readonly Layered[]): Prefab {
  const [self] = chain as [Layered, ...Layered[]];
  const prefab: Prefab = {
    name: self.document.name,
    title: self.document.title ?? self.document.name,
    description: self.document.description ?? "",
    workspace: undefined,
    hardware: undefined,
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
    prefab.hardware = document.hardware ?? prefab.hardware;
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
    prefab.stages.push(target);
  }
  target.ranks = stage.ranks ?? target.ranks;
  target.optional = stage.optional ?? target.optional;
  for (const [name, value] of Object.entries(stage.set)) {
    target.set.set(name, { value, origin: { layer, file, line: lineOf(["stages", index, "set", name]), prefab: document.name } });
  }
}
