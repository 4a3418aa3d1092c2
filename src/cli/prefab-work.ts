/** Checking, comparing and keeping prefabs. */
import { prefabDifferences } from "../config/differences.ts";
import { keepingOf } from "../config/kept.ts";
import { makePlan } from "../config/plan.ts";
import { knownWith, loadLineage, mergeLineage } from "../config/prefab.ts";
import { parsePrefab } from "../config/prefab-document.ts";
import { findPrefabs, type PrefabFolder } from "../config/prefab-files.ts";
import { ofFailure, valueMistakes } from "../config/validate.ts";
import type { Mistake } from "../config/yaml-document.ts";
import { planDifferences } from "../core/differences.ts";
import type { DraftDifference } from "../core/draft.ts";
import type { Plan } from "../core/plan.ts";
import { EXIT_CODES, type Failure, fail, ok, type Result, sentence } from "../core/result.ts";
import { readText } from "../lib/files.ts";
import { prepareHome } from "../services/home.ts";
import { deletePrefab, objectionTo, type PreparedPrefab, preparePrefab, writePrefab } from "../services/prefab-save.ts";
import { canAsk, confirm, mayDelete } from "./ask.ts";
import type { Context } from "./context.ts";
import { type Answer, answer } from "./output.ts";
import { bareInput, findAnySource, isFile, type Source, scriptsFor } from "./source.ts";
import { table } from "./table.ts";

/** One prefab that was looked at. */
interface Validated {
  name: string;
  file: string;
  mistakes: Mistake[];
  /** The checkout whose scripts its values were checked against; null with `unchecked` = why not. */
  checkedAgainst: string | null;
  unchecked: string | null;
}

/** Exit code 1 when any of them has an error. A name or file that is not there stops it before anything is told. */
export async function validate(context: Context, given: readonly string[]): Promise<Result<number>> {
  const folders = context.prefabFolders();
  const names = given.length > 0 ? given : [...findPrefabs(folders).keys()].sort();
  const validated: Validated[] = [];
  for (const name of names) {
    const one = await validateOne(context, name, folders);
    if (!one.ok) return one;
    validated.push(one.value);
  }
  context.face.answer({ json: validated, text: validated.map(validatedText).join("\n") });
  const bad = validated.some(({ mistakes }) => mistakes.some(({ severity }) => severity === "error"));
  return ok(bad ? EXIT_CODES.failed : 0);
}

async function validateOne(context: Context, given: string, folders: readonly PrefabFolder[]): Promise<Result<Validated>> {
  const [name, known] = isFile(given) ? knownWith(given, folders) : [given, findPrefabs(folders)];
  const file = known.get(name)?.file;
  const text = file === undefined ? ok(null) : readText(file);
  if (!text.ok) return text;
  if (file === undefined || text.value === null) return notThere(given, name, known);
  const unread = (mistakes: Mistake[]): Validated => ({ name, file, mistakes, checkedAgainst: null, unchecked: null });
  const { mistakes } = parsePrefab(file, text.value, name);
  if (mistakes.length > 0) return ok(unread(mistakes));
  const lineage = loadLineage(name, known);
  if (!lineage.ok) return ok(unread([ofFailure(file, lineage.failure)]));
  const scripts = await scriptsFor(context, [mergeLineage(lineage.value).workspace]);
  if (!scripts.ok) return ok({ ...unread([]), unchecked: sentence(scripts.failure) });
  const info = scripts.value;
  const found = valueMistakes(lineage.value, info, (prefab) => bareInput(prefab, info));
  return ok({ ...unread(found), checkedAgainst: info.dir });
}

function notThere(given: string, name: string, known: ReturnType<typeof findPrefabs>): Result<never> {
  if (isFile(given)) return fail("not-found", `There is no file ${given}`, { remedy: "Name one that is there" });
  const none = loadLineage(name, known);
  return none.ok ? fail("not-found", `There is no prefab ${name}`) : none;
}

function validatedText({ name, file, mistakes, unchecked }: Validated): string {
  const sign = mistakes.some(({ severity }) => severity === "error") ? "✕" : mistakes.length > 0 ? "▲" : "○";
  const told = mistakes.map((mistake) => `  ${mistake.severity}: ${sentence(failureOf(mistake))}`);
  return [`${sign} ${name}  ${file}`, ...told, ...(unchecked === null ? [] : [`  values not checked: ${unchecked}`])].join("\n");
}

const failureOf = ({ what, why, remedy }: Mistake): Failure => ({ code: "usage", what, why, remedy });

