import { afterEach, expect, test } from "bun:test";
import { leaves } from "../screens/tree.ts";
import { arranged } from "./screens/train.ts";
import { addPanel, panelsOf, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("a screen is built from nothing by keys alone, saved, changed, undone and done again", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services } = started;
  terminal.press("N");
  expect(terminal.shown).toContain("This screen has no panels");
  addPanel(started, "progress");
  addPanel(started, "loss");
  addPanel(started, "log", "A");
  expect(panelsOf(started)).toEqual(["progress", "loss", "log"]);
  terminal.press("d", "shift+up", "u");
  expect(panelsOf(started)).toEqual(["progress", "loss", "log", "log"]);
  terminal.press("u");
  expect(panelsOf(started)).toEqual(["progress", "loss", "log"]);
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

test("where a screen without panels says that one can be added, a click does that", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal } = started;
  terminal.press("N");
  terminal.click("adds one");
  expect(terminal.shown).toContain("╭ add a panel");
  terminal.type("log");
  terminal.press("enter");
  expect(panelsOf(started)).toEqual(["log"]);
});

test("a metric is added as a chart of its own by what it is called", async () => {
  const run = trainedRun();
  run.reader.put(1, "train/lrm", [1, 1], [2, 0.9]);
  const started = await start(run, {}, [120, 40]);
  const { terminal, shell } = started;
  terminal.press("N");
  terminal.click("adds one");
  terminal.type("learning");
  expect(terminal.shown).toContain("learning-rate multiplier");
  terminal.press("enter");
  expect(leaves(shell.screens.spec.layout).map(({ spec }) => spec.options)).toEqual([{ metrics: ["train/lrm"] }]);
});

test("the footer has the key without which panels that find their own places cannot be resized, as long as there are some", async () => {
  const started = await start(trainedRun(), {}, [200, 60]);
  const { terminal } = started;
  terminal.press("N");
  addPanel(started, "progress");
  addPanel(started, "loss");
  expect(terminal.row(-2)).toContain("F make resizable");
  terminal.press("F");
  expect(terminal.row(-2)).not.toContain("make resizable");
  terminal.press("F");
  expect(terminal.shown).toContain("these panels stand in rows and columns already");
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
  expect(panelsOf(started)).toEqual(["progress", "loss"]);
  const rect = (id: string) => shell.placed().find(({ pane }) => pane.id === id)!.rect;
  // Carried by its title onto the other one, they change places.
  const [from, to] = [rect("progress"), rect("loss")];
  terminal.drag([from.x + 10, from.y], [to.x + 10, to.y + 3]);
  expect(panelsOf(started)).toEqual(["loss", "progress"]);
  terminal.click("save");
  terminal.press("enter");
  await settle(() => services.files.length === 1);
  terminal.click("esc done");
  expect(shell.screens.editing).toBe(false);
});

test("a panel that is let go at the right or the lower edge of another stands beside or below it", async () => {
  const started = await start(trainedRun(), {}, [160, 45]);
  const { terminal, shell } = started;
  const rect = (id: string) => shell.placed().find(({ pane }) => pane.id === id)!.rect;
  const carry = (id: string, [x, y]: readonly [number, number]) => terminal.drag([rect(id).x + 10, rect(id).y], [x, y]);
  shell.screens.create("one", "One", { split: "rows", parts: [{ panel: "loss" }, { panel: "log" }, { panel: "events" }] });
  terminal.press("e");
  shell.draw();
  const loss = rect("loss");
  carry("events", [loss.x + loss.width - 2, loss.y + 3]);
  expect(shell.screens.spec.layout).toMatchObject({ parts: [{ split: "columns", parts: [{ panel: "loss" }, { panel: "events" }] }, {}] });
  expect(shell.pane().id).toBe("events");
  const log = rect("log");
  carry("events", [log.x + 10, log.y + log.height - 1]);
  expect(panelsOf(started)).toEqual(["loss", "log", "events"]);
  terminal.press("u", "u");
  expect(shell.screens.canUndo).toBe(false);
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

test.each([
  [24, /the editor\./],
  [7, /go from row to row[^…]*…/],
] as const)("in %d rows the keys of the form are told to their end, or that they go on is marked", async (rows, end) => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, rows]);
  shell.screens.create("one", "One", { panel: "chart" });
  terminal.press("e", "enter", "?");
  expect(terminal.shown).toMatch(end);
  expect(terminal.shown).toContain("Title");
});

test("a field of the form that is open takes no arrows, and says what is wrong with it and how one leaves it", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell } = started;
  shell.screens.create("one", "One", { panel: "chart" });
  terminal.press("e", "enter", ...Array.from({ length: 40 }, () => "down"), "up", "enter");
  terminal.type("above 1");
  terminal.press("down");
  expect(terminal.shown).toContain("It must be a number of seconds of 0.05 or more. Mend it, or esc");
  terminal.press("ctrl+u");
  expect(terminal.shown).not.toContain("Mend it");
  terminal.press("up");
  expect(terminal.shown).toContain("This field is open: enter takes what is typed, esc leaves it");
  terminal.press("esc", "up");
  expect(terminal.shown).not.toContain("This field is open");
});

test("a chart that is added shows a metric that the run has, and its form offers their names and doubts others", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell } = started;
  shell.screens.create("one", "One", { panel: "log" });
  terminal.press("e");
  addPanel(started, "chart");
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

test("the footer of editing tells the arrows and how to save, and how to undo, at 80 columns as well", async () => {
  for (const width of [80, 120]) {
    const started = await start(trainedRun(), {}, [width, 24]);
    started.terminal.press("e");
    addPanel(started, "log");
    const footer = started.terminal.row(-2);
    expect(footer).toContain(" a add  arrows go, shift move, alt size  ctrl+s save  ");
    expect(footer).toContain("esc done");
    expect(footer).toContain("? help");
    expect(footer).toContain("u undo");
  }
});

test("the footer of editing tells how a panel is removed before what most people never need", async () => {
  const { terminal } = await start(trainedRun(), {}, [100, 24]);
  terminal.press("e");
  expect(terminal.row(-2)).toMatch(/alt size {2}del remove .*esc done/);
});

test("a panel that goes elsewhere than where it was moved, and one that cannot be sized, say so by their names", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 40]);
  const said = () => shell.notices.all.at(-1)?.text ?? "";
  terminal.press("e", "shift+right");
  expect(said()).toBe(
    "loss went one place on in the order in which these panels fill the screen: F makes rows and columns of them as they stand",
  );
  terminal.press("shift+left", "shift+left", "shift+left");
  expect(said()).toBe("loss is at the edge already");
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
  addPanel(started, "log", "A");
  expect(said()).toBe("");
  addPanel(started, "progress", "A");
  expect(said()).toBe("progress stands below: side by side these panels do not fit in 80 columns");
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

test("on a screen without a log the key of the filter opens that of the log: what is typed next is no key", async () => {
  const { terminal, shell, services } = await start(trainedRun(), {}, [120, 40]);
  shell.showScreen("timers");
  shell.draw();
  terminal.press("/", "P", "a");
  expect([shell.screens.name, shell.state.filter.log, services.asked]).toEqual(["logs", "Pa", []]);
  expect(terminal.shown).toContain("Timers has nothing to filter: this is the log on the screen Logs");
});
