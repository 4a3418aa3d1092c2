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
  // Whoever has begun it is asked for its name, once: what is typed then is no key.
  terminal.press("ctrl+s");
  terminal.type("losses");
  terminal.press("enter");
  await settle(() => services.files.length === 1);
  expect(services.files[0]?.screen).toMatchObject({ name: "losses", title: "Losses" });
  await settle(() => !shell.screens.isChanged());
  terminal.press("d", "ctrl+s");
  await settle(() => services.files[0]?.screen.layout !== undefined && leaves(services.files[0].screen.layout).length === 4);
  await settle(() => !shell.screens.isChanged());
  terminal.press("esc");
  expect(shell.screens.editing).toBe(false);
});

test("a screen that was given a title is saved under a name made of it, unless one types another", async () => {
  const { terminal } = await start(trainedRun(), {}, [120, 40]);
  terminal.press("N", "t");
  terminal.type("Losses, all (2)");
  terminal.press("enter", "ctrl+s");
  expect(terminal.shown).toContain("losses-all-2");
});

test("where a screen without panels says that one can be added, a click does that", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal } = started;
  terminal.press("N");
  terminal.click("adds one");
  expect(terminal.shown).toContain("╭ add a panel");
  terminal.type("log");
  terminal.press("enter");
  expect(panels(started)).toEqual(["log"]);
});

test("the footer has the key without which panels that find their own places cannot be resized, as long as there are some", async () => {
  const started = await start(trainedRun(), {}, [200, 60]);
  const { terminal } = started;
  terminal.press("N");
  add(started, "progress");
  add(started, "loss");
  expect(terminal.row(-2)).toContain("F stand in rows and columns");
  terminal.press("F");
  expect(terminal.row(-2)).not.toContain("rows and columns");
  terminal.press("F");
  expect(terminal.shown).toContain("these panels stand in rows and columns already");
});

test("a screen that is deleted is left: what comes next must not change the one that is shown then", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services } = started;
  terminal.press("N");
  add(started, "progress");
  terminal.press("ctrl+s", "enter");
  await settle(() => services.files.length === 1);
  terminal.press("D", "y");
  expect(services.files).toEqual([]);
  expect(shell.screens.editing).toBe(false);
  terminal.press("d");
  expect(shell.screens.unsaved).toEqual([]);
});

test("undo goes on behind a save, under another name too; what is taken back is a change again, and an edit outside can be undone", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services, tick } = started;
  const save = async () => {
    terminal.press("ctrl+s");
    // The name of one that is in no file yet.
    if (shell.overlays.current !== null) terminal.press("enter");
    await settle(() => !shell.screens.isChanged());
  };
  terminal.press("N");
  add(started, "progress");
  add(started, "loss");
  await save();
  expect(terminal.shown).not.toContain("nothing to undo");
  terminal.press("u");
  expect(panels(started)).toEqual(["progress"]);
  expect(shell.screens.isChanged()).toBe(true);
  terminal.press("ctrl+r");
  expect(shell.screens.isChanged()).toBe(false);
  terminal.press("s");
  terminal.type("screen-1-2");
  terminal.press("enter");
  await settle(() => shell.screens.name === "screen-1-2" && !shell.screens.isChanged());
  terminal.press("u");
  expect([shell.screens.name, shell.screens.spec.title, ...panels(started)]).toEqual(["screen-1-2", "Screen 1 2", "progress"]);
  await save();
  const file = { file: "/home/screens/screen-1-2.yaml", ours: false, overOurs: false };
  services.files = [...services.files.slice(0, 1), { ...file, screen: { name: "screen-1-2", title: "Mine", layout: { panel: "log" } } }];
  services.screenStamp++;
  tick(1500);
  expect(panels(started)).toEqual(["log"]);
  terminal.press("u");
  expect(panels(started)).toEqual(["progress"]);
});

test("a copy under another name is called by it, unless somebody has given it a title", async () => {
  const { terminal, shell, services } = await start(trainedRun(), {}, [120, 40]);
  const titles = () => services.files.map(({ screen }) => `${screen.name}: ${screen.title}`);
  const saveAs = async (name: string) => {
    terminal.press("s");
    terminal.type(name);
    terminal.press("enter");
    await settle(() => shell.screens.name === name && !shell.screens.isChanged());
  };
  terminal.press("e");
  await saveAs("mine");
  expect(titles()).toEqual(["mine: Mine"]);
  expect(shell.screens.list.map(({ title }) => title).filter((title) => title === "Overview")).toEqual(["Overview"]);
  terminal.press("t");
  terminal.type("Far out");
  terminal.press("enter");
  await saveAs("other");
  expect(titles()).toEqual(["mine: Mine", "other: Far out"]);
});

