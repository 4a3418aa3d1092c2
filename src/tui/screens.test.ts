import { afterEach, expect, test } from "bun:test";
import { leaves } from "../screens/tree.ts";
import { arranged } from "./screens/train.ts";
import type { Started } from "./shell-fixture.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

const panels = ({ shell }: Started): string[] => leaves(shell.screens.spec.layout).map(({ spec }) => spec.panel);

/** Adds a panel by typing its name into the list. */
function add({ terminal }: Started, name: string, key = "a"): void {
  terminal.press(key);
  terminal.type(name);
  terminal.press("enter");
}

test("a screen is built from nothing by keys alone, saved, changed, undone and done again", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services } = started;
  terminal.press("N");
  expect(terminal.shown).toContain("This screen has no panels");
  add(started, "progress");
  add(started, "loss");
  add(started, "log", "A");
  expect(panels(started)).toEqual(["progress", "loss", "log"]);
  terminal.press("d", "shift+up", "u");
  expect(panels(started)).toEqual(["progress", "loss", "log", "log"]);
  terminal.press("u");
  expect(panels(started)).toEqual(["progress", "loss", "log"]);
  terminal.press("ctrl+r", "u");
  terminal.press("ctrl+s");
  await settle(() => services.files.length === 1);
  expect(services.files[0]?.screen.name).toBe("screen-1");
  await settle(() => !shell.screens.isChanged());
  terminal.press("esc");
  expect(shell.screens.editing).toBe(false);
});

test("a screen is built from nothing by the mouse alone", async () => {
  const started = await start(trainedRun(), {}, [160, 45]);
  const { terminal, shell, services } = started;
  terminal.click("+");
  terminal.click("a add  ");
  terminal.click("progress  ");
  terminal.click("a add  ");
  terminal.click("loss  ");
  expect(panels(started)).toEqual(["progress", "loss"]);
  const rect = (id: string) => shell.placed().find(({ pane }) => pane.id === id)!.rect;
  // Carried by its title onto the other one, they change places.
  const [from, to] = [rect("progress"), rect("loss")];
  terminal.drag([from.x + 10, from.y], [to.x + 10, to.y + 3]);
  expect(panels(started)).toEqual(["loss", "progress"]);
  terminal.click("save");
  await settle(() => services.files.length === 1);
  terminal.click("esc done");
  expect(shell.screens.editing).toBe(false);
});

test("an edge is dragged, all cells of it one change to be undone", async () => {
  const started = await start(trainedRun(), {}, [160, 45]);
  const { terminal, shell } = started;
  shell.screens.create("two", "Two", { split: "columns", parts: [{ panel: "loss" }, { panel: "log" }] });
  terminal.press("e");
  const before = shell.placed().find(({ pane }) => pane.id === "loss")!.rect;
  terminal.drag([before.width - 1, 10], [before.width + 4, 10], [before.width + 9, 10]);
  expect(shell.placed().find(({ pane }) => pane.id === "loss")!.rect.width).toBe(before.width + 10);
  terminal.press("u");
  expect(shell.placed().find(({ pane }) => pane.id === "loss")!.rect.width).toBe(before.width);
});

test("options are chosen in a form, seen in the panel at once, and unset again", async () => {
  const started = await start(trainedRun(), {}, [160, 45]);
  const { terminal, shell } = started;
  shell.screens.create("one", "One", { panel: "loss" });
  terminal.press("e", "enter");
  expect(terminal.shown).toContain("Thresholds");
  terminal.press("enter");
  terminal.type("mine");
  terminal.press("enter");
  expect(shell.screens.spec.layout).toMatchObject({ panel: "loss", title: "mine" });
  terminal.press("delete", "esc");
  expect(shell.screens.spec.layout).toEqual({ panel: "loss" });
  terminal.press("u");
  expect(terminal.shown).toContain("╭ mine ");
});

test("a file that is broken outside keeps the last good screen and says where; mended, it is followed", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services, tick } = started;
  const file = { file: "/home/screens/mine.yaml", ours: false, overOurs: false };
  const screen = { name: "mine", title: "Mine", layout: { panel: "log" } };
  services.files = [{ ...file, screen }];
  services.screenStamp++;
  tick(1500);
  shell.showScreen("mine");
  services.files = [];
  services.brokenScreens = [{ name: "mine", file: file.file, why: "line 3: There is no panel lgo. Did you mean log?" }];
  services.screenStamp++;
  tick(1500);
  expect(shell.screens.spec.layout).toEqual({ panel: "log" });
  expect(terminal.shown).toContain("line 3: There is no panel lgo");
  services.files = [{ ...file, screen: { ...screen, layout: { panel: "events" } } }];
  services.brokenScreens = [];
  services.screenStamp++;
  tick(1500);
  expect(shell.screens.spec.layout).toEqual({ panel: "events" });
});

test("unsaved changes survive a file that was changed outside, and that is said", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services, tick } = started;
  const file = { file: "/home/screens/mine.yaml", ours: false, overOurs: false };
  services.files = [{ ...file, screen: { name: "mine", title: "Mine", layout: { panel: "log" } } }];
  services.screenStamp++;
  tick(1500);
  shell.showScreen("mine");
  terminal.press("e");
  add(started, "loss");
  services.files = [{ ...file, screen: { name: "mine", title: "Mine", layout: { panel: "events" } } }];
  services.screenStamp++;
  tick(1500);
  expect(panels(started)).toEqual(["log", "loss"]);
  expect(terminal.shown).toContain("changed outside");
  terminal.press("R", "y");
  expect(panels(started)).toEqual(["events"]);
});

test("while a screen is edited, its keys do nothing to the run", async () => {
  const { terminal, services } = await start();
  terminal.press("e", "s", "esc", "S", "p", "v", "g", "P");
  expect(services.asked).toEqual([]);
});

test("in every size the screens and their editing have a frame", async () => {
  const { terminal, shell } = await start();
  for (const [width, height] of [
    [1, 1],
    [20, 5],
    [59, 15],
    [80, 24],
    [120, 36],
    [240, 70],
  ] as const) {
    terminal.width = width;
    terminal.height = height;
    for (const screen of shell.screens.list) {
      shell.showScreen(screen.name);
      terminal.press("e", "a", "esc", "enter", "esc", "esc");
      expect(terminal.shown.split("\n").length).toBeLessThanOrEqual(height);
    }
  }
});

test("without a GPU its panels share one low place, which says why and what they are; who edits sees them all", async () => {
  const run = trainedRun();
  run.reader.put(0, "host/cpu", [1_700_000_000, 50]);
  const { shell, terminal, tick } = await start(run, {}, [120, 40]);
  shell.showScreen("gpu");
  tick();
  const places = (): string[][] => arranged(shell).slots.map(({ panes }) => [...panes]);
  expect(places()[0]).toEqual(["gpus", "heat", "chart", "chart 2"]);
  expect(shell.placed()[0]?.rect.height).toBe(6);
  expect(terminal.shown.match(/No GPU/g)).toHaveLength(1);
  expect(terminal.shown).toContain("tab utilisation · memory used · temperature");
  terminal.press("e");
  expect(places().every((slot) => slot.length === 1)).toBe(true);
  terminal.press("esc");
  run.reader.put(0, "gpu/0/util", [1_700_000_001, 98]);
  run.changed = true;
  tick();
  expect(places().every((slot) => slot.length === 1)).toBe(true);
});
