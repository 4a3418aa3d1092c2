import { describe, expect, test } from "bun:test";
import { readYaml } from "./yaml-place.ts";

describe("a key that is there twice is a mistake with its line", () => {
  for (const [what, text, line] of [
    ["at the top", "title: a\nlayout: 1\ntitle: b\n", 3],
    ["inside", "a:\n  b: 1\n  c: 2\n  b: 3\n", 4],
    ["in a list", "- a: 1\n  a: 2\n", 2],
    ["between braces", "x: {a: 1, b: 2, a: 3}\n", 1],
    ["with quotes", "\"a b\": 1\n'a b': 2\n", 2],
    ["behind a comment", "a: 1 # once\na: 2 # twice\n", 2],
    ["beside an alias", "a: &x {k: 1}\nb: *x\nb: 2\n", 3],
  ] as const)
    test(what, () => expect(readYaml(text)).toEqual({ ok: false, why: `line ${line}: a name stands twice in the same place` }));
});

test("what only looks like one is none", () => {
  const text = "# a: note\na: 'x: y'\nb:\n  a: 1\nc: {a: 2}\nd: [{a: 3}, {a: 4}]\ne: &n {k: 1}\nf: *n\n";
  const value = { a: "x: y", b: { a: 1 }, c: { a: 2 }, d: [{ a: 3 }, { a: 4 }], e: { k: 1 }, f: { k: 1 } };
  expect(readYaml(text)).toEqual({ ok: true, value });
});

test("what contains itself is read, and what aliases would make millions of is a mistake", () => {
  const itself = readYaml("a: &x [1, *x]\nb: {c: *x}\n");
  expect(itself).toMatchObject({ ok: true, value: { b: {} } });
  const bomb = Array.from({ length: 40 }, (_, i) => `a${i}: &a${i} [${i === 0 ? "1" : `*a${i - 1}, *a${i - 1}`}]`).join("\n");
  expect(readYaml(bomb)).toEqual({ ok: false, why: expect.stringContaining("aliasing") as string });
});

test.each([
  ["at the end of the only line", "a: [x\n", 1],
  ["in the last line", "a: x\nb: y\nc: {d: [1, 2], e: 'x'\n\n# end\n", 3],
  ["in a line that others follow", "a: x\nb: [y\nc: z\n", 2],
  ["around one that is closed", "a: [x, [y]\nb: [1]\n", 1],
  ["in one that is closed", "a:\n  {b: [1, 2}\nc: [1]\n", 2],
  ["of several lines", "a: 1\nb: [\n  x,\n  y\nc: 1\n", 2],
  ["a quote", 'a: "x"\nb: "it is [\nc: 1\n', 2],
] as const)("what is not closed is told with the line in which it begins: %s", (_, text, line) => {
  expect(readYaml(text)).toEqual({ ok: false, why: `line ${line}: a quote, a bracket or a brace that begins there is not closed` });
});

test.each([
  ["a line too far left below a name in quotes", 'a: [1]\n"b c":\n    d: 1\n  e: 2\n', /^line 4: /],
  ["a name without its colon", "title: x\nlayout\n  panel: log\n", /^line 2: a name is not followed by a colon/],
  ["a tab", "title: x\nlayout:\n\tpanel: log\n", /^line 3: lines are moved to the right by a tab/],
  ["a bracket that is not closed", "title: [x\nlayout: y\n", /is not closed/],
  ["bytes that are no text", "\0\0\0: {\0", /no text/],
] as const)("what is no YAML is told in plain words: %s", (_, text, says) => {
  const read = readYaml(text);
  expect(read.ok ? "" : read.why).toMatch(says);
});