test("a panel is sized where that can be seen; where those around it have nothing to give it is refused, and nothing changes unseen", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 24]);
  const heights = () => shell.placed().map(({ pane, rect }) => `${pane.id} ${rect.height}`);
  shell.showScreen("logs");
  terminal.press("e");
  shell.focus("log");
  shell.draw();
  const before = heights();
  terminal.press("alt+down");
  expect(terminal.shown).toContain("what stands above and below it has no rows to give on this terminal");
  expect(heights()).toEqual(before);
  expect(shell.screens.isChanged()).toBe(false);
  terminal.press("alt+up");
  expect(heights()).not.toEqual(before);
  expect(shell.screens.isChanged()).toBe(true);
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
  terminal.press("enter");
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

test("on a row of text the first letter begins it, whatever it is elsewhere, and ? tells the keys", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [160, 45]);
  shell.screens.create("one", "One", { panel: "loss" });
  terminal.press("e", "enter", "?");
  expect(terminal.shown).toContain("go from row to row");
  terminal.press("down");
  expect(terminal.shown).not.toContain("go from row to row");
  for (const title of ["My loss", "quick look", "jkhl"]) {
    terminal.type(title);
    terminal.press("enter");
    expect(shell.screens.spec.layout).toMatchObject({ title });
  }
  terminal.press("esc");
  expect(shell.screens.editing).toBe(true);
});

test("a chart that is added shows a metric that the run has, and its form offers their names and doubts others", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell } = started;
  shell.screens.create("one", "One", { panel: "log" });
  terminal.press("e");
  add(started, "chart");
  expect(leaves(shell.screens.spec.layout)[1]?.spec).toEqual({ panel: "chart", options: { metrics: ["train/loss"] } });
  terminal.press("enter");
  expect(terminal.shown.match(/│ +Title {2}/g)?.length).toBe(1);
  expect(terminal.shown).toContain("Title of the metrics");
  terminal.press("down", "enter", "ctrl+u");
  expect(terminal.shown).toContain("tab: train/loss  train/loss_raw");
  expect(terminal.shown).not.toContain("time/wall");
  terminal.press("tab");
  expect(terminal.shown).toMatch(/Metrics +train\/loss /);
  terminal.press("tab");
  expect(terminal.shown).toMatch(/Metrics +train\/loss_raw /);
  expect(terminal.shown).toContain("tab: train/loss  train/loss_raw");
  terminal.press("ctrl+u");
  terminal.type("losss");
  expect(terminal.shown).toContain("No metric of this run is called losss; did you mean train/loss?");
  terminal.press("ctrl+u");
  terminal.type("dt");
  expect(terminal.shown).toContain("tab: train/dt");
  terminal.press("tab", "enter");
  expect(leaves(shell.screens.spec.layout)[1]?.spec.options).toEqual({ metrics: ["train/dt"] });
  terminal.press("enter");
  terminal.type(",later/one");
  terminal.press("enter");
  expect(leaves(shell.screens.spec.layout)[1]?.spec.options).toEqual({ metrics: ["train/dt", "later/one"] });
  expect(terminal.shown).toContain("No metric of this run is called later/one");
});

test("the footer of editing tells the arrows and how to save, at 80 columns as well, and how to undo where there is room", async () => {
  for (const [width, undo] of [
    [80, false],
    [120, true],
  ] as const) {
    const started = await start(trainedRun(), {}, [width, 24]);
    started.terminal.press("e");
    add(started, "log");
    const footer = started.terminal.row(-2);
    expect(footer).toContain(" a add  arrows select, shift move, alt size  ctrl+s save  ");
    expect(footer).toContain("esc done");
    expect(footer).toContain("? help");
    expect(footer.includes("u undo")).toBe(undo);
  }
});

test("a panel that finds its own place says how it can be resized", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 40]);
  const said = () => shell.notices.all.at(-1)?.text;
  terminal.press("e", "alt+right");
  expect(said()).toContain("F makes rows and columns of them as they stand, which can be resized");
  terminal.press("F", "alt+right", "F");
  expect(said()).toContain("stand in rows and columns already");
});

