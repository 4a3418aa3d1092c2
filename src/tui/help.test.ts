/** The help: what it lists first, and what keys and the mouse do in it. */
import { afterEach, expect, test } from "bun:test";
import { MARKS } from "../panels/plot-marks.ts";
import { ACTIONS } from "./actions.ts";
import { start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

test("help lists the keys of where one is, on a second ? all of them, and any other key closes it", async () => {
  const { terminal } = await start();
  terminal.press("?");
  expect(terminal.shown).toContain("Everywhere");
  expect(terminal.shown).not.toContain("Stages on disk");
  terminal.press("?");
  expect(terminal.shown).toContain("more below");
  terminal.press("pagedown");
  expect(terminal.shown).toMatch(/Stages on disk {2}elsewhere/);
  terminal.press("a");
  expect(terminal.shown).not.toContain("Stages on disk");
});

test("the key of the palette opens it from the help as well", async () => {
  const { terminal } = await start();
  terminal.press("?");
  terminal.press(":");
  await terminal.idle();
  terminal.type("theme");
  expect(terminal.shown).not.toContain("╭ help");
  expect(terminal.shown).toContain("Choose a theme");
});

test("help explains the mark at a tab that has something new, while there is one", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 60]);
  terminal.press("?");
  expect(terminal.shown).not.toContain("Marks on tabs");
  terminal.press("esc");
  shell.state.news.add("eval");
  terminal.press("?");
  expect(terminal.shown).toContain("new there: a checkpoint");
});

test("help begins with the focused panel, then its tab, then everywhere; each key stands once, at what it does there", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 60]);
  shell.focus("log");
  shell.draw();
  terminal.press("?");
  expect(terminal.shown).toMatch(/╭ help · log/);
  const heads = (): number[] =>
    ["Log", "Lists and long text", "Train", "Charts", "Screens"].map((head) => terminal.shown.search(new RegExp(`│ +${head} +│`)));
  expect(heads()).toEqual([...heads()].sort((a, b) => a - b));
  expect(heads()[0]).toBeGreaterThan(0);
  terminal.press("/");
  terminal.type("alt+1");
  expect(terminal.shown).toMatch(/alt\+1 {2}Screen 1/);
  expect(terminal.shown).not.toContain("Go to Setup");
});

test("help is narrowed by words, says how many are left, and esc takes the filter away before it closes", async () => {
  const { terminal } = await start();
  terminal.press("?", "/");
  terminal.type("panel export|copy");
  expect(terminal.shown).toMatch(/1 of \d{3}/);
  expect(terminal.shown).toMatch(/y {2}Copy this panel/);
  expect(terminal.shown).toContain("enter keeps · esc clears");
  terminal.type(" /(/");
  expect(terminal.shown).toContain("no expression yet: /(/: missing )");
  terminal.press("backspace", "backspace", "backspace", "backspace");
  terminal.press("enter", "esc");
  expect(terminal.shown).toContain("Save now");
  terminal.press("/");
  terminal.type("nothing like it");
  expect(terminal.shown).toContain("Nothing is called that");
  terminal.press("esc", "esc");
  expect(terminal.shown).not.toContain("╭ help");
});

test("help finds an action by what people call it", async () => {
  const { terminal } = await start();
  terminal.press("?", "/");
  terminal.type("quit");
  expect(terminal.shown).toMatch(/q {2}Leave/);
});

test("what is gone to in the help is done by enter; enter alone only closes it", async () => {
  const { terminal, shell, services } = await start();
  terminal.press("?", "enter");
  expect(terminal.shown).not.toContain("╭ help");
  expect(services.asked).toEqual([]);
  terminal.press("?", "/");
  terminal.type("log scale");
  terminal.press("enter", "down", "enter");
  expect(terminal.shown).not.toContain("╭ help");
  expect(shell.state.chart.scale).toBe("log");
});

test("help is scrolled by pages, by the wheel, and with what is selected", async () => {
  const { terminal } = await start(trainedRun(), {}, [80, 24]);
  terminal.press("?");
  const first = terminal.shown;
  terminal.press("pagedown");
  expect(terminal.shown).not.toBe(first);
  terminal.press("pageup");
  expect(terminal.shown).toBe(first);
  terminal.events?.mouse({ kind: "wheel", x: 40, y: 12, rows: 500 });
  expect(terminal.shown).toContain("Suspend");
  terminal.events?.mouse({ kind: "wheel", x: 40, y: 12, rows: -500 });
  terminal.press(...Array.from({ length: 40 }, () => "down"));
  expect(terminal.shown).not.toBe(first);
  expect(terminal.shown).toContain("enter does it");
});

test("help of a chart that has the focus tells what each mark on its axis means; of another panel it does not", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 60]);
  shell.focus("loss");
  shell.draw();
  terminal.press("?");
  for (const { glyph, means } of Object.values(MARKS)) expect(terminal.shown).toContain(`${glyph}  ${means}`);
  const screen = terminal.shown.split("\n");
  expect(screen.findIndex((row) => row.includes("Marks on the axis"))).toBeGreaterThan(0);
  terminal.press("/");
  terminal.type("checkpoint mark");
  expect(terminal.shown).toContain("◆  checkpoint");
  expect(terminal.shown).not.toContain("★  best");
  terminal.press("esc", "esc");
  shell.focus("log");
  shell.draw();
  terminal.press("?");
  expect(terminal.shown).not.toContain("Marks on the axis");
});

test("help has room for every title", () => {
  for (const { title } of ACTIONS) expect([title, title.length <= 36]).toEqual([title, true]);
});

test("help says of an action without a key where it is found", async () => {
  const { terminal } = await start(trainedRun(), {}, [200, 60]);
  terminal.press("?");
  expect(terminal.shown).toMatch(/palette {2}Choose a theme/);
  expect(terminal.shown).toMatch(/palette {2}Show the tour/);
});

test("a key that was read together with esc closes the help and does what it does; where something is typed it closes nothing", async () => {
  const { terminal } = await start();
  const press = (sequence: string): void => terminal.events?.key({ name: "", ctrl: false, shift: false, meta: true, sequence });
  terminal.press("?");
  press("\x1b:");
  expect(terminal.shown).toContain("╭ palette");
  terminal.press("esc", "?", "/");
  terminal.type("no");
  press("\x1b:");
  expect(terminal.shown).toContain("╭ help");
});
