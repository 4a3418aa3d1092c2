/**
 * The data of the chat tasks: which sets the checkout's own tasks name, and which of them are on this disk. Read from the
 * source, so that a fork's tasks count too; whether a split is the one that a script will ask for cannot be seen from here.
 */
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readText } from "../lib/files.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `datasets`: kept by that library. `task-data`: kept by nanochat itself. `file`: one file in the base dir. */
type TaskKeeper = "datasets" | "task-data" | "file";

/** One set, or file, that tasks read. */
export interface TaskData {
  /** `cais/mmlu`, `words_alpha.txt` */
  name: string;
  keeper: TaskKeeper;
  /** Where it lies, or would lie. */
  path: string;
  /** `torn`: it is taken for whole by the script, and is not. */
  state: "there" | "missing" | "torn";
  /** The parts that are there (`all/test`), or which part is torn. */
  parts: string[];
  /** Whether the script that misses it fetches it. */
  fetched: boolean;
  /** Where the checkout says that it comes from, for a file. */
  url: string | null;
}

/** All that the tasks of a checkout read, in the order of their names. */
export function taskData(dir: string, baseDir: string, env: Environment = process.env): TaskData[] {
  const tasks = sources(join(dir, "tasks"));
  const scripts = sources(join(dir, "scripts"));
  const found = [...hubSets(tasks, baseDir, env), ...fetchedFiles(tasks, baseDir), ...filesByHand([...tasks, ...scripts], baseDir)];
  return [...new Map(found.map((one) => [`${one.keeper} ${one.name}`, one])).values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** The texts of a folder's modules; one that cannot be read names nothing. */
function sources(folder: string): string[] {
  return list(folder)
    .filter((name) => name.endsWith(".py"))
    .flatMap((name) => {
      const text = readText(join(folder, name));
      return text.ok && text.value !== null ? [text.value] : [];
    });
}

/** `load_dataset("cais/mmlu", …)` of the library, `load_hub_dataset(…)` of nanochat's own since it does without (tasks/*.py). */
const LOADS = /\b(load_dataset|load_hub_dataset)\(\s*["']([\w.-]+\/[\w.-]+)["']/g;

function hubSets(tasks: readonly string[], baseDir: string, env: Environment): TaskData[] {
  return tasks.flatMap((text) =>
    [...text.matchAll(LOADS)].map(([, call, name = ""]): TaskData => {
      const own = call === "load_hub_dataset";
      const path = own ? join(baseDir, "task_data", name.replace("/", "--")) : join(datasetsCache(env), cacheName(name));
      const kept = own ? keptByNanochat(path) : keptByLibrary(path);
      return { name, keeper: own ? "task-data" : "datasets", path, ...kept, fetched: true, url: null };
    }),
  );
}

type Kept = Pick<TaskData, "state" | "parts">;

const keptAs = (parts: string[]): Kept => ({ state: parts.length > 0 ? "there" : "missing", parts });

/** `<subset>/<split>/manifest.json` is written last and trusted from then on (tasks/common.py:45@92d63d4). */
function keptByNanochat(path: string): Kept {
  const splits = list(path).flatMap((subset) => list(join(path, subset)).map((split) => `${subset}/${split}`));
  const done = splits.filter((split) => existsSync(join(path, split, "manifest.json")));
  const torn = done.filter((split) => !isWhole(join(path, split)));
  return torn.length > 0 ? { state: "torn", parts: torn } : keptAs(done);
}

function isWhole(split: string): boolean {
  const text = readText(join(split, "manifest.json"));
  try {
    const files: unknown = JSON.parse((text.ok && text.value) || "");
    return Array.isArray(files) && files.length > 0 && files.every((file) => typeof file === "string" && existsSync(join(split, file)));
  } catch {
    return false;
  }
}

/** `<subset>/<version>/<hash>/dataset_info.json`; what is being made ends with `.incomplete` (datasets/builder.py, 2 to 5). */
function keptByLibrary(path: string): Kept {
  const made = (folder: string): boolean =>
    list(folder).some((version) =>
      list(join(folder, version)).some(
        (hash) => !hash.includes(".incomplete") && existsSync(join(folder, version, hash, "dataset_info.json")),
      ),
    );
  return keptAs(list(path).filter((subset) => made(join(path, subset))));
}

/** Where the library keeps what it has made (datasets/config.py). */
function datasetsCache(env: Environment): string {
  const home = env["HOME"] || homedir();
  const cache = env["XDG_CACHE_HOME"] || join(home, ".cache");
  const path = env["HF_DATASETS_CACHE"] || join(env["HF_HOME"] || join(cache, "huggingface"), "datasets");
  return path.replace(/^~(?=\/|$)/, home);
}

/** `HuggingFaceTB/SmolTalk` is kept in `HuggingFaceTB___smol_talk` (datasets/naming.py). */
function cacheName(name: string): string {
  const [owner = "", set = ""] = name.split("/");
  const words = set.replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2").replace(/([a-z\d])([A-Z])/g, "$1_$2");
  return `${owner}___${words.toLowerCase()}`;
}

/** `WORD_LIST_URL = "…"` of a task that calls download_file_with_lock: kept under the address's last part (tasks/spellingbee.py). */
const fetchedFiles = (tasks: readonly string[], baseDir: string): TaskData[] =>
  tasks
    .filter((text) => text.includes("download_file_with_lock("))
    .flatMap((text) => [...text.matchAll(/^\w+_URL\s*=\s*["'](https?:\/\/[^"'\s]+)["']/gm)])
    .map(([, url = ""]) => oneFile(baseDir, url.slice(url.lastIndexOf("/") + 1), true, url));

/** `os.path.join(base_dir, "identity_conversations.jsonl")`: nobody fetches these (scripts/chat_sft.py, until 92d63d4). */
function filesByHand(texts: readonly string[], baseDir: string): TaskData[] {
  const named = texts.flatMap((text) => [
    ...text.matchAll(/os\.path\.join\(\s*(?:base_dir|get_base_dir\(\))\s*,\s*["']([\w.-]+\.jsonl)["']\s*\)/g),
  ]);
  const urlOf = (name: string): string | null => {
    for (const text of texts) for (const [url] of text.matchAll(/https?:\/\/[^\s"'`{}]+/g)) if (url.endsWith(`/${name}`)) return url;
    return null;
  };
  return named.map(([, name = ""]) => oneFile(baseDir, name, false, urlOf(name)));
}

function oneFile(baseDir: string, name: string, fetched: boolean, url: string | null): TaskData {
  const path = join(baseDir, name);
  return { name, keeper: "file", path, state: existsSync(path) ? "there" : "missing", parts: [], fetched, url };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The variable that keeps the library from fetching anything; null when none does (huggingface_hub/constants.py, datasets/config.py). */
export function offlineBy(env: Environment = process.env): string | null {
  const names = env["HF_DATASETS_OFFLINE"] === undefined ? ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] : ["HF_DATASETS_OFFLINE"];
  return names.find((name) => ["1", "ON", "YES", "TRUE"].includes((env[name] ?? "").toUpperCase())) ?? null;
}