test("what stands below for want of room says so, and F writes just that", async () => {
  const started = await start(trainedRun(), {}, [80, 40]);
  const { terminal, shell } = started;
  const said = () => shell.notices.all.at(-1)?.text ?? "";
  shell.screens.create("one", "One", { panel: "loss" });
  terminal.press("e");
  add(started, "log", "A");
  expect(said()).toBe("");
  add(started, "progress", "A");
  expect(said()).toBe("it stands below: side by side these panels do not fit in 80 columns");
  expect(shell.screens.spec.layout).toMatchObject({ split: "columns" });
  terminal.press("alt+down");
  expect(said()).toContain("side by side these panels do not fit in 80 columns, so they are stacked: F keeps them so");
  const before = shell.placed().map(({ pane, rect }) => [pane.id, rect]);
  terminal.press("F");
  expect(shell.screens.spec.layout).toMatchObject({ split: "rows", parts: [{ panel: "loss" }, { panel: "log" }, { panel: "progress" }] });
  expect(shell.placed().map(({ pane, rect }) => [pane.id, rect])).toEqual(before);
  terminal.press("alt+down");
  expect(shell.placed().map(({ pane, rect }) => [pane.id, rect])).not.toEqual(before);
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
  terminal.press("e");
  add(started, "loss");
  terminal.press("ctrl+s");
  await settle(() => !shell.screens.isChanged());
  expect(shell.notices.all.at(-1)?.text).toContain("is in /home/screens/mine.yaml.bak");
  services.files = [{ ...file, screen: { ...screen, layout: { panel: "events" } } }];
  services.brokenScreens = [];
  services.screenStamp++;
  tick(1500);
  expect(shell.screens.spec.layout).toEqual({ panel: "events" });
  expect(shell.notices.all.map(({ text }) => text)).toContain("mine can be used again");
});

test("the file of what is shown is removed outside: that is told with its name, and it can be kept again or given up", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services, tick } = started;
  const own = { ours: false, overOurs: false };
  const [mine, loss] = [
    { ...own, file: "/home/screens/mine.yaml", screen: { name: "mine", title: "Mine", layout: { panel: "log" } } },
    { ...own, file: "/home/screens/other.yaml", screen: { name: "other", title: "Other", layout: { panel: "loss" } } },
  ];
  const be = (...files: typeof services.files) => {
    services.files = files;
    services.screenStamp++;
    tick(1500);
  };
  be(mine, loss);
  shell.showScreen("mine");
  be(mine);
  expect(shell.notices.all.some(({ text }) => text.includes("removed"))).toBe(false);
  be();
  expect(shell.notices.all.at(-1)?.text).toContain("/home/screens/mine.yaml was removed outside; shown is what it said. ctrl+s");
  expect([shell.screens.name, ...panels(started)]).toEqual(["mine", "log"]);
  terminal.press("ctrl+s", "enter");
  await settle(() => services.files.length === 1 && !shell.screens.isChanged());
  be();
  terminal.press("e", "R", "y");
  expect(shell.screens.name).toBe("overview");
  expect(shell.notices.all.filter(({ text }) => text.includes("removed outside"))).toHaveLength(2);
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

test("saving over a file that was changed outside keeps a copy of it, once", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services, tick } = started;
  const file = { file: "/home/screens/mine.yaml", ours: false, overOurs: false };
  const outside = (panel: string): void => {
    services.files = [{ ...file, screen: { name: "mine", title: "Mine", layout: { panel } } }];
    services.screenStamp++;
    tick(1500);
  };
  outside("log");
  shell.showScreen("mine");
  terminal.press("e");
  add(started, "loss");
  outside("events");
  outside("note");
  const told = (): string[] => shell.notices.all.map(({ text }) => text).filter((text) => text.startsWith("Kept in"));
  terminal.press("ctrl+s");
  await settle(() => told().length === 1);
  expect(told()[0]).toContain("/home/screens/mine.yaml.bak");
  expect(panels(started)).toEqual(["log", "loss"]);
  add(started, "host");
  terminal.press("ctrl+s");
  await settle(() => told().length === 2);
  expect(told()[1]).not.toContain(".bak");
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

test("the key that is named for unsaved changes keeps them outside of the editor too, and what became of them takes the notice's place", async () => {
  const { terminal, shell, services } = await start(trainedRun(), {}, [120, 40]);
  const newest = (): string | undefined => shell.notices.visible(shell.now).at(-1)?.text;
  terminal.press("e", "d", "esc");
  expect(newest()).toBe("Overview has unsaved changes: ctrl+s keeps them in a file");
  expect(terminal.row(-2)).toContain("ctrl+s save the screen");
  terminal.press("e", "R", "y");
  expect(newest()).toBe("Overview is as it was saved");
  expect(terminal.shown).not.toContain("has unsaved changes");
  terminal.press("d", "esc", "ctrl+s");
  await settle(() => services.files.length === 1);
  await settle(() => !shell.screens.isChanged());
  shell.draw();
  expect(terminal.row(-2)).not.toContain("save the screen");
});
