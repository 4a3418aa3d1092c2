/** The dialogs that ask for a line of text, and for one thing of a list. */
import { expect, test } from "bun:test";
import { Canvas } from "../lib/canvas.ts";
import { TextDialog } from "./ask-text.ts";
import { chooser as makeChooser } from "./chooser.ts";
import { Dialog } from "./dialog.ts";
import { type Overlay, Zones } from "./overlay.ts";

const press = (overlay: Overlay, ...names: string[]): void => {
  for (const name of names) overlay.key({ name, text: null });
};

const type = (overlay: Overlay, text: string): void => {
  for (const letter of text) overlay.key({ name: letter, text: letter });
};

function shown(overlay: Overlay): string {
  const canvas = new Canvas(80, 24);
  overlay.draw(canvas.region(), new Zones());
  return canvas.toText();
}

function chooser() {
  const chosen: string[] = [];
  let open = true;
  const row = (title: string, disabled?: string) => ({ title, disabled, detail: `about ${title}`, choose: () => void chosen.push(title) });
  const overlay = makeChooser("open", [row("cpu"), row("speedrun", "it needs a GPU"), row("tiny")], () => {
    open = false;
  });
  return { overlay, chosen, isOpen: () => open };
}

test("a list is narrowed by typing, and enter takes what is selected", () => {
  const { overlay, chosen, isOpen } = chooser();
  expect(shown(overlay)).toContain("about tiny");
  type(overlay, "ti");
  expect(shown(overlay)).not.toContain("about cpu");
  press(overlay, "enter");
  expect(chosen).toEqual(["tiny"]);
  expect(isOpen()).toBe(false);
});

test("what files call it is found as well, before what is only described so", () => {
  const chosen: string[] = [];
  const rows = [
    { title: "metrics as charts", alias: "grid", choose: () => void chosen.push("grid") },
    { title: "heat map", alias: "heat", detail: "a grid of colours", choose: () => void chosen.push("heat") },
  ];
  const overlay = makeChooser("add", rows.toReversed(), () => undefined);
  type(overlay, "grid");
  press(overlay, "enter");
  expect(chosen).toEqual(["grid"]);
});

test("what cannot be chosen says why, and enter leaves the list open", () => {
  const { overlay, chosen, isOpen } = chooser();
  press(overlay, "down", "enter");
  expect(shown(overlay)).toContain("it needs a GPU");
  expect(chosen).toEqual([]);
  expect(isOpen()).toBe(true);
  press(overlay, "esc");
  expect(isOpen()).toBe(false);
});

function question(masked = false) {
  const answers: string[] = [];
  const check = (text: string) => (text.length < 3 ? "A name has three letters or more." : null);
  const overlay = new TextDialog(
    { title: "Save as", what: "A name", verb: "saves", masked, check, answer: (text) => void answers.push(text) },
    () => undefined,
  );
  return { overlay, answers };
}

test("a text is checked as it is typed, and enter takes only one that will do", () => {
  const { overlay, answers } = question();
  type(overlay, "ab");
  expect(shown(overlay)).toContain("three letters or more");
  press(overlay, "enter");
  expect(answers).toEqual([]);
  type(overlay, "c");
  expect(shown(overlay)).not.toContain("three letters or more");
  press(overlay, "enter");
  expect(answers).toEqual(["abc"]);
});

test("enter where nothing is typed says so, until something is", () => {
  const { overlay, answers } = question();
  expect(shown(overlay)).not.toContain("Nothing is typed");
  press(overlay, "enter");
  expect(shown(overlay)).toContain("Nothing is typed yet.");
  type(overlay, "abc");
  expect(shown(overlay)).not.toContain("Nothing is typed");
  press(overlay, "enter");
  expect(answers).toEqual(["abc"]);
});

test("a secret is dots on the screen, and whole in the answer", () => {
  const { overlay, answers } = question(true);
  type(overlay, "hunter22");
  expect(shown(overlay)).not.toContain("hunter");
  expect(shown(overlay)).toContain("••••••••");
  press(overlay, "enter");
  expect(answers).toEqual(["hunter22"]);
});

test("however small the terminal, what a question can be answered with is there", () => {
  const consequence = "This sentence is far longer than there is room for it, and tells of what all would be lost with it.";
  const dialog = new Dialog(
    { title: "Stop", consequence, safe: "Keep it", choices: [{ key: "y", title: "Stop", run: () => undefined }] },
    () => undefined,
  );
  const canvas = new Canvas(24, 7);
  dialog.draw(canvas.region(), new Zones());
  const shown = canvas.toText();
  expect(shown).toContain("Keep it");
  expect(shown).toMatch(/y +Stop/);
  expect(shown).toContain("…");
});
