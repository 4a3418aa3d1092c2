/** The doctor's checks of the data: base dir, tokenizer, shards, what evaluations and tasks read, and where reports go. */
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type DataFacts, FULL_BYTES } from "../core/machine.ts";
import type { SetupFix } from "../core/setup.ts";
import { ioReason } from "../lib/files.ts";
import { bytes, count } from "../lib/format.ts";
import { shardsFolder } from "./data-facts.ts";
import { hasScript, installFix, moduleFix, type Seen, said, type Verdict } from "./doctor-check.ts";
import { checkoutsBeside } from "./known-homes.ts";
import { offlineBy, type TaskData, taskData } from "./task-data.ts";

const LOW_DISK = 20 * 1024 ** 3;
const MOST_LISTED = 8;
const ANOTHER_DIR = "Name another with --base-dir or NANOCHAT_BASE_DIR";

export function baseDirectory({ data, info }: Pick<Seen, "data" | "info">): Verdict {
  const free = data.diskFreeBytes;
  const evidence = [data.baseDir, `${bytes(free)} free`, ...checkoutsBeside(info.dir, data.baseDir).map(shared)];
  if (data.readOnly !== null) return said("bad", "cannot be written", [...evidence, data.readOnly], ANOTHER_DIR);
  if (free !== null && free < FULL_BYTES) return said("bad", "full", evidence, `Free some space, or n${ANOTHER_DIR.slice(1)}`);
  if (free !== null && free < LOW_DISK)
    return said("warn", `${bytes(free)} free`, evidence, "Shards and checkpoints take tens of gigabytes: free some space");
  return said("good", `${bytes(free)} free`, evidence);
}

const shared = (checkout: string): string =>
  `${checkout} uses it too: a tokenizer that one of the two trains is the other's from then on. A --base-dir of its own keeps them apart.`;

/** The pocket's plan makes it as its first stage, so that it is nothing to be set up (pocket/scripts/tok_train.py). */
function pocketTokenizer({ vocabulary, tokenizer: hash }: DataFacts, path: string): Verdict {
  const bytewise = "Every byte is a token: tok_train writes it in a moment.";
  if (hash === null) return said("skipped", "the pocket's plan makes one", [`There is none in ${path} yet.`, bytewise]);
  return said("good", `${count(vocabulary)} tokens`, [path, `tokenizer.pkl ${hash}`, bytewise]);
}

export function tokenizer(seen: Seen): Verdict {
  const { vocabulary, tokenizer: hash } = seen.data;
  const path = join(seen.baseDir, "tokenizer");
  if (seen.info.kind === "pocket") return pocketTokenizer(seen.data, path);
  const fix = moduleFix(seen, "Train a tokenizer", "scripts.tok_train", []);
  if (vocabulary !== null && hash !== null) return said("good", `${count(vocabulary)} tokens`, [path, `tokenizer.pkl ${hash}`]);
  const remedy = "Data shards come first; then train it";
  if (vocabulary !== null) return said("bad", "half of one", [`There is no ${join(path, "tokenizer.pkl")}.`], remedy, fix);
  const bytesFile = join(path, "token_bytes.pt");
  if (existsSync(bytesFile))
    return said("bad", "token_bytes.pt is unreadable", [bytesFile, "tok_train was cut off."], "Train it again", fix);
  return said("bad", "none", [`There is no ${bytesFile}.`], remedy, fix);
}

export function shards(seen: Seen): Verdict {
  const folder = shardsFolder(seen.baseDir, seen.info.features);
  const found = seen.data.shards;
  if (folder === null || found === null) return said("unknown", "cannot be told", [`${seen.info.package}/dataset.py does not say where.`]);
  const fix = moduleFix(seen, "Download 8 shards", `${seen.info.package}.dataset`, ["-n", "8"]);
  if (found === 0) return said("bad", "none", [`No shard lies in ${folder}.`], "Two are the least: the last one is for validation", fix);
  if (found === 1)
    return said("bad", "one, which is too few", [folder], "The last one listed is for validation, so nothing is left to train on", fix);
  return said("good", count(found), [
    folder,
    "The last one listed is for validation.",
    "What a plan needs stands beside it on the Config tab.",
  ]);
}

export function evalBundle(seen: Seen): Verdict {
  const path = join(seen.baseDir, "eval_bundle");
  const zip = `${path}.zip`;
  const downloads = seen.info.features["eval_bundle_downloads"] === true;
  // What base_eval opens first (scripts/base_eval.py, all versions).
  if (existsSync(join(path, "core.yaml"))) return said("good", "there", [path, ...list(path).slice(0, MOST_LISTED)]);
  const without = "set core_metric_every to a step beyond the last";
  if (existsSync(path))
    return said(
      "bad",
      "not whole",
      [`There is no ${join(path, "core.yaml")}.`],
      downloads ? `Delete ${path} and ${zip}: the next evaluation fetches it anew` : `Copy it anew, or ${without}`,
    );
  // A zip that is there is taken for unpacked (nanochat/common.py: download_file_with_lock).
  if (downloads && existsSync(zip))
    return said("bad", "fetched, not unpacked", [`${zip} is there, ${path} is not.`], `Delete ${zip}: the next evaluation fetches it anew`);
  if (downloads) return said("good", "fetched when needed", [`${path} is not there; this version downloads it with the first evaluation.`]);
  return said(
    "warn",
    "not there",
    [`${path} is not there, and this version does not fetch it.`],
    `Without it CORE cannot be evaluated: ${without}`,
  );
}