/** Compares what would run where the checkout can tell, else what is written. */
export async function diff(context: Context, a: string, b: string): Promise<Result<Answer>> {
  const sources = [findAnySource(context, a), findAnySource(context, b)] as const;
  const [here, there] = sources;
  if (!here.ok) return here;
  if (!there.ok) return there;
  const plans = await bothPlans(context, here.value, there.value);
  const differences = plans.ok ? planDifferences(plans.value[0], plans.value[1]) : prefabDifferences(here.value.prefab, there.value.prefab);
  const why = plans.ok ? null : sentence(plans.failure);
  if (why !== null) context.face.note(`Compared as they are written, without defaults: ${why}`);
  return answer({ a, b, compared: plans.ok ? "resolved" : "written", why, differences }, differenceText(a, b, differences));
}

async function bothPlans(context: Context, here: Source, there: Source): Promise<Result<[Plan, Plan]>> {
  const scripts = await scriptsFor(context, [here.prefab.workspace, there.prefab.workspace]);
  if (!scripts.ok) return scripts;
  // One name for both, so that what every run gives itself is no difference.
  const planOf = ({ prefab }: Source) => makePlan({ ...bareInput(prefab, scripts.value), name: "x", modelTag: "x" });
  const [left, right] = [planOf(here), planOf(there)];
  if (!left.ok) return left;
  return right.ok ? ok([left.value, right.value]) : right;
}

function differenceText(a: string, b: string, rows: readonly DraftDifference[]): string {
  if (rows.length === 0) return `${a} and ${b} are the same.`;
  return table(
    ["", a, b],
    rows.map(({ stage, name, here, there }) => [`${stage}${name === "" ? "" : `.${name}`}`, here, there]),
  );
}

const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Keeps what it begins with and the changes as a prefab; asks before a file is replaced. */
export async function save(
  context: Context,
  name: string,
  { from, sets, yes }: { from: string; sets: readonly string[]; yes: boolean },
): Promise<Result<Answer>> {
  if (!NAME.test(name))
    return fail("usage", `${name} is no name for a prefab`, {
      remedy: "Use small letters, digits, dots and dashes, a letter or digit first",
    });
  const source = findAnySource(context, from);
  if (!source.ok) return source;
  const { prefab } = source.value;
  const scripts = await scriptsFor(context, [prefab.workspace]);
  if (!scripts.ok) return scripts;
  const home = context.home();
  const prepared = home.ok ? prepareHome(home.value) : home;
  if (!prepared.ok) return prepared;
  const keeping = keepingOf(bareInput(prefab, scripts.value, sets));
  if (!keeping.ok) return keeping;
  const ready = preparePrefab({ home: prepared.value, folders: context.prefabFolders() }, keeping.value, name);
  if (!ready.ok) return ready;
  const may = await mayWrite(context, ready.value, name, yes);
  if (!may.ok) return may;
  const saved = writePrefab(ready.value);
  if (!saved.ok) return saved;
  const kept =
    saved.value.extends === null ? `Kept in ${saved.value.file}` : `Kept in ${saved.value.file}, which extends ${saved.value.extends}`;
  return answer({ name, ...saved.value }, kept);
}

/** Asks where something is replaced or hidden. */
async function mayWrite(context: Context, prepared: PreparedPrefab, name: string, yes: boolean): Promise<Result<void>> {
  const objection = objectionTo(prepared, name);
  if (objection === null) return ok(undefined);
  const { file, lost } = prepared;
  const { what, why } = objection;
  if (yes) {
    context.face.note(lost.length > 0 ? `Lost from ${file}: ${lost.join(", ")}` : `${what}: ${why}`);
    return ok(undefined);
  }
  if (!context.globals.json && canAsk() && (await confirm(`${what}: ${why}. Save it all the same?`))) return ok(undefined);
  return fail("refused", what, { why, remedy: "Choose another name, or give --yes", details: lost.join("\n") });
}

/** Deletes one of the user's. */
export async function remove(context: Context, name: string, yes: boolean): Promise<Result<Answer>> {
  const home = context.home();
  if (!home.ok) return home;
  const place = { home: home.value, folders: context.prefabFolders() };
  const there = findPrefabs(place.folders).get(name);
  if (there?.layer === "user prefab") {
    const agreed = await mayDelete(context, there.file, yes);
    if (!agreed.ok) return agreed;
  }
  const done = deletePrefab(place, name);
  if (!done.ok) return done;
  const { deleted, shows } = done.value;
  return answer({ name, ...done.value }, `${deleted} is gone${shows === null ? "" : `: ${name} is ${shows} again`}`);
}
