/** Giving a running loop other values: typed, checked, looked at once more, applied. */
import { expect, test } from "bun:test";
import { patchDoubts } from "../config/patch.ts";
import type { PatchField } from "../core/bridge.ts";
import { Canvas } from "../lib/canvas.ts";
import { Zones } from "./overlay.ts";
import { PatchDialog } from "./patch-dialog.ts";

const field = (name: string, rest: Partial<PatchField> = {}): PatchField => ({
  name,
  type: "int",
  value: 100,
  min: 1,
  max: null,
  effect: `What ${name} does.`,
  frozen: null,
  ...rest,
});

const FIELDS = [
  field("depth", { value: 4, frozen: "The model is built." }),
  field("eval_every"),
  field("matrix_lr", { type: "float", value: 0.02, min: 0 }),
];

function dialog(fields: readonly PatchField[] = FIELDS, step = () => 1203) {
  const applied: Array<Record<string, number>> = [];
  let isOpen = true;
  let outdated: string | null = null;
  let told = fields;
  const overlay = new PatchDialog(
    {
      fields: () => told,
      doubts: patchDoubts,
      stage: "base_train",
      outdated: () => outdated,
      step,
      apply: (values) => void applied.push(values),
    },
    () => {
      isOpen = false;
    },
  );
  return {
    overlay,
    applied,
    isOpen: () => isOpen,
    tell: (changed: readonly PatchField[]) => {
      told = changed;
    },
    outdate: (why: string) => {
      outdated = why;
    },
    press: (...names: string[]) => {
      for (const name of names) overlay.key({ name, text: null });
    },
    type: (text: string) => {
      for (const letter of text) overlay.key({ name: letter, text: letter });
    },
    shown: (width = 80, height = 24) => {
      const canvas = new Canvas(width, height);
      overlay.draw(canvas.region(), new Zones());
      return canvas.toText();
    },
  };
}

test("fields that can be patched come first, frozen ones with their reason", () => {
  const rows = dialog().shown().split("\n");
  const at = (text: string) => rows.findIndex((row) => row.includes(text));
  expect(at("eval_every")).toBeLessThan(at("matrix_lr"));
  expect(at("matrix_lr")).toBeLessThan(at("depth"));
  expect(rows[at("depth")]).toContain("frozen: The model is built.");
  expect(rows[at("eval_every")]).toContain("a whole number, 1 or more");
});

test("several fields are typed, looked at as a diff, and applied by the button that one has moved to", () => {
  const { press, type, shown, applied, isOpen } = dialog();
  type("50");
  press("down");
  type("0.01");
  press("enter");
  expect(shown()).toContain("✎ eval_every  100 → 50");
  expect(shown()).toContain("✎ matrix_lr  0.02 → 0.01");
  expect(shown()).toContain("What matrix_lr does.");
  expect(shown()).toContain("about step 1,203");
  expect(applied).toEqual([]);
  press("tab", "enter");
  expect(applied).toEqual([{ eval_every: 50, matrix_lr: 0.01 }]);
  expect(isOpen()).toBe(false);
});

test("in the preview y applies, as it does what any question asks, and enter goes back", () => {
  const { press, type, shown, applied, isOpen } = dialog();
  type("50");
  press("enter");
  expect(shown()).toContain("y Apply");
  expect(shown(60)).toContain("y applies · tab button · enter presses it · esc back");
  press("enter", "enter", "y");
  expect(applied).toEqual([{ eval_every: 50 }]);
  expect(isOpen()).toBe(false);
});

test("once another stage runs, it says so and applies nothing, whether values are typed or looked at", () => {
  const { press, type, shown, applied, isOpen, outdate } = dialog();
  expect(shown()).toContain("patch base_train");
  type("50");
  press("enter");
  expect(shown()).toContain("patch base_train: preview");
  outdate("chat_sft runs now.");
  expect(shown()).toContain("chat_sft runs now.");
  press("tab", "enter");
  expect(applied).toEqual([]);
  expect(isOpen()).toBe(true);
  expect(shown()).toContain("chat_sft runs now.");
  press("enter");
  expect(shown()).not.toContain("preview ─");
  press("tab", "enter");
  expect(applied).toEqual([]);
});

test("what another window applies meanwhile is in force here too; a value that is typed stays, and is said to be overtaken", () => {
  const { press, type, shown, applied, tell } = dialog();
  type("25");
  tell([field("eval_every", { value: 50 }), field("matrix_lr", { type: "float", value: 0.01, min: 0 }), FIELDS[0]!]);
  expect(shown()).toMatch(/eval_every +50 +25 +▲ was 100 as you typed/);
  expect(shown()).toMatch(/matrix_lr +0\.01 +a number/);
  // What is typed from now on is typed for what stands there.
  press("down");
  type("0.02");
  expect(shown()).toMatch(/matrix_lr +0\.01 +0\.02 +a number/);
  press("enter");
  expect(shown()).toContain("✎ eval_every  50 → 25");
  expect(shown()).toContain("▲ eval_every was 100 as you typed: it was changed elsewhere.");
  expect(shown()).toContain("✎ matrix_lr  0.01 → 0.02");
  press("tab", "enter");
  expect(applied).toEqual([{ eval_every: 25, matrix_lr: 0.02 }]);
});

