/** Keeps a plan as a prefab of the user's: only what differs, in place where it is the same file, comments and order kept. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Keeping, Kept, KeptValue } from "../config/kept.ts";
import { type Layered, layerOf, loadLineage, loadPrefab, mergeLineage, type Prefab, type PrefabStage } from "../config/prefab.ts";
import { findPrefabs, type KnownPrefabs, type PrefabFolder } from "../config/prefab-files.ts";
import { RANKS } from "../config/resolve.ts";
import type { Value } from "../core/plan.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { ioReason, readText, writeAtomic } from "../lib/files.ts";
import { didYouMean } from "../lib/suggest.ts";
import { addToYaml, removeFromYaml, setInYaml, type YamlTree } from "../lib/yaml-text.ts";

/** Where prefabs are kept and found. */
export interface PrefabPlace {
  home: string;
  folders: readonly PrefabFolder[];
}

export interface SavedPrefab {
  file: string;
  /** How it was written: changed where it stands, extending another, as a copy, or whole. */
  how: "edited" | "extends" | "copy" | "whole";
  extends: string | null;
  /** What the file said before and says no more: `base_train.depth 4`. */
  lost: string[];
}

/** A text, and why the next way is tried when it does not come to the same plan. */
interface Draft {
  how: SavedPrefab["how"];
  text: string;
}

/** What would be written. */
export interface PreparedPrefab extends SavedPrefab {
  text: string;
  /** Whether a file of that name is there, which says something else. */
  replaces: boolean;
  /** The file of a prefab of ours that it would be used in place of from now on, or null. */
  hides: string | null;
}

/**
 * Writes NAME.yaml: where a prefab of the user's of that name lies, else into the home's prefabs. A prefab of ours is
 * extended, never changed. Refused without `overwrite`, naming what would be lost, when that
 * file is there, and when one of ours would be hidden by it.
 */
export function savePrefab(place: PrefabPlace, keeping: Keeping, name: string, overwrite: boolean): Result<SavedPrefab> {
  const prepared = preparePrefab(place, keeping, name);
  if (!prepared.ok) return prepared;
  const objection = objectionTo(prepared.value, name);
  if (objection === null || overwrite) return writePrefab(prepared.value);
  return fail("refused", objection.what, {
    why: objection.why,
    remedy: "Choose another name, or save it all the same",
    details: prepared.value.lost.join("\n"),
  });
}

/** Why a save is asked about first: a file says something else and would be replaced, or a prefab of ours would be hidden. */
export function objectionTo({ replaces, hides, file, lost }: PreparedPrefab, name: string): { what: string; why: string } | null {
  if (replaces) return { what: `${file} is there already`, why: lossText(lost) };
  if (hides === null) return null;
  return { what: `${name} is a prefab that comes with the program`, why: `yours would be used in place of ${hides} until it is deleted` };
}

/** Deletes the user's own file; one of ours of that name comes to light again. `shows`: the file that counts from now on. */
export function deletePrefab(place: PrefabPlace, name: string): Result<{ deleted: string; shows: string | null }> {
  const known = findPrefabs(place.folders);
  const there = known.get(name);
  if (there === undefined)
    return fail("not-found", `There is no prefab ${name}`, {
      remedy: didYouMean(name, [...known.keys()], "`prefabs list` tells which there are"),
    });
  if (there.layer === "prefab")
    return fail("refused", `${name} comes with the program`, { remedy: "Save one of the same name to use that instead" });
  try {
    rmSync(there.file);
    return ok({ deleted: there.file, shows: there.hides?.file ?? null });
  } catch (error) {
    return fail("io", `${there.file} could not be deleted`, { why: ioReason(error), remedy: "Delete it by hand" });
  }
}

/** Works the text out; nothing is written. */
export function preparePrefab(place: PrefabPlace, keeping: Keeping, name: string): Result<PreparedPrefab> {
  const known = findPrefabs(place.folders);
  const there = known.get(name);
  const file = there?.layer === "user prefab" ? there.file : join(place.home, "prefabs", `${name}.yaml`);
  const before = readText(file);
  if (!before.ok) return before;
  const drafted = draft(place, known, keeping, name, file);
  if (!drafted.ok) return drafted;
  const { how, text } = drafted.value;
  const layer = layerOf(file, text, name, "user prefab");
  return ok({
    file,
    how,
    text,
    extends: (layer.ok && layer.value.document.extends) || null,
    replaces: before.value !== null && before.value !== text,
    hides: before.value === null && there?.layer === "prefab" ? there.file : null,
    lost: before.value === null ? [] : whatIsLost(before.value, text, file, name),
  });
}

export function writePrefab({ text, replaces: _, hides: __, ...saved }: PreparedPrefab): Result<SavedPrefab> {
  const written = writeAtomic(saved.file, text);
  return written.ok ? ok(saved) : written;
}

