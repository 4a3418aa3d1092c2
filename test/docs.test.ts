/** Documents that can drift are checked against what they describe. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { documents } from "../docs/generate.ts";
import { COMMITS } from "../src/config/captures/capture.ts";
import { MARKS } from "../src/panels/plot-marks.ts";
import { ROOT } from "./drivers/pty.ts";
import { TRIED } from "./nanochat/matrix.ts";

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), "utf8");

for (const [name, text] of Object.entries(documents())) {
  test(`docs/${name} is what its table makes it (npm run docs)`, () => {
    expect(read("docs", name)).toBe(text);
  });
}

test("the README's tree names every folder of src", () => {
  const readme = read("README.md");
  const missing = readdirSync(join(ROOT, "src")).filter((name) => !name.endsWith(".ts") && !readme.includes(`${name}/`));
  expect(missing).toEqual([]);
});

test("the page of charts has every mark that stands on an axis", () => {
  const page = read("docs", "charts.md");
  expect(Object.values(MARKS).filter(({ glyph }) => !page.includes(`\`${glyph}\``))).toEqual([]);
});

test("links between documents lead somewhere", () => {
  const pages = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(ROOT, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
      .map((match) => match[1] ?? "")
      .filter((to) => !existsSync(join(ROOT, page, "..", to)))
      .map((to) => `${page} → ${to}`),
  );
  expect(dead).toEqual([]);
});

test("the page of versions has every known one, with all that is tried", () => {
  const page = read("docs", "compatibility.md");
  for (const commit of COMMITS) {
    const cells = page
      .split("\n")
      .find((line) => line.startsWith(`| ${commit} `))
      ?.split("|")
      .slice(3, -1);
    expect({ commit, signs: cells?.filter((cell) => /^[○–]$/.test(cell.trim())).length }).toEqual({
      commit,
      signs: Object.keys(TRIED).length,
    });
  }
});

test("the lock file has an entry for the binaries of every platform, so that `npm ci` works on each", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
  expect(wanted.filter((name) => !(`node_modules/${name}` in packages))).toEqual([]);
});