test("once another stage runs, the form keeps the values of its own", () => {
  const { shown, tell, outdate } = dialog();
  outdate("chat_sft runs now.");
  tell([field("eval_every", { value: 7 })]);
  expect(shown()).toMatch(/eval_every +100/);
});

test("the preview of an interval that is switched off says so", () => {
  const { type, press, shown } = dialog([field("save_every", { min: -1, off: "off: no more checkpoints before the end" })]);
  type("0");
  press("enter");
  expect(shown()).toMatch(/save_every +100 → 0[\s│]+off: no more checkpoints before the end/);
});

test("a tenfold rate is warned of in the preview, which asks once", () => {
  const { press, type, shown, applied } = dialog();
  press("down");
  type("0.2");
  press("enter");
  expect(shown().replace(/[│\s]+/g, " ")).toContain(
    "▲ matrix_lr would be 0.2, 10 times the 0.02 of now: the loss may climb, or become NaN.",
  );
  press("tab", "enter");
  expect(applied).toEqual([{ matrix_lr: 0.2 }]);
});

test("enter, pressed again and again, applies nothing", () => {
  const { press, type, applied, isOpen } = dialog();
  type("50");
  press("enter", "enter", "enter", "enter", "enter");
  expect(applied).toEqual([]);
  expect(isOpen()).toBe(true);
});

test("a wrong value is told as it is typed, and there is no preview of it", () => {
  const { press, type, shown } = dialog();
  type("0");
  expect(shown()).toContain("eval_every takes 1 or more, not 0");
  press("enter");
  expect(shown()).not.toContain("All ranks take this");
  type(".5");
  expect(shown()).toContain("eval_every takes a whole number, not 0.5");
  press("ctrl+u");
  type("7");
  expect(shown()).not.toContain("takes a whole number, not");
});

test("with nothing typed, or the value that is there already, enter says that nothing is changed", () => {
  const { press, type, shown } = dialog();
  press("enter");
  expect(shown()).toContain("Nothing is changed yet");
  type("100");
  press("enter");
  expect(shown()).toContain("Nothing is changed yet");
});

test("nothing can be typed for a frozen field", () => {
  const { press, type, shown, applied } = dialog();
  press("down", "down");
  type("8");
  expect(shown()).toContain("Frozen: The model is built.");
  press("enter", "tab", "enter");
  expect(applied).toEqual([]);
});

test("/ narrows the fields by names, what these stand for and effects; what is typed in one that is hidden stays, is told, and is applied", () => {
  const { press, type, shown, applied, isOpen } = dialog();
  type("50");
  type("/");
  expect(shown()).toContain("type to narrow · ↑↓ field · enter keeps · esc clears");
  type("learning rate");
  expect(shown()).not.toContain("eval_every ");
  expect(shown()).not.toContain("depth");
  expect(shown()).toContain("✎ 1 new value hidden · 1 of 3");
  press("enter");
  type("0.01");
  expect(shown()).toMatch(/matrix_lr +0\.02 +0\.01/);
  press("enter");
  expect(shown()).toContain("✎ eval_every  100 → 50");
  expect(shown()).toContain("✎ matrix_lr  0.02 → 0.01");
  press("esc", "esc");
  // First the filter goes, with the same field selected, then the form.
  expect(shown()).toMatch(/eval_every +100 +50/);
  expect(shown()).toContain("What matrix_lr does.");
  expect(shown()).not.toContain("hidden");
  press("enter", "tab", "enter");
  expect(applied).toEqual([{ eval_every: 50, matrix_lr: 0.01 }]);
  expect(isOpen()).toBe(false);
});

test("a filter that finds no field says so, a wrong value that it hides is told by name, and esc clears it", () => {
  const { press, type, shown, isOpen, overlay } = dialog();
  type("0");
  type("/");
  overlay.paste("nonsense");
  expect(shown()).toContain("Nothing is called that");
  expect(shown(40, 10)).toContain("✎ 1 new value hidden");
  press("enter", "enter");
  expect(shown()).toContain("eval_every takes 1 or more, not 0");
  expect(shown()).not.toContain("All ranks take this");
  press("esc");
  expect(shown()).toContain("matrix_lr");
  expect(isOpen()).toBe(true);
  press("esc");
  expect(isOpen()).toBe(false);
});