export async function tasks(seen: Seen): Promise<Verdict> {
  const all = taskData(seen.info.dir, seen.baseDir);
  if (all.length === 0) return said("skipped", "none are named", [`No task in ${join(seen.info.dir, "tasks")} names its data.`]);
  const evidence = all.map(told);
  const missing = all.filter(({ state }) => state === "missing");
  const torn = all.filter(({ state }) => state === "torn");
  if (torn.length > 0) {
    const folders = torn.flatMap(({ path, parts }) => parts.map((part) => join(path, part)));
    return said("bad", `${torn.length} not whole`, evidence, `Delete ${folders.join(" and ")}: it is fetched anew when it is needed`);
  }
  const summary = `${all.length - missing.length} of ${all.length} there`;
  return (
    (await withoutLibrary(seen, all, evidence)) ??
    whileOffline(missing, evidence) ??
    byHand(seen, missing, evidence) ??
    said("good", missing.length === 0 ? summary : `${summary}, the rest when needed`, [
      ...evidence,
      ...(missing.length > 0 ? [FETCHED] : []),
    ])
  );
}

const FETCHED = "What is missing is downloaded by the first script that reads it.";

const told = ({ name, state, parts, path }: TaskData): string =>
  state === "missing" ? `${name}: not in ${path}` : `${name}: ${state === "torn" ? "torn " : ""}${parts.join(", ") || path}`;

async function withoutLibrary(seen: Seen, all: readonly TaskData[], evidence: string[]): Promise<Verdict | null> {
  const modules = await seen.modules;
  if (modules === null || modules["datasets"] != null || !all.some(({ keeper }) => keeper === "datasets")) return null;
  const fix = await installFix(seen, "datasets");
  return said("bad", "datasets is not installed", evidence, "The tasks read their data with that package: install it", fix);
}

function whileOffline(missing: readonly TaskData[], evidence: string[]): Verdict | null {
  const variable = offlineBy();
  const names = missing.filter(({ keeper }) => keeper === "datasets").map(({ name }) => name);
  if (variable === null || names.length === 0) return null;
  return said(
    "bad",
    `${names.length} missing, and offline`,
    [...evidence, `${variable} is set, so nothing is downloaded.`],
    `Unset ${variable} once, or copy the cache of a machine that has ${names.join(", ")}`,
  );
}

/** Files that no script fetches: without them a task is empty, which training does not mention again. */
function byHand({ info }: Seen, missing: readonly TaskData[], evidence: string[]): Verdict | null {
  const [first, ...others] = missing.filter(({ fetched }) => !fetched);
  if (first === undefined) return null;
  const names = [first, ...others].map(({ name }) => name).join(" and ");
  const fix: SetupFix | null =
    first.url === null
      ? null
      : { title: `Download ${first.name}`, argv: ["curl", "-fL", "--create-dirs", "-o", first.path, first.url], cwd: info.dir, env: {} };
  const remedy = "No script fetches it, and training goes on without what it teaches: put it there first";
  return said("warn", `without ${names}`, evidence, remedy, fix);
}

export function reports({ info, baseDir, data }: Seen): Verdict {
  const path = join(baseDir, "report");
  // Scripts write sections until f10bd75, where the module went.
  if (!hasScript(info, "report")) return said("skipped", "this version writes none", [`${info.package} has no module for reports.`]);
  const why = whyNoFolder(path, data.readOnly);
  if (why !== null)
    return said(
      "bad",
      "cannot be written",
      [path, why],
      "Scripts end with an error where they report: move away what is there, or change its permissions",
    );
  if (!existsSync(path)) return said("good", "made when needed", [`${path} is not there; the first script that reports makes it.`]);
  const sections = list(path).filter((name) => name.endsWith(".md"));
  return said("good", `${count(sections.length)} ${sections.length === 1 ? "section" : "sections"}`, [
    path,
    ...sections.slice(0, MOST_LISTED),
  ]);
}

/** Why nothing can be written into a folder that is made when it is not there; `above`: why not into the one above it. */
function whyNoFolder(path: string, above: string | null): string | null {
  try {
    if (!statSync(path).isDirectory()) return "It is no folder.";
    accessSync(path, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return existsSync(path) ? ioReason(error) : above;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