export const lossText = (lost: readonly string[]): string =>
  lost.length === 0 ? "nothing of it would be lost" : `${listed(lost)} would be lost`;

const MOST_NAMED = 6;
const listed = (lost: readonly string[]): string =>
  lost.slice(0, MOST_NAMED).join(", ") + (lost.length > MOST_NAMED ? ` and ${lost.length - MOST_NAMED} more` : "");

/** The first way of writing it that reads as the same plan again. */
function draft(place: PrefabPlace, known: KnownPrefabs, keeping: Keeping, name: string, file: string): Result<Draft> {
  const { from } = keeping;
  const ways: ReadonlyArray<() => Result<Draft | null>> =
    from.file === file
      ? [() => edited(known, keeping, name, file)]
      : [...extending(place, known, keeping, name), () => copied(known, keeping, name, file)];
  let failure: Failure | null = null;
  for (const way of [...ways, ...(from.file === file ? [] : [() => whole(keeping, name)])]) {
    const made = way();
    if (!made.ok) failure ??= made.failure;
    else if (made.value !== null && isSame(known, keeping, name, file, made.value.text)) return ok(made.value);
  }
  if (failure !== null) return { ok: false, failure };
  return fail("failed", `${file} cannot be changed in place`, {
    why: "something in it (an alias, a stage that goes before others) cannot be changed alone",
    remedy: "Save it under another name, or edit the file",
  });
}

function isSame(known: KnownPrefabs, { isSame: same }: Keeping, name: string, file: string, text: string): boolean {
  const lineage = lineageOf(known, name, file, text);
  return lineage.ok && same(mergeLineage(lineage.value));
}

/** Of a text that may not be written yet. */
function lineageOf(known: KnownPrefabs, name: string, file: string, text: string): Result<Layered[]> {
  const self = layerOf(file, text, name, "user prefab");
  return self.ok ? loadLineage(name, known, self.value) : self;
}

/** The same file: what it says now is read again, it may have been saved since. */
function edited(known: KnownPrefabs, keeping: Keeping, name: string, file: string): Result<Draft | null> {
  const text = readText(file);
  return text.ok ? changed(known, keeping, name, file, text.value ?? "", "edited") : text;
}

/** Extends what it comes from, where that is found by its name and is not the one that is written. */
function extending(place: PrefabPlace, known: KnownPrefabs, keeping: Keeping, name: string): Array<() => Result<Draft | null>> {
  const { from } = keeping;
  const parent = from.madeFrom !== undefined && known.has(from.madeFrom) ? loadPrefab(from.madeFrom, place.folders) : ok(from);
  if (!parent.ok) return [];
  const { name: below, file, lineage } = parent.value;
  if (known.get(below)?.file !== file || lineage.includes(name)) return [];
  return [
    () => changed(known, keeping, name, join(place.home, "prefabs", `${name}.yaml`), `name: ${name}\nextends: ${below}\n`, "extends"),
  ];
}

/** A file that cannot be extended, as one that lies elsewhere: its own text under the new name. */
function copied(known: KnownPrefabs, keeping: Keeping, name: string, file: string): Result<Draft | null> {
  const { from } = keeping;
  const text = readText(from.file);
  if (!text.ok || text.value === null || !layerOf(from.file, text.value, from.name, "prefab").ok) return ok(null);
  const renamed = setInYaml(text.value, ["name"], name);
  return renamed === null ? ok(null) : changed(known, keeping, name, file, renamed, "copy");
}

/** All that is set, as of a past run whose prefab is gone. */
function whole(keeping: Keeping, name: string): Result<Draft | null> {
  const { from } = keeping;
  const stages = from.stages.map(({ script, ranks, optional, set }) => ({
    script,
    ...(optional === true ? { optional } : {}),
    ...(ranks === undefined ? {} : { ranks }),
    set: Object.fromEntries([...set].filter(([, { origin }]) => origin.layer !== "default").map(([key, { value }]) => [key, value])),
  }));
  const document = {
    name,
    title: from.title,
    ...(from.workspace ? { workspace: from.workspace } : {}),
    ...(Object.keys(from.env).length > 0 ? { env: from.env } : {}),
    ...(from.ranks === 1 ? {} : { ranks: from.ranks }),
    stages: stages.map(({ set, ...stage }) => (Object.keys(set).length === 0 ? stage : { ...stage, set })),
  };
  return changed(new Map(), keeping, name, from.file, stringify(document, { lineWidth: 0 }), "whole");
}

