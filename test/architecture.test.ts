/** Holds the import table of ARCHITECTURE.md: a layer may use only what stands below it, and a start loads only what it shows. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");
const SRC = join(ROOT, "src");

const TIER: Readonly<Record<string, number>> = {
  core: 0,
  lib: 1,
  config: 2,
  journal: 2,
  panels: 2,
  bridge: 2,
  sources: 2,
  screens: 2.5,
  watches: 2,
  services: 3,
  supervisor: 4,
  cli: 5,
  tui: 5,
  "tui-preparation.ts": 6,
  "tui-lists.ts": 6,
  "show-tui.ts": 7,
  "main.ts": 8,
};

const sources = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(dir, entry.name)) : entry.name.endsWith(".ts") ? [join(dir, entry.name)] : [],
  );

const layerOf = (file: string): string => relative(SRC, file).split("/")[0] ?? "";
const IMPORT = /(?:from|import)\s*\(?\s*"([^"]+)"/g;

interface Import {
  from: string;
  to: string;
}

const imports = (file: string): Import[] =>
  [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => ({ from: file, to: match[1] ?? "" }));

const ALL = sources(SRC).flatMap(imports);

test("every folder of src has its place in the table", () => {
  const unknown = readdirSync(SRC).filter((name) => !(name in TIER));
  expect(unknown).toEqual([]);
});

/** The imports that point sideways or upwards. */
const violations = (all: readonly Import[]): string[] =>
  all
    .filter(({ to }) => to.startsWith("."))
    .flatMap(({ from, to }) => {
      const [a, b] = [layerOf(from), layerOf(resolve(dirname(from), to))];
      const outside = to.endsWith("/package.json") || (/(\.test|-fixture)\.ts$/.test(from) && b === ".."); // a test may use test/
      const allowed = a === b || (TIER[a] ?? 0) > (TIER[b] ?? 99) || outside;
      return allowed ? [] : [`${relative(ROOT, from)} imports ${to}: ${a} may not use ${b}`];
    });

test("a layer imports only what stands below it", () => {
  expect(violations(ALL)).toEqual([]);
});

test("an import that points upwards or sideways is found", () => {
  const planted = [
    { from: join(SRC, "core", "run.ts"), to: "../services/runs.ts" },
    { from: join(SRC, "sources", "host", "source.ts"), to: "../../bridge/protocol.ts" },
  ];
  expect(violations(planted)).toHaveLength(2);
});

test("only tui uses the terminal toolkit", () => {
  const wrong = ALL.filter(({ from, to }) => to.startsWith("@opentui") && layerOf(from) !== "tui");
  expect(wrong.map(({ from }) => relative(ROOT, from))).toEqual([]);
});

/** What is loaded before the first frame: the door, and what it loads for the terminal interface. */
const START = ["main.ts", "cli/program.ts", "show-tui.ts", "tui/main.ts", "tui/read-only.ts"];

/** Files and packages that a start loads, each with the chain of files that asks for it. */
function loadedAtStart(): Map<string, string> {
  const loaded = new Map<string, string>();
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const visit = (file: string, chain: string): void => {
    if (loaded.has(file) || file.endsWith(".json")) return;
    loaded.set(file, chain);
    for (const { path, kind } of transpiler.scanImports(readFileSync(file, "utf8"))) {
      if (kind !== "import-statement") continue;
      if (path.startsWith(".")) visit(resolve(dirname(file), path), `${chain} > ${path}`);
      else if (!loaded.has(path)) loaded.set(path, `${chain} > ${path}`);
    }
  };
  for (const file of START) visit(join(SRC, file), file);
  return loaded;
}

test("a start waits for no library that its first frame does without", () => {
  const loaded = loadedAtStart();
  expect(loaded.has("commander")).toBe(true);
  const slow = ["@opentui/core", "yaml", "zod", "fzf", "pngjs", "node:crypto", "node:net", "node:http", "node:zlib", "node:readline"];
  expect(slow.flatMap((name) => loaded.get(name) ?? [])).toEqual([]);
});
