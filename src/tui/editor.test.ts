import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineEditor } from "./editor.ts";

const edited = (text: string, ...names: string[]): string => {
  const editor = new LineEditor(text);
  for (const name of names) editor.key({ name, text: [...name].length === 1 ? name : null });
  return editor.text;
};

test("the editor moves and deletes by characters, words and ends", () => {
  expect(edited("loss", "backspace")).toBe("los");
  expect(edited("loss", "left", "left", "x")).toBe("loxss");
  expect(edited("loss", "home", "delete")).toBe("oss");
  expect(edited("one two three", "ctrl+w")).toBe("one two ");
  expect(edited("one two three", "alt+b", "alt+b", "ctrl+k")).toBe("one ");
  expect(edited("one two", "ctrl+u")).toBe("");
  expect(edited("one two", "home", "alt+d")).toBe(" two");
});

test("up and down go through what was sent, and what is typed meanwhile stays where it was typed", () => {
  const sent: string[] = [];
  const editor = new LineEditor("", { sent: () => sent });
  const press = (...names: string[]): string => {
    for (const name of names) editor.key({ name, text: [...name].length === 1 ? name : null });
    return editor.text;
  };
  expect(editor.key({ name: "up", text: null })).toBe(false);
  sent.push("one", "two");
  expect(press("x")).toBe("x");
  expect(press("up")).toBe("two");
  expect(press("up", "up")).toBe("one");
  expect(press("!", "down")).toBe("two");
  expect(press("up")).toBe("one!");
  expect(press("down", "down", "down")).toBe("x");
  // Sent: the next line begins behind it.
  press("up");
  editor.text = "";
  sent.push("three");
  expect(press("down")).toBe("");
  expect(press("up")).toBe("three");
});

test("a line without a past leaves up and down to others", () => {
  expect(new LineEditor("x").key({ name: "up", text: null })).toBe(false);
});

test("a character that a reader sees as one is deleted as one", () => {
  expect(edited("a👩‍👩‍👧", "backspace")).toBe("a");
  expect(edited("e\u0301", "backspace")).toBe("");
});

test("pasted line breaks and control characters do not get into a line", () => {
  const editor = new LineEditor();
  editor.insert("one\ntwo\x1b[31m three");
  expect(editor.text).toBe("one two three");
});

test("where line breaks are kept each is one character, seen as one", () => {
  const editor = new LineEditor("", { breaks: true });
  editor.insert("one\r\ntwo\rthree\x1b[31m\n");
  expect(editor.text).toBe("one\ntwo\nthree\n");
  expect(editor.view(40)).toEqual({ text: "one⏎two⏎three⏎", cursor: 14 });
  editor.key({ name: "backspace", text: null });
  expect(editor.text).toBe("one\ntwo\nthree");
});

test("what is left out of a paste that is too long is told", () => {
  const told: number[] = [];
  const editor = new LineEditor("", { leftOut: (characters) => told.push(characters) });
  editor.insert("a".repeat(1_000_000));
  editor.insert("b");
  expect(editor.text.length).toBe(20_000);
  expect(told).toEqual([980_000, 1]);
});

test("a paste is cut where a field is full of what is seen of it: escape sequences take no room, and none is torn", () => {
  const told: number[] = [];
  const editor = new LineEditor("", { leftOut: (characters) => told.push(characters) });
  editor.insert("\x1b[31ma".repeat(30_000));
  expect(editor.text).toBe("a".repeat(20_000));
  editor.text = "";
  editor.insert("\x1b[31ma".repeat(20_000));
  expect(editor.text).toBe("a".repeat(20_000));
  expect(told).toEqual([10_000]);
});

test("what is left out is counted in characters as a reader sees them", () => {
  const told: number[] = [];
  const editor = new LineEditor("", { breaks: true, leftOut: (characters) => told.push(characters) });
  for (const text of ["e\u0301", "👩‍👩‍👧", "日", "\n", "\x1b[1mé\u200f"]) {
    editor.text = "";
    editor.insert(text.repeat(20_007));
  }
  expect(told).toEqual([7, 7, 7, 7, 7]);
  // What has no width is no character, and was not left out for want of room.
  editor.text = "";
  editor.insert(`\ufeff${"a".repeat(20_000)}`);
  expect(told).toHaveLength(5);
});

test("the cursor is always inside the view", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 2, max: 20 }),
      (text, at, cells) => {
        const editor = new LineEditor(text);
        editor.move(at);
        expect(editor.view(cells).cursor).toBeLessThan(cells);
      },
    ),
  );
});
