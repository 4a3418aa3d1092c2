/** Lists to pick from, and lines that are asked for: what keys and the mouse do in them. */
import { afterEach, expect, test } from "bun:test";
import { fakeRow } from "./fake-terminal.ts";
import { settle, start, stopAll, trainedRun } from "./shell-fixture.ts";

afterEach(stopAll);

/** What is selected in a list of 60 entries at 80×24. */
async function listed() {
  const started = await start(trainedRun(), {}, [80, 24]);
  const taken: number[] = [];
  const entries = Array.from({ length: 60 }, (_, i) => ({ title: `entry ${i}.`, detail: "", choose: () => taken.push(i) }));
  started.shell.overlays.choose("numbers", entries);
  started.shell.draw();
  return { ...started, taken };
}

test("page up and down go a page, the wheel a notch, and enter takes what is selected", async () => {
  const { terminal, taken } = await listed();
  expect(terminal.shown).not.toContain("entry 40.");
  terminal.press("pagedown");
  terminal.press("pagedown");
  terminal.press("pagedown");
  expect(terminal.shown).toContain("entry 45.");
  terminal.press("pageup");
  expect(terminal.shown).toContain("entry 30.");
  for (let i = 0; i < 40; i++) terminal.events?.mouse({ kind: "wheel", x: 30, y: 8, rows: 3 });
  expect(terminal.shown).toContain("entry 59.");
  terminal.press("enter");
  expect(taken).toEqual([59]);
});

test("what a line is asked with is selected: a letter takes its place, an arrow keeps it", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [80, 24]);
  const answers: string[] = [];
  const ask = (): void => {
    shell.overlays.askText({ title: "Name", what: "A name.", initial: "old", verb: "takes it", answer: (text) => answers.push(text) });
    shell.draw();
  };
  ask();
  terminal.press("n", "e", "w", "enter");
  ask();
  terminal.press("left", "end", "e", "r", "enter");
  ask();
  terminal.press("backspace", "x", "enter");
  expect(answers).toEqual(["new", "older", "x"]);
});

test("the row of screens shows the one that one is on and the way to a new one, however many there are", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 36]);
  for (let i = 0; i < 5; i++) shell.screens.create(`mine-${i}`, `Mine number ${i}`, { panel: "log" });
  for (const { name, title } of [...shell.screens.list]) {
    shell.showScreen(name);
    shell.draw();
    expect(terminal.row(1)).toContain(` ${title}`);
    expect(terminal.row(1).trimEnd()).toMatch(/(› |)\+$/);
  }
  expect(terminal.row(1)).toStartWith(" ‹");
  await settle(() => true);
});

test("a screen that was called nothing is called what it is saved as", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 36]);
  terminal.press("N", "s");
  for (const letter of "my-losses") terminal.press(letter);
  terminal.press("enter");
  await settle(() => shell.screens.name === "my-losses");
  expect(shell.screens.spec.title).toBe("My losses");
});

test("a box does not lie on the border of the panel behind it, except where each cell counts", async () => {
  const leftOf = async (columns: number): Promise<string[]> => {
    const { terminal } = await start(trainedRun(), {}, [columns, 24]);
    terminal.press("a");
    const y = terminal.shown.split("\n").findIndex((row) => row.includes("╭ alerts"));
    return [terminal.row(y)[0]!, terminal.row(y).at(-1)!];
  };
  expect(await leftOf(80)).toEqual(["│", "│"]);
  expect(await leftOf(50)).toEqual(["╭", "╮"]);
});

test("the runs of a screen say no less of the attached run than the status bar does", async () => {
  const { terminal, shell, services, run, tick } = await start(trainedRun(), {}, [160, 40]);
  const progress = { stage: 1, step: 199, totalSteps: 600, loss: 2.9, valBpb: null, tokensPerSecond: null, etaSeconds: null };
  services.rows = services.rows.map((row) => ({ ...row, stage: "base_train", progress }));
  shell.showScreen("compare");
  await settle(() => {
    tick(1000);
    return shell.runs.loaded && terminal.shown.includes(run.id);
  });
  const row = terminal.shown.split("\n").find((one) => one.includes(run.id) && one.includes("50%"));
  expect(row).toContain("2.5000");
});

test("what a filter leaves is gone through with arrows while it is typed", async () => {
  const { terminal, shell, services, tick } = await start(trainedRun(), {}, [120, 36], (services) => {
    services.rows = [fakeRow("20260102-a-one"), fakeRow("20260103-b"), fakeRow("20260104-a-two")];
  });
  terminal.press("6");
  await settle(() => {
    tick(300);
    return terminal.shown.includes("20260104-a-two");
  });
  terminal.press("/");
  terminal.type("a-");
  terminal.press("down");
  expect(terminal.row(-2)).toContain("/a-");
  terminal.press("enter");
  expect(shell.state.selected.runs).toBe(1);
  expect(services.rows).toHaveLength(3);
});

test("what a filter leaves of the help is gone through while it is typed, and enter does it", async () => {
  const { terminal, shell } = await start();
  terminal.press("?", "/");
  terminal.type("log scale");
  terminal.press("down", "enter");
  expect(shell.overlays.current).toBeNull();
  expect(shell.state.chart.scale).toBe("log");
});

test("the footer says which list is narrowed where it is not the focused panel", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [200, 36]);
  expect(terminal.row(-2)).toContain("/ filter log");
  shell.focus("log");
  shell.draw();
  expect(terminal.row(-2)).toMatch(/\/ filter {2}/);
});

test("of what a list is narrowed to, what is called so stands before what is only described by it", async () => {
  const { terminal, shell } = await start(trainedRun(), {}, [120, 36]);
  const taken: string[] = [];
  const row = (title: string, detail: string) => ({ title, detail, choose: () => taken.push(title) });
  shell.overlays.choose("panels", [row("heat map", "of GPUs"), row("all GPUs", ""), row("GPUs now", ""), row("GPUs", "how busy")]);
  terminal.type("gpus");
  terminal.press("enter");
  expect(taken).toEqual(["GPUs"]);
});

test("esc and a key that were read together close a list in which nothing was typed, and the key does what it does behind it", async () => {
  const { terminal, shell, services } = await start();
  const together = (key: string): void => terminal.events?.key({ name: "", ctrl: false, shift: false, meta: true, sequence: `\x1b${key}` });
  for (const opens of ["w", ":"]) {
    terminal.press(opens);
    expect(shell.overlays.current).not.toBeNull();
    together("s");
    expect(shell.overlays.current).toBeNull();
  }
  expect(services.asked.map(([, kind]) => kind)).toEqual(["save", "save"]);
  // Of a line that is being typed it may be an edit.
  terminal.press(":");
  terminal.type("ab");
  together("b");
  expect(terminal.shown).toContain("› ab");
});
