import { afterEach, expect, test } from "bun:test";
import { addPanel, panelsOf, settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("a screen that was given a title is saved under a name made of it, unless one types another", async () => {
  const { terminal } = await start(trainedRun(), {}, [120, 40]);
  terminal.press("N", "t");
  terminal.type("Losses, all (2)");
  terminal.press("enter", "ctrl+s");
  expect(terminal.shown).toContain("losses-all-2");
});

test("a screen that is deleted is left: what comes next must not change the one that is shown then", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services } = started;
  terminal.press("N");
  addPanel(started, "progress");
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
  addPanel(started, "progress");
  addPanel(started, "loss");
  await save();
  expect(terminal.shown).not.toContain("nothing to undo");
  terminal.press("u");
  expect(panelsOf(started)).toEqual(["progress"]);
  expect(shell.screens.isChanged()).toBe(true);
  terminal.press("ctrl+r");
  expect(shell.screens.isChanged()).toBe(false);
  terminal.press("s");
  terminal.type("screen-1-2");
  terminal.press("enter");
  await settle(() => shell.screens.name === "screen-1-2" && !shell.screens.isChanged());
  terminal.press("u");
  expect([shell.screens.name, shell.screens.spec.title, ...panelsOf(started)]).toEqual(["screen-1-2", "Screen 1 2", "progress"]);
  await save();
  const file = { file: "/home/screens/screen-1-2.yaml", ours: false, overOurs: false };
  services.files = [...services.files.slice(0, 1), { ...file, screen: { name: "screen-1-2", title: "Mine", layout: { panel: "log" } } }];
  services.screenStamp++;
  tick(1500);
  expect(panelsOf(started)).toEqual(["log"]);
  terminal.press("u");
  expect(panelsOf(started)).toEqual(["progress"]);
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
  addPanel(started, "loss");
  terminal.press("ctrl+s");
  await settle(() => !shell.screens.isChanged());
  expect(shell.notices.all.at(-1)?.text).toContain("is in mine.yaml.bak beside it");
  services.files = [{ ...file, screen: { ...screen, layout: { panel: "events" } } }];
  services.brokenScreens = [];
  services.screenStamp++;
  tick(1500);
  expect(shell.screens.spec.layout).toEqual({ panel: "events" });
  const said = shell.notices.visible(shell.now).map(({ text }) => text);
  expect(said).toContain("mine can be used again");
  expect(said.join()).not.toContain("There is no panel lgo");
});

test("what a file said before it was broken outside is in no file: it is asked about on leaving, written again, or given up", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, shell, services, tick } = started;
  const mine = { file: "/home/screens/mine.yaml", ours: false, overOurs: false };
  const be = (isBroken: boolean) => {
    services.files = isBroken ? [] : [{ ...mine, screen: { name: "mine", title: "Mine", layout: { panel: "log" } } }];
    services.brokenScreens = isBroken ? [{ name: "mine", file: mine.file, why: "line 1: [ is not closed" }] : [];
    services.screenStamp++;
    tick(1500);
  };
  be(false);
  shell.showScreen("mine");
  be(true);
  expect(shell.notices.all.at(-1)?.text).toContain("ctrl+s writes it again");
  expect(shell.screens.unsaved.map(({ spec }) => spec.name)).toEqual(["mine"]);
  terminal.press("q");
  expect(terminal.shown).toContain("unsaved changes of the screen Mine");
  terminal.press("esc", "ctrl+s");
  await settle(() => !shell.screens.isChanged());
  expect(services.files.map(({ screen }) => screen.layout)).toEqual([{ panel: "log" }]);
  expect(shell.notices.all.at(-1)?.text).toContain("is in mine.yaml.bak beside it");
  be(true);
  terminal.press("e");
  addPanel(started, "loss");
  terminal.press("R", "y");
  expect([shell.screens.name, ...panelsOf(started)]).toEqual(["mine", "log"]);
  terminal.press("R");
  expect(terminal.shown).toContain("Mine is in no file that can be used");
  terminal.press("y");
  expect(shell.screens.name).toBe("overview");
  expect(shell.screens.list.map(({ name }) => name)).not.toContain("mine");
});

test("the list of screens has those that are broken, marked as that, and choosing one says where it is wrong and what tells the rest", async () => {
  const { terminal, shell, services, tick } = await start(trainedRun(), {}, [80, 24]);
  services.brokenScreens = [{ name: "mine", file: "/home/screens/mine.yaml", why: "line 3: There is no panel lgo. Did you mean log?" }];
  services.screenStamp++;
  tick(1500);
  terminal.press("w");
  terminal.type("mine");
  expect(terminal.shown).toMatch(/│ +mine +broken: line 3: There is no panel lgo/);
  terminal.press("enter");
  expect(shell.screens.name).toBe("overview");
  const told = shell.notices.all.at(-1)?.text ?? "";
  expect(told).toStartWith("/home/screens/mine.yaml cannot be used: line 3: There is no panel lgo. Did you mean log?");
  expect(told).toContain("`nanochat-cli screens validate /home/screens/mine.yaml`");
  services.brokenScreens = [];
  services.screenStamp++;
  tick(1500);
  terminal.press("w");
  terminal.type("mine");
  expect(terminal.shown).toContain("Nothing is called that");
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
  expect([shell.screens.name, ...panelsOf(started)]).toEqual(["mine", "log"]);
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
  addPanel(started, "loss");
  services.files = [{ ...file, screen: { name: "mine", title: "Mine", layout: { panel: "events" } } }];
  services.screenStamp++;
  tick(1500);
  expect(panelsOf(started)).toEqual(["log", "loss"]);
  expect(terminal.shown).toContain("changed outside");
  terminal.press("R", "y");
  expect(panelsOf(started)).toEqual(["events"]);
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
  addPanel(started, "loss");
  outside("events");
  outside("note");
  const told = (): string[] => shell.notices.all.map(({ text }) => text).filter((text) => text.startsWith("Kept in"));
  terminal.press("ctrl+s");
  await settle(() => told().length === 1);
  expect(told()[0]).toContain("is in mine.yaml.bak beside it");
  expect(panelsOf(started)).toEqual(["log", "loss"]);
  addPanel(started, "host");
  terminal.press("ctrl+s");
  await settle(() => told().length === 2);
  expect(told()[1]).not.toContain(".bak");
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

test("a new screen takes the name of a shipped one only after a yes, and is marked then", async () => {
  const started = await start(trainedRun(), {}, [120, 40]);
  const { terminal, services } = started;
  terminal.press("N");
  addPanel(started, "note");
  terminal.press("s", "ctrl+u");
  terminal.type("validation");
  terminal.press("enter");
  expect(terminal.shown).toContain("D in the editor brings that");
  expect(services.files).toEqual([]);
  terminal.press("esc", "s", "ctrl+u");
  terminal.type("validation");
  terminal.press("enter", "y");
  await settle(() => services.files.length === 1);
  terminal.press("esc", "w");
  expect(terminal.shown).toContain("validation · replaces the shipped one · shown");
});
