/** Which data the tasks of a checkout name, and what of it is on the disk. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import { offlineBy, taskData } from "./task-data.ts";

let folder: ReturnType<typeof temporaryFolder>;
let [dir, base, home] = ["", "", ""];
beforeEach(() => {
  folder = temporaryFolder();
  [dir, base, home] = [join(folder.path, "checkout"), join(folder.path, "base"), join(folder.path, "home")];
});
afterEach(() => folder.remove());

const write = (file: string, text = ""): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const task = (name: string, text: string): void => write(join(dir, "tasks", `${name}.py`), text);
const look = (env: Readonly<Record<string, string>> = {}) => taskData(dir, base, { HOME: home, ...env });
const states = (env?: Readonly<Record<string, string>>) => look(env).map(({ name, state, parts }) => [name, state, parts.join(" ")]);

/** A set as the library keeps it. */
const made = (cache: string, name: string, hash = "abc"): void => write(join(cache, name, "all", "0.0.0", hash, "dataset_info.json"));

test("a checkout without tasks names none", () => {
  expect(look()).toEqual([]);
});

test("a set that two tasks read is named once, and one that is computed not at all", () => {
  task("a", 'load_dataset("openai/gsm8k", "main")\nload_dataset(name)\n');
  task("b", "load_dataset('openai/gsm8k', subset, split=split)\n");
  expect(look().map(({ name }) => name)).toEqual(["openai/gsm8k"]);
});

test("the library's cache is found where its variables say", () => {
  task("a", 'load_dataset("cais/mmlu")');
  const [own, hf] = [join(folder.path, "own"), join(folder.path, "hf")];
  const PLACES: ReadonlyArray<readonly [env: Readonly<Record<string, string>>, cache: string]> = [
    [{}, join(home, ".cache", "huggingface", "datasets")],
    [{ XDG_CACHE_HOME: folder.path }, join(folder.path, "huggingface", "datasets")],
    [{ XDG_CACHE_HOME: folder.path, HF_HOME: hf }, join(hf, "datasets")],
    [{ HF_HOME: "~/hf" }, join(home, "hf", "datasets")],
    [{ HF_HOME: hf, HF_DATASETS_CACHE: own }, own],
  ];
  for (const [env, cache] of PLACES) {
    expect(states(env)).toEqual([["cais/mmlu", "missing", ""]]);
    made(cache, "cais___mmlu");
    expect(states(env)).toEqual([["cais/mmlu", "there", "all"]]);
  }
});

test("a set that the library was still making is not there", () => {
  task("a", 'load_dataset("cais/mmlu")');
  made(join(home, ".cache", "huggingface", "datasets"), "cais___mmlu", "abc.incomplete");
  expect(states()).toEqual([["cais/mmlu", "missing", ""]]);
});

test("a name in camel case is kept as the library spells it", () => {
  task("a", 'load_dataset("HuggingFaceTB/SmolTalkHD")');
  expect(look()[0]?.path).toEndWith("/HuggingFaceTB___smol_talk_hd");
});

test("a set that nanochat keeps is there with its manifest, torn when what that names is not", () => {
  task("a", 'load_hub_dataset("openai/gsm8k", subset, split=split)');
  const split = join(base, "task_data", "openai--gsm8k", "main", "train");
  write(join(split, "00000.parquet"));
  expect(states()).toEqual([["openai/gsm8k", "missing", ""]]);
  write(join(split, "manifest.json"), '["00000.parquet"]');
  expect(states()).toEqual([["openai/gsm8k", "there", "main/train"]]);
  for (const torn of ['["00000.parquet", "00001.parquet"]', '["00000', "[]", "{}"]) {
    write(join(split, "manifest.json"), torn);
    expect(states()).toEqual([["openai/gsm8k", "torn", "main/train"]]);
  }
});

test("a word list is fetched by its task, a file of conversations by nobody", () => {
  task("spell", 'WORD_LIST_URL = "https://example.com/x/words.txt"\npath = download_file_with_lock(WORD_LIST_URL, filename)\n');
  task("plain", 'PAGE_URL = "https://example.com/page.html"\n');
  write(join(dir, "scripts", "mid_train.py"), 'os.path.join(get_base_dir(), "identity.jsonl")\n');
  expect(look()).toMatchObject([
    { name: "identity.jsonl", keeper: "file", state: "missing", fetched: false, url: null, path: join(base, "identity.jsonl") },
    { name: "words.txt", keeper: "file", state: "missing", fetched: true, url: "https://example.com/x/words.txt" },
  ]);
  write(join(base, "words.txt"));
  expect(look()[1]?.state).toBe("there");
});

test("the library is offline by its own variable, and by the hub's where that is not set", () => {
  expect(offlineBy({})).toBeNull();
  expect(offlineBy({ HF_HUB_OFFLINE: "true" })).toBe("HF_HUB_OFFLINE");
  expect(offlineBy({ HF_DATASETS_OFFLINE: "0", HF_HUB_OFFLINE: "1" })).toBeNull();
  expect(offlineBy({ HF_DATASETS_OFFLINE: "yes" })).toBe("HF_DATASETS_OFFLINE");
});
