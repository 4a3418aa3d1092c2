import { expect, test } from "bun:test";
import { rewriteYaml } from "./yaml-rewrite.ts";

const TEXT = `# for the big screen

title: Mine # as on the wall
layout:
  # what matters
  rows:
    - loss # the one to look at
    - panel: log
      share: 2 # room for words
    # by the door
    - events
`;

test("comments stay with the part that they stand at, also when it moves or changes", () => {
  const layout = { rows: ["events", "loss", { panel: "log", share: 3 }] };
  const written = rewriteYaml(TEXT, { title: "Ours", layout }) ?? "";
  expect(Bun.YAML.parse(written)).toEqual({ title: "Ours", layout });
  for (const comment of ["# for the big screen", "# as on the wall", "# what matters", "# by the door"]) expect(written).toContain(comment);
  expect(written).toContain("- loss # the one to look at");
});

test("what says the same is written as it stood", () => {
  expect(rewriteYaml(TEXT, Bun.YAML.parse(TEXT))).toBe(TEXT);
});

test("a part that is gone takes its own comment away and no other's; what it is replaced by says what it should", () => {
  const written = rewriteYaml(TEXT, { title: "Mine", layout: { rows: ["loss", "events"] } }) ?? "";
  expect(written).not.toContain("room for words");
  expect(written).toContain("# the one to look at");
  expect(rewriteYaml("layout: loss # alone\n", { title: "x", layout: { rows: ["a", "b"] } })).toBe(
    "layout:\n  rows:\n    - a\n    - b\ntitle: x\n",
  );
});

test("of what is no YAML, or says one thing in two places, nothing can be kept", () => {
  expect(rewriteYaml("title: [\n", { title: "x" })).toBeNull();
  expect(rewriteYaml("a: &a {b: 1}\nc: *a\n", { a: { b: 2 }, c: { b: 1 } })).toBeNull();
});