test("a value that is there already is no new one, hidden or not", () => {
  const { type, shown } = dialog();
  type("100");
  type("/matrix");
  expect(shown()).not.toContain("new value");
});

test("while a filter is typed the arrows go through what it leaves, and frozen fields are found as such", () => {
  const { press, type, shown } = dialog();
  type("/-frozen");
  expect(shown()).toContain("2 of 3");
  press("down");
  expect(shown()).toContain("What matrix_lr does.");
  press("esc");
  expect(shown()).toContain("What matrix_lr does.");
});

test("what the keys do is told on a terminal of 60 columns too", () => {
  expect(dialog().shown(80)).toContain("type a value · ↑↓ field · / filter · enter preview · esc leaves");
  expect(dialog().shown(60)).toContain("type a value · / filter · enter preview · esc leaves");
});

test("esc goes back from the preview with what was typed, then leaves", () => {
  const { press, type, shown, isOpen } = dialog();
  type("50");
  press("enter", "esc");
  expect(shown()).toContain("enter preview");
  expect(shown()).toMatch(/eval_every +100 +50/);
  press("esc");
  expect(isOpen()).toBe(false);
});

test("with more fields than rows the selected one is in sight, on 80×24 and on less", () => {
  const many = Array.from({ length: 40 }, (_, i) => field(`field_${String(i).padStart(2, "0")}`));
  const { press, shown } = dialog(many);
  press(...Array.from({ length: 35 }, () => "down"));
  expect(shown()).toContain("field_35");
  expect(shown()).toContain("What field_35 does.");
  expect(shown(40, 10)).toContain("field_35");
});

test("a list that goes on below says so, and that what follows is frozen", () => {
  const many = Array.from({ length: 30 }, (_, i) => field(`field_${i}`, { frozen: i < 20 ? null : "it is built in" }));
  const canvas = new Canvas(100, 30);
  new PatchDialog(
    { fields: () => many, stage: "base_train", outdated: () => null, step: () => null, apply: () => undefined },
    () => undefined,
  ).draw(canvas.region(), new Zones());
  expect(canvas.toText()).toMatch(/↓ \d+ more, 10 frozen/);
  expect(canvas.toText()).not.toMatch(/↑ \d/);
  // At 40 columns it stands below the list.
  const narrow = new Canvas(40, 10);
  const question = { fields: () => many, stage: "base_train", outdated: () => null, step: () => null, apply: () => undefined };
  new PatchDialog(question, () => undefined).draw(narrow.region(), new Zones());
  expect(narrow.toText()).toMatch(/ ↓ \d+ more, 10 frozen {2}│/);
});

test("changes that the preview has no room for are counted", () => {
  const { press, type, shown } = dialog(Array.from({ length: 12 }, (_, i) => field(`field_${i}`)));
  for (let i = 0; i < 12; i++) {
    type("7");
    press("down");
  }
  press("enter");
  expect(shown(60, 24)).toContain("✎ field_11  100 → 7");
  expect(shown(60, 14)).toMatch(/field_6 .*\n.*… and 5 more/);
});

test("a script of which nothing has been told shows that, and applies nothing", () => {
  const { press, shown, applied } = dialog([]);
  expect(shown()).toContain("The trainer has told no field.");
  press("enter", "tab", "enter");
  expect(applied).toEqual([]);
});

test("the preview tells the step as the training goes on behind it", () => {
  let step = 300;
  const { press, type, shown } = dialog(FIELDS, () => step);
  press("down");
  type("50");
  press("enter");
  expect(shown()).toContain("about step 300");
  step = 500;
  expect(shown()).toContain("about step 500");
});

test("on a small terminal the headings of the columns stay, with the count of what is below them under the list", () => {
  const long = Array.from({ length: 20 }, (_, i) => field(`core_metric_max_per_${i + 10}`, i < 10 ? {} : { frozen: "Built." }));
  const rows = dialog(long).shown(50, 16).split("\n");
  expect(rows[1]).toMatch(/field +now {2}new /);
  expect(rows[9]).toContain("core_metric_max_per_17");
  expect(rows[10]).toMatch(/↓ 12 more, 10 frozen {2}│$/);
  expect(dialog(long).shown(80, 16).split("\n")[1]).toMatch(/field +now {2}new .*↓ 12 more, 10 frozen/);
  const scrolled = dialog(long);
  for (let i = 0; i < 8; i++) scrolled.press("down");
  expect(scrolled.shown(80, 16)).toMatch(/↑ \d+ more · ↓ \d+ more/);
});

test("on a small terminal the preview still says when all of it is taken", () => {
  const { press, type, shown } = dialog();
  type("50");
  press("enter");
  expect(shown(50, 16)).toContain("All ranks take this about step 1,203: ");
  expect(shown(80, 24)).toContain("All ranks take this at the same step, about step 1,203: ");
});
