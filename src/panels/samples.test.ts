import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeData, fakePlan } from "./fake-data.ts";
import { lineText, panelLines, panelScene, panelShown } from "./panel-fixture.ts";
import { changedWords } from "./word-changes.ts";

const sampled = (): FakeData =>
  new FakeData()
    .event("sample", { prompt: "The capital", text: "<|bos|>The capital of the see is" }, { step: 10 })
    .event("sample", { prompt: "Gold is", text: "Gold is a stone" }, { step: 10 })
    .event("sample", { prompt: "The capital", text: "<|bos|>The capital of France\nis Paris." }, { step: 20 })
    .event("sample", { prompt: "Gold is", text: "Gold is Au" }, { step: 20 });

test("samples are those of the newest step, without the tokenizer's marks", () => {
  const shown = panelShown("samples", sampled());
  expect(shown).toContain("samples @ 20");
  expect(shown).toContain("The capital → of France ⏎ is Paris.");
  expect(shown).not.toContain("bos");
  expect(shown).not.toContain("stone");
});

test("words that the answer before did not have are bold and underlined", () => {
  const [first] = panelLines("samples", sampled());
  expect(first?.filter(({ underline, bold }) => underline && bold).map(({ text }) => text)).toEqual(["France", "⏎", "Paris."]);
  expect(panelScene("samples", sampled()).note).toBe("underlined: new since step 10");
  expect(
    panelLines("samples", sampled(), { options: { changes: false } })
      .flat()
      .some(({ underline }) => underline),
  ).toBe(false);
});

test("with a cursor they are those that were taken last at that step", () => {
  expect(panelScene("samples", sampled(), { at: 15 }).title).toBe("samples @ 10");
  expect(panelScene("samples", sampled(), { at: 3 }).title).toBe("samples @ 10");
  expect(panelScene("samples", sampled(), { at: 99 }).title).toBe("samples @ 20");
  expect(panelScene("samples", sampled(), { at: 15, options: { step: "newest" } }).title).toBe("samples @ 20");
});

test("an answer of blanks alone is told, and is no sample that is missing", () => {
  const data = new FakeData().event("sample", { prompt: "Gold is", text: "<|bos|>Gold is      " }, { step: 10 });
  expect(panelLines("samples", data).map(lineText)).toEqual(["Gold is → (no words)"]);
});

test("one prompt can be followed", () => {
  expect(panelLines("samples", sampled(), { options: { prompt: "gold" } }).map(lineText)).toEqual(["Gold is → Au"]);
  expect(panelShown("samples", sampled(), { options: { prompt: "lead" } })).toContain("No prompt holds “lead”");
});

test("without samples it says why, and what would change that", () => {
  expect(panelShown("samples", new FakeData())).toContain("this script takes none");
  const off = { plan: fakePlan({ sample_every: -1 }) };
  expect(panelShown("samples", new FakeData(), { facts: off })).toContain("sample_every is off · g takes some now");
  const fields = [{ name: "sample_every", type: "int", value: -1, min: null, max: null, effect: "", frozen: null }];
  const told = new FakeData().event("config", { fields });
  expect(panelShown("samples", told, { facts: off })).toContain("sample_every is off · p patches it");
});

test("what is kept of a text is a common row of words of both", () => {
  expect(
    changedWords("a b c d", "a x c")
      .filter(({ changed }) => changed)
      .map(({ text }) => text),
  ).toEqual(["b", "d"]);
  const words = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(
    fc.property(words, words, (now, before) => {
      const parts = changedWords(now.join(" "), before.join(" "));
      expect(parts.map(({ text }) => text).join("")).toBe(now.join(" "));
      const kept = parts.filter(({ text, changed }) => !changed && text !== " ").map(({ text }) => text);
      let at = 0;
      for (const word of before) if (word === kept[at]) at++;
      expect(at).toBe(kept.length);
      if (now.join() === before.join()) expect(kept).toEqual(now);
    }),
  );
});