/** A text with all that has to be said beside it. */
function changed(
  known: KnownPrefabs,
  keeping: Keeping,
  name: string,
  file: string,
  text: string,
  how: SavedPrefab["how"],
): Result<Draft | null> {
  const lineage = lineageOf(known, name, file, text);
  if (!lineage.ok) return lineage;
  const [self, ...ancestors] = lineage.value;
  const base = mergeLineage(lineage.value);
  const kept = keeping.beside(base);
  if (!kept.ok) return kept;
  if (kept.value === null || self === undefined) return ok(null);
  const below = ancestors.length === 0 ? null : mergeLineage(ancestors);
  const edit = new TextEdit(text, self, below);
  const done = edit.take(kept.value, base.stages[0]?.script);
  return ok(done === null ? null : { how, text: done });
}

/** A prefab's text as it is changed value by value; null as soon as one cannot be. */
class TextEdit {
  #text: string | null;
  /** Scripts of its stages, in their order. */
  readonly #scripts: string[];

  constructor(
    text: string,
    private readonly self: Layered,
    private readonly below: Prefab | null,
  ) {
    this.#text = text;
    this.#scripts = self.document.stages.map(({ script }) => script);
  }

  /** `first`: the stage in front of which new ones come. */
  take({ values, stages, env }: Kept, first: string | undefined): string | null {
    for (const [name, value] of Object.entries(env)) this.#change((text) => setInYaml(text, ["env", name], value));
    for (const value of values) this.#keep(value);
    if (stages.length > 0 && first !== undefined && !this.#scripts.includes(first)) this.#add(0, { script: first });
    for (const [index, { script, set }] of stages.entries()) this.#add(index, { script, ...(Object.keys(set).length > 0 ? { set } : {}) });
    return this.#text;
  }

  #keep({ script, name, value, isDefault }: KeptValue): void {
    const index = this.#scripts.indexOf(script);
    const key = index < 0 ? name : this.#spelled(index, name);
    const path = ["stages", index, ...(name === RANKS ? [RANKS] : ["set", key])];
    if (!this.#isNeeded(script, name, value, isDefault)) {
      if (index >= 0 && this.#has(index, name, key)) this.#change((text) => removeFromYaml(text, path));
    } else if (index >= 0) this.#change((text) => setInYaml(text, path, value));
    else this.#add(this.#scripts.length, { script, ...(name === RANKS ? { ranks: value } : { set: { [name]: value } }) });
  }

  /** Whether the value would be another one without a word of this file. */
  #isNeeded(script: string, name: string, value: Value, isDefault: boolean): boolean {
    const stage = this.below?.stages.find((one) => one.script === script);
    if (name === RANKS) return (stage?.ranks ?? this.self.document.ranks ?? this.below?.ranks ?? 1) !== value;
    const setting = stage === undefined ? undefined : settingOf(stage, name);
    return setting === undefined ? !isDefault : setting !== value;
  }

  #has(index: number, name: string, key: string): boolean {
    const stage = this.self.document.stages[index];
    return name === RANKS ? stage?.ranks !== undefined : stage !== undefined && key in stage.set;
  }

  /** As the file writes it: `device-batch-size` is device_batch_size too. */
  #spelled(index: number, name: string): string {
    const keys = Object.keys(this.self.document.stages[index]?.set ?? {});
    return keys.findLast((key) => key.replaceAll("-", "_") === name) ?? name;
  }

  #add(index: number, item: { readonly [key: string]: YamlTree } & { script: string }): void {
    this.#scripts.splice(index, 0, item.script);
    this.#change((text) => addToYaml(text, ["stages"], index, item));
  }

  #change(way: (text: string) => string | null): void {
    if (this.#text !== null) this.#text = way(this.#text);
  }
}

const settingOf = ({ set }: PrefabStage, name: string): Value | undefined =>
  [...set].findLast(([key]) => key.replaceAll("-", "_") === name)?.[1].value;

/** What the old text says and the new one does not: settings, keys, comments. */
function whatIsLost(before: string, after: string, file: string, name: string): string[] {
  const [old, now] = [before, after].map((text) => layerOf(file, text, name, "user prefab"));
  if (!old?.ok) return ["all of it, which cannot be read,"];
  const has = new Set(now?.ok ? told(now.value) : []);
  const comments = commentsOf(before).filter((comment) => !after.includes(comment));
  return [...told(old.value).filter((one) => !has.has(one)), ...comments];
}

function told({ document: { stages, env, name: _, ...rest } }: Layered): string[] {
  const keys = Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${text(value)}`]));
  const values = stages.flatMap(({ script, set, ranks }) => [
    ...Object.entries(set).map(([key, value]) => `${short(script)}.${key} ${value}`),
    ...(ranks === undefined ? [] : [`${short(script)}.ranks ${ranks}`]),
  ]);
  return [...values, ...Object.entries(env).map(([key, value]) => `env ${key}=${value}`), ...keys];
}

const text = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));
const short = (script: string): string => script.slice(script.lastIndexOf(".") + 1);
const commentsOf = (yaml: string): string[] => [...yaml.matchAll(/(?:^|\s)(#[^\n]*\S)/g)].map((match) => match[1] ?? "");
