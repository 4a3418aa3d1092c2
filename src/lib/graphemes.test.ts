import { expect, test } from "bun:test";
import fc from "fast-check";
import { countGraphemes, cut, cutParts, cutWords, eachGrapheme, fit, textWidth, wrap } from "./graphemes.ts";

test("wide characters, emoji of several code points and combining marks have the width that a terminal gives them", () => {
  expect(textWidth("loss")).toBe(4);
  expect(textWidth("日本")).toBe(4);
  expect(textWidth("👩‍👩‍👧!")).toBe(3);
  expect(textWidth("e\u0301")).toBe(1);
  expect(textWidth("● ◆ ★ ✕ ⟳ – …")).toBe(13);
});

test("control characters are handed on as spaces, direction marks not at all", () => {
  const seen: string[] = [];
  eachGrapheme("a\x1bb\u202ec", (grapheme) => seen.push(grapheme) > 0);
  expect(seen).toEqual(["a", " ", "b", "c"]);
});

test("characters are counted as they are handed on, one by one", () => {
  const pieces = fc.constantFrom(
    "a",
    "1",
    " ",
    "\n",
    "日",
    "。",
    "！",
    "한",
    "か",
    "\u3099",
    "\u0301",
    "\u200d",
    "\ufeff",
    "👩",
    "👩‍👩‍👧",
    "🇫🇷",
    "ᄀ",
    "ᅡ",
    "ᆨ",
    "¨",
    "é",
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.oneof(pieces, fc.string({ unit: "grapheme", maxLength: 1 })), maxLength: 40 }), (text) => {
      let handed = 0;
      eachGrapheme(text, () => ++handed);
      expect(countGraphemes(text)).toBe(handed);
    }),
    { numRuns: 300 },
  );
});

test("a cut text says that it is cut and never ends in half a character", () => {
  expect(cut("validation", 6)).toBe("valid…");
  expect(cut("日本語", 4)).toBe("日…");
  expect(cut("exact", 5)).toBe("exact");
  expect(fit("7", 3, "right")).toBe("  7");
});

test("text is wrapped between words, and inside a word that is longer than a row", () => {
  expect(wrap("the quick brown fox", 10)).toEqual(["the quick", "brown fox"]);
  expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
  expect(wrap("/home/ada/nanochat-cli/pocket", 26)).toEqual(["/home/ada/nanochat-cli/", "pocket"]);
  expect(wrap("20261127-021004-lr-up", 20)).toEqual(["20261127-021004-lr-", "up"]);
  expect(wrap("/home/base_checkpoints/lr", 20)).toEqual(["/home/base_", "checkpoints/lr"]);
  expect(wrap("/home/ada/base_checkpoints", 17)).toEqual(["/home/ada/", "base_checkpoints"]);
  expect(wrap("a/bcdefghijk", 8)).toEqual(["a/bcdefg", "hijk"]);
  expect(wrap("one\n\ntwo", 10)).toEqual(["one", "", "two"]);
});

test("no row is wider than asked for, and nothing but spaces is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 2, max: 20 }), (text, cells) => {
      const rows = wrap(text, cells);
      for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(cells);
      expect(textWidth(cut(text, cells))).toBeLessThanOrEqual(cells);
    }),
    { numRuns: 200 },
  );
});

test("of a line of a megabyte only what is shown is looked at", () => {
  const long = "漢 word ".repeat(30_000);
  const began = performance.now();
  for (let i = 0; i < 100; i++) cut(long, 80);
  const rows = wrap(long, 80);
  expect(performance.now() - began).toBeLessThan(5000);
  expect(rows.join(" ").length).toBeGreaterThan(long.length * 0.99);
  expect(cut(long, 8)).toBe("漢 word…");
});

test("parts give way whole, and that something is missing is told", () => {
  const text = "step · linear · ema 0.9";
  expect([23, 22, 17, 16, 9, 8, 3].map((cells) => cutParts(text, cells))).toEqual([
    text,
    "step · linear · …",
    "step · linear · …",
    "step · …",
    "step · …",
    "step · …",
    "st…",
  ]);
});

test("of a sentence that is a part the beginning stands, cut between words and never in or behind a number", () => {
  const note = "1 of 7 · By the clock: the last 12m 13s of it";
  expect([45, 38, 34, 28, 24, 18, 17].map((cells) => cutWords(note, cells))).toEqual([
    note,
    "1 of 7 · By the clock: the last …",
    "1 of 7 · By the clock: the last …",
    "1 of 7 · By the clock: the …",
    "1 of 7 · By the clock: …",
    "1 of 7 · …",
    "1 of 7 · …",
  ]);
  expect([13, 8, 4].map((cells) => cutWords("1,204 lines more below", cells))).toEqual(["1,204 lines …", "1,204 l…", "…"]);
});

test("a sentence that is cut never is wider than asked for, and is what it was where there is room", () => {
  const part = fc.array(fc.oneof(fc.string({ unit: "grapheme", maxLength: 9 }), fc.nat().map(String)), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.integer({ min: 0, max: 60 }), (parts, cells) => {
      const text = parts.map((words) => words.join(" ")).join(" · ");
      const shown = cutWords(text, cells);
      expect(textWidth(shown)).toBeLessThanOrEqual(cells);
      if (textWidth(text) <= cells) expect(shown).toBe(text);
    }),
    { numRuns: 300 },
  );
});
