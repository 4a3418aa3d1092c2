/** Keeps edits as a prefab of the user's: only what differs, in place where it is the same file, comments and order kept. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Document, isMap, isSeq, parseDocument, YAMLSeq } from "yaml";
import type { Prefab } from "../config/prefab.ts";
import type { Value } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { readText, writeAtomic } from "../lib/files.ts";

/** One value to be kept; null = the script's own default counts again. */
export interface KeptEdit {
  script: string;
  name: string;
  value: Value;
}

/**
 * Writes NAME.yaml into the home's prefabs. A prefab of ours is extended, never changed; the user's own of that name is
 * edited where it stands. Refused, naming what would be lost, when that file is there and `overwrite` is not given.
 */
export function savePrefab(
  home: string,
  prefab: Prefab,
  name: string,
  edits: readonly KeptEdit[],
  overwrite: boolean,
): Result<{ file: string }> {
  const file = join(home, "prefabs", `${name}.yaml`);
  const inPlace = prefab.file === file;
  if (existsSync(file) && !overwrite)
    return fail("refused", `${file} is there already`, {
      why: whatIsLost(file, edits, inPlace),
      remedy: "Choose another name, or overwrite it",
    });
  const document = inPlace ? readDocument(file) : ok(newDocument(prefab, name));
  if (!document.ok) return document;
  for (const edit of edits) apply(document.value, edit);
  const written = writeAtomic(file, document.value.toString({ lineWidth: 0 }));
  return written.ok ? ok({ file }) : written;
}

function readDocument(file: string): Result<Document> {
  const text = readText(file);
  if (!text.ok) return text;
  const document = parseDocument(text.value ?? "");
  const [mistake] = document.errors;
  return mistake ? fail("usage", `${file} is no valid YAML`, { why: mistake.message, remedy: "Mend that line" }) : ok(document);
}

/** One of a folder is extended; one that is no file (a past run) is written out. */
function newDocument(prefab: Prefab, name: string): Document {
  const extendable = prefab.file.endsWith(`/${prefab.name}.yaml`) && prefab.name !== name;
  if (extendable) return new Document({ name, extends: prefab.name, stages: [] });
  const stages = prefab.stages.map(({ script, ranks, optional, set }) => ({
    script,
    ...(optional === true ? { optional } : {}),
    ...(ranks === undefined ? {} : { ranks }),
    set: Object.fromEntries([...set].filter(([, { origin }]) => origin.layer !== "default").map(([key, { value }]) => [key, value])),
  }));
  const env = Object.keys(prefab.env).length > 0 ? { env: prefab.env } : {};
  return new Document({
    name,
    title: prefab.title,
    ...(prefab.workspace ? { workspace: prefab.workspace } : {}),
    ...env,
    ranks: prefab.ranks,
    stages,
  });
}

/** Sets a value in its stage, which is added when the document has none. */
function apply(document: Document, { script, name, value }: KeptEdit): void {
  const stages = document.get("stages");
  const list = isSeq(stages) ? stages : new YAMLSeq();
  if (!isSeq(stages)) document.set("stages", list);
  const at = list.items.findIndex((item) => isMap(item) && item.get("script") === script);
  if (at < 0) {
    list.flow = false;
    document.addIn(["stages"], document.createNode({ script, ...(name === "ranks" ? { ranks: value } : { set: { [name]: value } }) }));
  } else if (name === "ranks") document.setIn(["stages", at, "ranks"], value);
  else if (value === null) document.deleteIn(["stages", at, "set", name]);
  else document.setIn(["stages", at, "set", name], value);
}

/** What the file says now of what would be written over. */
function whatIsLost(file: string, edits: readonly KeptEdit[], inPlace: boolean): string {
  const read = readDocument(file);
  if (!read.ok) return "it cannot be read, so all of it would be lost";
  const stages = read.value.toJS({ maxAliasCount: 10 })?.stages as Array<{ script?: string; set?: Record<string, unknown> }> | undefined;
  const values = (stages ?? []).flatMap(({ script = "", set = {} }) =>
    Object.entries(set).map(([name, value]) => ({ script, name, value })),
  );
  const lost = inPlace ? values.filter((value) => edits.some((edit) => edit.script === value.script && edit.name === value.name)) : values;
  if (lost.length === 0) return inPlace ? "nothing of it would be lost" : "it would be replaced; it sets nothing";
  const shown = lost.slice(0, 6).map(({ name, value }) => `${name} ${value}`);
  return `${shown.join(", ")}${lost.length > 6 ? ` and ${lost.length - 6} more` : ""} would be lost`;
}
