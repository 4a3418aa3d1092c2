import { expect, test } from "bun:test";
import { Canvas, REVERSE } from "../lib/canvas.ts";
import { TextDialog } from "./ask-text.ts";
import type { Key } from "./keys.ts";
import { Zones } from "./overlay.ts";

test("the keys in the lower border take a click: one answers, the other leaves", () => {
  const told: string[] = [];
  const question = { title: "Save as", what: "A name.", initial: "mine", verb: "saves", answer: (text: string) => told.push(text) };
  for (const words of ["esc leaves", "enter saves"]) {
    const dialog = new TextDialog(question, () => told.push("closed"));
    const [canvas, zones] = [new Canvas(80, 24), new Zones()];
    dialog.draw(canvas.region(), zones);
    const rows = canvas.toText().split("\n");
    const y = rows.findIndex((row) => row.includes(words));
    const x = rows[y]!.indexOf(words);
    for (const at of [x - 1, x, x + words.length - 1, x + words.length]) {
      const before = told.length;
      zones.mouse({ kind: "press", x: at, y, rows: 0 });
      zones.mouse({ kind: "release", x: at, y, rows: 0 });
      expect(told.length > before).toBe(at >= x && at < x + words.length);
    }
  }
  expect(told).toEqual(["closed", "closed", "closed", "mine", "closed", "mine"]);
});

test("what is proposed is shown as selected, in words too, for as long as one key would take all of it away", () => {
  const drawn = (...names: string[]): { words: boolean; reversed: number; text: string } => {
    const question = { title: "Save as", what: "A name.", initial: "mine", verb: "saves", answer: () => undefined };
    const dialog = new TextDialog(question, () => undefined);
    for (const name of names) dialog.key({ name, text: null } satisfies Key);
    const canvas = new Canvas(80, 24);
    dialog.draw(canvas.region(), new Zones());
    const text = canvas.toText();
    return {
      words: text.includes("selected: → keeps it"),
      reversed: canvas.attributes.filter((own) => (own & REVERSE) !== 0).length,
      text,
    };
  };
  expect(drawn()).toMatchObject({ words: true, reversed: 4 });
  for (const key of ["right", "end", "left", "home"]) {
    expect(drawn(key)).toMatchObject({ words: false, reversed: 0, text: expect.stringContaining("› mine") });
    expect(drawn("right", "backspace").text).toContain("› min ");
  }
});

/** A note whose paste had no room, what it shows, and what was answered. */
function overfull(): { press: (name: string) => void; shown: () => string; told: string[] } {
  const told: string[] = [];
  const dialog = new TextDialog({ title: "Note", what: "A note.", verb: "keeps it", answer: (text) => told.push(text) }, () => undefined);
  dialog.paste("x".repeat(1_000_000));
  const shown = (): string => {
    const canvas = new Canvas(80, 24);
    dialog.draw(canvas.region(), new Zones());
    return canvas.toText();
  };
  return { press: (name) => dialog.key({ name, text: null } satisfies Key), shown, told };
}

test("a paste that has no room is no answer until a key says that what is there is meant", () => {
  const { press, shown, told } = overfull();
  expect(shown()).toContain("980,000 characters at the end of what was pasted had no room");
  press("backspace");
  expect(shown()).toContain("enter keeps it");
  press("enter");
  expect(told[0]).toHaveLength(19_999);
});

test("where a paste had no room, it is said that enter goes on without the rest; the next enter answers", () => {
  const { press, shown, told } = overfull();
  expect(shown()).toMatch(/enter goes on without the rest · esc leaves/);
  expect(shown()).not.toContain("enter keeps it");
  press("enter");
  expect(told).toEqual([]);
  expect(shown()).toContain("enter keeps it");
  expect(shown()).not.toContain("had no room");
  press("enter");
  expect(told[0]).toHaveLength(20_000);
});
