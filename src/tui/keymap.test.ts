import { afterEach, expect, test } from "bun:test";
import { type NamedAction, USUAL_KEYS } from "../core/keys.ts";
import { ok } from "../core/result.ts";
import type { UserFile } from "../services/user-files.ts";
import { ACTIONS } from "./actions.ts";
import { keyName } from "./key-names.ts";
import { keyOfActions, readKeymap } from "./keymap.ts";
import { start, stopAll } from "./shell-fixture.ts";

afterEach(stopAll);

const file = (text: string, path = "/h/keymap.yaml"): UserFile => ({ name: "keymap", file: path, text: ok(text) });
const read = (...texts: string[]) =>
  readKeymap(
    ACTIONS,
    texts.map((text, i) => file(text, `/${i}/keymap.yaml`)),
  );
const keysOf = ({ actions }: ReturnType<typeof read>, id: string) => actions.find((action) => action.id === id)?.keys;
const mistakes = (text: string): string[] => read(text).files[0]?.mistakes ?? [];

test("every key that we give an action is written as a keymap file writes it", () => {
  for (const { keys } of ACTIONS) for (const key of keys) expect(keyName(key)).toEqual({ key });
});

test("a key may be written in several ways", () => {
  expect(["Escape", "Ctrl+P", "shift+ctrl+left", "Option+x", "alt++", "+", "PgUp"].map(keyName)).toEqual(
    ["esc", "ctrl+p", "ctrl+shift+left", "alt+x", "alt++", "+", "pageup"].map((key) => ({ key })),
  );
});

test("a file gives actions other keys, or none; what it does not name keeps ours", () => {
  const map = read("run.save: [F5, ctrl+k]\nrun.stop: []\nnotices: Q\n");
  expect(map.files[0]?.mistakes).toEqual([]);
  expect([keysOf(map, "run.save"), keysOf(map, "run.stop"), keysOf(map, "notices"), keysOf(map, "help")]).toEqual([
    ["f5", "ctrl+k"],
    [],
    ["Q"],
    ["?", "f1"],
  ]);
});

test("two actions of a group may swap their keys", () => {
  const map = read("run.save: [p]\nrun.patch: [s]\n");
  expect(map.files[0]?.mistakes).toEqual([]);
  expect(keysOf(map, "run.save")).toEqual(["p"]);
});

test("a later file counts, action by action", () => {
  const map = read("run.save: [f5]\nrun.stop: [f6]\n", "run.save: [f7]\n");
  expect([keysOf(map, "run.save"), keysOf(map, "run.stop")]).toEqual([["f7"], ["f6"]]);
  expect(map.from.get("run.stop")).toBe("/0/keymap.yaml");
});

test("what cannot be used is told with its line, and our keys stay", () => {
  const text = "run.safe: [x]\nrun.stop: [hyper+x]\nrun.sample: [entr]\nrun.patch: [s]\nback: [ctrl+c]\nhelp: [~]\n";
  const map = read(text);
  expect(map.files[0]?.mistakes).toEqual([
    "line 1: There is no action run.safe. Did you mean run.save?",
    "line 2: run.stop: hyper+x: hyper is no modifier: there are ctrl, alt, shift. docs/keymap.md lists the keys.",
    "line 3: run.sample: entr: there is no key entr. Did you mean enter?",
    "line 5: back: ctrl+c: ctrl+c always interrupts, and twice leaves. docs/keymap.md lists the keys.",
    "line 6: help: a key is a text: some signs, such as ~, need quotes",
    "line 4: s is run.save (Save now) already: its own keys stay",
  ]);
  expect(map.actions).toEqual(ACTIONS);
});

