import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deleteScreen, listScreens, putScreenAside, readScreenFile, saveScreen, screensStamp } from "./screens.ts";

let home: string;
const config = process.env["XDG_CONFIG_HOME"];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  process.env["XDG_CONFIG_HOME"] = join(home, "config");
});
afterEach(() => {
  if (config === undefined) delete process.env["XDG_CONFIG_HOME"];
  else process.env["XDG_CONFIG_HOME"] = config;
  rmSync(home, { recursive: true });
});

const SHIPPED = ["overview", "loss", "validation", "samples", "gpu", "timers", "logs", "compare", "night", "metrics", "machine"];
const named = (name: string) => listScreens(home).screens.find(({ screen }) => screen.name === name);

test("the shipped screens are whole, and come in their order", () => {
  const { screens, broken } = listScreens(home);
  expect(broken).toEqual([]);
  expect(screens.map(({ screen }) => screen.name)).toEqual(SHIPPED);
  expect(screens.every(({ ours }) => ours)).toBe(true);
});

test("a screen of the user's stands in for ours of its name until it is deleted", async () => {
  const saved = await saveScreen(home, { name: "loss", title: "Mine", layout: { panel: "log" } }, false);
  expect(saved.ok).toBe(true);
  expect(named("loss")).toMatchObject({ ours: false, overOurs: true, screen: { title: "Mine" } });
  expect(deleteScreen(named("loss")!).ok).toBe(true);
  expect(named("loss")).toMatchObject({ ours: true, screen: { title: "Loss" } });
  expect(deleteScreen(named("loss")!)).toMatchObject({ ok: false, failure: { code: "refused" } });
});

test("nothing is written over without a word, and the comment at a file's head stays", async () => {
  const file = join(home, "screens", "mine.yaml");
  mkdirSync(join(home, "screens"), { recursive: true });
  writeFileSync(file, "# for the big screen\n\ntitle: Mine\nlayout: log\n");
  const screen = { name: "mine", title: "Mine", layout: { panel: "loss" } };
  expect(await saveScreen(home, screen, false)).toMatchObject({ ok: false, failure: { code: "refused" } });
  expect((await saveScreen(home, screen, true)).ok).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("# for the big screen\n\ntitle: Mine\nlayout: loss\n");
});

test("a file that cannot be read, or says something else than was read here, is kept beside what is written over it", async () => {
  const file = join(home, "screens", "mine.yaml");
  mkdirSync(join(home, "screens"), { recursive: true });
  const screen = { name: "mine", title: "Mine", layout: { panel: "loss" } };
  const saved = async (text: string) => {
    writeFileSync(file, text);
    const kept = await saveScreen(home, screen, true, { ...screen, layout: { panel: "log" } });
    if (!kept.ok) throw new Error(kept.failure.what);
    return kept.value.copy;
  };
  const [read, other, broken] = ["title: Mine # my own\nlayout: log\n", "title: Mine\nlayout: events\n", "layout: [\n"];
  expect(await saved(read)).toBeNull();
  expect(readFileSync(file, "utf8")).toBe("title: Mine # my own\nlayout: loss\n");
  expect(await saved(other)).toBe(`${file}.bak`);
  expect(await saved(broken)).toBe(`${file}.bak2`);
  expect(["", "2"].map((number) => readFileSync(`${file}.bak${number}`, "utf8"))).toEqual([other, broken]);
  expect(await saved("title: &t Mine # twice\nlayout: {panel: log, title: *t}\n")).toBe(`${file}.bak3`);
  expect(listScreens(home).screens.filter(({ screen: { name } }) => name.startsWith("mine"))).toHaveLength(1);
});

test("what is no screen is put aside in a file that can be mended, over none that is there", async () => {
  const value = { title: "Range", layout: { panel: "chart", options: { metrics: ["train/loss"], from: 5, to: 2 } } };
  const aside = await Promise.all(["mine", "../out"].map((name) => putScreenAside(home, name, value)));
  const again = await putScreenAside(home, "mine", value);
  const names = ["mine-unsaved", "screen-unsaved", "mine-unsaved2"];
  expect([...aside, again].map((put) => put.ok && put.value)).toEqual(names.map((name) => join(home, "screens", `${name}.yaml`)));
  expect(listScreens(home).broken.map(({ why }) => why)).toEqual(names.map(() => "line 7: from (5) must be below to (2)"));
});

test("the mistakes of a file are told in the order of its lines", () => {
  const file = join(home, "mixed.yaml");
  writeFileSync(file, "layout:\n  rows:\n    - panel: loss\n      refresh: 0\n      titel: A\n    - lgo\ntitle: 7\n");
  const read = readScreenFile(file, "mixed");
  const lines = read.ok ? [] : (read.failure.details ?? "").split("\n").map((line) => line.split(":")[0]);
  expect(lines).toEqual(["line 4", "line 5", "line 6", "line 7"]);
});

test("a broken file is told with its line and hides nothing; the stamp tells that files have changed", () => {
  const before = screensStamp(home);
  mkdirSync(join(home, "screens"), { recursive: true });
  writeFileSync(join(home, "screens", "bad.yaml"), "title: Bad\nlayout:\n  rows:\n    - loss\n    - los: 1\n");
  writeFileSync(join(home, "screens", "worse.yaml"), "layout: [\n");
  writeFileSync(join(home, "screens", "bomb.yaml"), bomb());
  const { screens, broken } = listScreens(home);
  expect(screens.map(({ screen }) => screen.name)).toEqual(SHIPPED);
  expect(broken.find(({ name }) => name === "bad")?.why).toBe(
    "line 5: A part names one of panel, rows, columns, flow; this has los instead",
  );
  expect(broken.map(({ name }) => name).sort()).toEqual(["bad", "bomb", "worse"]);
  expect(screensStamp(home)).not.toBe(before);
});

/** Lists of ten of lists of ten: a few lines that would be a hundred million parts. */
const bomb = (): string =>
  `${Array.from({ length: 8 }, (_, i) =>
    i === 0 ? "a0: &a0 [loss]" : `a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`,
  ).join("\n")}\nlayout: {rows: *a7}\n`;

test.each([
  ["an item that is not below the others", "layout:\n  flow:\n    - loss\n   - log\n", /line [34]: /],
  ["a quote that is left open", 'layout: loss\ntitle: "x\n', /line [23]: /],
  ["a list that is left open", "title: x\nlayout: [loss, log\n", /line [23]: /],
])("a file that is no YAML is told with the line: %s", (_what, text, line) => {
  mkdirSync(join(home, "screens"), { recursive: true });
  const file = join(home, "screens", "mine.yaml");
  writeFileSync(file, text);
  const read = readScreenFile(file, "mine");
  expect(read).toMatchObject({ ok: false, failure: { what: `${file} is no valid YAML`, remedy: "Mend that line" } });
  expect(read.ok ? "" : read.failure.why).toMatch(line);
});