test("a key that another action of the same place has is told with both, and which of them wins", () => {
  expect(mistakes("chart.axis: x\nscreen.next: [p]\n")).toEqual([
    "line 2: p is run.patch (Patch…) and screen.next (Next screen): on Train the first one wins. Give one another key",
  ]);
  expect(mistakes("run.save: ':'\n")).toEqual([
    "line 1: : is run.save (Save now) and palette (Palette): on Train the first one wins. Give one another key",
  ]);
  expect(keysOf(read("screen.next: [p]\n"), "screen.next")).toEqual(["p"]);
});

test("what lies elsewhere may have the same key, and what ours share stays shared", () => {
  expect(mistakes("config.diff: [p]\nscreen.1: [alt+1, f5]\n")).toEqual([]);
  expect(mistakes("run.save: [f5, ctrl+k]\nchart.axis: X\nrun.stop: []\n")).toEqual([]);
  expect(mistakes("run.patch: [f5]\nscreen.next: [p]\n")).toEqual([]);
});

test("a key that is another one to many terminals is told", () => {
  expect(mistakes("log.follow: ctrl+i\n")).toEqual(["line 1: log.follow: ctrl+i is tab to many terminals: another key works in all"]);
});

test("an entry that gives way may bring another one to give way too", () => {
  const map = read("run.save: [p]\nrun.patch: [v]\n");
  expect(map.actions).toEqual(ACTIONS);
  expect(map.files[0]?.mistakes).toHaveLength(2);
});

test("no text makes it fail", () => {
  for (const text of ["", "#", "[", "- a", "1", "a: {b: c}", "run.save: {a: 1}", "run.save: [[s]]", "\u0000", 'help: [""]']) mistakes(text);
  expect(mistakes("- a")).toEqual(["A keymap is a list of `action: [keys]`"]);
});

test("keys, footer, help and palette follow the file, and a mistake is told", async () => {
  const { terminal, services, shell } = await start(undefined, {}, undefined, (fake) => {
    fake.ownKeys = [file("run.save: [f5]\nrun.stop: []\nnotice: [x]\n")];
  });
  expect(terminal.shown).toContain("f5 save now");
  expect(terminal.shown).not.toContain("S stop");
  terminal.press("s");
  expect(services.asked).toEqual([]);
  terminal.press("f5");
  expect(services.asked.map(([, kind]) => kind)).toEqual(["save"]);
  terminal.press("?");
  expect(terminal.shown).toMatch(/f5 +Save now/);
  terminal.press("esc", ":");
  expect(terminal.shown).toMatch(/Save now .*f5/);
  expect(shell.notices.all.map(({ text }) => text)).toContain("/h/keymap.yaml: line 3: There is no action notice. Did you mean notices?");
});

test("a key that a keymap file has taken from its action says so once, and what does it now", async () => {
  const { terminal, services, shell } = await start(undefined, {}, undefined, (fake) => {
    fake.ownKeys = [file("run.save: [f5]\nrun.stop: []\n")];
  });
  const told = (): string[] => shell.notices.all.map(({ text }) => text);
  terminal.press("S");
  expect(told()).toEqual(["Stop…: keymap.yaml gives it no key: the palette has it (:)"]);
  expect(terminal.shown).toContain("keymap.yaml gives it no key");
  terminal.press("S", "s", "ù");
  expect(told().slice(1)).toEqual(["Save now: keymap.yaml has it on f5, not on s"]);
  expect(services.asked).toEqual([]);
});

test("sentences name the keys of the keymap, and the palette's for what has none", async () => {
  const { terminal, shell } = await start(null, { initialTab: "train" }, undefined, (fake) => {
    fake.ownKeys = [file("tab.runs: [f6]\nconfig.open: []\n")];
  });
  shell.draw();
  expect(terminal.shown).toContain("f6 lists the runs");
  shell.setTab("config");
  shell.draw();
  expect(terminal.shown).toContain(": opens a prefab or a past run");
});

test("the keys that sentences have by themselves are those of the action table", () => {
  for (const [id, key] of Object.entries(USUAL_KEYS)) expect([id, keyOfActions(ACTIONS)(id as NamedAction)]).toEqual([id, key]);
});
